//! The OpenAPI 3.1 document of the REST API, made from the call table.

use patron_webapi::{Method, arguments::Parameter, describe::Definitions};
use serde_json::{Map, Value, json};

use super::{
    facts::{example, facts},
    parity::name_of,
};
use crate::{Access, Row};

/// The document; `server` is the REST endpoint it describes, such as `https://host/{tenant}`.
pub fn document(table: &[Row], server: &str) -> Value {
    let mut definitions = Definitions::default();
    let mut paths: Map<String, Value> = Map::new();
    for row in table.iter().filter(|row| is_public(row)) {
        let path = paths.entry(path_of(row)).or_insert_with(|| json!({}));
        path[row.endpoint.method.verb().to_lowercase()] = operation(row, &mut definitions);
    }
    let mut schemas = definitions.0;
    schemas.extend(facts().definition_schemas());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Patron: the customer REST API of Adobe Commerce as a Cloud Service",
            "description": "Every call carries Authorization: Bearer with an IMS access token.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": server, "variables": { "tenant": { "default": "tenant" } } }],
        "security": [{ "ims": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "ims": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// Rows that the reference has; `/me` exists only to be refused.
pub fn is_public(row: &Row) -> bool {
    !row.endpoint.path.ends_with("/me")
}

/// `/V1/customers/:customerId` → `/V1/customers/{customerId}`
pub fn path_of(row: &Row) -> String {
    let segment = |segment: &str| match segment.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None => segment.to_owned(),
    };
    row.endpoint.path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn operation(row: &Row, definitions: &mut Definitions) -> Value {
    let parameters = row.parameters(definitions);
    let in_path: Vec<&str> = row.endpoint.path_parameters().collect();
    let (of_path, others): (Vec<_>, Vec<_>) =
        parameters.into_iter().partition(|parameter| in_path.contains(&parameter.name.as_str()));
    let mut shown: Vec<Value> = of_path.iter().map(|parameter| described(parameter, "path", true)).collect();
    let has_body = row.endpoint.method.has_body();
    if !has_body {
        shown.extend(others.iter().flat_map(|parameter| query_parameters(row, parameter)));
    }
    let mut operation = json!({
        "operationId": operation_id(row),
        "tags": [row.endpoint.path.split('/').nth(2).unwrap_or("")],
        "description": format!("Needs {}.", row.endpoint.resource_names()),
        "parameters": shown,
        "responses": responses(row),
    });
    if has_body && !others.is_empty() {
        operation["requestBody"] = body(row, &others);
    }
    operation
}

fn operation_id(row: &Row) -> String {
    let words = row.endpoint.path.split('/').skip(2).map(|segment| {
        let name = segment.trim_start_matches(':');
        let mut chars = name.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        let by = if segment.starts_with(':') { "By" } else { "" };
        format!("{by}{}{}", first.map(String::from).unwrap_or_default(), chars.as_str())
    });
    format!("{}{}", row.endpoint.method.verb().to_lowercase(), words.collect::<String>())
}

fn described(parameter: &Parameter, place: &str, required: bool) -> Value {
    json!({ "name": parameter.name, "in": place, "required": required, "schema": parameter.schema })
}

/// Search criteria are sent in PHP's nested form, whose places are parameters of their own in the reference.
fn query_parameters(row: &Row, parameter: &Parameter) -> Vec<Value> {
    let is_object = parameter.schema.get("$ref").is_some();
    if !is_object {
        return vec![described(parameter, "query", parameter.required)];
    }
    let listed = facts().operations.get(&name_of(row)).and_then(|facts| facts["parameters"].as_array());
    let nested = |name: &str| name.strip_prefix(&parameter.name).is_some_and(|rest| rest.starts_with('['));
    let places = listed.into_iter().flatten().filter(|place| place["name"].as_str().is_some_and(nested));
    let show = |place: &Value| {
        json!({
            "name": place["name"], "in": "query", "required": false, "schema": { "type": place["type"] },
            "description": "A number in brackets counts from 0: others may follow.",
        })
    };
    places.map(show).collect()
}

fn body(row: &Row, parameters: &[Parameter]) -> Value {
    let properties: Map<String, Value> =
        parameters.iter().map(|parameter| (parameter.name.clone(), parameter.schema.clone())).collect();
    let required: Vec<&str> = parameters
        .iter()
        .filter(|parameter| parameter.required)
        .map(|parameter| parameter.name.as_str())
        .collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let mut content = json!({ "schema": schema });
    if let Some(example) = example(&name_of(row)) {
        content["example"] = example.clone();
    }
    json!({ "required": !required.is_empty(), "content": { "application/json": content } })
}

fn responses(row: &Row) -> Value {
    let json_body = |description: &str, schema: Value| json!({ "description": description, "content": { "application/json": { "schema": schema } } });
    let error = || {
        json!({ "type": "object", "required": ["message"], "properties": {
        "message": { "type": "string" }, "errors": { "type": "array" }, "parameters": { "type": ["object", "array"] } } })
    };
    let mut responses = json!({
        "200": json_body("Done.", facts().answer_schema(row.answers)),
        "400": json_body("The request breaks a rule.", error()),
        "401": json_body("No valid token, or one without the resource.", error()),
        "403": json_body("A token of another organization.", error()),
        "404": json_body("There is no such thing.", error()),
        "503": json_body("Busy: try again after the seconds of Retry-After.", error()),
    });
    if row.endpoint.method.has_body() {
        responses["413"] = json_body("The body is too large.", error());
    }
    if row.access == Access::Write && row.endpoint.method != Method::Get {
        responses["422"] = json_body("The idempotency key was used for another request.", error());
    }
    responses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::facts::EXAMPLES;

    /// Properties of ours that the reference does not list, and why they are there.
    const OURS: &[(&str, &str)] = &[("customer-data-region-interface", "extension_attributes")];

    #[test]
    fn the_checked_in_document_is_the_generated_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
        let generated = serde_json::to_string_pretty(&document(&crate::table(), "/{tenant}")).unwrap() + "\n";
        if std::env::var_os("PATRON_BLESS").is_some() {
            std::fs::write(path, &generated).unwrap();
        }
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            checked_in == generated,
            "openapi.json is out of date: run PATRON_BLESS=1 cargo test -p patron-commerce reference"
        );
    }

    #[test]
    fn every_example_is_of_an_operation_that_takes_a_body() {
        let document = document(&crate::table(), "/{tenant}");
        let written = document.to_string().matches("\"example\":").count();
        assert_eq!(written, EXAMPLES.len());
    }

    #[test]
    fn objects_have_the_properties_of_the_reference() {
        let mut definitions = Definitions::default();
        crate::table().iter().for_each(|row| drop(row.parameters(&mut definitions)));
        for (name, schema) in &definitions.0 {
            let Some(Value::Object(reference)) = facts().definitions.get(name) else { continue };
            let ours: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
            let missing: Vec<&String> =
                reference.keys().filter(|property| !ours.contains(property)).collect();
            let extra: Vec<_> = ours
                .iter()
                .filter(|property| {
                    !reference.contains_key(**property) && !OURS.contains(&(name.as_str(), property.as_str()))
                })
                .collect();
            assert!(
                missing.is_empty() && extra.is_empty(),
                "{name}: missing {missing:?}, not in the reference {extra:?}"
            );
        }
    }
}
