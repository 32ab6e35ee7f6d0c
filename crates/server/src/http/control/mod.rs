//! The control API, `/_/…`: what an operator or a test does to the service itself.
//!
//! In development it is open to this machine; with a control key, and always in production, it needs
//! `Authorization: Bearer <control key>`. Errors have one form: `{"message": …, "field"?: …}`.

mod attributes;
mod identity;
mod instances;
mod mail;
mod settings;
mod stores;
mod within;

use std::net::SocketAddr;

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use patron_commerce::{Failure, instances::Instance};
use patron_webapi::{Fault, Parameters, accept::Format};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{body, observe, reply};
use crate::{config::Mode, state::App};

/// The routes below `/_`.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .merge(instances::routes())
        .route("/metrics", get(observe::metrics))
        .merge(attributes::routes())
        .merge(settings::routes())
        .merge(stores::routes())
        .merge(identity::routes())
        .merge(mail::routes())
        .layer(middleware::from_fn_with_state(app.clone(), guard))
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

/// Lets a request pass that carries the control key, or comes from this machine where no key is needed.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_health = path.ends_with("/livez") || path.ends_with("/readyz");
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    match is_health || may_control(&app, request.headers(), peer) {
        true => next.run(request).await,
        false => {
            let body: Value = json!({ "message": "The control API needs the control key: Authorization: Bearer <control key>." });
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], Json(body)).into_response()
        }
    }
}

fn may_control(app: &App, headers: &HeaderMap, peer: Option<SocketAddr>) -> bool {
    let key = app.config.control_key.reveal();
    if !key.is_empty() {
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
        return sent.strip_prefix("Bearer ").is_some_and(|sent| same(sent, key));
    }
    let is_local = peer.is_some_and(|peer| peer.ip().is_loopback());
    app.config.mode == Mode::Development && is_local && !from_a_web_page(headers)
}

/// Compares in a time that does not tell how much of the key was right.
fn same(sent: &str, key: &str) -> bool {
    let hash = |text: &str| patron_token::secret::hash(text);
    patron_token::secret::matches(sent, &hash(key))
}

/// A page of another site, open in a browser on this machine, must not reach the open control API: its requests name their origin, or
/// a host that is not this machine's (DNS rebinding).
fn from_a_web_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let host = text(header::HOST).unwrap_or("");
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host });
    let host_is_local = matches!(name, "localhost" | "[::1]") || name.starts_with("127.");
    let foreign = text(header::ORIGIN).is_some_and(|origin| origin.split("://").nth(1) != Some(host));
    !host_is_local || foreign
}
