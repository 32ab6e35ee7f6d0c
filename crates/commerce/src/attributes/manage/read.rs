//! The members of an attribute as the control API takes them, each checked for itself.

use std::collections::BTreeMap;

use patron_webapi::{Fault, Value, scalar};

use super::{
    super::{
        custom::{CustomAttribute, Entity, Input, StoreLabels, ValidationRule},
        date, defaults,
        values::{range, text},
    },
    LABEL, accepted,
};
use crate::{
    Moment,
    instances::{Catalogue, manage::refused},
};

/// Names that searches and the wire use for other things than attributes.
pub const RESERVED: [&str; 13] = [
    "entity_id",
    "id",
    "increment_id",
    "name",
    "addresses",
    "extension_attributes",
    "custom_attributes",
    "billing_postcode",
    "billing_city",
    "billing_telephone",
    "billing_region",
    "billing_country_id",
    "billing_company",
];

/// The control API's word for an input; the wire calls a decimal `text`.
pub fn input_name(input: Input) -> &'static str {
    if input == Input::Decimal { "decimal" } else { input.name() }
}

/// Labels by the code of their store view, as stored by its id.
pub fn store_labels(catalogue: &Catalogue, labels: BTreeMap<String, String>) -> Result<StoreLabels, Fault> {
    let read = |(code, label): (String, String)| {
        let view = catalogue.store_views.iter().find(|view| view.id != 0 && view.code == code);
        let view =
            view.ok_or_else(|| refused("store_labels", format!("There is no store view \"{code}\".")))?;
        if label.trim().is_empty() || label.chars().count() > LABEL {
            return Err(refused(
                "store_labels",
                format!("A label must be a text of 1 to {LABEL} characters."),
            ));
        }
        Ok((view.id, label))
    };
    labels.into_iter().map(read).collect()
}

/// 1 to 20 lines of a multiline attribute, otherwise 0.
pub fn multiline_count(input: Input, lines: i64) -> Result<i64, Fault> {
    let fits = if input == Input::Multiline { (1..=20).contains(&lines) } else { lines == 0 };
    let message = "multiline_count must be 1 to 20 for a multiline attribute, and 0 for others.";
    if fits { Ok(lines) } else { Err(refused("multiline_count", message)) }
}

/// Rules as `[{"name", "value"}]`. Dates may be written as such; they are stored as Unix timestamps, as the original does.
pub fn rules(
    input: Input,
    sent: Vec<BTreeMap<String, Value>>,
    moment: Moment<'_>,
) -> Result<Vec<ValidationRule>, Fault> {
    let wrong = |message: String| refused("validation_rules", message);
    let mut rules: Vec<ValidationRule> = Vec::with_capacity(sent.len());
    for mut rule in sent {
        let mut member = |name: &str| rule.remove(name).as_ref().and_then(scalar::text_of);
        let (Some(name), Some(value), true) = (member("name"), member("value"), rule.is_empty()) else {
            return Err(wrong("A rule is {\"name\": …, \"value\": …}.".to_owned()));
        };
        if rules.iter().any(|other| other.name == name) {
            return Err(wrong(format!("{name} is there twice.")));
        }
        let value = match name.as_str() {
            "input_validation" if is_text(input) && text::KINDS.contains(&value.as_str()) => value,
            "input_validation" if is_date(input) && value == "date" => value,
            "input_validation" => {
                return Err(wrong(format!("input_validation cannot be {value} for this input.")));
            }
            "min_text_length" | "max_text_length" if is_text(input) && value.parse::<u32>().is_ok() => value,
            "date_range_min" | "date_range_max" if is_date(input) => timestamp(&value, moment)
                .ok_or_else(|| wrong(format!("{name} must be a date or a Unix timestamp.")))?,
            _ => return Err(wrong(format!("{name} = {value} is no rule for this input."))),
        };
        rules.push(ValidationRule { name, value });
    }
    Ok(rules)
}

fn is_text(input: Input) -> bool {
    matches!(input, Input::Text | Input::Textarea | Input::Multiline)
}

fn is_date(input: Input) -> bool {
    matches!(input, Input::Date | Input::Datetime)
}

fn timestamp(text: &str, moment: Moment<'_>) -> Option<String> {
    if text.parse::<i64>().is_ok() {
        return Some(text.to_owned());
    }
    let clock = date::wall_clock(text, moment.clock()).ok()??;
    range::seconds(clock).map(|seconds| seconds.to_string())
}

/// Forms that the entity has.
pub fn forms(entity: Entity, forms: Vec<String>) -> Result<Vec<String>, Fault> {
    match forms.iter().find(|form| defaults::form(entity, form).is_none()) {
        None => Ok(forms),
        Some(form) => Err(refused("used_in_forms", format!("There is no form {form}."))),
    }
}

/// The default value as it will be stored; the options of a select say themselves which of them is the default.
pub fn default(
    attribute: &CustomAttribute,
    sent: Option<Value>,
    moment: Moment<'_>,
) -> Result<Option<String>, Fault> {
    let Some(sent) = sent else { return Ok(None) };
    match attribute.definition.input {
        Input::Select | Input::Multiselect => {
            Err(refused("default", "Mark options with \"default\": true instead."))
        }
        Input::Boolean if sent.is_boolean() => Ok(Some(i64::from(sent == Value::Bool(true)).to_string())),
        _ => Ok(Some(accepted(attribute, &sent, moment)?).filter(|text| !text.is_empty())),
    }
}
