//! The REST API's own reads, asked from within: what a page shows of customers is what the API answers, found by the same search.

use axum::response::Response;
use patron_commerce::{
    Call, Failure,
    identity::{Consumer, Resources},
    instances::Scope,
};
use patron_sql::Session;
use patron_webapi::Method;
use serde_json::Value;

use super::{
    problem::{Problem, not_found},
    visit::Visit,
};
use crate::{current::Current, http::stream};

/// Answers `GET path` with these arguments for an instance that the visitor administers.
pub fn get(
    visit: &Visit,
    sql: Session<'_>,
    code: &str,
    path: &str,
    arguments: &Value,
) -> Result<Value, Failure> {
    let app = &visit.app;
    let rows = app.table.iter();
    let row = rows.into_iter().find(|row| row.endpoint.method == Method::Get && row.endpoint.path == path);
    let row = row.ok_or_else(|| anyhow::anyhow!("the REST API has no GET {path}"))?;
    let object = arguments.as_object().ok_or_else(|| anyhow::anyhow!("arguments are an object"))?;
    let catalogue = app.catalogues.find(sql, code)?.ok_or_else(not_found)?;
    let consumer = Consumer {
        credential_id: 0,
        client_id: String::new(),
        user_id: visit.user.user_id.clone(),
        organisation_id: catalogue.instance.organisation_id,
        resources: Resources::All,
    };
    let call =
        Call { sql, catalogue: &catalogue, scope: Scope::Default, moment: app.moment(), consumer: &consumer };
    let answer = row.bind(object)?.run(&call)?;
    Ok(serde_json::from_slice(&answer.0).map_err(anyhow::Error::from)?)
}

/// Makes a page on a thread of its own, with room among the searches: it may take long.
pub async fn at_length(
    visit: Visit,
    make: impl FnOnce(&Visit) -> Result<Response, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let app = visit.app.clone();
    let make = Current::carried(move || make(&visit));
    let made = app.limits.searches.ask(|()| make()).ok_or_else(stream::too_many)?;
    made.await.map_err(|error| Failure::Internal(error.into()))?
}
