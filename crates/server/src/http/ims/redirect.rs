//! Sends the browser back to the client with an answer: parameters in the query or in the fragment of an address that the credential
//! allows (`spec/ims.md` 3.1).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use patron_commerce::identity::authorize::{AnswerTo, Mode, Refused};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Sends these parameters, and the client's state.
pub fn answer(to: &AnswerTo, parameters: &[(&str, &str)]) -> Response {
    let state = to.state.as_deref().map(|state| ("state", state));
    let parameters = parameters.iter().copied().chain(state);
    let text: Vec<String> =
        parameters.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, VALUE))).collect();
    let sign = match to.mode {
        Mode::Fragment => '#',
        Mode::Query if to.redirect_uri.contains('?') => '&',
        Mode::Query => '?',
    };
    see_other(&format!("{}{sign}{}", to.redirect_uri, text.join("&")))
}

/// Sends a refusal.
pub fn refusal(to: &AnswerTo, refused: &Refused) -> Response {
    tracing::debug!(error = refused.error, "An authorization was refused.");
    answer(to, &[("error", refused.error), ("error_description", &refused.description)])
}

/// 302, which IMS answers where nothing was posted (`spec/ims.md` 3.9).
pub fn found(address: &str) -> Response {
    let mut response = see_other(address);
    if response.status() == StatusCode::SEE_OTHER {
        *response.status_mut() = StatusCode::FOUND;
    }
    response
}

/// 303: whatever was posted to us is not posted to the client (RFC 9700 4.12). The address that the browser comes from holds
/// parameters that are nobody else's business, so it is not told.
pub fn see_other(address: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else {
        // Addresses were checked to be plain ASCII when the credential was made.
        return StatusCode::BAD_REQUEST.into_response();
    };
    let headers =
        [(header::LOCATION, location), (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(uri: &str, mode: Mode) -> String {
        let to = AnswerTo { redirect_uri: uri.to_owned(), mode, state: Some("a&b=c d".to_owned()) };
        let response = answer(&to, &[("code", "x.y")]);
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()[header::LOCATION].to_str().unwrap().to_owned()
    }

    #[test]
    fn parameters_go_where_the_mode_says_and_a_state_cannot_add_any() {
        let state = "a%26b%3Dc%20d";
        let uri = "https://app.example/cb";
        assert_eq!(location(uri, Mode::Query), format!("{uri}?code=x.y&state={state}"));
        assert_eq!(location(uri, Mode::Fragment), format!("{uri}#code=x.y&state={state}"));
        let uri = "https://app.example/cb?own=1";
        assert_eq!(location(uri, Mode::Query), format!("{uri}&code=x.y&state={state}"));
    }
}
