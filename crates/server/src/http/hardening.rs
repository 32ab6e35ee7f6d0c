//! The headers that tell browsers how little they may do with our answers. An answer that has one of its own keeps it.

use std::borrow::Cow;

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{self, Entry},
    },
    response::{IntoResponse, Response},
};

use super::origin::Origin;
use crate::state::App;

/// A year of https alone. Subdomains are not ours to speak for.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");
/// What a page may do that says nothing else: nothing.
const NOTHING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// For every answer.
pub fn on_answer(is_https: bool, headers: &mut HeaderMap) {
    put(headers, header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_https {
        put(headers, header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
}

/// For every page.
pub fn on_page(headers: &mut HeaderMap) {
    let is_page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        put(headers, header::CONTENT_SECURITY_POLICY, NOTHING);
        put(headers, header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        put(headers, header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if let Ok(Entry::Vacant(none)) = headers.try_entry(name) {
        none.insert(value);
    }
}

/// Sends a browser that came to a trusted proxy by http to the same page by https.
pub fn to_https(app: &App, request: &Request) -> Option<Response> {
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|kinds| kinds.to_str().ok())
        .is_some_and(|kinds| kinds.contains("text/html"));
    let is_look = matches!(*request.method(), Method::GET | Method::HEAD);
    if !app.config.behind_proxy || !app.is_https() || !wants_page || !is_look {
        return None;
    }
    let origin = Origin::of(&app.config, request.headers(), request.extensions())?;
    if origin.is_https != Some(false) {
        return None;
    }
    let path = request.uri().path_and_query().map_or(Cow::Borrowed("/"), |path| path.as_str().into());
    let location = HeaderValue::try_from(format!("{}{path}", app.base_url)).ok()?;
    Some((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response())
}
