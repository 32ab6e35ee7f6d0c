//! `/_/instances/{instance_id}/settings`: what the instance's behaviour depends on.

use std::collections::HashMap;

use axum::{
    extract::{Path, Query, Request, State},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    instances::manage::settings::{self, SettingView},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Answer, json as answer, read_json,
    table::{self, Table, delete, get},
    within,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Table {
    Table::default().at(
        "settings",
        "/instances/{instance_id}/settings",
        [
            get(
                list,
                "Every setting with its default, its value, and its values in websites and store views.",
            )
            .gives::<Settings<'_>>(),
            table::put(put, "Stores a value, or a list of them, all or none.")
                .takes::<OneOrMany>()
                .gives::<Settings<'_>>(),
            delete(drop, "Drops a value: what the wider scope says holds again.")
                .asks::<Place>()
                .gives::<Settings<'_>>(),
        ],
    )
}

/// Every setting.
#[derive(Serialize, JsonSchema)]
struct Settings<'c> {
    settings: Vec<SettingView<'c>>,
}

/// Values to store.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
enum OneOrMany {
    One(NewValue),
    Many(Vec<NewValue>),
}

/// A value and where it holds.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct NewValue {
    #[schemars(flatten)]
    place: Place,
    /// A text, a number, true or false.
    value: Value,
}

/// Where a value is put or dropped.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct Place {
    path: String,
    /// `default`, `website` or `store`.
    scope: Option<String>,
    /// The website's or store view's code.
    code: Option<String>,
}

async fn list(State(app): State<App>, Path(id): Path<String>) -> Answer {
    within::read(&app, &id, |catalogue| {
        Ok::<_, Failure>(answer(StatusCode::OK, &Settings { settings: settings::list(catalogue) }))
    })
}

/// Takes `{"path", "scope"?, "code"?, "value"}`, or a list of them.
async fn put(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    let body: Value = read_json(&app, request).await?;
    within::write(&app, id.clone(), move |sql, catalogue| settings::put(sql, catalogue, &body)).await?;
    list(State(app), Path(id)).await
}

/// Takes `?path=…&scope=…&code=…`.
async fn drop(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let body = json!(query);
    within::write(&app, id.clone(), move |sql, catalogue| settings::drop(sql, catalogue, &body)).await?;
    list(State(app), Path(id)).await
}
