//! Websites, stores, groups and added attributes of another server, under the ids that they have there. What is here already under the
//! same id is made like it; nothing is deleted.

use anyhow::{Context, Result};
use patron_commerce::{
    Call, Failure,
    attributes::{
        self,
        custom::{AttributeOption, CustomAttribute, Definition, Entity, Input, ValidationRule},
    },
    groups,
    instances::{
        self, StoreGroup, StoreView, Website,
        counters::{self, Counter},
    },
    tax,
};
use serde::Deserialize;
use serde_json::Value;

use super::remote::Remote;
use crate::transfer::target::Target;

/// A search that finds everything.
const ALL: &str = "searchCriteria[pageSize]=1000&searchCriteria[currentPage]=1";

/// Copies the structure in one unit of work; answers the target as it is then.
pub fn copy(remote: &mut Remote, target: Target) -> Result<Target> {
    let structure = Structure::ask(remote)?;
    target.write(move |call| structure.put(call))?;
    target.reread()
}

struct Structure {
    websites: Vec<SaidWebsite>,
    store_groups: Vec<SaidStoreGroup>,
    store_views: Vec<SaidStoreView>,
    tax_classes: Vec<SaidTaxClass>,
    groups: Vec<SaidGroup>,
    attributes: Vec<(Entity, SaidAttribute)>,
}

#[derive(Deserialize)]
struct SaidWebsite {
    id: i64,
    code: String,
    name: String,
    default_group_id: i64,
}

#[derive(Deserialize)]
struct SaidStoreGroup {
    id: i64,
    website_id: i64,
    root_category_id: i64,
    default_store_id: i64,
    name: String,
    code: String,
}

#[derive(Deserialize)]
struct SaidStoreView {
    id: i64,
    code: String,
    name: String,
    website_id: i64,
    store_group_id: i64,
    is_active: i64,
}

#[derive(Deserialize)]
struct SaidTaxClass {
    class_id: i64,
    class_name: String,
    class_type: String,
}

#[derive(Deserialize)]
struct SaidGroup {
    id: i64,
    code: String,
    #[serde(default)]
    tax_class_id: i64,
    #[serde(default)]
    extension_attributes: Value,
}

#[derive(Deserialize)]
struct SaidAttribute {
    attribute_code: String,
    frontend_input: String,
    #[serde(default)]
    frontend_label: Option<String>,
    #[serde(default)]
    backend_type: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    visible: bool,
    #[serde(default)]
    sort_order: i64,
    #[serde(default)]
    multiline_count: i64,
    #[serde(default)]
    validation_rules: Vec<ValidationRule>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    options: Vec<SaidOption>,
}

#[derive(Deserialize)]
struct SaidOption {
    label: String,
    #[serde(default)]
    value: Option<String>,
}

impl Structure {
    fn ask(remote: &mut Remote) -> Result<Self> {
        let mut attributes = Vec::new();
        for (entity, path) in [
            (Entity::Customer, "/V1/attributeMetadata/customer/custom"),
            (Entity::CustomerAddress, "/V1/attributeMetadata/customerAddress/custom"),
        ] {
            let said: Vec<SaidAttribute> = list(remote, path)?;
            attributes.extend(said.into_iter().map(|attribute| (entity, attribute)));
        }
        Ok(Self {
            websites: list(remote, "/V1/store/websites")?,
            store_groups: list(remote, "/V1/store/storeGroups")?,
            store_views: list(remote, "/V1/store/storeViews")?,
            tax_classes: list(remote, &format!("/V1/taxClasses/search?{ALL}"))?,
            groups: list(remote, &format!("/V1/customerGroups/search?{ALL}"))?,
            attributes,
        })
    }

    fn put(&self, call: &Call<'_>) -> Result<(), Failure> {
        self.put_stores(call)?;
        self.put_groups(call)?;
        for (entity, attribute) in &self.attributes {
            put_attribute(call, *entity, attribute)?;
        }
        instances::store::touch(call.sql, call.tenant())
    }

    fn put_stores(&self, call: &Call<'_>) -> Result<(), Failure> {
        let (sql, tenant, catalogue) = (call.sql, call.tenant(), call.catalogue);
        for said in &self.websites {
            let website = Website {
                id: said.id,
                code: said.code.clone(),
                name: said.name.clone(),
                default_group_id: said.default_group_id,
            };
            match catalogue.website(said.id) {
                Some(_) => instances::store::change_website(sql, tenant, &website)?,
                None => instances::store::add_website(sql, tenant, &website, 0)?,
            }
        }
        for said in &self.store_groups {
            let group = StoreGroup {
                id: said.id,
                website_id: said.website_id,
                root_category_id: said.root_category_id,
                default_store_id: said.default_store_id,
                name: said.name.clone(),
                code: said.code.clone(),
            };
            match catalogue.store_groups.iter().any(|known| known.id == said.id) {
                true => instances::store::change_store_group(sql, tenant, &group)?,
                false => instances::store::add_store_group(sql, tenant, &group)?,
            }
        }
        for said in &self.store_views {
            let view = StoreView {
                id: said.id,
                code: said.code.clone(),
                name: said.name.clone(),
                website_id: said.website_id,
                store_group_id: said.store_group_id,
                is_active: said.is_active,
                sort_order: 0,
            };
            match catalogue.store_view(said.id) {
                Some(_) => instances::store::change_store_view(sql, tenant, &view)?,
                None => instances::store::add_store_view(sql, tenant, &view)?,
            }
        }
        let last = |ids: &mut dyn Iterator<Item = i64>| ids.max().unwrap_or(0);
        counters::start_after(
            sql,
            tenant,
            Counter::Website,
            last(&mut self.websites.iter().map(|one| one.id)),
        )?;
        counters::start_after(
            sql,
            tenant,
            Counter::StoreGroup,
            last(&mut self.store_groups.iter().map(|one| one.id)),
        )?;
        counters::start_after(
            sql,
            tenant,
            Counter::StoreView,
            last(&mut self.store_views.iter().map(|one| one.id)),
        )
    }

    fn put_groups(&self, call: &Call<'_>) -> Result<(), Failure> {
        let (sql, tenant) = (call.sql, call.tenant());
        for said in &self.tax_classes {
            match tax::store::find(sql, tenant, said.class_id)? {
                Some(known) => tax::store::rename(sql, tenant, &known, &said.class_name)?,
                None => tax::store::add(sql, tenant, said.class_id, &said.class_name, &said.class_type)?,
            }
            counters::start_after(sql, tenant, Counter::TaxClass, said.class_id)?;
        }
        for said in &self.groups {
            let tax_class = match tax::store::find(sql, tenant, said.tax_class_id)? {
                Some(class) => class.id,
                None => tax::RETAIL_CUSTOMER,
            };
            match groups::store::exists(sql, tenant, said.id)? {
                true => groups::store::change(sql, tenant, said.id, &said.code, tax_class)?,
                false => groups::store::add(sql, tenant, said.id, &said.code, tax_class)?,
            }
            let excluded = said.extension_attributes["exclude_website_ids"].as_array();
            let excluded: Vec<i64> = excluded.into_iter().flatten().filter_map(Value::as_i64).collect();
            groups::store::put_excluded(sql, tenant, said.id, &excluded)?;
            counters::start_after(sql, tenant, Counter::Group, said.id)?;
        }
        Ok(())
    }
}

/// A list, or the items of a search; nothing where the other server has no such thing.
fn list<T: for<'de> Deserialize<'de>>(remote: &mut Remote, path: &str) -> Result<Vec<T>> {
    let mut answer = remote.try_get(path)?.unwrap_or_else(|| Value::Array(Vec::new()));
    let items = if answer.is_object() { answer["items"].take() } else { answer };
    serde_json::from_value(items).with_context(|| format!("{path} answered something else than a list"))
}

/// Makes an added attribute, or makes the one with its code like it. Options keep their ids: customers name them.
fn put_attribute(call: &Call<'_>, entity: Entity, said: &SaidAttribute) -> Result<(), Failure> {
    let (sql, tenant) = (call.sql, call.tenant());
    let Some(input) = input(said) else {
        eprintln!(
            "The attribute {} is left out: its input {} is not known here.",
            said.attribute_code, said.frontend_input
        );
        return Ok(());
    };
    let known = call.catalogue.attributes(entity).iter().find(|known| known.code == said.attribute_code);
    if known.is_some_and(|known| known.definition.input != input) {
        let text = format!("the attribute {} is here already, with another input", said.attribute_code);
        return Err(anyhow::Error::msg(text).into());
    }
    let id = match known {
        Some(known) => known.id,
        None => counters::next(sql, tenant, Counter::Attribute)?,
    };
    let mut options = Vec::new();
    for (option, sort_order) in said.options.iter().zip(0..) {
        let id = option.value.as_deref().and_then(|value| value.parse().ok()).filter(|id| *id > 0);
        let Some(id) = id.filter(|_| input != Input::Boolean) else { continue };
        options.push(AttributeOption {
            id,
            label: option.label.clone(),
            store_labels: Default::default(),
            sort_order,
        });
        counters::start_after(sql, tenant, Counter::AttributeOption, id)?;
    }
    let definition = Definition {
        label: said.frontend_label.clone().unwrap_or_else(|| said.attribute_code.clone()),
        store_labels: Default::default(),
        input,
        required: said.required,
        unique: known.is_some_and(|known| known.definition.unique),
        default: known.and_then(|known| known.definition.default.clone()),
        sort_order: said.sort_order,
        visible: said.visible,
        multiline_count: said.multiline_count,
        validation_rules: said.validation_rules.clone(),
        used_in_forms: known
            .map(|known| known.definition.used_in_forms.clone())
            .unwrap_or_else(|| vec![form(entity).to_owned()]),
        note: said.note.clone().unwrap_or_default(),
    };
    let attribute = CustomAttribute { id, entity, code: said.attribute_code.clone(), definition, options };
    attributes::store::put(sql, tenant, &attribute)
}

fn form(entity: Entity) -> &'static str {
    match entity {
        Entity::Customer => "adminhtml_customer",
        Entity::CustomerAddress => "adminhtml_customer_address",
    }
}

fn input(said: &SaidAttribute) -> Option<Input> {
    Some(match said.frontend_input.as_str() {
        "text" | "price" if said.backend_type == "decimal" => Input::Decimal,
        "text" => Input::Text,
        "textarea" => Input::Textarea,
        "multiline" => Input::Multiline,
        "date" => Input::Date,
        "datetime" => Input::Datetime,
        "select" => Input::Select,
        "multiselect" => Input::Multiselect,
        "boolean" => Input::Boolean,
        _ => return None,
    })
}
