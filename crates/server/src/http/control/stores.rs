//! `/_/instances/{instance_id}/websites`, `/stores` and `/store-views`, each with one below it by its code.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::StatusCode,
    routing::{get, put},
};
use patron_commerce::{
    Failure,
    instances::{Catalogue, manage::stores},
};
use patron_sql::Session;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Answer, json as answer, no_content, read_json, within};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    let below = |path: &str| format!("/instances/{{instance_id}}{path}");
    Router::new()
        .route(&below("/websites"), get(websites).post(add_website))
        .route(&below("/websites/{code}"), put(change_website).delete(delete_website))
        .route(&below("/stores"), get(groups).post(add_group))
        .route(&below("/stores/{code}"), put(change_group).delete(delete_group))
        .route(&below("/store-views"), get(views).post(add_view))
        .route(&below("/store-views/{code}"), put(change_view).delete(delete_view))
}

/// A store or the like by its code.
type One = Path<(String, String)>;

async fn websites(State(app): State<App>, Path(id): Path<String>) -> Answer {
    listed(&app, &id, |catalogue| json!({ "websites": catalogue.websites }))
}

async fn add_website(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    added(app, id, request, stores::add_website).await
}

async fn change_website(State(app): State<App>, Path(one): One, request: Request) -> Answer {
    changed(app, one, request, stores::change_website).await
}

async fn delete_website(State(app): State<App>, Path(one): One) -> Answer {
    deleted(app, one, stores::delete_website).await
}

async fn groups(State(app): State<App>, Path(id): Path<String>) -> Answer {
    listed(&app, &id, |catalogue| json!({ "stores": catalogue.store_groups }))
}

async fn add_group(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    added(app, id, request, stores::add_group).await
}

async fn change_group(State(app): State<App>, Path(one): One, request: Request) -> Answer {
    changed(app, one, request, stores::change_group).await
}

async fn delete_group(State(app): State<App>, Path(one): One) -> Answer {
    deleted(app, one, stores::delete_group).await
}

async fn views(State(app): State<App>, Path(id): Path<String>) -> Answer {
    listed(&app, &id, |catalogue| json!({ "store_views": catalogue.store_views }))
}

async fn add_view(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    added(app, id, request, stores::add_view).await
}

async fn change_view(State(app): State<App>, Path(one): One, request: Request) -> Answer {
    changed(app, one, request, stores::change_view).await
}

async fn delete_view(State(app): State<App>, Path(one): One) -> Answer {
    deleted(app, one, stores::delete_view).await
}

fn listed(app: &App, id: &str, list: impl FnOnce(&Catalogue) -> Value) -> Answer {
    let listed = within::read(app, id, |catalogue| Ok::<_, Failure>(list(catalogue)))?;
    Ok(answer(StatusCode::OK, &listed))
}

async fn added<T: Serialize + Send + 'static>(
    app: App,
    id: String,
    request: Request,
    add: fn(Session<'_>, &Catalogue, &Value) -> Result<T, Failure>,
) -> Answer {
    let body: Value = read_json(&app, request).await?;
    let added = within::write(&app, id, move |sql, catalogue| add(sql, catalogue, &body)).await?;
    Ok(answer(StatusCode::CREATED, &added))
}

async fn changed<T: Serialize + Send + 'static>(
    app: App,
    (id, code): (String, String),
    request: Request,
    change: fn(Session<'_>, &Catalogue, &str, &Value) -> Result<T, Failure>,
) -> Answer {
    let body: Value = read_json(&app, request).await?;
    let changed = within::write(&app, id, move |sql, catalogue| change(sql, catalogue, &code, &body)).await?;
    Ok(answer(StatusCode::OK, &changed))
}

async fn deleted(
    app: App,
    (id, code): (String, String),
    delete: fn(Session<'_>, &Catalogue, &str) -> Result<(), Failure>,
) -> Answer {
    within::write(&app, id, move |sql, catalogue| delete(sql, catalogue, &code)).await?;
    Ok(no_content())
}
