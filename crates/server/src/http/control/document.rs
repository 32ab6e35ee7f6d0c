//! The OpenAPI 3.1 document of the control API, made from its table.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::table::{Row, Table};

/// Parameters of paths that are numbers; the others are texts.
const NUMBERS: [&str; 3] = ["mail_id", "project_id", "role_id"];

/// The document; `server` is where `/_` is, such as `https://host/_`.
pub fn document(table: &Table, server: &str) -> Value {
    let mut generator = generator();
    let mut paths: Map<String, Value> = Map::new();
    for row in &table.rows {
        let path = paths.entry(row.path.clone()).or_insert_with(|| json!({}));
        path[row.operation.method()] = operation(row, &mut generator);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Patron: the control API",
            "description": "What an operator or a test does to the service itself. Every call carries the control key as \
                Authorization: Bearer, where there is one; in development without one the API is open to this machine.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": server }],
        "security": [{ "control_key": [] }, {}],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "control_key": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.definitions_path = "/components/schemas".into();
    });
    settings.into_generator()
}

fn operation(row: &Row, generator: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = in_path(&row.path).map(path_parameter).collect();
    parameters.extend(row.operation.query(generator).iter().flat_map(query_parameters));
    let body = row.operation.body(generator);
    let mut described = json!({
        "operationId": operation_id(row),
        "tags": [row.subject],
        "description": row.operation.about(),
        "parameters": parameters,
        "responses": responses(row, row.operation.answer(generator), body.is_some()),
    });
    if let Some(body) = body {
        // Without a body the handler reads `{}`, which is right where nothing is required.
        described["requestBody"] = json!({ "content": { "application/json": { "schema": body } } });
    }
    described
}

/// The names in braces.
fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Value {
    let kind = if NUMBERS.contains(&name) { "integer" } else { "string" };
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } })
}

/// An object's properties as parameters of the query string.
fn query_parameters(object: &Schema) -> Vec<Value> {
    let object = object.as_value();
    let required = object["required"].as_array().cloned().unwrap_or_default();
    let properties = object["properties"].as_object().cloned().unwrap_or_default();
    let parameter = |(name, schema): (String, Value)| {
        let is_required = required.contains(&json!(name));
        json!({ "name": name, "in": "query", "required": is_required, "schema": schema })
    };
    properties.into_iter().map(parameter).collect()
}

/// `getInstancesByInstanceIdAttributes`
fn operation_id(row: &Row) -> String {
    let mut id = row.operation.method().to_owned();
    for segment in row.path.split('/').filter(|segment| !segment.is_empty()) {
        id.push_str(if segment.starts_with('{') { "By" } else { "" });
        for word in segment.trim_matches(['{', '}']).split(['_', '-']) {
            let (first, rest) = word.split_at(1);
            id.push_str(&first.to_ascii_uppercase());
            id.push_str(rest);
        }
    }
    id
}

fn responses(row: &Row, answer: Option<Schema>, takes_a_body: bool) -> Value {
    let with_body = |description: &str, schema: &Value| json!({ "description": description, "content": { "application/json": { "schema": schema } } });
    let refusal = json!({ "type": "object", "required": ["message"], "properties": {
        "message": { "type": "string" }, "field": { "type": "string" } } });
    let mut responses = Map::new();
    let done = match &answer {
        Some(schema) => with_body("Done.", schema.as_value()),
        None => json!({ "description": "Done." }),
    };
    responses.insert(row.operation.status().to_string(), done);
    let mut refused = |status: &str, description: &str| {
        responses.insert(status.to_owned(), with_body(description, &refusal));
    };
    refused("400", "The request breaks a rule; `field` names what it is about.");
    refused("401", "Without the control key.");
    if row.path.contains('{') {
        refused("404", "There is no such thing.");
    }
    if row.operation.method() != "get" {
        refused("409", "Something else is in the way.");
    }
    if takes_a_body {
        refused("408", "The body did not arrive in time.");
        refused("413", "The body is too large.");
    }
    refused("503", "Busy, or the database is away: try again.");
    Value::Object(responses)
}
