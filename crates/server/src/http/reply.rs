//! Answers: faults and values in the caller's format.

use std::any::Any;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use patron_commerce::Failure;
use patron_webapi::{Fault, accept::Format, answer};

/// 200 with a rendered body.
pub fn ok(body: Vec<u8>, format: Format) -> Response {
    with_status(StatusCode::OK, body.into(), format)
}

/// An answer with any status; the original allows nobody to keep one.
pub fn with_status(status: StatusCode, body: Body, format: Format) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// 304: what the caller has is still so.
pub fn not_modified() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A fault.
pub fn fault(fault: &Fault, format: Format) -> Response {
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = with_status(status, answer::render_fault(fault, format).into(), format);
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// Whatever made a call fail: theirs is told, ours is logged under an id that is told.
pub fn failure(failure: &Failure, format: Format) -> Response {
    match failure {
        Failure::Fault(theirs) | Failure::IdsTaken(theirs) => fault(theirs, format),
        Failure::Internal(error) => internal(&format!("{error:#}"), format),
    }
}

fn internal(cause: &str, format: Format) -> Response {
    let id = report_id();
    tracing::error!(report = %id, cause, "A request failed inside.");
    let text = format!("Internal Error. Details are available in the log of the service. Report ID: {id}");
    fault(&Fault::new(500, text), format)
}

/// The form of the original: `webapi-` and 13 hex digits.
fn report_id() -> String {
    format!("webapi-{:013x}", rand::random::<u64>() >> 12)
}

/// The answer to a request whose handler panicked; no other request notices.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    internal(text.unwrap_or("a panic without a text"), Format::Json)
}
