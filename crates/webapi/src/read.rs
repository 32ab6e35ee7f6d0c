//! From a JSON value to a typed one: the conversion of nested data (`spec/magento-rest-conventions.md` 2.5).

use serde_json::Value;

use crate::{Fault, Record, describe::Describe, scalar};

/// Why a value cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadError {
    /// A value of the wrong type: rendered text that each level above prefixes with the key it stands under.
    Type(String),
    /// A refusal that no level changes, such as an unknown key.
    Fault(Box<Fault>),
}

impl ReadError {
    /// The text of a value that is not of the expected type.
    pub fn expected(shown: &str, expected: &str) -> Self {
        Self::Type(format!(
            "The \"{shown}\" value's type is invalid. The \"{expected}\" type was expected. Verify and try again."
        ))
    }

    /// The error as seen from the object that holds the value under `key`.
    #[must_use]
    pub fn within(self, key: &str) -> Self {
        match self {
            Self::Type(text) => Self::Type(format!("Error occurred during \"{key}\" processing. {text}")),
            fault @ Self::Fault(_) => fault,
        }
    }
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Type(text) => Self::bad_request(text),
            ReadError::Fault(fault) => *fault,
        }
    }
}

/// A type that can be read from the wire. Null never gets here: the holder of the value decides what null means.
pub trait Read: Sized + Describe {
    /// Reads one value.
    fn read(value: &Value) -> Result<Self, ReadError>;

    /// Reads the value of the property `key` of an object; types that refuse some contents there override it.
    fn read_property(key: &str, value: &Value) -> Result<Self, ReadError> {
        let _ = key;
        Self::read(value)
    }

    /// Whether the value of a property of this type is as if it were null.
    fn is_nothing(value: &Value) -> bool {
        value.is_null()
    }

    /// Whether what stands where a list of this type was expected is as if it were null. For objects a scalar is: a list that is laid over
    /// a stored one must not empty it by mistake.
    fn list_is_nothing(value: &Value) -> bool {
        let _ = value;
        false
    }

    /// Reads a list of this type.
    fn read_list(value: &Value) -> Result<Vec<Self>, ReadError>;
}

/// Reads a list of scalars whose element type is called `name` in errors. Elements are cast, not judged: "x" is the number 0.
fn scalar_list<T>(
    value: &Value,
    name: &str,
    cast: impl Fn(&Value) -> Result<T, ReadError>,
) -> Result<Vec<T>, ReadError> {
    items(value)
        .ok_or_else(|| ReadError::expected(scalar::type_name(value), &format!("{name}[]")))?
        .map(cast)
        .collect()
}

/// The elements of a list, or the values of an object standing where a list was expected. The member `item` of such an object is
/// the list instead, or its only element, as in XML and SOAP.
pub fn items(value: &Value) -> Option<Box<dyn Iterator<Item = &Value> + '_>> {
    match value {
        Value::Array(items) => Some(Box::new(items.iter())),
        Value::Object(members) => Some(match members.get("item").filter(|item| !item.is_null()) {
            Some(Value::Array(items)) if !items.is_empty() => Box::new(items.iter()),
            Some(item) => Box::new(std::iter::once(item)),
            None => Box::new(members.values()),
        }),
        _ => None,
    }
}

macro_rules! scalar_type {
    ($type:ty, $name:literal, $schema:literal, $read:expr, $cast:expr) => {
        impl Describe for $type {
            fn schema(_: &mut crate::describe::Definitions) -> Value {
                serde_json::json!({ "type": $schema })
            }
        }
        impl Read for $type {
            fn read(value: &Value) -> Result<Self, ReadError> {
                $read(value).ok_or_else(|| ReadError::expected(&scalar::shown(value), $name))
            }
            fn read_list(value: &Value) -> Result<Vec<Self>, ReadError> {
                scalar_list(value, $name, |element| Ok($cast(element)))
            }
        }
    };
}

scalar_type!(i64, "int", "integer", scalar::int_of, scalar::cast_to_int);
scalar_type!(f64, "float", "number", scalar::float_of, scalar::cast_to_float);
scalar_type!(bool, "bool", "boolean", scalar::bool_of, scalar::cast_to_bool);
scalar_type!(Boolean, "boolean", "boolean", |value| scalar::bool_of(value).map(Boolean), |value| Boolean(
    scalar::cast_to_bool(value)
));

/// A boolean whose declared type is spelled `boolean` in the original, which shows in its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Boolean(pub bool);

impl Describe for String {
    fn schema(_: &mut crate::describe::Definitions) -> Value {
        serde_json::json!({ "type": "string" })
    }
}

impl Read for String {
    fn read(value: &Value) -> Result<Self, ReadError> {
        scalar::text_of(value).ok_or_else(|| ReadError::expected("array", "string"))
    }

    /// Refuses a complete script element, as 2.4.8 does for every text property.
    fn read_property(key: &str, value: &Value) -> Result<Self, ReadError> {
        let text = Self::read(value)?;
        if has_script_element(&text) {
            let fault =
                Fault::bad_request("\"%field_name\" does not contains valid value.").with("field_name", key);
            return Err(fault.into());
        }
        Ok(text)
    }

    fn read_list(value: &Value) -> Result<Vec<Self>, ReadError> {
        scalar_list(value, "string", Self::read)
    }
}

/// Any value, kept as sent.
impl Describe for Value {
    fn schema(_: &mut crate::describe::Definitions) -> Value {
        serde_json::json!({})
    }
}

impl Read for Value {
    fn read(value: &Value) -> Result<Self, ReadError> {
        Ok(value.clone())
    }

    fn read_list(value: &Value) -> Result<Vec<Self>, ReadError> {
        Ok(items(value).into_iter().flatten().cloned().collect())
    }
}

impl<T: Read> Describe for Vec<T> {
    fn schema(definitions: &mut crate::describe::Definitions) -> Value {
        serde_json::json!({ "type": "array", "items": T::schema(definitions) })
    }
}

impl<T: Read> Read for Vec<T> {
    fn is_nothing(value: &Value) -> bool {
        value.is_null() || T::list_is_nothing(value)
    }

    fn read(value: &Value) -> Result<Self, ReadError> {
        T::read_list(value)
    }

    fn read_list(value: &Value) -> Result<Vec<Self>, ReadError> {
        items(value).into_iter().flatten().map(T::read_list).collect()
    }
}

/// Reads an object: every key must name a property; a scalar or an empty list is an object without members.
pub fn read_record<T: Record>(value: &Value) -> Result<T, ReadError> {
    let mut record = T::default();
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                record.set(key, value)?;
            }
        }
        Value::Array(items) if !items.is_empty() => return Err(Fault::unsupported("0").into()),
        _ => {}
    }
    Ok(record)
}

/// Reads a list of objects: a scalar is an empty list, an object's values are the items.
pub fn read_record_list<T: Record>(value: &Value) -> Result<Vec<T>, ReadError> {
    items(value).into_iter().flatten().map(read_record).collect()
}

/// `/<script\b[^>]*>(.*?)<\/script>/is`, by hand: it runs over every text of every request.
fn has_script_element(text: &str) -> bool {
    if !text.contains('<') {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    lower.match_indices("<script").any(|(at, open)| {
        let rest = &lower[at + open.len()..];
        let boundary = rest.chars().next().is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
        boundary && rest.find('>').is_some_and(|end| rest[end..].contains("</script>"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_scalar_where_a_list_was_expected_is_named_by_its_php_type() {
        let error = Vec::<String>::read(&json!("x")).unwrap_err().within("street").within("addresses");
        assert_eq!(
            Fault::from(error).message,
            "Error occurred during \"addresses\" processing. Error occurred during \"street\" processing. \
             The \"string\" value's type is invalid. The \"string[]\" type was expected. Verify and try again."
        );
        assert_eq!(Vec::<String>::read(&json!([1, null, "x"])).unwrap(), ["1", "", "x"]);
    }

    #[test]
    fn elements_of_a_list_of_numbers_are_cast() {
        let cast = Vec::<i64>::read(&json!(["2x", "x", true, null, 1.9, [], [1], {}])).unwrap();
        assert_eq!(cast, [2, 0, 1, 0, 1, 0, 1, 0]);
    }

    #[test]
    fn the_member_item_of_an_object_stands_for_the_list() {
        for sent in [json!({"item": ["a", "b"]}), json!({"x": "a", "y": "b"}), json!(["a", "b"])] {
            assert_eq!(Vec::<String>::read(&sent).unwrap(), ["a", "b"], "{sent}");
        }
        assert_eq!(Vec::<String>::read(&json!({"item": "a", "other": "b"})).unwrap(), ["a"]);
    }

    #[test]
    fn a_closed_script_element_is_refused_and_an_open_one_passes() {
        assert!(String::read_property("taxvat", &json!("a<SCRIPT src=x>b</script >c</script>")).is_err());
        assert!(String::read_property("taxvat", &json!("<script>")).is_ok());
        assert!(String::read_property("taxvat", &json!("<scripted>x</script>")).is_ok());
    }
}
