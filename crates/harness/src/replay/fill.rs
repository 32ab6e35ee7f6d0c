//! `{{name}}`: what an earlier answer gave, put into a later request.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use regex::{Captures, Regex};
use serde_json::Value;
use serde_json::value::RawValue;

/// Captured values by name.
pub(super) type Bag = BTreeMap<String, Value>;

static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{(\w+)\}\}").expect("the pattern is constant"));

/// Fills a text: a string goes in as it is, anything else as JSON.
pub(super) fn text(template: &str, bag: &Bag) -> Result<String> {
    let mut missing = None;
    let filled = NAME.replace_all(template, |found: &Captures| match bag.get(&found[1]) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => {
            missing = Some(found[1].to_owned());
            String::new()
        }
    });
    match missing {
        None => Ok(filled.into_owned()),
        Some(name) => Err(anyhow::anyhow!("no step captured {{{{{name}}}}}")),
    }
}

/// Fills strings at any depth. A string that is nothing but `{{name}}` becomes the captured value with its type.
pub(super) fn value(template: &Value, bag: &Bag) -> Result<Value> {
    Ok(match template {
        Value::String(string) => match whole_name(string) {
            Some(name) => bag.get(name).with_context(|| format!("no step captured {string}"))?.clone(),
            None => Value::String(text(string, bag)?),
        },
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| value(item, bag)).collect::<Result<_>>()?)
        }
        Value::Object(members) => {
            let filled = members.iter().map(|(name, member)| Ok((name.clone(), value(member, bag)?)));
            Value::Object(filled.collect::<Result<_>>()?)
        }
        other => other.clone(),
    })
}

/// The bytes of a JSON body. One without captured values is sent as it was recorded, to the digit.
pub(super) fn body(template: &RawValue, bag: &Bag) -> Result<Vec<u8>> {
    if !NAME.is_match(template.get()) {
        return Ok(template.get().as_bytes().to_vec());
    }
    let parsed = serde_json::from_str(template.get()).context("reading the step's body")?;
    Ok(value(&parsed, bag)?.to_string().into_bytes())
}

fn whole_name(string: &str) -> Option<&str> {
    let found = NAME.captures(string)?;
    (found[0].len() == string.len()).then(|| found.get(1).map(|name| name.as_str()))?
}

/// Follows a dotted path (`items.0.id`; an empty one is the whole value).
pub(super) fn pick<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|part| !part.is_empty()).try_fold(value, |value, part| match value {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => value.get(part),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bag() -> Bag {
        [("id".to_owned(), json!(7)), ("t".to_owned(), json!("a\"b"))].into()
    }

    #[test]
    fn a_string_that_is_only_a_name_keeps_the_captured_type() {
        let filled = value(&json!({"id": "{{id}}", "list": ["no {{id}}", 1]}), &bag()).unwrap();
        assert_eq!(filled, json!({"id": 7, "list": ["no 7", 1]}));
    }

    #[test]
    fn a_body_without_names_keeps_every_digit() {
        let raw = RawValue::from_string(r#"{"group_id": 99999999999999999999, "x": 1.0}"#.into()).unwrap();
        assert_eq!(body(&raw, &bag()).unwrap(), raw.get().as_bytes());
    }

    #[test]
    fn a_captured_string_is_escaped_in_a_body_and_literal_in_a_header() {
        let raw = RawValue::from_string(r#"{"q": "token: {{t}}"}"#.into()).unwrap();
        assert_eq!(body(&raw, &bag()).unwrap(), br#"{"q":"token: a\"b"}"#);
        assert_eq!(text("Bearer {{t}}", &bag()).unwrap(), "Bearer a\"b");
    }

    #[test]
    fn a_name_that_nobody_captured_is_an_error() {
        assert_eq!(text("{{nobody}}", &bag()).unwrap_err().to_string(), "no step captured {{nobody}}");
    }

    #[test]
    fn a_dotted_path_goes_through_objects_and_arrays() {
        let value = json!({"items": [{"id": 3}]});
        assert_eq!(pick(&value, "items.0.id"), Some(&json!(3)));
        assert_eq!(pick(&value, ""), Some(&value));
        assert_eq!(pick(&value, "items.1.id"), None);
    }
}
