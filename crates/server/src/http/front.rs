//! The way in of every request: watched, safe from panics, with the headers that every answer has.
//!
//! Plain functions, not layers of axum's: a layer boxes what it wraps anew for each request, and calls of the REST API, which are
//! nearly all there is, need no tree of routes either. Measured with callgrind: `docs/performance.md`.

use std::{net::SocketAddr, panic::AssertUnwindSafe, sync::Arc};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::Method,
    response::Response,
};
use futures_util::FutureExt;
use patron_webapi::{Fault, accept::Format};
use tower::ServiceExt;

use super::{
    hardening, ims,
    observe::{Meters, Route},
    origin::Origin,
    reply, rest,
};
use crate::state::App;

/// First segments that no tenant has: what stands below them is the router's.
const NOT_TENANTS: [&str; 5] = ["ims", "_", "keys", ".well-known", "console"];

const BUSY: &str = "The service is busy. Try again later.";
const GIVEN_UP: &str = "The request took too long and was given up. A change may have been kept or not: look before you try again.";

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    app: App,
    others: Router,
    meters: Arc<Meters>,
}

impl Front {
    /// The way in to the REST API, and to everything else through a router.
    pub fn new(app: &App, others: Router) -> Self {
        Self { app: app.clone(), others, meters: Arc::new(Meters::new()) }
    }

    /// Answers one request.
    pub async fn answer(self, request: Request, peer: SocketAddr) -> Response {
        let meters = Arc::clone(&self.meters);
        let is_https = self.app.is_https();
        // Only for those who read it: finding it out costs a look at the headers.
        let client = tracing::enabled!(tracing::Level::DEBUG)
            .then(|| Origin::behind(&self.app.config, request.headers(), peer));
        meters
            .watch(request, client, |request| async move {
                let (mut response, route) = self.answer_within_limits(request, peer).await;
                hardening::on_answer(is_https, response.headers_mut());
                (response, route)
            })
            .await
    }

    /// Turns away what there is no room for, and gives up what takes too long. Whoever asks about the service's health is always let in.
    async fn answer_within_limits(self, request: Request, peer: SocketAddr) -> (Response, Option<Route>) {
        let path = request.uri().path();
        let is_ims = path.starts_with("/ims/");
        let app = Arc::clone(&self.app);
        let length = path.len() + request.uri().query().map_or(0, str::len);
        if length > app.config.max_uri_bytes {
            let text = format!("The request's address is longer than {} bytes.", app.config.max_uri_bytes);
            return (reply::fault(&Fault::new(414, text), Format::Json), None);
        }
        let _inside = match path {
            "/_/livez" | "/_/readyz" | "/_/metrics" => None,
            _ => match app.limits.requests.enter_now() {
                Some(inside) => Some(inside),
                None if is_ims => return (ims::unavailable(1), None),
                None => return (reply::fault(&Fault::unavailable(BUSY, 1), Format::Json), None),
            },
        };
        match tokio::time::timeout(app.config.request_timeout(), self.answer_or_panic(request, peer)).await {
            Ok(answered) => answered,
            Err(_) if is_ims => (ims::unavailable(1), None),
            Err(_) => (reply::fault(&Fault::unavailable(GIVEN_UP, 1), Format::Json), None),
        }
    }

    async fn answer_or_panic(self, mut request: Request, peer: SocketAddr) -> (Response, Option<Route>) {
        let answered = async {
            if is_rest_call(&request) {
                let (response, route) = rest::answer_one(self.app, request).await;
                return (response, Some(route));
            }
            request.extensions_mut().insert(ConnectInfo(peer));
            if let Some(elsewhere) = hardening::to_https(&self.app, &request) {
                return (elsewhere, None);
            }
            request.extensions_mut().insert(ims::BodyTime(self.app.config.body_timeout()));
            let answered = Box::pin(self.others.oneshot(request)).await;
            let mut response = answered.unwrap_or_else(|never| match never {});
            hardening::on_page(response.headers_mut());
            (response, None)
        };
        let answered = AssertUnwindSafe(answered).catch_unwind().await;
        answered.unwrap_or_else(|panic| (reply::panicked(panic), None))
    }
}

/// `/{tenant}/V1/…` with a verb whose answer has a body. Whatever else there is, the router knows or leaves to the REST API as well.
fn is_rest_call(request: &Request) -> bool {
    let has_body = [Method::GET, Method::POST, Method::PUT, Method::DELETE].contains(request.method());
    let mut segments = request.uri().path().split('/').skip(1);
    let (tenant, version) = (segments.next().unwrap_or(""), segments.next().unwrap_or(""));
    has_body && version == "V1" && !NOT_TENANTS.contains(&tenant)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn calls_of_a_tenant_are_the_rest_apis_and_others_the_routers() {
        let is = |method: &str, path: &str| {
            is_rest_call(&Request::builder().method(method).uri(path).body(Body::empty()).unwrap())
        };
        assert!(is("GET", "/tenant/V1/customers/1"));
        assert!(is("POST", "/tenant/V1/customers?fields=id"));
        for (method, path) in [
            ("HEAD", "/tenant/V1/customers/1"),
            ("GET", "/_/V1"),
            ("POST", "/ims/token"),
            ("GET", "/"),
            ("GET", "/tenant"),
        ] {
            assert!(!is(method, path), "{method} {path}");
        }
    }
}
