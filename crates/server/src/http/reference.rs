//! The APIs described: `/_/openapi.json` and `/_/control-openapi.json`; `/_/docs` and `/_/control-docs`, the same for people, are pages
//! without scripts, so that they work anywhere.

use std::sync::LazyLock;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{Html, IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use minijinja::{Environment, context};
use patron_commerce::reference::openapi;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{control, reply};
use crate::state::App;

const PAGE: &str = include_str!("reference.html");

/// Nothing is loaded and nothing runs: the page brings its own styles, and no others count.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let styles = PAGE.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let hash = STANDARD.encode(Sha256::digest(styles.map_or("", |(styles, _)| styles)));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// `GET /_/openapi.json`
pub async fn document(State(app): State<App>) -> Json<Value> {
    Json(describe(&app))
}

/// `GET /_/control-openapi.json`
pub async fn control_document(State(app): State<App>) -> Json<Value> {
    Json(control::describe(&app))
}

/// `GET /_/docs`
pub async fn page(State(app): State<App>) -> Response {
    show(&describe(&app), "openapi.json", "control-docs")
}

/// `GET /_/control-docs`
pub async fn control_page(State(app): State<App>) -> Response {
    show(&control::describe(&app), "control-openapi.json", "docs")
}

fn show(document: &Value, source: &str, other: &str) -> Response {
    match render(document, source, other) {
        Ok(html) => ([(header::CONTENT_SECURITY_POLICY, POLICY.as_str())], Html(html)).into_response(),
        Err(error) => reply::failure(&anyhow::Error::from(error).into(), patron_webapi::accept::Format::Json),
    }
}

fn describe(app: &App) -> Value {
    openapi::document(&app.table, &format!("{}/{{tenant}}", app.base_url))
}

fn render(document: &Value, source: &str, other: &str) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_filter("type_of", type_of);
    environment.add_template("reference.html", PAGE)?;
    let page = environment.get_template("reference.html")?;
    page.render(context! { api => minijinja::value::Serde(document), source, other })
}

/// A schema in a few words: `integer`, `[customer-data-address-interface]`, `string or null`.
fn type_of(schema: minijinja::Value) -> String {
    let schema: Value = serde_json::to_value(&schema).unwrap_or_default();
    words(&schema)
}

fn words(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap_or(reference).to_owned();
    }
    if let Some(either) = schema["anyOf"].as_array() {
        return either.iter().map(words).collect::<Vec<_>>().join(" or ");
    }
    let name = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    if name.starts_with("array") { format!("[{}]", words(&schema["items"])) } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_operation_and_links_its_objects() {
        let document = openapi::document(&patron_commerce::table(), "http://localhost/{tenant}");
        let html = render(&document, "openapi.json", "control-docs").unwrap();
        for path in document["paths"].as_object().unwrap().keys() {
            assert!(html.contains(&path.replace('/', "&#x2f;")) || html.contains(path.as_str()), "{path}");
        }
        assert!(html.contains("href=\"#customer-data-address-interface\""));
    }
}
