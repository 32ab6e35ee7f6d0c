//! The types of the wire as JSON schemas, collected for the OpenAPI document.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A type that can say what it looks like on the wire.
pub trait Describe {
    /// The JSON schema of this type; objects are put into `definitions` and referred to.
    fn schema(definitions: &mut Definitions) -> Value;
}

/// The named schemas that were referred to so far.
#[derive(Debug, Default)]
pub struct Definitions(pub BTreeMap<String, Value>);

impl Definitions {
    /// Defines the object `name` once and returns a reference to it.
    pub fn object(
        &mut self,
        name: &str,
        properties: impl FnOnce(&mut Self) -> Vec<(&'static str, Value)>,
    ) -> Value {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), Value::Null);
            let properties: serde_json::Map<String, Value> =
                properties(self).into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect();
            self.0.insert(name.to_owned(), json!({ "type": "object", "properties": properties }));
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }
}
