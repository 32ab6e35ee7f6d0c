//! `/_/instances/{instance_id}/websites`, `/stores` and `/store-views`, each with one below it by its code.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    instances::{Catalogue, StoreGroup, StoreView, Website, manage::stores},
};
use patron_sql::Session;
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
            "stores",
            "/instances/{instance_id}/websites",
            [
                get(websites, "Every website.").gives::<Websites>(),
                post(
                    add_website,
                    "Makes a website. It takes customers once it has a store with a store view.",
                )
                .takes::<NewWebsite>()
                .makes::<Website>(),
            ],
        )
        .at(
            "stores",
            "/instances/{instance_id}/websites/{code}",
            [
                put(change_website, "Changes a website.").takes::<WebsiteChange>().gives::<Website>(),
                delete(delete_website, "Deletes a website with its stores and store views."),
            ],
        )
        .at(
            "stores",
            "/instances/{instance_id}/stores",
            [
                get(groups, "Every store.").gives::<Stores>(),
                post(add_group, "Makes a store. A website's first store is its default.")
                    .takes::<NewStore>()
                    .makes::<StoreGroup>(),
            ],
        )
        .at(
            "stores",
            "/instances/{instance_id}/stores/{code}",
            [
                put(change_group, "Changes a store.").takes::<StoreChange>().gives::<StoreGroup>(),
                delete(delete_group, "Deletes a store with its store views."),
            ],
        )
        .at(
            "stores",
            "/instances/{instance_id}/store-views",
            [
                get(views, "Every store view.").gives::<StoreViews>(),
                post(add_view, "Makes a store view. A store's first active store view is its default.")
                    .takes::<NewStoreView>()
                    .makes::<StoreView>(),
            ],
        )
        .at(
            "stores",
            "/instances/{instance_id}/store-views/{code}",
            [
                put(change_view, "Changes a store view. A store's default store view stays open.")
                    .takes::<StoreViewChange>()
                    .gives::<StoreView>(),
                delete(delete_view, "Deletes a store view."),
            ],
        )
}

/// A store or the like by its code.
type One = Path<(String, String)>;

async fn websites(State(app): State<App>, Path(id): Path<String>) -> Answer {
    listed(&app, &id, |catalogue| Websites { websites: catalogue.websites.clone() })
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
    listed(&app, &id, |catalogue| Stores { stores: catalogue.store_groups.clone() })
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
    listed(&app, &id, |catalogue| StoreViews { store_views: catalogue.store_views.clone() })
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

fn listed<T: Serialize>(app: &App, id: &str, list: impl FnOnce(&Catalogue) -> T) -> Answer {
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

/// Every website.
#[derive(Serialize, JsonSchema)]
struct Websites {
    websites: Vec<Website>,
}

/// Every store.
#[derive(Serialize, JsonSchema)]
struct Stores {
    stores: Vec<StoreGroup>,
}

/// Every store view.
#[derive(Serialize, JsonSchema)]
struct StoreViews {
    store_views: Vec<StoreView>,
}

/// What a new website takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct NewWebsite {
    #[schemars(pattern(r"^[A-Za-z][0-9A-Za-z_]{0,31}$"))]
    code: String,
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    name: String,
}

/// What a change of a website takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct WebsiteChange {
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    name: Option<String>,
    /// Its default store, by its code.
    default_store: Option<String>,
}

/// What a new store takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct NewStore {
    /// The website's code.
    website: String,
    #[schemars(pattern(r"^[A-Za-z][0-9A-Za-z_]{0,31}$"))]
    code: String,
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    name: String,
    root_category_id: Option<i64>,
}

/// What a change of a store takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct StoreChange {
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    name: Option<String>,
    root_category_id: Option<i64>,
    /// Its default store view, by its code.
    default_store_view: Option<String>,
}

/// What a new store view takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct NewStoreView {
    /// The store's code.
    store: String,
    #[schemars(pattern(r"^[A-Za-z][0-9A-Za-z_]{0,31}$"))]
    code: String,
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    name: String,
    is_active: Option<bool>,
    sort_order: Option<i64>,
}

/// What a change of a store view takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described: `manage` reads the members one by one")]
struct StoreViewChange {
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    name: Option<String>,
    is_active: Option<bool>,
    sort_order: Option<i64>,
}
