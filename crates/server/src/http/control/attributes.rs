//! `/_/instances/{instance_id}/attributes`: the attributes that were added to customers and addresses.

use std::collections::HashMap;

use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    routing::get,
};
use patron_commerce::attributes::manage::{self, AttributeView};
use serde_json::{Value, json};

use super::{Answer, json as answer, no_content, read_json, within};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/instances/{instance_id}/attributes", get(list).post(add))
        .route("/instances/{instance_id}/attributes/{entity}/{code}", get(one).put(change).delete(remove))
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let entity = query.get("entity").map(String::as_str);
    let attributes = within::read(&app, &id, |catalogue| manage::list(catalogue, entity))?;
    Ok(answer(StatusCode::OK, &json!({ "attributes": attributes })))
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
