//! `/_/organizations/{org_id}/projects`.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::StatusCode,
    routing::get,
};
use patron_commerce::{
    Failure,
    identity::{Project, projects},
};
use patron_sql::Session;
use patron_webapi::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    super::{Answer, json as answer, no_content, read_json},
    instant, organization,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org_id}/projects", get(list).post(add))
        .route("/organizations/{org_id}/projects/{project_id}", get(one).put(rename).delete(remove))
}

/// A project by its organization and key.
type One = Path<(String, String)>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Titled {
    title: String,
}

async fn list(State(app): State<App>, Path(org_id): Path<String>) -> Answer {
    let all = app.database.read(|sql| projects::of_organisation(sql, organization(sql, &org_id)?.id))?;
    let projects: Vec<Value> = all.iter().map(view).collect();
    Ok(answer(StatusCode::OK, &json!({ "projects": projects })))
}

async fn add(State(app): State<App>, Path(org_id): Path<String>, request: Request) -> Answer {
    let Titled { title } = read_json(&app, request).await?;
    let moment = app.moment();
    let made = app
        .database
        .write(move |sql| projects::create(sql, moment, organization(sql, &org_id)?.id, &title))
        .await?;
    Ok(answer(StatusCode::CREATED, &view(&made)))
}

async fn one(State(app): State<App>, Path((org_id, id)): One) -> Answer {
    let found = app.database.read(|sql| project(sql, &org_id, &id))?;
    Ok(answer(StatusCode::OK, &view(&found)))
}

async fn rename(State(app): State<App>, Path((org_id, id)): One, request: Request) -> Answer {
    let Titled { title } = read_json(&app, request).await?;
    let renamed =
        app.database.write(move |sql| projects::rename(sql, &project(sql, &org_id, &id)?, &title)).await?;
    Ok(answer(StatusCode::OK, &view(&renamed)))
}

/// Deletes a project with its credentials: their tokens stop working at once.
async fn remove(State(app): State<App>, Path((org_id, id)): One) -> Answer {
    let moment = app.moment();
    app.database.write(move |sql| projects::delete(sql, moment, &project(sql, &org_id, &id)?)).await?;
    Ok(no_content())
}

fn project(sql: Session<'_>, org_id: &str, id: &str) -> Result<Project, Failure> {
    let organisation = organization(sql, org_id)?;
    let found = match id.parse() {
        Ok(id) => projects::find(sql, organisation.id, id)?,
        Err(_) => None,
    };
    Ok(found.ok_or_else(|| Fault::not_found("There is no such project."))?)
}

fn view(project: &Project) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "title": project.title,
        "workspace": projects::WORKSPACE,
        "created_at": instant(project.created_at),
    })
}
