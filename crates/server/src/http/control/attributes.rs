//! `/_/instances/{instance_id}/attributes`: the attributes that were added to customers and addresses.

use std::collections::{BTreeMap, HashMap};

use axum::{
    extract::{Path, Query, Request, State},
    http::StatusCode,
};
use patron_commerce::attributes::manage::{self, AttributeView};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    Answer, json as answer, no_content, read_json,
    table::{Table, delete, get, post, put},
    within,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Table {
    Table::default()
        .at(
            "attributes",
            "/instances/{instance_id}/attributes",
            [
                get(list, "The attributes that were added, those of customers first.")
                    .asks::<Wanted>()
                    .gives::<Attributes>(),
                post(add, "Adds an attribute.").takes::<NewAttribute>().makes::<AttributeView>(),
            ],
        )
        .at(
            "attributes",
            "/instances/{instance_id}/attributes/{entity}/{code}",
            [
                get(one, "An attribute that was added.").gives::<AttributeView>(),
                put(
                    change,
                    "Changes an attribute: what is not sent stays; `options`, when sent, is the whole list.",
                )
                .takes::<AttributeChange>()
                .gives::<AttributeView>(),
                delete(remove, "Deletes an attribute with all values of it."),
            ],
        )
}

/// Which attributes are listed.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct Wanted {
    /// `customer` or `customer_address`; both without it.
    #[schemars(pattern(r"^(customer|customer_address)$"))]
    entity: Option<String>,
}

/// Attributes.
#[derive(Serialize, JsonSchema)]
struct Attributes {
    attributes: Vec<AttributeView>,
}

/// What a new attribute takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct NewAttribute {
    /// `customer` or `customer_address`.
    #[schemars(pattern(r"^(customer|customer_address)$"))]
    entity: String,
    #[schemars(pattern(r"^[a-z][0-9a-z_]{0,29}$"))]
    code: String,
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    label: String,
    /// How a value is typed in and shown.
    #[schemars(pattern(r"^(text|textarea|multiline|date|datetime|select|multiselect|boolean|decimal)$"))]
    input: String,
    #[schemars(flatten)]
    more: Definition,
}

/// What may be changed of an attribute; entity, code and input are for ever.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct AttributeChange {
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    label: Option<String>,
    #[schemars(flatten)]
    more: Definition,
}

/// What both of them take.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct Definition {
    /// Labels by the code of their store view.
    store_labels: Option<BTreeMap<String, String>>,
    required: Option<bool>,
    unique: Option<bool>,
    default: Option<Value>,
    /// `{"name": …, "value": …}`: `input_validation`, `min_text_length`, `max_text_length`, `date_range_min`, `date_range_max`.
    validation_rules: Option<Vec<BTreeMap<String, Value>>>,
    /// 1 to 20 for a multiline attribute.
    multiline_count: Option<i64>,
    sort_order: Option<i64>,
    used_in_forms: Option<Vec<String>>,
    visible: Option<bool>,
    note: Option<String>,
    /// Of a select or multiselect: `{"id"?, "label", "store_labels"?, "sort_order"?, "default"?}`, or the label alone.
    options: Option<Vec<Value>>,
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let entity = query.get("entity").map(String::as_str);
    let attributes = within::read(&app, &id, |catalogue| manage::list(catalogue, entity))?;
    Ok(answer(StatusCode::OK, &Attributes { attributes }))
}

async fn one(State(app): State<App>, Path((id, entity, code)): Path<(String, String, String)>) -> Answer {
    let view = within::read(&app, &id, |catalogue| {
        Ok(AttributeView::new(catalogue, manage::find(catalogue, &entity, &code)?))
    })?;
    Ok(answer(StatusCode::OK, &view))
}

async fn add(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    let body: Value = read_json(&app, request).await?;
    let moment = app.moment();
    let view = within::write(&app, id, move |sql, catalogue| {
        Ok(AttributeView::new(catalogue, &manage::add(sql, moment, catalogue, &body)?))
    });
    Ok(answer(StatusCode::CREATED, &view.await?))
}

async fn change(
    State(app): State<App>,
    Path((id, entity, code)): Path<(String, String, String)>,
    request: Request,
) -> Answer {
    let body: Value = read_json(&app, request).await?;
    let moment = app.moment();
    let view = within::write(&app, id, move |sql, catalogue| {
        let changed = manage::change(sql, moment, catalogue, (&entity, &code), &body)?;
        Ok(AttributeView::new(catalogue, &changed))
    });
    Ok(answer(StatusCode::OK, &view.await?))
}

async fn remove(State(app): State<App>, Path((id, entity, code)): Path<(String, String, String)>) -> Answer {
    within::write(&app, id, move |sql, catalogue| manage::delete(sql, catalogue, &entity, &code)).await?;
    Ok(no_content())
}
