//! What went wrong, as a page.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use minijinja::context;
use patron_commerce::Failure;
use patron_webapi::Fault;

use super::{super::ims::answer, page};

/// Why a page is not shown.
pub struct Problem(Failure);

/// What a page's handler returns.
pub type Answer = Result<Response, Problem>;

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault.into())
    }
}

impl From<patron_sql::Error> for Problem {
    fn from(error: patron_sql::Error) -> Self {
        Self(error.into())
    }
}

impl From<answer::Problem> for Problem {
    fn from(problem: answer::Problem) -> Self {
        match problem {
            answer::Problem::Failed(failure) => Self(failure),
            answer::Problem::Unavailable(seconds) => {
                Fault::unavailable("The service is busy. Try again later.", seconds).into()
            }
            answer::Problem::TooMany(seconds) => {
                let fault = Fault::new(429, "Too many attempts. Try again later.");
                Fault { retry_after: Some(seconds), ..fault }.into()
            }
            answer::Problem::TooSlow => Fault::new(408, "The form did not arrive in time.").into(),
            answer::Problem::TooLong => Fault::new(413, "The form is too long.").into(),
            answer::Problem::Refused(_) => Fault::bad_request("The form was not understood.").into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self.0 {
            Failure::Fault(fault) | Failure::IdsTaken(fault) => refused(&fault),
            Failure::Internal(error) => failed(&error),
        }
    }
}

/// The refusal of what there is not, or what is somebody else's: nobody learns which.
pub fn not_found() -> Fault {
    Fault::not_found("There is no such page, or it is not yours to see.")
}

/// An address that no page has.
pub async fn no_such_page() -> Response {
    refused(&not_found())
}

fn refused(fault: &Fault) -> Response {
    let title = match fault.status {
        403 => "That was not accepted",
        404 => "Not found",
        429 | 503 => "Not now",
        _ => "That did not work",
    };
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = page::render(status, "problem.html", context! { title, message => fault.rendered() });
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Ours: the log has the cause, the page has not. Plain, because a template may be what failed.
pub fn failed(error: &anyhow::Error) -> Response {
    tracing::error!(error = format!("{error:#}"), "A page of the console failed.");
    let text = "Something failed inside the service. Its log has the cause, under the request id of this answer (x-request-id).\n";
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}
