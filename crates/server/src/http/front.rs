//! The way in of every request: watched, safe from panics, with the headers that every answer has.
//!
//! Plain functions, not layers of axum's: a layer boxes what it wraps anew for each request, and calls of the REST API, which are
//! nearly all there is, need no tree of routes either. Measured with callgrind: `docs/performance.md`.

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{Method, Version, header::HOST},
    response::Response,
};
use futures_util::FutureExt;
use patron_webapi::{Fault, accept::Format};
use tower::ServiceExt;

use super::{
    answering::{Answering, Later},
    hardening, ims,
    observe::{Meters, Route, Watched},
    origin::Origin,
    reply, rest,
};
use crate::{gate::Inside, state::App};

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

    /// Answers one request, or begins to.
    pub fn answer(&self, request: Request, peer: SocketAddr) -> Answering {
        // Only for those who read it: finding it out costs a look at the headers.
        let client = tracing::enabled!(tracing::Level::DEBUG)
            .then(|| Origin::behind(&self.app.config, request.headers(), peer));
        let watched = Watched::begin(&request, client);
        let is_ims = request.uri().path().starts_with("/ims/");
        let room = match self.room_for(&request, is_ims) {
            Ok(room) => room,
            Err(refusal) => return Answering::Now(self.answered(&watched, refusal, None)),
        };
        let begun = AssertUnwindSafe(|| self.begin(request, peer));
        let (answering, route) = watched
            .within(|| catch_unwind(begun))
            .unwrap_or_else(|panic| (Answering::Now(reply::panicked(panic)), None));
        match answering {
            Answering::Now(response) => Answering::Now(self.answered(&watched, response, route)),
            Answering::Later(answer) => {
                let front = self.clone();
                Answering::later(async move {
                    let _room = room;
                    let response = watched.during(front.in_time(&watched, answer, is_ims)).await;
                    front.answered(&watched, response, route)
                })
            }
        }
    }

    fn answered(&self, watched: &Watched, mut response: Response, route: Option<Route>) -> Response {
        hardening::on_answer(self.app.is_https(), response.headers_mut());
        self.meters.answered(watched, &mut response, route);
        response
    }

    /// Turns away what there is no room for. Whoever asks about the service's health is always let in.
    fn room_for(&self, request: &Request, is_ims: bool) -> Result<Option<Inside>, Response> {
        let path = request.uri().path();
        let most = self.app.config.max_uri_bytes;
        if path.len() + request.uri().query().map_or(0, str::len) > most {
            let text = format!("The request's address is longer than {most} bytes.");
            return Err(reply::fault(&Fault::new(414, text), Format::Json));
        }
        if request.version() == Version::HTTP_11 && request.headers().get_all(HOST).iter().count() != 1 {
            // RFC 9112 3.2: somebody between may have understood another one.
            let text = "The request has no Host header, or more than one.";
            return Err(reply::fault(&Fault::bad_request(text), Format::Json));
        }
        match path {
            "/_/livez" | "/_/readyz" | "/_/metrics" => Ok(None),
            _ => match self.app.limits.requests.enter_now() {
                Some(inside) => Ok(Some(inside)),
                None if is_ims => Err(ims::unavailable(1)),
                None => Err(reply::fault(&Fault::unavailable(BUSY, 1), Format::Json)),
            },
        }
    }

    /// Goes as far as can be gone without waiting.
    fn begin(&self, mut request: Request, peer: SocketAddr) -> (Answering, Option<Route>) {
        if is_rest_call(&request) {
            let (answering, route) = rest::answer_one(&self.app, request);
            return (answering, Some(route));
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(elsewhere) = hardening::to_https(&self.app, &request) {
            return (Answering::Now(elsewhere), None);
        }
        request.extensions_mut().insert(ims::BodyTime(self.app.config.body_timeout()));
        let answer = self.others.clone().oneshot(request);
        let answering = Answering::later(async move {
            let mut response = answer.await.unwrap_or_else(|never| match never {});
            hardening::on_page(response.headers_mut());
            response
        });
        (answering, None)
    }

    /// The rest of an answer; given up when it takes too long.
    async fn in_time(&self, watched: &Watched, answer: Later, is_ims: bool) -> Response {
        let answer = AssertUnwindSafe(answer).catch_unwind();
        let left = self.app.config.request_timeout().saturating_sub(watched.elapsed());
        match tokio::time::timeout(left, answer).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => reply::panicked(panic),
            Err(_) if is_ims => ims::unavailable(1),
            Err(_) => reply::fault(&Fault::unavailable(GIVEN_UP, 1), Format::Json),
        }
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
