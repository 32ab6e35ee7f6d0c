//! Who may use the control API: whoever has the key; in development mode without a key also this machine.
//!
//! "This machine" is what a proxy can fool: all its requests come from here. So whatever looks as if it had come through one, and
//! everything behind a proxy that was announced (`--behind-proxy`), needs the key.

use std::net::SocketAddr;

use axum::{
    Json,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use patron_commerce::{Failure, identity::control_key};
use patron_token::secret;
use patron_webapi::accept::Format;
use serde_json::json;

use super::super::reply;
use crate::{config::Mode, state::App};

/// Headers that proxies add. One of them is enough: nobody sends them by accident.
const LEFT_BY_PROXIES: [&str; 8] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-real-ip",
    "x-client-ip",
    "via",
];

/// Lets a request pass that may.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    match may_control(&app, &request) {
        Ok(true) => next.run(request).await,
        Ok(false) => {
            let message = "The control API needs the control key: Authorization: Bearer <control key>.";
            let body = Json(json!({ "message": message }));
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], body).into_response()
        }
        Err(failure) => reply::failure(&failure, Format::Json),
    }
}

fn may_control(app: &App, request: &Request) -> Result<bool, Failure> {
    let configured = app.config.control_key.reveal();
    let sent =
        request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    if let Some(sent) = sent.strip_prefix("Bearer ") {
        if !configured.is_empty() && secret::matches(sent, &secret::hash(configured)) {
            return Ok(true);
        }
        if app.database.read(|sql| control_key::matches(sql, sent))? {
            return Ok(true);
        }
    }
    let is_open = app.config.mode == Mode::Development && configured.is_empty() && !app.config.behind_proxy;
    Ok(is_open && is_from_here(request) && !app.database.read(control_key::exists)?)
}

/// Whether a program on this machine sent the request itself. A request of HTTP/1.0 may be a proxy's that says nothing else.
fn is_from_here(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let headers = request.headers();
    peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
        && request.version() > Version::HTTP_10
        && !LEFT_BY_PROXIES.iter().any(|name| headers.contains_key(*name))
        && !is_from_a_web_page(request)
}

/// A page of another site, open in a browser on this machine, must not reach the open control API: its requests name their origin, or
/// a host that is not this machine's (DNS rebinding).
fn is_from_a_web_page(request: &Request) -> bool {
    let headers: &HeaderMap = request.headers();
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    // HTTP/2 has the host in the address; where HTTP/1.1 has it there too, that counts (RFC 9112 3.2.2).
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let host = authority.or(text(header::HOST)).unwrap_or("");
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host });
    let is_local = matches!(name, "localhost" | "[::1]")
        || name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    let is_foreign = text(header::ORIGIN).is_some_and(|origin| origin.split("://").nth(1) != Some(host));
    !is_local || is_foreign
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn is(headers: &[(&str, &str)], peer: &str) -> bool {
        let mut request = Request::builder().uri("/_/instances");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
        is_from_here(&request)
    }

    #[test]
    fn a_program_on_this_machine_is_from_here_and_nothing_else_is() {
        let here = "127.0.0.1:5000";
        assert!(
            is(&[("host", "127.0.0.1:8080")], here) && is(&[("host", "localhost")], "[::ffff:127.0.0.1]:1")
        );
        assert!(!is(&[("host", "127.0.0.1:8080")], "192.0.2.1:5000"), "another machine");
        assert!(!is(&[("host", "127.0.0.1.example.com")], here), "DNS rebinding");
        assert!(
            !is(&[("host", "localhost"), ("origin", "https://evil.example")], here),
            "a page of another site"
        );
        for name in LEFT_BY_PROXIES {
            assert!(!is(&[("host", "localhost"), (name, "127.0.0.1")], here), "{name}");
        }
        let mut old = Request::builder()
            .version(Version::HTTP_10)
            .header("host", "localhost")
            .body(Body::empty())
            .unwrap();
        old.extensions_mut().insert(ConnectInfo::<SocketAddr>(here.parse().unwrap()));
        assert!(!is_from_here(&old), "HTTP/1.0");
    }
}
