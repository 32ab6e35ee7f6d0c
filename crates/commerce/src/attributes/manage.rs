//! Adding, changing and deleting attributes through the control API (`spec/accs-customer-operations.md` 1.0.9).
//!
//! Code, entity and input of an attribute are for ever: values were typed by them.

mod options;
mod read;
mod view;

use patron_sql::Session;
use patron_webapi::{Fault, Value, collation::fold};

use super::{
    custom::{Backend, CustomAttribute, Definition, Entity, Input},
    defaults, store, values,
};
use crate::{
    Moment,
    failure::Result,
    instances::{
        self, Catalogue,
        counters::{self, Counter},
        manage::{Members, refused, sharing, unknown},
    },
};

pub use view::AttributeView;

/// Longest code, as in the original.
const CODE: usize = 30;
/// Longest label.
const LABEL: usize = 255;
/// Owners of colliding values that a refusal names at most.
const SHOWN: usize = 100;

/// The added attributes, those of customers first; only an entity's when one is named.
pub fn list(catalogue: &Catalogue, entity: Option<&str>) -> Result<Vec<AttributeView>> {
    let only = entity.map(entity_of).transpose()?;
    let entities = [Entity::Customer, Entity::CustomerAddress].into_iter();
    let attributes = entities
        .filter(|entity| only.is_none_or(|only| only == *entity))
        .flat_map(|entity| catalogue.attributes(entity));
    Ok(attributes.map(|attribute| AttributeView::new(catalogue, attribute)).collect())
}

/// The added attribute of this entity and code.
pub fn find<'c>(catalogue: &'c Catalogue, entity: &str, code: &str) -> Result<&'c CustomAttribute> {
    let found = catalogue.attributes(entity_of(entity)?).iter().find(|attribute| attribute.code == code);
    Ok(found.ok_or_else(|| unknown("added attribute", code))?)
}

fn entity_of(name: &str) -> Result<Entity, Fault> {
    Entity::of_name(name).ok_or_else(|| refused("entity", "entity must be customer or customer_address."))
}

/// Adds an attribute.
pub fn add(
    sql: Session<'_>,
    moment: Moment<'_>,
    catalogue: &Catalogue,
    body: &Value,
) -> Result<CustomAttribute> {
    let tenant = catalogue.instance.tenant.0;
    let mut members = Members::of(body)?;
    let entity = entity_of(&members.need::<String>("entity")?)?;
    let code = new_code(catalogue, entity, members.need("code")?)?;
    let label = members.need_text("label", LABEL)?;
    let input: Input = members.need("input")?;
    let mut attribute = CustomAttribute {
        id: counters::next(sql, tenant, Counter::Attribute)?,
        entity,
        code,
        definition: fresh(entity, label, input),
        options: Vec::new(),
    };
    lay_over(sql, moment, catalogue, &mut attribute, members)?;
    store::put(sql, tenant, &attribute)?;
    instances::store::touch(sql, tenant)?;
    Ok(attribute)
}

fn fresh(entity: Entity, label: String, input: Input) -> Definition {
    let form = match entity {
        Entity::Customer => "adminhtml_customer",
        Entity::CustomerAddress => "adminhtml_customer_address",
    };
    Definition {
        label,
        input,
        visible: true,
        multiline_count: if input == Input::Multiline { 2 } else { 0 },
        used_in_forms: vec![form.to_owned()],
        store_labels: Default::default(),
        required: false,
        unique: false,
        default: None,
        sort_order: 0,
        validation_rules: Vec::new(),
        note: String::new(),
    }
}

fn new_code(catalogue: &Catalogue, entity: Entity, code: String) -> Result<String, Fault> {
    let fits = code.starts_with(|c: char| c.is_ascii_lowercase())
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && code.len() <= CODE;
    if !fits {
        let message = "code must be a lower-case letter followed by at most 29 lower-case letters, digits and underscores.";
        return Err(refused("code", message));
    }
    if defaults::find(entity, &code).is_some() || read::RESERVED.contains(&code.as_str()) {
        return Err(refused("code", format!("{code} is an attribute that every instance has.")));
    }
    if catalogue.attributes(entity).iter().any(|attribute| attribute.code == code) {
        return Err(refused("code", format!("There is an attribute {code} already.")));
    }
    Ok(code)
}

/// Changes an attribute: what is not sent stays; `options`, when sent, is the whole list.
pub fn change(
    sql: Session<'_>,
    moment: Moment<'_>,
    catalogue: &Catalogue,
    (entity, code): (&str, &str),
    body: &Value,
) -> Result<CustomAttribute> {
    let tenant = catalogue.instance.tenant.0;
    let old = find(catalogue, entity, code)?;
    let mut attribute = old.clone();
    let mut members = Members::of(body)?;
    let fixed = [
        ("entity", old.entity.name()),
        ("code", &old.code),
        ("input", read::input_name(old.definition.input)),
    ];
    for (member, stored) in fixed {
        if members.take::<String>(member)?.is_some_and(|sent| sent != stored) {
            return Err(refused(member, format!("{member} cannot be changed.")).into());
        }
    }
    if let Some(label) = members.take_text("label", LABEL)? {
        attribute.definition.label = label;
    }
    lay_over(sql, moment, catalogue, &mut attribute, members)?;
    options::let_go(sql, tenant, old, &attribute)?;
    keep_unique(sql, tenant, old, &attribute)?;
    store::put(sql, tenant, &attribute)?;
    instances::store::touch(sql, tenant)?;
    Ok(attribute)
}

/// Deletes an attribute with all values of it.
pub fn delete(sql: Session<'_>, catalogue: &Catalogue, entity: &str, code: &str) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    let attribute = find(catalogue, entity, code)?;
    if leads_its_table(catalogue, attribute) {
        // Answers list values table by table, in the order of each table's first attribute: it may be another order now.
        sharing::forget_documents(sql, tenant)?;
    } else {
        store::forget_documents(sql, tenant, attribute)?;
    }
    store::delete(sql, tenant, attribute)?;
    instances::store::touch(sql, tenant)
}

fn leads_its_table(catalogue: &Catalogue, attribute: &CustomAttribute) -> bool {
    let mut same =
        catalogue.attributes(attribute.entity).iter().filter(|other| other.backend() == attribute.backend());
    let others = catalogue.attributes(attribute.entity).len() > 1;
    others && same.all(|other| other.id >= attribute.id)
}

/// Lays the members that POST and PUT share over an attribute.
fn lay_over(
    sql: Session<'_>,
    moment: Moment<'_>,
    catalogue: &Catalogue,
    attribute: &mut CustomAttribute,
    mut members: Members,
) -> Result<()> {
    let definition = &mut attribute.definition;
    if let Some(labels) = members.take("store_labels")? {
        definition.store_labels = read::store_labels(catalogue, labels)?;
    }
    definition.required = members.take("required")?.unwrap_or(definition.required);
    definition.unique = members.take("unique")?.unwrap_or(definition.unique);
    definition.visible = members.take("visible")?.unwrap_or(definition.visible);
    definition.sort_order = members.take("sort_order")?.unwrap_or(definition.sort_order);
    definition.note = members.take("note")?.unwrap_or_else(|| definition.note.clone());
    if let Some(lines) = members.take("multiline_count")? {
        definition.multiline_count = read::multiline_count(definition.input, lines)?;
    }
    if let Some(rules) = members.take("validation_rules")? {
        definition.validation_rules = read::rules(definition.input, rules, moment)?;
    }
    if let Some(forms) = members.take("used_in_forms")? {
        definition.used_in_forms = read::forms(attribute.entity, forms)?;
    }
    if definition.unique && attribute.backend() == Backend::Text {
        return Err(refused("unique", "Only values of at most 255 characters can be unique.").into());
    }
    options::read(sql, catalogue, attribute, &mut members)?;
    if let Some(default) = members.take_or_null::<Value>("default")? {
        attribute.definition.default = read::default(attribute, default, moment)?;
    }
    members.finish()
}

/// Makes the stored values of an attribute that became unique guarded ones; refused when two are the same: `collisions` lists the ids of
/// the customers or addresses that share one, a list for each value.
fn keep_unique(sql: Session<'_>, tenant: i64, old: &CustomAttribute, new: &CustomAttribute) -> Result<()> {
    if old.definition.unique == new.definition.unique {
        return Ok(());
    }
    if !new.definition.unique {
        return store::clear_unique_keys(sql, tenant, new);
    }
    let stored = store::values(sql, tenant, new)?;
    let mut owners: std::collections::BTreeMap<String, Vec<i64>> = std::collections::BTreeMap::new();
    for (owner, value) in &stored {
        owners.entry(fold(value)).or_default().push(*owner);
    }
    let collisions: Vec<Value> =
        owners.into_values().filter(|owners| owners.len() > 1).take(SHOWN).map(Value::from).collect();
    if !collisions.is_empty() {
        let message = "The attribute cannot be unique: some values belong to more than one.";
        return Err(refused("unique", message).with("collisions", collisions).into());
    }
    stored.iter().try_for_each(|(owner, value)| store::put_value(sql, tenant, new, *owner, Some(value)))
}

/// A value as a text that the attribute accepts.
fn accepted(attribute: &CustomAttribute, value: &Value, moment: Moment<'_>) -> Result<String, Fault> {
    let text =
        values::convert(attribute, value, moment).map_err(|fault| refused("default", fault.rendered()))?;
    let problem = values::problems(attribute, &attribute.definition.label, Some(&text)).into_iter().next();
    problem.map_or(Ok(text), |problem| Err(refused("default", problem)))
}
