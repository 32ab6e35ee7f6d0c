//! `/_/organizations/{org_id}/projects`.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    identity::{Project, projects},
};
use patron_sql::Session;
use patron_webapi::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Answer, json as answer, no_content, read_json,
        table::{Table, delete, get, post, put},
    },
    instant, organization,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Table {
    Table::default()
        .at(
            "projects",
            "/organizations/{org_id}/projects",
            [
                get(list, "Every project of the organization.").gives::<Projects>(),
                post(add, "Makes a project.").takes::<Titled>().makes::<ProjectView>(),
            ],
        )
        .at(
            "projects",
            "/organizations/{org_id}/projects/{project_id}",
            [
                get(one, "A project.").gives::<ProjectView>(),
                put(rename, "Renames a project.").takes::<Titled>().gives::<ProjectView>(),
                delete(remove, "Deletes a project with its credentials: their tokens stop working at once."),
            ],
        )
}

/// A project by its organization and key.
type One = Path<(String, String)>;

/// A project's title.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Titled {
    title: String,
}

/// Every project.
#[derive(Serialize, JsonSchema)]
struct Projects {
    projects: Vec<ProjectView>,
}

/// A project as the control API shows it.
#[derive(Serialize, JsonSchema)]
struct ProjectView {
    id: i64,
    /// What the console names it by in files.
    name: String,
    title: String,
    /// The one workspace that it has.
    workspace: &'static str,
    created_at: Option<String>,
}

async fn list(State(app): State<App>, Path(org_id): Path<String>) -> Answer {
    let all = app.database.read(|sql| projects::of_organisation(sql, organization(sql, &org_id)?.id))?;
    let projects = all.iter().map(view).collect();
    Ok(answer(StatusCode::OK, &Projects { projects }))
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

fn view(project: &Project) -> ProjectView {
    ProjectView {
        id: project.id,
        name: project.name.clone(),
        title: project.title.clone(),
        workspace: projects::WORKSPACE,
        created_at: instant(project.created_at),
    }
}
