//! How IMS answers: always JSON, even to a refusal, because its clients read the body before the status (`spec/ims.md` 1.6); and
//! always with `x-debug-id`, by which an answer is found in the log.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use patron_commerce::{
    Failure, Moment,
    identity::{NotGranted, TokenRefusal},
};
use serde::Serialize;
use tracing::Instrument as _;

use crate::{current::Current, state::SystemRandom};

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// Why a request got no good answer.
#[derive(Debug)]
pub enum Problem {
    /// The client's fault.
    Refused(TokenRefusal),
    /// The body is longer than [`super::parameters::LONGEST_BODY`].
    TooLong,
    /// The body did not arrive in time.
    TooSlow,
    /// Too many tokens are asked for: the client may try again after so many seconds.
    TooMany(u32),
    /// Ours, for now: the client may try again after so many seconds.
    Unavailable(u32),
    /// Ours.
    Failed(Failure),
}

/// A body of JSON.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    of_json(status, to_json(body))
}

/// The text of a body.
pub fn to_json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("an answer is made of texts and numbers, which are JSON")
}

/// A body that is JSON already.
pub fn of_json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)], body).into_response()
}

/// Unknown paths.
pub async fn not_found() -> Response {
    let refusal = TokenRefusal { error: "not_found", description: "there is no such endpoint".into() };
    json(StatusCode::NOT_FOUND, &refusal)
}

/// Known paths, another method; the router adds `Allow`.
pub async fn method_not_allowed() -> Response {
    let refusal =
        TokenRefusal::invalid_request("this endpoint does not answer this method; see the Allow header");
    json(StatusCode::METHOD_NOT_ALLOWED, &refusal)
}

/// Forbids to store an answer that holds a token or speaks of one (RFC 6749 5.1).
pub async fn never_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// Gives every answer an id: the request's, which the log's lines have, written as a UUID. Where the caller chose that one, an id of its
/// own, which the lines have too.
pub async fn with_debug_id(request: Request, next: Next) -> Response {
    let (debug_id, mut response) = match Current::as_uuid() {
        Some(uuid) => (uuid, next.run(request).await),
        None => {
            let moment = Moment { now: jiff::Timestamp::UNIX_EPOCH, random: &SystemRandom };
            let debug_id = moment.uuid().to_string();
            let span = tracing::info_span!("ims", debug_id);
            (debug_id, next.run(request).instrument(span).await)
        }
    };
    let value = HeaderValue::from_str(&debug_id).expect("a UUID is plain text");
    response.headers_mut().insert("x-debug-id", value);
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => {
                tracing::debug!(error = refusal.error, "a request to IMS was refused");
                json(StatusCode::BAD_REQUEST, &refusal)
            }
            Self::TooLong => {
                let refusal = TokenRefusal::invalid_request("the body is too long");
                json(StatusCode::PAYLOAD_TOO_LARGE, &refusal)
            }
            Self::TooSlow => {
                let refusal = TokenRefusal::invalid_request("the body did not arrive in time");
                json(StatusCode::REQUEST_TIMEOUT, &refusal)
            }
            Self::TooMany(seconds) => {
                let refusal = TokenRefusal {
                    error: "too_many_requests",
                    description:
                        "too many tokens are asked for; use one until it is over, and try again later".into(),
                };
                let mut response = json(StatusCode::TOO_MANY_REQUESTS, &refusal);
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                response
            }
            Self::Unavailable(seconds) => later(seconds),
            Self::Failed(Failure::Fault(fault)) if fault.status < 500 => json(
                StatusCode::BAD_REQUEST,
                &TokenRefusal::invalid_request("a parameter cannot be processed"),
            ),
            Self::Failed(Failure::Fault(fault) | Failure::IdsTaken(fault)) => {
                later(fault.retry_after.unwrap_or(1))
            }
            Self::Failed(Failure::Internal(error)) => {
                tracing::error!(error = format!("{error:#}"), "a request to IMS failed");
                json(StatusCode::INTERNAL_SERVER_ERROR, &try_again_later())
            }
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<patron_sql::Error> for Problem {
    fn from(error: patron_sql::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<TokenRefusal> for Problem {
    fn from(refusal: TokenRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<NotGranted> for Problem {
    fn from(not_granted: NotGranted) -> Self {
        match not_granted {
            NotGranted::Refused(refusal) => Self::Refused(refusal),
            NotGranted::Failed(failure) => Self::Failed(failure),
        }
    }
}

/// The one internal error that was seen (`spec/ims.md` 1.6).
fn try_again_later() -> TokenRefusal {
    TokenRefusal { error: "internal_error", description: "Please try again later".into() }
}

fn later(seconds: u32) -> Response {
    let mut response = json(StatusCode::SERVICE_UNAVAILABLE, &try_again_later());
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}
