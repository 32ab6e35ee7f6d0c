//! `custom_attributes` as clients send them, in all the shapes that the original takes (`spec/accs-customer-operations.md` 1.0.9).

use patron_webapi::{
    Read, ReadError, Value,
    describe::{Definitions, Describe},
    scalar,
};
use serde_json::json;

/// Codes and values in the order sent; None clears the value. Which codes exist is judged later.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CustomAttributes(pub Vec<(String, Option<Value>)>);

impl CustomAttributes {
    /// The last value sent for each code, in order of first appearance.
    pub fn latest(&self) -> Vec<(&str, Option<&Value>)> {
        let mut latest: Vec<(&str, Option<&Value>)> = Vec::with_capacity(self.0.len());
        for (code, value) in &self.0 {
            match latest.iter_mut().find(|(earlier, _)| earlier == code) {
                Some(slot) => slot.1 = value.as_ref(),
                None => latest.push((code, value.as_ref())),
            }
        }
        latest
    }
}

impl Describe for CustomAttributes {
    fn schema(definitions: &mut Definitions) -> Value {
        let item = definitions.object("framework-attribute-interface", |_| {
            vec![("attribute_code", json!({"type": "string"})), ("value", json!({}))]
        });
        json!({ "type": "array", "items": item })
    }
}

impl Read for CustomAttributes {
    /// A scalar is as if nothing had been sent (a deviation: the original answers 500).
    fn read(value: &Value) -> Result<Self, ReadError> {
        match value {
            Value::Array(items) => items.iter().map(item).collect::<Result<_, _>>().map(Self),
            Value::Object(members) => {
                members.iter().map(|(code, value)| member(code, value)).collect::<Result<_, _>>().map(Self)
            }
            _ => Ok(Self::default()),
        }
    }

    fn read_list(value: &Value) -> Result<Vec<Self>, ReadError> {
        Ok(vec![Self::read(value)?])
    }
}

/// `{"attribute_code": …, "value": …}`
fn item(item: &Value) -> Result<(String, Option<Value>), ReadError> {
    let no_code = || {
        ReadError::Type(
            "A custom attribute is specified with a missing attribute code. Verify the code and try again."
                .to_owned(),
        )
    };
    let Value::Object(members) = item else {
        return Err(if matches!(item, Value::Array(_) | Value::Null) { empty() } else { no_code() });
    };
    let value = members.get("value");
    let code = ["attribute_code", "attributeCode"]
        .iter()
        .find_map(|key| members.get(*key).filter(|code| !code.is_null()));
    let code = code.and_then(scalar::text_of).filter(|code| !code.is_empty() && code != "0");
    let code = code.ok_or_else(|| if value.is_none_or(Value::is_null) { empty() } else { no_code() })?;
    match value {
        Some(value) => Ok((code, Some(value.clone()).filter(|value| !value.is_null()))),
        None => Err(ReadError::Type(format!(
            "The \"{code}\" attribute code doesn't have a value set. Enter the value and try again."
        ))),
    }
}

/// `"code": value`, or `"any": {"attribute_code": …, "value": …}`: what is no scalar is read as an item.
fn member(code: &str, value: &Value) -> Result<(String, Option<Value>), ReadError> {
    match value {
        Value::Object(_) | Value::Array(_) => item(value),
        Value::Null => Ok((code.to_owned(), None)),
        value => Ok((code.to_owned(), Some(value.clone()))),
    }
}

fn empty() -> ReadError {
    ReadError::Type("An empty custom attribute is specified. Enter the attribute and try again.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_that_the_original_takes_is_read() {
        for sent in [
            json!([{"attribute_code": "tier", "value": 4, "extra": 1}]),
            json!([{"attributeCode": "tier", "value": 4}]),
            json!({"tier": 4}),
            json!({"tier": {"attribute_code": "tier", "value": 4}}),
        ] {
            assert_eq!(
                CustomAttributes::read(&sent).unwrap().0,
                [("tier".to_owned(), Some(json!(4)))],
                "{sent}"
            );
        }
        assert_eq!(CustomAttributes::read(&json!("x")).unwrap(), CustomAttributes::default());
    }

    #[test]
    fn an_item_without_code_and_value_is_empty_and_one_without_code_lacks_it() {
        let message = |sent: &Value| match CustomAttributes::read(sent).unwrap_err() {
            ReadError::Type(text) => text,
            ReadError::Fault(fault) => fault.message.into_owned(),
        };
        for sent in [
            json!([{}]),
            json!([[]]),
            json!([["x"]]),
            json!([null]),
            json!([{"code": "tier"}]),
            json!([{"attribute_code": "0", "value": null}]),
            json!({"tier": {}}),
            json!({"tier": [4]}),
        ] {
            assert!(message(&sent).starts_with("An empty custom attribute"), "{sent}");
        }
        for sent in [json!(["x"]), json!([{"value": 1}]), json!({"tier": {"value": 1}})] {
            assert!(message(&sent).contains("missing attribute code"), "{sent}");
        }
    }

    #[test]
    fn the_last_value_of_a_code_wins() {
        let sent = CustomAttributes::read(&json!([
            {"attribute_code": "a", "value": 1}, {"attribute_code": "b", "value": 2}, {"attribute_code": "a", "value": null}
        ]))
        .unwrap();
        assert_eq!(sent.latest(), [("a", None), ("b", Some(&json!(2)))]);
    }
}
