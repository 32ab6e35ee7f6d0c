//! `/_/organizations`.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::StatusCode,
    routing::get,
};
use patron_commerce::{
    Failure,
    identity::{Organisation, organisations},
    instances,
};
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
        .route("/organizations", get(list).post(add))
        .route("/organizations/{org_id}", get(one).put(rename).delete(remove))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

async fn list(State(app): State<App>) -> Answer {
    let all = app.database.read(organisations::all)?;
    let organizations: Vec<Value> = all.iter().map(view).collect();
    Ok(answer(StatusCode::OK, &json!({ "organizations": organizations })))
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

fn view(organisation: &Organisation) -> Value {
    json!({
        "org_id": organisation.ims_org_id,
        "id": organisation.console_id().to_string(),
        "name": organisation.name,
        "created_at": instant(organisation.created_at),
    })
}
