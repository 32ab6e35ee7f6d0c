//! The holder of the token that a request carries, and the refusal of RFC 6750 for one that carries none that counts.

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use patron_commerce::identity::{Bearer, TokenRefusal};

use super::answer::{self, Problem};
use crate::state::App;

/// The token of `Authorization: Bearer …`, whatever it is worth.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Who holds the token of a request, or the refusal.
pub fn holder(app: &App, headers: &HeaderMap) -> Result<Result<Bearer, Response>, Problem> {
    let Some(token) = token(headers) else {
        return Ok(Err(refused("the access token is missing", "Bearer")));
    };
    let found = app.database.read(|sql| app.authority.bearer(sql, token, app.moment().millis()))?;
    let invalid = || refused("the access token is not valid", r#"Bearer error="invalid_token""#);
    Ok(found.ok_or_else(invalid))
}

fn refused(description: &'static str, challenge: &'static str) -> Response {
    let refusal = TokenRefusal { error: "invalid_token", description: description.into() };
    let mut response = answer::json(StatusCode::UNAUTHORIZED, &refusal);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, axum::http::HeaderValue::from_static(challenge));
    response.into_response()
}
