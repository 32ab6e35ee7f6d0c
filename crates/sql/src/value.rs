//! What may be bound to a placeholder: the four kinds of value that both engines store alike.

use std::borrow::Cow;

/// A parameter of a statement. Text is borrowed where it can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// SQL `NULL`.
    Null,
    /// For a `BIGINT` column; booleans are 0 and 1.
    Int(i64),
    /// For a `DOUBLE PRECISION` column.
    Real(f64),
    /// For a `TEXT` column.
    Text(Cow<'a, str>),
}

/// The parameters of one statement, each through [`Value::from`]: `params![tenant, email, None::<i64>]` is a
/// `&[Value]`.
#[macro_export]
macro_rules! params {
    () => {
        &[] as &[$crate::Value<'static>]
    };
    ($($value:expr),+ $(,)?) => {
        &[$($crate::Value::from($value)),+]
    };
}

impl Value<'_> {
    /// The same value, borrowing nothing: for parameters that outlive the text they were made of.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Int(int) => Value::Int(int),
            Value::Real(real) => Value::Real(real),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(int: i64) -> Self {
        Value::Int(int)
    }
}

impl From<i32> for Value<'_> {
    fn from(int: i32) -> Self {
        Value::Int(int.into())
    }
}

impl From<u32> for Value<'_> {
    fn from(int: u32) -> Self {
        Value::Int(int.into())
    }
}

impl From<f64> for Value<'_> {
    fn from(real: f64) -> Self {
        Value::Real(real)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Value::Int(flag.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a Value<'_>> for Value<'a> {
    fn from(value: &'a Value<'_>) -> Self {
        match value {
            Value::Null => Value::Null,
            Value::Int(int) => Value::Int(*int),
            Value::Real(real) => Value::Real(*real),
            Value::Text(text) => Value::Text(Cow::Borrowed(text)),
        }
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(text: &'a Option<String>) -> Self {
        text.as_deref().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_rust_value_becomes_its_column_type() {
        let text = String::from("a");
        let absent: Option<String> = None;
        let values: &[Value<'_>] = params![
            1_i64,
            2_i32,
            3_u32,
            0.5,
            true,
            "a",
            text.clone(),
            &text,
            &absent,
            Some(7_i64),
            Some("a")
        ];
        assert_eq!(
            values,
            [
                Value::Int(1),
                Value::Int(2),
                Value::Int(3),
                Value::Real(0.5),
                Value::Int(1),
                Value::Text("a".into()),
                Value::Text("a".into()),
                Value::Text("a".into()),
                Value::Null,
                Value::Int(7),
                Value::Text("a".into()),
            ]
        );
        assert!(params![].is_empty());
    }
}
