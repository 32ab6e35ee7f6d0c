//! Facts of the ACCS reference (July 2026): names, methods, parameters and property names of the operations around customers.
//!
//! No texts of the reference are kept, only what must agree.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Everything that is known of the reference.
#[derive(Debug, Deserialize)]
pub struct Facts {
    /// Operations by `METHOD /path/{parameter}`, in the reference's order.
    pub operations: Map<String, Value>,
    /// Properties and their types by schema name; a list is a schema that is a list.
    pub definitions: BTreeMap<String, Value>,
    /// The properties that are always there, by schema name.
    pub required: BTreeMap<String, Vec<String>>,
}

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    serde_json::from_str(include_str!("facts.json")).expect("the facts file is JSON of this shape")
});

pub(super) static EXAMPLES: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("examples.json")).expect("the examples file is JSON of this shape")
});

/// A body that an operation takes as it is, on a fresh instance: ours, since the reference has none.
pub fn example(operation: &str) -> Option<&'static Value> {
    EXAMPLES.get(operation)
}

/// The facts, read when first asked for.
pub fn facts() -> &'static Facts {
    &FACTS
}

impl Facts {
    /// The schema of an answer as a row names it: a schema or a scalar, `[x]` for a list, `a|b` for either, "" for no result.
    pub fn answer_schema(&self, answers: &str) -> Value {
        match answers {
            "" | "[]" => json!({ "type": "array", "maxItems": 0 }),
            either if either.contains('|') => {
                json!({ "anyOf": either.split('|').map(|one| self.answer_schema(one)).collect::<Vec<_>>() })
            }
            list if list.starts_with('[') => {
                json!({ "type": "array", "items": self.answer_schema(list.trim_matches(['[', ']'])) })
            }
            name => self.type_schema(&Value::from(name), false),
        }
    }

    /// The schemas of every definition. A property may be null: the original leaves out or nulls what is not set.
    pub fn definition_schemas(&self) -> BTreeMap<String, Value> {
        self.definitions
            .iter()
            .map(|(name, definition)| (name.clone(), self.definition_schema(name, definition)))
            .collect()
    }

    fn definition_schema(&self, name: &str, definition: &Value) -> Value {
        let Value::Object(properties) = definition else { return self.type_schema(definition, false) };
        let schemas: Map<String, Value> =
            properties.iter().map(|(name, of)| (name.clone(), self.type_schema(of, true))).collect();
        let mut schema = json!({ "type": "object", "properties": schemas });
        if let Some(required) = self.required.get(name) {
            schema["required"] = json!(required);
        }
        schema
    }

    fn type_schema(&self, of: &Value, nullable: bool) -> Value {
        match of {
            Value::Array(items) => {
                let items = items.first().map_or_else(|| json!({}), |item| self.type_schema(item, false));
                let name = if nullable { json!(["array", "null"]) } else { json!("array") };
                json!({ "type": name, "items": items })
            }
            Value::String(name) if name == "unstructured-array" => {
                json!({ "type": if nullable { json!(["array", "null"]) } else { json!("array") } })
            }
            Value::String(name) if self.definitions.contains_key(name) => {
                json!({ "$ref": format!("#/components/schemas/{name}") })
            }
            Value::String(name) if name == "any" || name == "object" => json!({}),
            Value::String(name) if nullable => json!({ "type": [name, "null"] }),
            Value::String(name) => json!({ "type": name }),
            _ => json!({}),
        }
    }
}
