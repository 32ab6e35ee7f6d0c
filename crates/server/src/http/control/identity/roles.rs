//! `/_/organizations/{org_id}/roles`, `/_/roles/{role_id}`, and `/_/resources`: what can be allowed at all.

use std::collections::BTreeSet;

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    identity::{
        Role,
        roles::{self, NewRole},
    },
};
use patron_sql::Session;
use patron_webapi::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{
    super::{
        Answer, json as answer, no_content, read_json,
        table::{Table, delete, get, post, put},
    },
    Granted, instant, organization, read_resources, show_resources,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Table {
    Table::default()
        .at(
            "roles",
            "/organizations/{org_id}/roles",
            [
                get(list, "Every role of the organization.").gives::<Roles>(),
                post(add, "Makes a role; it needs a name and resources.").takes::<Body>().makes::<RoleView>(),
            ],
        )
        .at(
            "roles",
            "/roles/{role_id}",
            [
                get(one, "A role.").gives::<RoleView>(),
                put(change, "Changes a role: what its holders may do is another at once.")
                    .takes::<Body>()
                    .gives::<RoleView>(),
                delete(remove, "Deletes a role and takes it from all who had it."),
            ],
        )
        .at(
            "roles",
            "/resources",
            [get(resources, "Every resource that some call of the REST API asks for.")
                .gives::<ResourceNames<'_>>()],
        )
}

/// What a new role takes, and what may be changed of one. An `instance_id` of null is every instance.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Role")]
struct Body {
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    instance_id: Option<Option<String>>,
    #[schemars(with = "Option<Granted>")]
    resources: Option<Value>,
}

/// Every role.
#[derive(Serialize, JsonSchema)]
struct Roles {
    roles: Vec<RoleView>,
}

/// A role as the control API shows it.
#[derive(Serialize, JsonSchema)]
struct RoleView {
    id: i64,
    name: String,
    /// The instance that it is for; null for every instance.
    instance_id: Option<String>,
    resources: Granted,
    created_at: Option<String>,
}

/// What can be allowed at all.
#[derive(Serialize, JsonSchema)]
struct ResourceNames<'n> {
    resources: BTreeSet<&'n str>,
}

/// Tells null from nothing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

async fn list(State(app): State<App>, Path(org_id): Path<String>) -> Answer {
    let all = app.database.read(|sql| roles::of_organisation(sql, organization(sql, &org_id)?.id))?;
    let roles = all.iter().map(view).collect();
    Ok(answer(StatusCode::OK, &Roles { roles }))
}

async fn add(State(app): State<App>, Path(org_id): Path<String>, request: Request) -> Answer {
    let body: Body = read_json(&app, request).await?;
    let missing = |field: &str| Fault::bad_request(format!("{field} is missing.")).with("field", field);
    let new = NewRole {
        name: body.name.ok_or_else(|| missing("name"))?,
        instance_code: body.instance_id.flatten(),
        resources: read_resources(&body.resources.ok_or_else(|| missing("resources"))?)?,
    };
    let moment = app.moment();
    let made = app
        .database
        .write(move |sql| roles::create(sql, moment, organization(sql, &org_id)?.id, new.clone()))
        .await?;
    Ok(answer(StatusCode::CREATED, &view(&made)))
}

async fn one(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let found = app.database.read(|sql| role(sql, &id))?;
    Ok(answer(StatusCode::OK, &view(&found)))
}

/// Changes a role: what its holders may do is another at once.
async fn change(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    let body: Body = read_json(&app, request).await?;
    let resources = body.resources.as_ref().map(read_resources).transpose()?;
    let moment = app.moment();
    let changed = app
        .database
        .write(move |sql| {
            let mut changed = role(sql, &id)?;
            if let Some(name) = &body.name {
                changed.name = name.trim().to_owned();
            }
            if let Some(instance_code) = &body.instance_id {
                changed.instance_code.clone_from(instance_code);
            }
            if let Some(resources) = &resources {
                changed.resources = resources.clone();
            }
            roles::change(sql, moment, &changed)?;
            Ok::<_, Failure>(changed)
        })
        .await?;
    Ok(answer(StatusCode::OK, &view(&changed)))
}

/// Deletes a role and takes it from all who had it.
async fn remove(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let moment = app.moment();
    app.database.write(move |sql| roles::delete(sql, moment, role(sql, &id)?.id)).await?;
    Ok(no_content())
}

/// Every resource that some call of the REST API asks for.
async fn resources(State(app): State<App>) -> Answer {
    let resources = app.table.iter().flat_map(|row| row.endpoint.resources.iter().copied()).collect();
    Ok(answer(StatusCode::OK, &ResourceNames { resources }))
}

fn role(sql: Session<'_>, id: &str) -> Result<Role, Failure> {
    let found = match id.parse() {
        Ok(id) => roles::find(sql, id)?,
        Err(_) => None,
    };
    Ok(found.ok_or_else(|| Fault::not_found("There is no such role."))?)
}

fn view(role: &Role) -> RoleView {
    RoleView {
        id: role.id,
        name: role.name.clone(),
        instance_id: role.instance_code.clone(),
        resources: show_resources(&role.resources),
        created_at: instant(role.created_at),
    }
}
