//! The control API, `/_/…`: what an operator or a test does to the service itself.
//!
//! In development it is open to this machine; with a control key, and always in production, it needs
//! `Authorization: Bearer <control key>`. Errors have one form: `{"message": …, "field"?: …}`.

mod attributes;
mod document;
mod guard;
mod identity;
mod instances;
mod mail;
mod settings;
mod stores;
mod table;
mod within;

use axum::{
    Json, Router,
    extract::Request,
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
};
use patron_commerce::{Failure, instances::Instance};
use patron_webapi::{Fault, Parameters, accept::Format};
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::table::Table;
use super::{body, metrics, reply};
use crate::state::App;

/// The routes below `/_`.
pub fn routes(app: &App) -> Router<App> {
    table()
        .router
        .route("/metrics", axum::routing::get(metrics::show))
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
}

/// Every route but those of operations, with its description.
fn table() -> Table {
    instances::routes()
        .and(attributes::routes())
        .and(settings::routes())
        .and(stores::routes())
        .and(identity::routes())
        .and(mail::routes())
}

/// The OpenAPI document of the control API.
pub fn describe(app: &App) -> Value {
    document::document(&table(), &format!("{}/_", app.base_url))
}

/// What a handler of the control API returns.
pub type Answer = Result<Response, ControlError>;

/// Why a request of the control API was refused.
pub struct ControlError(Failure);

impl<F: Into<Failure>> From<F> for ControlError {
    fn from(failure: F) -> Self {
        Self(failure.into())
    }
}

impl IntoResponse for ControlError {
    /// The parameters of a refusal stand beside its message: `field`, and for some what is in the way.
    fn into_response(self) -> Response {
        if let Failure::Fault(fault) = &self.0
            && let Parameters::Named(parameters) = &fault.parameters
        {
            let mut body =
                serde_json::Map::from_iter([("message".to_owned(), fault.message.as_ref().into())]);
            body.extend(parameters.clone());
            let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST);
            return (status, Json(body)).into_response();
        }
        reply::failure(&self.0, Format::Json)
    }
}

/// An answer with a JSON value.
pub fn json(status: StatusCode, value: &impl serde::Serialize) -> Response {
    (status, Json(value)).into_response()
}

/// An answer without a body.
pub fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// Reads a JSON body; an empty one is `{}`. Unknown keys and wrong types are refused by name.
pub async fn read_json<T: DeserializeOwned>(app: &App, request: Request) -> Result<T, ControlError> {
    let bytes = body::read(app, request.into_body(), app.config.max_body_bytes).await?;
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
    serde_json::from_slice(text)
        .map_err(|error| Fault::bad_request(format!("The body is not right: {error}")).into())
}

/// The refusal of an instance id that there is not.
pub fn unknown_instance() -> Fault {
    Fault::not_found("There is no such instance.")
}

/// The instance of a path.
pub fn instance(app: &App, id: &str) -> Result<Instance, ControlError> {
    let found = app.database.read(|sql| patron_commerce::instances::store::find(sql, id))?;
    Ok(found.ok_or_else(unknown_instance)?)
}
