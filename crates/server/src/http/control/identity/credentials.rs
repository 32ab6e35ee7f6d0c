//! `/_/organizations/{org_id}/credentials`, `/_/instances/{instance_id}/credentials` and `/_/credentials/{client_id}`: credentials of
//! every type. A secret is shown once, by the request that makes it.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    identity::{
        CreatedCredential, Credential, CredentialChange, CredentialKind, NewCredential, Organisation,
        Redirects, credentials, organisations, roles,
    },
    instances,
};
use patron_sql::Session;
use patron_token::Scopes;
use patron_webapi::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    super::{
        Answer, json as answer, no_content, read_json,
        table::{Table, delete, get, post, put},
        unknown_instance,
    },
    Granted, instant, organization, read_resources, show_resources,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Table {
    let all = "Every credential, without secrets.";
    let new =
        "Makes a credential of any type, a server-to-server one by itself. A secret is shown this once.";
    Table::default()
        .at(
            "credentials",
            "/organizations/{org_id}/credentials",
            [
                get(of_organization, all).gives::<Credentials>(),
                post(add_to_organization, new).takes::<Body>().makes::<CredentialView>(),
            ],
        )
        .at(
            "credentials",
            "/instances/{instance_id}/credentials",
            [
                get(of_instance, all).gives::<Credentials>(),
                post(add_to_instance, new).takes::<Body>().makes::<CredentialView>(),
            ],
        )
        .at(
            "credentials",
            "/credentials/{client_id}",
            [
                get(one, "A credential.").gives::<CredentialView>(),
                put(change, "Changes a credential: what is not sent stays; type and project are for ever.")
                    .takes::<Body>()
                    .gives::<CredentialView>(),
                delete(remove, "Deletes a credential: its tokens stop working at once."),
            ],
        )
}

/// What a new credential takes, and what may be changed of one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Credential")]
struct Body {
    #[serde(rename = "type")]
    #[schemars(pattern(r"^oauth(_server_to_server|webapp|singlepageapp|nativeapp)$"))]
    kind: Option<String>,
    name: Option<String>,
    project_id: Option<i64>,
    scopes: Option<Vec<String>>,
    #[schemars(with = "Option<Granted>")]
    resources: Option<Value>,
    /// Regular expressions with commas between them.
    redirect_uri_patterns: Option<String>,
    default_redirect_uri: Option<String>,
    /// Ids of roles of the organization.
    roles: Option<Vec<i64>>,
}

/// Credentials.
#[derive(Serialize, JsonSchema)]
struct Credentials {
    credentials: Vec<CredentialView>,
}

/// A credential as the control API shows it.
#[derive(Serialize, JsonSchema)]
struct CredentialView {
    client_id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    org_id: Option<String>,
    project_id: i64,
    scopes: Vec<String>,
    resources: Granted,
    roles: Vec<i64>,
    created_at: Option<String>,
    /// Of those through which users sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri_patterns: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_redirect_uri: Option<String>,
    /// Of those that act for themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    technical_account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    technical_account_email: Option<String>,
    /// Only where it was just made, and only for those that can keep one.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

type Owner = fn(Session<'_>, &str) -> Result<Organisation, Failure>;

async fn of_organization(State(app): State<App>, Path(org_id): Path<String>) -> Answer {
    list(&app, &org_id, organization)
}

async fn of_instance(State(app): State<App>, Path(id): Path<String>) -> Answer {
    list(&app, &id, owner_of_instance)
}

async fn add_to_organization(State(app): State<App>, Path(org_id): Path<String>, request: Request) -> Answer {
    add(app, org_id, organization, request).await
}

async fn add_to_instance(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    add(app, id, owner_of_instance, request).await
}

fn owner_of_instance(sql: Session<'_>, code: &str) -> Result<Organisation, Failure> {
    let instance = instances::store::find(sql, code)?.ok_or_else(unknown_instance)?;
    Ok(organisations::find(sql, instance.organisation_id)?.ok_or_else(unknown_instance)?)
}

fn list(app: &App, id: &str, owner: Owner) -> Answer {
    let credentials = app.database.read(|sql| {
        let owner = owner(sql, id)?;
        let all = credentials::of_organisation(sql, owner.id)?;
        all.iter().map(|credential| view(sql, credential)).collect::<Result<Vec<CredentialView>, Failure>>()
    })?;
    Ok(answer(StatusCode::OK, &Credentials { credentials }))
}

async fn add(app: App, id: String, owner: Owner, request: Request) -> Answer {
    let body: Body = read_json(&app, request).await?;
    let role_ids = body.roles.clone().unwrap_or_default();
    let new = new_credential(body)?;
    let moment = app.moment();
    let view = app
        .database
        .write(move |sql| {
            let created = credentials::create(sql, moment, owner(sql, &id)?.id, new.clone())?;
            roles::give_to_credential(sql, moment, &created.credential, &role_ids)?;
            created_view(sql, &created)
        })
        .await?;
    Ok(answer(StatusCode::CREATED, &view))
}

fn new_credential(body: Body) -> Result<NewCredential, Fault> {
    let kind = match body.kind.as_deref() {
        None => CredentialKind::ServerToServer,
        Some(name) => CredentialKind::parse(name).ok_or_else(|| {
            let names: Vec<&str> = CredentialKind::ALL.iter().map(|kind| kind.as_str()).collect();
            Fault::bad_request(format!("type must be one of {}.", names.join(", "))).with("field", "type")
        })?,
    };
    Ok(NewCredential {
        kind,
        project_id: body.project_id,
        name: body.name,
        scopes: body.scopes.map(scopes),
        resources: body.resources.as_ref().map(read_resources).transpose()?.unwrap_or_default(),
        redirects: Redirects {
            patterns: body.redirect_uri_patterns.unwrap_or_default(),
            default_uri: body.default_redirect_uri.unwrap_or_default(),
        },
    })
}

async fn one(State(app): State<App>, Path(client_id): Path<String>) -> Answer {
    let view = app.database.read(|sql| view(sql, &credential(sql, &client_id)?))?;
    Ok(answer(StatusCode::OK, &view))
}

async fn change(State(app): State<App>, Path(client_id): Path<String>, request: Request) -> Answer {
    let body: Body = read_json(&app, request).await?;
    for (field, is_sent) in [("type", body.kind.is_some()), ("project_id", body.project_id.is_some())] {
        if is_sent {
            let text = format!("The {field} of a credential cannot be changed.");
            return Err(Fault::bad_request(text).with("field", field).into());
        }
    }
    let role_ids = body.roles.clone();
    let change = CredentialChange {
        name: body.name,
        scopes: body.scopes.map(scopes),
        resources: body.resources.as_ref().map(read_resources).transpose()?,
        patterns: body.redirect_uri_patterns,
        default_uri: body.default_redirect_uri,
    };
    let moment = app.moment();
    let view = app
        .database
        .write(move |sql| {
            let changed = credentials::change(sql, moment, &credential(sql, &client_id)?, change.clone())?;
            if let Some(role_ids) = &role_ids {
                roles::give_to_credential(sql, moment, &changed, role_ids)?;
            }
            view(sql, &changed)
        })
        .await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Deletes a credential: its tokens stop working at once.
async fn remove(State(app): State<App>, Path(client_id): Path<String>) -> Answer {
    let moment = app.moment();
    app.database.write(move |sql| credentials::delete(sql, moment, credential(sql, &client_id)?.id)).await?;
    Ok(no_content())
}

/// The credential of a path.
pub(super) fn credential(sql: Session<'_>, client_id: &str) -> Result<Credential, Failure> {
    let found = credentials::find_by_client_id(sql, client_id)?;
    Ok(found.ok_or_else(|| Fault::not_found("There is no such credential."))?)
}

/// Names as a list; a name with a blank or comma in it would be two.
fn scopes(names: Vec<String>) -> Scopes {
    names.iter().flat_map(|name| Scopes::parse(name).iter().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn created_view(sql: Session<'_>, created: &CreatedCredential) -> Result<CredentialView, Failure> {
    let secret = (!created.client_secret.is_empty()).then(|| created.client_secret.to_string());
    Ok(CredentialView { client_secret: secret, ..view(sql, &created.credential)? })
}

fn view(sql: Session<'_>, credential: &Credential) -> Result<CredentialView, Failure> {
    let organisation = organisations::find(sql, credential.organisation_id)?;
    let for_users = |text: &str| credential.kind.is_for_users().then(|| text.to_owned());
    let for_itself = |text: &str| (!credential.kind.is_for_users()).then(|| text.to_owned());
    Ok(CredentialView {
        client_id: credential.client_id.clone(),
        kind: credential.kind.as_str(),
        name: credential.name.clone(),
        org_id: organisation.map(|organisation| organisation.ims_org_id),
        project_id: credential.project_id,
        scopes: credential.scopes.iter().map(str::to_owned).collect(),
        resources: show_resources(&credential.resources),
        roles: roles::of_credential(sql, credential.id)?.into_iter().map(|role| role.id).collect(),
        created_at: instant(credential.created_at),
        redirect_uri_patterns: for_users(&credential.redirects.patterns),
        default_redirect_uri: for_users(&credential.redirects.default_uri),
        technical_account_id: for_itself(&credential.technical_account_id),
        technical_account_email: for_itself(&credential.technical_account_email),
        client_secret: None,
    })
}
