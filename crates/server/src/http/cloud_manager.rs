//! `/api/v1/tenants/…`: the two calls of the Commerce Cloud Manager with which Adobe's command line finds instances (`spec/ims.md` 5.6).
//!
//! `name`, `serviceURLs.graphQL` and `serviceURLs.admin` are the original's; the other members are ours (`spec/ims-open-questions.md` 34).
//! A token shows the instances of its own organization.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use patron_commerce::{
    Failure,
    identity::{Organisation, organisations},
    instances::{Instance, store},
};
use patron_webapi::{accept::Format, request};
use serde_json::{Value, json};

use super::{reply, rest};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/tenants/owner/{org_id}", get(all))
        .route("/api/v1/tenants/{tenant_id}/owner/{org_id}", get(one))
}

/// Why there is no answer: a problem by its title, which is what clients look at.
enum Problem {
    Titled(StatusCode, &'static str),
    Failed(Failure),
}

impl<F: Into<Failure>> From<F> for Problem {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Titled(status, title) => {
                let body = json!({ "title": title, "status": status.as_u16() }).to_string();
                (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
            }
            Self::Failed(failure) => reply::failure(&failure, Format::Json),
        }
    }
}

async fn all(
    State(app): State<App>,
    Path(org_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let organisation = owner(&app, &headers, &org_id)?;
    let tenants: Vec<Value> = instances(&app, &organisation)?.iter().map(|own| view(&app, own)).collect();
    Ok(Json(json!({ "tenants": tenants })).into_response())
}

async fn one(
    State(app): State<App>,
    Path((tenant_id, org_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let organisation = owner(&app, &headers, &org_id)?;
    let found = instances(&app, &organisation)?.into_iter().find(|own| own.code == tenant_id);
    let found = found.ok_or(Problem::Titled(StatusCode::NOT_FOUND, "ErrTenantNotFound"))?;
    Ok(Json(view(&app, &found)).into_response())
}

/// The organization of the path, which must be the token's.
fn owner(app: &App, headers: &HeaderMap, org_id: &str) -> Result<Organisation, Problem> {
    let token = rest::header(headers, "authorization").and_then(request::bearer);
    let token = token.ok_or(Problem::Titled(StatusCode::UNAUTHORIZED, "ErrMissingOauthToken"))?;
    let now_ms = app.moment().millis();
    let found = app.database.read(|sql| match app.authority.bearer(sql, token, now_ms)? {
        Some(bearer) => organisations::find(sql, bearer.credential.organisation_id),
        None => Ok(None),
    })?;
    let own = found.ok_or(Problem::Titled(StatusCode::UNAUTHORIZED, "ErrInvalidOauthToken"))?;
    if own.ims_org_id != org_id {
        return Err(Problem::Titled(StatusCode::FORBIDDEN, "ErrForbidden"));
    }
    Ok(own)
}

fn instances(app: &App, organisation: &Organisation) -> Result<Vec<Instance>, Failure> {
    let mut all = app.database.read(store::all)?;
    all.retain(|instance| instance.organisation_id == organisation.id);
    Ok(all)
}

fn view(app: &App, instance: &Instance) -> Value {
    let rest = format!("{}/{}", app.base_url, instance.code);
    json!({
        "name": instance.name,
        "serviceURLs": {
            "graphQL": format!("{rest}/graphql"),
            "admin": format!("{}/console", app.base_url),
            "rest": rest,
        },
        "tenantId": instance.code,
        "region": instance.region,
        "environment": instance.environment,
        "status": "Ready",
        "createdAt": instance.created_at,
    })
}
