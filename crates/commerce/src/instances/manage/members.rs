//! A JSON object of the control API, read member by member, so that every refusal can name the member it is about.

use patron_webapi::{Object, Value};
use serde::de::DeserializeOwned;

use super::refused;
use crate::failure::Result;

/// The members not yet taken.
#[derive(Debug)]
pub struct Members(Object);

impl Members {
    /// The members of an object; anything else is refused.
    pub fn of(value: &Value) -> Result<Self> {
        match value {
            Value::Object(members) => Ok(Self(members.clone())),
            _ => Err(refused("", "A JSON object is expected.").into()),
        }
    }

    /// A member that may be left out; null counts as left out.
    pub fn take<T: DeserializeOwned>(&mut self, field: &str) -> Result<Option<T>> {
        Ok(self.take_or_null(field)?.flatten())
    }

    /// A member that may be left out, and may be null to say that there is to be none.
    pub fn take_or_null<T: DeserializeOwned>(&mut self, field: &str) -> Result<Option<Option<T>>> {
        match self.0.shift_remove(field) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(value) => match serde_json::from_value(value) {
                Ok(read) => Ok(Some(Some(read))),
                Err(error) => Err(refused(field, format!("{field} is not right: {error}.")).into()),
            },
        }
    }

    /// A member that must be there.
    pub fn need<T: DeserializeOwned>(&mut self, field: &str) -> Result<T> {
        Ok(self.take(field)?.ok_or_else(|| refused(field, format!("{field} is missing.")))?)
    }

    /// A text that must be there, of 1 to `most` characters.
    pub fn need_text(&mut self, field: &str, most: usize) -> Result<String> {
        let text = self.need(field)?;
        checked_text(field, text, most)
    }

    /// A text that may be left out, of 1 to `most` characters.
    pub fn take_text(&mut self, field: &str, most: usize) -> Result<Option<String>> {
        self.take(field)?.map(|text| checked_text(field, text, most)).transpose()
    }

    /// Refuses what was not taken.
    pub fn finish(self) -> Result<()> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(refused(key, format!("{key} is not known here.")).into()),
        }
    }
}

fn checked_text(field: &str, text: String, most: usize) -> Result<String> {
    if text.trim().is_empty() || text.chars().count() > most {
        return Err(refused(field, format!("{field} must be a text of 1 to {most} characters.")).into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_names_the_member() {
        let mut members = Members::of(&json!({"a": 1, "b": "x", "c": null, "d": 0})).unwrap();
        assert_eq!(members.take::<i64>("a").unwrap(), Some(1));
        let wrong = members.take::<i64>("b").unwrap_err().to_string();
        assert!(wrong.starts_with("400 b is not right: invalid type"), "{wrong}");
        assert_eq!(members.take_or_null::<i64>("c").unwrap(), Some(None));
        assert_eq!(members.need::<i64>("e").unwrap_err().to_string(), "400 e is missing.");
        assert_eq!(members.finish().unwrap_err().to_string(), "400 d is not known here.");
        assert!(Members::of(&json!([])).is_err());
    }
}
