//! The error body of the Web API, made where a rule is broken.
//!
//! `message` is the untranslated template with its `%placeholders`; the client substitutes them from `parameters`
//! (`spec/magento-rest-conventions.md` 2.6). Knows nothing of HTTP but the status number.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// What fills the placeholders of a message.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Parameters {
    /// The message has no parameters; the member is left out.
    #[default]
    None,
    /// `%name` placeholders: a JSON object, in this order.
    Named(serde_json::Map<String, Value>),
    /// `%1`, `%2` … placeholders: a JSON array.
    Positional(Vec<Value>),
}

impl Parameters {
    fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// A refusal whose cause lies with the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The HTTP status the original answers.
    pub status: u16,
    /// The message template.
    pub message: Cow<'static, str>,
    /// The values of the template's placeholders.
    pub parameters: Parameters,
    /// Two or more causes; empty otherwise.
    pub errors: Vec<Fault>,
    /// Seconds after which the caller may try again (`Retry-After`), for 429 and 503.
    pub retry_after: Option<u32>,
}

impl Fault {
    /// A fault with a status and a message that has no parameters.
    pub fn new(status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            message: message.into(),
            parameters: Parameters::None,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// 400 with a message that has no parameters.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, message)
    }

    /// 404 with a message that has no parameters.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(404, message)
    }

    /// Adds a `%name` parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let mut named = match self.parameters {
            Parameters::Named(named) => named,
            _ => serde_json::Map::new(),
        };
        named.insert(name.to_owned(), value.into());
        self.parameters = Parameters::Named(named);
        self
    }

    /// Sets the `%1`, `%2` … parameters.
    #[must_use]
    pub fn positional(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.parameters = Parameters::Positional(values.into_iter().collect());
        self
    }

    /// A required argument or property is missing.
    pub fn required(field: &str) -> Self {
        Self::bad_request("\"%fieldName\" is required. Enter and try again.").with("fieldName", field)
    }

    /// A property that the object does not have; `field` is the UpperCamelCase form of the key sent.
    pub fn unsupported(field: &str) -> Self {
        Self::bad_request("\"%fieldName\" is not supported. Correct the field name and try again.")
            .with("fieldName", field)
    }

    /// A value that is well formed but not allowed here.
    pub fn invalid_value(field: &str, value: impl Into<Value>) -> Self {
        Self::bad_request("Invalid value of \"%value\" provided for the %fieldName field.")
            .with("fieldName", field)
            .with("value", value)
    }

    /// A field whose value does not fit the stored state.
    pub fn invalid_field(field: &str) -> Self {
        Self::bad_request("The %fieldName value is invalid. Set the correct value and try again.")
            .with("fieldName", field)
    }

    /// An attribute name that cannot be searched or sorted by; null when the filter named none.
    pub fn invalid_attribute_name(name: Option<&str>) -> Self {
        Self::bad_request("The \"%1\" attribute name is invalid. Reset the name and try again.")
            .positional([name.map_or(Value::Null, Value::from)])
    }

    /// 404: nothing is stored under this key.
    pub fn no_such_entity(field: &str, value: impl Into<Value>) -> Self {
        Self::not_found("No such entity with %fieldName = %fieldValue")
            .with("fieldName", field)
            .with("fieldValue", value)
    }

    /// 404: nothing is stored under this pair of keys.
    pub fn no_such_pair(
        field: &str,
        value: impl Into<Value>,
        field2: &str,
        value2: impl Into<Value>,
    ) -> Self {
        Self::not_found("No such entity with %fieldName = %fieldValue, %field2Name = %field2Value")
            .with("fieldName", field)
            .with("fieldValue", value)
            .with("field2Name", field2)
            .with("field2Value", value2)
    }

    /// 401: the caller may not use these ACL resources (joined by `", "`).
    pub fn unauthorized(resources: &str) -> Self {
        Self::new(401, "The consumer isn't authorized to access %resources.").with("resources", resources)
    }

    /// 404: no endpoint has this path and verb.
    pub fn no_route() -> Self {
        Self::not_found("Request does not match any route.")
    }

    /// 400: the path or the store scope is not of the API's form.
    pub fn unprocessable() -> Self {
        Self::bad_request("Specified request cannot be processed.")
    }

    /// 400: the body is not valid JSON or XML.
    pub fn undecodable() -> Self {
        Self::bad_request("Decoding error.")
    }

    /// 503: the service cannot take this now; `seconds` is sent as `Retry-After`.
    pub fn unavailable(message: impl Into<Cow<'static, str>>, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(503, message) }
    }

    /// One fault for many causes: one cause stands alone, two or more become an aggregate (`spec` 2.6).
    pub fn aggregate(mut causes: Vec<Fault>) -> Option<Self> {
        match causes.len() {
            0 => None,
            1 => causes.pop(),
            _ => {
                let mut whole = Self::bad_request("One or more input exceptions have occurred.");
                whole.errors = causes;
                Some(whole)
            }
        }
    }

    /// Reads back the JSON that a fault was written as, with the status, which JSON does not hold.
    pub fn read_back(status: u16, written: &Value) -> Option<Self> {
        let errors = written.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let parameters = written.get("parameters").cloned().unwrap_or_default();
        Some(Self {
            parameters: serde_json::from_value(parameters).ok()?,
            errors: errors.iter().map(|error| Self::read_back(status, error)).collect::<Option<_>>()?,
            ..Self::new(status, written.get("message")?.as_str()?.to_owned())
        })
    }

    /// The message with its placeholders filled in, as bulk results show it.
    pub fn rendered(&self) -> String {
        let mut text = self.message.to_string();
        let mut replace = |name: &str, value: &Value| {
            let shown = match value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            text = text.replace(&format!("%{name}"), &shown);
        };
        match &self.parameters {
            Parameters::None => {}
            Parameters::Named(named) => {
                // Longest name first: %fieldName must not eat the head of a longer placeholder.
                let mut names: Vec<_> = named.iter().collect();
                names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
                names.into_iter().for_each(|(name, value)| replace(name, value));
            }
            Parameters::Positional(values) => {
                values.iter().enumerate().rev().for_each(|(i, value)| replace(&(i + 1).to_string(), value));
            }
        }
        text
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.rendered())
    }
}

impl std::error::Error for Fault {}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", &self.message)?;
        if !self.errors.is_empty() {
            map.serialize_entry("errors", &self.errors)?;
        }
        if !self.parameters.is_none() {
            map.serialize_entry("parameters", &self.parameters)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cause_stands_alone_and_two_are_an_aggregate() {
        assert_eq!(Fault::aggregate(vec![]), None);
        assert_eq!(Fault::aggregate(vec![Fault::required("a")]), Some(Fault::required("a")));
        let both = Fault::aggregate(vec![Fault::required("a"), Fault::required("b")]).unwrap();
        let text = serde_json::to_string(&both).unwrap();
        assert!(text.starts_with(
            r#"{"message":"One or more input exceptions have occurred.","errors":[{"message":"#
        ));
    }

    #[test]
    fn a_written_fault_reads_back_as_it_was() {
        let both = Fault::aggregate(vec![
            Fault::required("a"),
            Fault::bad_request("%1 only").positional([1.into()]),
        ]);
        for fault in [Fault::bad_request("No."), Fault::no_such_entity("customerId", 1), both.unwrap()] {
            let written = serde_json::to_value(&fault).unwrap();
            assert_eq!(Fault::read_back(fault.status, &written), Some(fault));
        }
        assert_eq!(Fault::read_back(400, &Value::Null), None);
    }

    #[test]
    fn a_rendered_message_shows_its_parameters() {
        let fault = Fault::no_such_pair("email", "a@b.co", "websiteId", "1");
        assert_eq!(fault.rendered(), "No such entity with email = a@b.co, websiteId = 1");
        assert_eq!(
            Fault::invalid_attribute_name(Some("id")).rendered(),
            "The \"id\" attribute name is invalid. Reset the name and try again."
        );
    }
}
