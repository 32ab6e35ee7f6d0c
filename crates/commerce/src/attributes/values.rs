//! The values of added attributes: typed, checked and made into what is stored (`spec/accs-customer-operations.md` 1.0.9).

use patron_webapi::{Fault, ReadError, Value, scalar};

use super::{
    custom::{Backend, CustomAttribute, Entity, Input},
    date,
    input::CustomAttributes,
    store,
};
use crate::{Call, Failure, Moment};

pub mod range;
pub mod text;

/// A stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeValue {
    /// The attribute.
    pub attribute_id: i64,
    /// The value as the wire shows it.
    pub value: String,
}

/// A change of one attribute: None clears it.
pub type Change<'a> = (&'a CustomAttribute, Option<String>);

/// Longest texts kept, as the original's columns cut them: characters of a varchar, bytes of a text.
const VARCHAR: usize = 255;
const TEXT: usize = 65_535;
/// The largest number that the original's `decimal(12,4)` keeps.
const DECIMAL: f64 = 99_999_999.999_9;
/// Bytes of a text that are looked at for a number.
const LONGEST_NUMBER: usize = 64;

/// Types the values sent for the attributes that exist; other codes are silently dropped, as the original does.
pub fn typed<'a>(
    attributes: &'a [CustomAttribute],
    sent: &CustomAttributes,
    moment: Moment<'_>,
) -> Result<Vec<Change<'a>>, Fault> {
    let mut changes = Vec::new();
    for (code, value) in sent.latest() {
        let Some(attribute) = attributes.iter().find(|attribute| attribute.code == code) else { continue };
        let text = value.map(|value| convert(attribute, value, moment)).transpose()?;
        changes.push((attribute, text.filter(|text| !text.is_empty())));
    }
    Ok(changes)
}

/// A value as it is stored and shown; "" stands for none.
pub fn convert(attribute: &CustomAttribute, value: &Value, moment: Moment<'_>) -> Result<String, Fault> {
    if attribute.backend() == Backend::Int {
        let number = scalar::int_of(value).ok_or_else(|| wrong_type(attribute, value, "int"))?;
        return Ok(number.to_string());
    }
    let text = scalar::text_of(value).ok_or_else(|| wrong_type(attribute, value, "string"))?;
    if text.is_empty() {
        return Ok(text);
    }
    match attribute.backend() {
        Backend::Varchar | Backend::Int => Ok(text.chars().take(VARCHAR).collect()),
        Backend::Text => Ok(head(&text, TEXT).to_owned()),
        Backend::Decimal => Ok(decimal(&text)),
        Backend::Datetime => {
            let read = if attribute.definition.input == Input::Datetime {
                date::wall_clock(&text, moment.clock()).map(|clock| clock.map(date::wire))
            } else {
                date::day(&text, moment.clock()).map(|day| day.map(|day| format!("{day} 00:00:00")))
            };
            Ok(read.map_err(|date::Invalid| Fault::bad_request("Invalid date"))?.unwrap_or_default())
        }
    }
}

fn wrong_type(attribute: &CustomAttribute, value: &Value, expected: &str) -> Fault {
    let error = match ReadError::expected(&scalar::shown(value), expected) {
        ReadError::Type(text) => {
            ReadError::Type(format!("Attribute \"{}\" has invalid value. {text}", attribute.code))
        }
        fault => fault,
    };
    Fault::from(error.within("custom_attributes"))
}

/// At most `most` bytes from the beginning, never half a character.
fn head(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// The number at the head of a text with four decimals, as the original's column keeps it; no number is 0.
fn decimal(text: &str) -> String {
    let text = head(text, LONGEST_NUMBER);
    let heads = (1..=text.len()).rev().filter(|end| text.is_char_boundary(*end));
    let number = heads.filter_map(|end| scalar::float_of(&Value::from(&text[..end]))).next().unwrap_or(0.0);
    let shown = format!("{:.4}", number.clamp(-DECIMAL, DECIMAL));
    if shown == "-0.0000" { "0.0000".to_owned() } else { shown }
}

/// Lays changes over stored values; the result is ordered by attribute id.
pub fn apply(values: &mut Vec<AttributeValue>, changes: Vec<Change<'_>>) {
    for (attribute, value) in changes {
        values.retain(|stored| stored.attribute_id != attribute.id);
        values.extend(value.map(|value| AttributeValue { attribute_id: attribute.id, value }));
    }
    values.sort_by_key(|value| value.attribute_id);
}

/// Attributes with a default take it where nothing is stored.
pub fn add_defaults(attributes: &[CustomAttribute], values: &mut Vec<AttributeValue>) {
    for attribute in attributes {
        if let Some(default) = &attribute.definition.default
            && value_of(values, attribute.id).is_none()
        {
            apply(values, vec![(attribute, Some(default.clone()))]);
        }
    }
}

/// The stored value of an attribute.
pub fn value_of(values: &[AttributeValue], attribute_id: i64) -> Option<&str> {
    values.iter().find(|value| value.attribute_id == attribute_id).map(|value| value.value.as_str())
}

/// Refuses values of unique attributes that another entity has; `own` is the id of the entity that is changed.
pub fn check_unique(
    call: &Call<'_>,
    entity: Entity,
    values: &[AttributeValue],
    own: Option<i64>,
) -> Result<(), Failure> {
    for attribute in call.catalogue.attributes(entity).iter().filter(|attribute| attribute.definition.unique)
    {
        let Some(value) = value_of(values, attribute.id) else { continue };
        let holder = store::holder_of(call.sql, call.tenant(), attribute, value)?;
        if holder.is_some_and(|holder| Some(holder) != own) {
            return Err(taken(attribute.label(call.store_id())).into());
        }
    }
    Ok(())
}

/// The refusal of a value that another entity has.
pub fn taken(label: &str) -> Fault {
    Fault::bad_request(format!("The value of attribute \"{label}\" must be unique."))
}

/// What is wrong with the final value of an attribute, as message lines of the attribute rules; `label` is that of the store view.
///
/// As in the original, an attribute that forms do not show is not missed, and 0 chooses no option of a select.
pub fn problems(attribute: &CustomAttribute, label: &str, value: Option<&str>) -> Vec<String> {
    let definition = &attribute.definition;
    let Some(value) = value else {
        let is_missing = definition.required && definition.visible;
        return is_missing.then(|| format!("\"{label}\" is a required value.")).into_iter().collect();
    };
    let unknown =
        |option: &str| format!("Attribute {} does not contain option with Id {option}", attribute.code);
    match definition.input {
        Input::Boolean | Input::Select if value == "0" || attribute.has_option(value) => Vec::new(),
        Input::Boolean | Input::Select => vec![unknown(value)],
        Input::Multiselect => {
            value.split(',').find(|option| !attribute.has_option(option)).map(unknown).into_iter().collect()
        }
        Input::Text | Input::Textarea | Input::Multiline => {
            text::problems(&definition.validation_rules, label, value)
        }
        Input::Date | Input::Datetime => range::problems(&definition.validation_rules, label, value),
        Input::Decimal => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
