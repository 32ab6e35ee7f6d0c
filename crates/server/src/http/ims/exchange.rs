//! `/ims/exchange/jwt` and `/ims/exchange/v1/jwt` (`spec/ims.md` 3.8): a token for a JWT that the client signed. Adobe has ended these
//! credentials, and there are none here; a client that still asks is told so, in the words of a client that lacks the grant.

use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use patron_commerce::identity::credentials;
use serde::Serialize;

use super::{
    answer::{self, Problem},
    parameters::Parameters,
};
use crate::state::App;

/// This endpoint alone names the description first (`spec/ims.md` 1.6).
#[derive(Serialize)]
struct Refusal {
    error_description: &'static str,
    error: &'static str,
}

/// POST.
pub async fn refuse(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let given = Parameters::read(request).await?;
    let known = match given.client_id()? {
        Some(client_id) => app.database.read(|sql| credentials::find_by_client_id(sql, client_id))?,
        None => None,
    };
    let (status, error_description) = match known {
        Some(_) => (
            StatusCode::UNAUTHORIZED,
            "the client may not exchange a jwt: JWT credentials have ended, use grant_type=client_credentials at /ims/token/v3",
        ),
        None => (StatusCode::BAD_REQUEST, "invalid client_id parameter"),
    };
    Ok(answer::json(status, &Refusal { error_description, error: "invalid_client" }))
}
