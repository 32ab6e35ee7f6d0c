//! `/_/instances/{instance_id}/settings`: what the instance's behaviour depends on.

use std::collections::HashMap;

use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    routing::get,
};
use patron_commerce::{
    Failure,
    instances::{Catalogue, manage::settings},
};
use serde_json::{Value, json};

use super::{Answer, json as answer, read_json, within};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new().route("/instances/{instance_id}/settings", get(list).put(put).delete(drop))
}

async fn list(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let shown = within::read(&app, &id, |catalogue| Ok::<_, Failure>(shown(catalogue)))?;
    Ok(answer(StatusCode::OK, &shown))
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

fn shown(catalogue: &Catalogue) -> Value {
    json!({ "settings": settings::list(catalogue) })
}
