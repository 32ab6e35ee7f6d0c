//! The options of a select or multiselect attribute: read as a whole list, and let go of.

use std::collections::BTreeMap;

use patron_sql::Session;
use patron_webapi::{Fault, Value};

use super::{
    super::{
        custom::{AttributeOption, CustomAttribute, Input},
        store,
    },
    LABEL, read,
};
use crate::{
    failure::Result,
    instances::{
        Catalogue,
        counters::{self, Counter},
        manage::{Members, refused},
    },
};

/// Options that the original has from the start: those of gender.
const TAKEN: i64 = 3;

/// Takes `options`: what each of them says, in their order, with new ids for those without one. A select has at least one.
pub fn read(
    sql: Session<'_>,
    catalogue: &Catalogue,
    attribute: &mut CustomAttribute,
    members: &mut Members,
) -> Result<()> {
    let offers = matches!(attribute.definition.input, Input::Select | Input::Multiselect);
    let Some(sent) = members.take::<Vec<Value>>("options")? else {
        return match offers && attribute.options.is_empty() {
            true => Err(refused("options", "options are missing.").into()),
            false => Ok(()),
        };
    };
    if !offers || sent.is_empty() {
        let message = "Only a select or multiselect attribute has options, and it has at least one.";
        return Err(refused("options", message).into());
    }
    let (mut options, mut defaults) = (Vec::with_capacity(sent.len()), Vec::new());
    for (position, sent) in (0i64..).zip(&sent) {
        let (option, is_default) = one(sql, catalogue, attribute, sent, position)?;
        if options.iter().any(|other: &AttributeOption| other.id == option.id || other.label == option.label)
        {
            return Err(wrong(format!("The option \"{}\" is there twice.", option.label)).into());
        }
        if is_default {
            defaults.push(option.id.to_string());
        }
        options.push(option);
    }
    if defaults.len() > 1 && attribute.definition.input == Input::Select {
        return Err(wrong("A select has one default option at most.").into());
    }
    options.sort_by_key(|option| (option.sort_order, option.id));
    attribute.options = options;
    attribute.definition.default = (!defaults.is_empty()).then(|| defaults.join(","));
    Ok(())
}

fn wrong(message: impl Into<String>) -> Fault {
    refused("options", message)
}

/// `{"id"?, "label", "store_labels"?, "sort_order"?, "default"?}`, or the label alone.
fn one(
    sql: Session<'_>,
    catalogue: &Catalogue,
    attribute: &CustomAttribute,
    sent: &Value,
    position: i64,
) -> Result<(AttributeOption, bool)> {
    let named;
    let sent = match sent {
        Value::String(_) => {
            named = serde_json::json!({ "label": sent });
            &named
        }
        _ => sent,
    };
    let mut members = Members::of(sent)?;
    let tenant = catalogue.instance.tenant.0;
    let id = match members.take::<i64>("id")? {
        Some(id) if attribute.options.iter().any(|option| option.id == id) => id,
        Some(id) => return Err(wrong(format!("The attribute has no option {id}.")).into()),
        None => {
            counters::start_after(sql, tenant, Counter::AttributeOption, TAKEN)?;
            counters::next(sql, tenant, Counter::AttributeOption)?
        }
    };
    let label = members.need_text("label", LABEL)?;
    let labels: BTreeMap<String, String> = members.take("store_labels")?.unwrap_or_default();
    let store_labels = read::store_labels(catalogue, labels)?;
    let sort_order = members.take("sort_order")?.unwrap_or(position);
    let is_default = members.take("default")?.unwrap_or(false);
    members.finish()?;
    Ok((AttributeOption { id, label, store_labels, sort_order }, is_default))
}

/// Takes options that are gone out of the stored values, so that no customer is left with a value that every save would refuse.
pub fn let_go(sql: Session<'_>, tenant: i64, old: &CustomAttribute, new: &CustomAttribute) -> Result<()> {
    let is_gone = |id: &str| {
        let has =
            |attribute: &CustomAttribute| attribute.options.iter().any(|option| option.id.to_string() == id);
        has(old) && !has(new)
    };
    if !old.options.iter().any(|option| is_gone(&option.id.to_string())) {
        return Ok(());
    }
    store::forget_documents(sql, tenant, old)?;
    for (owner, value) in store::values(sql, tenant, old)? {
        let kept: Vec<&str> = value.split(',').filter(|id| !is_gone(id)).collect();
        let kept = kept.join(",");
        if kept != value {
            store::put_value(sql, tenant, old, owner, Some(kept.as_str()).filter(|kept| !kept.is_empty()))?;
        }
    }
    Ok(())
}
