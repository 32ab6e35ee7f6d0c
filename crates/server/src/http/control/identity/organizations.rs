//! `/_/organizations`.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    identity::{Organisation, organisations},
    instances,
};
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
            "organizations",
            "/organizations",
            [
                get(list, "Every organization.").gives::<Organizations>(),
                post(add, "Makes an organization.").takes::<Named>().makes::<OrganizationView>(),
            ],
        )
        .at(
            "organizations",
            "/organizations/{org_id}",
            [
                get(one, "An organization.").gives::<OrganizationView>(),
                put(rename, "Renames an organization.").takes::<Named>().gives::<OrganizationView>(),
                delete(remove, "Deletes an organization that has no instance, with everything in it."),
            ],
        )
}

/// An organization's name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    name: String,
}

/// Every organization.
#[derive(Serialize, JsonSchema)]
struct Organizations {
    organizations: Vec<OrganizationView>,
}

/// An organization as the control API shows it.
#[derive(Serialize, JsonSchema)]
struct OrganizationView {
    /// `<24 HEX>@AdobeOrg`.
    org_id: String,
    /// The console's number for it.
    id: String,
    name: String,
    created_at: Option<String>,
}

async fn list(State(app): State<App>) -> Answer {
    let all = app.database.read(organisations::all)?;
    let organizations = all.iter().map(view).collect();
    Ok(answer(StatusCode::OK, &Organizations { organizations }))
}

async fn add(State(app): State<App>, request: Request) -> Answer {
    let name = organisations::checked_name(&read_json::<Named>(&app, request).await?.name)?;
    let moment = app.moment();
    let made = app.database.write(move |sql| organisations::create(sql, moment, &name)).await?;
    Ok(answer(StatusCode::CREATED, &view(&made)))
}

async fn one(State(app): State<App>, Path(org_id): Path<String>) -> Answer {
    let found = app.database.read(|sql| organization(sql, &org_id))?;
    Ok(answer(StatusCode::OK, &view(&found)))
}

async fn rename(State(app): State<App>, Path(org_id): Path<String>, request: Request) -> Answer {
    let Named { name } = read_json(&app, request).await?;
    let renamed = app
        .database
        .write(move |sql| organisations::rename(sql, &organization(sql, &org_id)?, &name))
        .await?;
    Ok(answer(StatusCode::OK, &view(&renamed)))
}

/// Deletes an organization that has no instance, with everything in it: its tokens stop working at once.
async fn remove(State(app): State<App>, Path(org_id): Path<String>) -> Answer {
    let moment = app.moment();
    app.database
        .write(move |sql| {
            let found = organization(sql, &org_id)?;
            if instances::store::all(sql)?.iter().any(|instance| instance.organisation_id == found.id) {
                return Err(Fault::new(409, "The organization has instances. Delete them first.").into());
            }
            organisations::delete_with_everything(sql, moment, found.id)?;
            Ok::<_, Failure>(())
        })
        .await?;
    Ok(no_content())
}

fn view(organisation: &Organisation) -> OrganizationView {
    OrganizationView {
        org_id: organisation.ims_org_id.clone(),
        id: organisation.console_id().to_string(),
        name: organisation.name.clone(),
        created_at: instant(organisation.created_at),
    }
}
