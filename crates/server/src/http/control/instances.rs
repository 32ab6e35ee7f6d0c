//! `/_/instances`: making, listing and deleting instances.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    identity::{self, administration, organisations, roles},
    instances::{Instance, InstanceView, create, create::NewInstance, store},
};
use patron_webapi::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Answer, ControlError, instance, json, no_content, read_json,
    table::{Table, delete, get, post},
    unknown_instance,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Table {
    Table::default()
        .at(
            "instances",
            "/instances",
            [
                get(list, "Every instance, oldest first.").gives::<Instances>(),
                post(add, "Makes an empty instance with an organization and a credential, whose secret is shown this once.")
                    .takes::<NewInstanceBody>()
                    .makes::<CreatedInstance>(),
            ],
        )
        .at(
            "instances",
            "/instances/{instance_id}",
            [
                get(one, "An instance.").gives::<InstanceView>(),
                delete(remove, "Deletes an instance with everything in it: its tokens stop working at once."),
            ],
        )
}

/// What `POST /_/instances` takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewInstance")]
struct NewInstanceBody {
    #[schemars(length(min = 1, max = 255), pattern(r"\S"))]
    name: Option<String>,
    /// A region code such as `na1`.
    #[schemars(length(min = 1, max = 32), pattern(r"^[0-9A-Za-z-]+$"))]
    region: Option<String>,
    /// `sandbox` or `production`.
    #[schemars(pattern(r"^(sandbox|production)$"))]
    environment: Option<String>,
}

/// Every instance.
#[derive(Serialize, JsonSchema)]
struct Instances {
    instances: Vec<InstanceView>,
}

/// What `POST /_/instances` answers: the only time the secret is shown.
#[derive(Debug, Serialize, JsonSchema)]
struct CreatedInstance {
    #[serde(flatten)]
    instance: InstanceView,
    org_id: String,
    client_id: String,
    client_secret: String,
}

async fn add(State(app): State<App>, request: Request) -> Answer {
    let new = checked(read_json(&app, request).await?)?;
    let moment = app.moment();
    let (instance, provisioned) = app
        .database
        .write(move |sql| {
            let provisioned = identity::provision(sql, moment, &new.name)?;
            let instance = create::create(sql, moment, provisioned.organisation.id, new.clone())?;
            Ok::<_, Failure>((instance, provisioned))
        })
        .await?;
    let created = CreatedInstance {
        instance: view(&app, instance),
        org_id: provisioned.organisation.ims_org_id,
        client_id: provisioned.credential.client_id.clone(),
        client_secret: provisioned.credential.client_secret.to_string(),
    };
    Ok(json(StatusCode::CREATED, &created))
}

fn checked(sent: NewInstanceBody) -> Result<NewInstance, Fault> {
    let defaults = NewInstance::default();
    let new = NewInstance {
        name: sent.name.unwrap_or(defaults.name),
        region: sent.region.unwrap_or(defaults.region),
        environment: sent.environment.unwrap_or(defaults.environment),
    };
    new.check()?;
    Ok(new)
}

async fn list(State(app): State<App>) -> Answer {
    let all = app.database.read(store::all)?;
    let instances = all.into_iter().map(|instance| view(&app, instance)).collect();
    Ok(json(StatusCode::OK, &Instances { instances }))
}

async fn one(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let instance = instance(&app, &id)?;
    Ok(json(StatusCode::OK, &view(&app, instance)))
}

/// Deletes an instance with everything in it, and its organisation when that has no other and is not the operators': its tokens stop
/// working at once.
async fn remove(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let moment = app.moment();
    app.database
        .write(move |sql| {
            let instance = store::find(sql, &id)?.ok_or_else(unknown_instance)?;
            store::delete(sql, instance.tenant.0)?;
            let others =
                store::all(sql)?.iter().any(|other| other.organisation_id == instance.organisation_id);
            roles::forget_instance(sql, moment, instance.organisation_id, &instance.code)?;
            if !others && !administration::is_operators(sql, instance.organisation_id)? {
                organisations::delete_with_everything(sql, moment, instance.organisation_id)?;
            }
            Ok::<_, Failure>(())
        })
        .await
        .map_err(ControlError::from)?;
    Ok(no_content())
}

/// The instance as the control API shows it.
fn view(app: &App, instance: Instance) -> InstanceView {
    let rest_endpoint = format!("{}/{}", app.base_url, instance.code);
    InstanceView {
        instance_id: instance.code.clone(),
        tenant_id: instance.code,
        name: instance.name,
        region: instance.region,
        environment: instance.environment,
        graphql_endpoint: format!("{rest_endpoint}/graphql"),
        rest_endpoint,
    }
}
