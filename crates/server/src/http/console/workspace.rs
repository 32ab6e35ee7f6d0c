//! The project's workspace as a file, which `aio app use` reads (`spec/ims.md` 5.4): `<Project>-<id>-<Workspace>.json`.
//!
//! Secrets are kept hashed, so the file has none, but for the one that was just made: the page that shows it can put it in.

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use patron_commerce::{
    Failure,
    identity::{Credential, CredentialKind, Organisation, Project, projects::WORKSPACE},
};
use serde_json::{Value, json};

use super::{
    form::Sent,
    problem::{Answer, Problem},
    projects,
    visit::Visit,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/projects/{project}/workspace", get(without_secrets).post(with_secret))
}

/// A secret that whoever asks has just been shown, and its client id.
type Known<'k> = Option<(&'k str, &'k str)>;

async fn without_secrets(visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    file(&visit, &org, &id, None)
}

async fn with_secret(Path((org, id)): Path<(String, String)>, sent: Sent) -> Answer {
    let known = (sent.fields.text("client_id"), sent.fields.text("client_secret"));
    file(&sent.visit, &org, &id, Some(known))
}

fn file(visit: &Visit, org: &str, id: &str, known: Known<'_>) -> Result<Response, Problem> {
    let (organisation, project, credentials) = visit.app.database.read(|sql| {
        let (organisation, project) = projects::find(visit, sql, org, id)?;
        let credentials = projects::credentials_of(sql, &project)?;
        Ok::<_, Failure>((organisation, project, credentials))
    })?;
    let document = document(&organisation, &project, &credentials, known);
    let text = serde_json::to_string_pretty(&document).map_err(|error| Failure::Internal(error.into()))?;
    let name = format!("attachment; filename=\"{}-{}-{WORKSPACE}.json\"", project.name, project.id);
    let name = HeaderValue::from_str(&name).map_err(|error| Failure::Internal(error.into()))?;
    let media_type = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, name)], text).into_response())
}

fn document(
    organisation: &Organisation,
    project: &Project,
    credentials: &[Credential],
    known: Known<'_>,
) -> Value {
    let number = organisation.console_id().to_string();
    let place = format!("{number}-{}-{}", project.name.to_lowercase(), WORKSPACE.to_lowercase());
    json!({ "project": {
        "id": project.id.to_string(),
        "name": project.name,
        "title": project.title,
        "description": "",
        "org": { "id": number, "name": organisation.name, "ims_org_id": organisation.ims_org_id },
        "workspace": {
            "id": project.id.to_string(),
            "name": WORKSPACE,
            "title": "",
            "description": "",
            "action_url": format!("https://{place}.adobeioruntime.net"),
            "app_url": format!("https://{place}.adobeio-static.net"),
            "details": {
                "credentials": credentials.iter().map(|one| credential(one, known)).collect::<Vec<_>>(),
                "services": [{ "code": "ACCS-REST-API", "name": "Adobe Commerce as a Cloud Service" }],
                "runtime": { "namespaces": [] },
                "events": { "registrations": [] },
                "mesh": {},
            },
        },
    }})
}

fn credential(credential: &Credential, known: Known<'_>) -> Value {
    let secret = known.filter(|(client_id, _)| *client_id == credential.client_id).map(|(_, secret)| secret);
    let mut view = json!({
        "id": credential.id.to_string(),
        "name": credential.name,
        "integration_type": credential.kind.as_str(),
    });
    if credential.kind == CredentialKind::ServerToServer {
        view["oauth_server_to_server"] = json!({
            "client_id": credential.client_id,
            "client_secrets": secret.into_iter().collect::<Vec<_>>(),
            "technical_account_email": credential.technical_account_email,
            "technical_account_id": credential.technical_account_id,
            "scopes": credential.scopes.iter().collect::<Vec<_>>(),
        });
        return view;
    }
    let mut addresses = vec![credential.redirects.default_uri.as_str()];
    addresses.extend(credential.redirects.patterns.split(',').map(str::trim).filter(|one| !one.is_empty()));
    view["oauth2"] = json!({
        "client_id": credential.client_id,
        "redirect_uri": addresses,
        "defaultRedirectUri": credential.redirects.default_uri,
    });
    // The schema wants the member of every type but one, also where there is no secret.
    if credential.kind != CredentialKind::SinglePageApp {
        view["oauth2"]["client_secret"] = json!(secret.unwrap_or_default());
    }
    view
}
