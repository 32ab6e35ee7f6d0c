//! What operators see of each request: its id on the answer, one log line, and rate, errors and duration of its route.
//!
//! No secret, token, e-mail address, query string or body gets into any of them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use metrics::{Counter, Histogram, counter, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::{Instrument, Span};

use super::{origin::Origin, traced};
use crate::current::Current;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken from a caller.
const LONGEST_ID: usize = 128;
/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: [f64; 14] =
    [0.0001, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The route of a request as the metrics name it: a pattern, never the path itself. A router puts it into its answer.
#[derive(Debug, Clone, Copy)]
pub struct Route(pub &'static str);

/// Starts the recorder of this process; fails when there is one already.
pub fn recorder() -> anyhow::Result<PrometheusHandle> {
    Ok(PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?)
}

/// The series that requests are counted in, found once for each set of labels: the recorder takes a microsecond to find one.
pub struct Meters {
    by_labels: RwLock<HashMap<Labels, (Counter, Histogram)>>,
}

/// Method, route, class of the status: few enough to be kept for ever.
type Labels = (&'static str, &'static str, &'static str);

impl Meters {
    /// For after the [`recorder`] was started.
    pub fn new() -> Self {
        Self { by_labels: RwLock::default() }
    }

    /// Counts a request that is answered, by a route that is known or in the answer; writes its line, and its id onto the answer.
    pub fn answered(&self, watched: &Watched, response: &mut Response, route: Option<Route>) {
        let Watched { started, current, area, span, .. } = watched;
        let method = current.method;
        let named = route.or_else(|| response.extensions().get::<Route>().copied());
        let route = named.map_or(*area, |named| named.0);
        let status = response.status().as_u16();
        let took = started.elapsed();
        traced::answered(span, method, route, status);
        self.count((method, route, class(status)), took.as_secs_f64());
        if tracing::enabled!(tracing::Level::DEBUG) {
            let client = watched.client.as_ref().map(|origin| tracing::field::display(origin.address));
            let micros = took.as_micros() as u64;
            let tell = || tracing::debug!(route, status, client, micros, "A request was answered.");
            current.clone().within(tell);
        }
        response.headers_mut().insert(REQUEST_ID, current.id.clone());
    }

    fn count(&self, labels: Labels, seconds: f64) {
        if let Some((requests, times)) =
            self.by_labels.read().unwrap_or_else(PoisonError::into_inner).get(&labels)
        {
            requests.increment(1);
            times.record(seconds);
            return;
        }
        let (method, route, status) = labels;
        let requests =
            counter!("patron_http_requests_total", "method" => method, "route" => route, "status" => status);
        let times = histogram!("patron_http_request_duration_seconds", "method" => method, "route" => route);
        requests.increment(1);
        times.record(seconds);
        self.by_labels.write().unwrap_or_else(PoisonError::into_inner).insert(labels, (requests, times));
    }
}

/// A request that is watched while it is answered.
pub struct Watched {
    started: Instant,
    current: Current,
    area: &'static str,
    span: Span,
    client: Option<Origin>,
}

impl Watched {
    /// One that begins now; `client` is who sent it, for the log.
    pub fn begin(request: &Request, client: Option<Origin>) -> Self {
        let started = Instant::now();
        let id = request_id(request);
        let method = known_method(request.method().as_str());
        let span = traced::request(request, method, id.to_str().unwrap_or(""));
        Self { started, current: Current { id, method }, area: area(request.uri().path()), span, client }
    }

    /// How long ago it began.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Does what can be done of it at once.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        self.span.in_scope(|| self.current.clone().within(work))
    }

    /// Does what has to be waited for.
    pub fn during<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        self.current.clone().during(work.instrument(self.span.clone()))
    }
}

/// Names the route that the router matched, by its pattern.
pub async fn name_route(path: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(Route(kept(path.as_str())));
    response
}

/// The same text for as long as the process lives. Routes are few, and made by the program, not by callers.
fn kept(pattern: &str) -> &'static str {
    static KEPT: RwLock<BTreeSet<&'static str>> = RwLock::new(BTreeSet::new());
    if let Some(known) = KEPT.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return known;
    }
    let new: &'static str = Box::leak(pattern.into());
    KEPT.write().unwrap_or_else(PoisonError::into_inner).insert(new);
    new
}

/// The caller's id, when it is one that can be logged and sent back, else a new one.
fn request_id(request: &Request) -> HeaderValue {
    let usable = |id: &&HeaderValue| {
        let bytes = id.as_bytes();
        (1..=LONGEST_ID).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
    };
    if let Some(id) = request.headers().get(REQUEST_ID).filter(usable) {
        return id.clone();
    }
    let mut digits = [0; 32];
    hex::encode_to_slice(random_uuid(), &mut digits).expect("two digits a byte");
    HeaderValue::from_bytes(&digits).expect("hex digits are a header value")
}

/// Of version 4: IMS shows the id as one.
fn random_uuid() -> [u8; 16] {
    let mut bytes: [u8; 16] = rand::random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

/// Methods are a label: strangers' ones share a name, so that nobody can grow the number of series.
fn known_method(method: &str) -> &'static str {
    match method {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// The area of a request that no row answered.
fn area(path: &str) -> &'static str {
    match path.split('/').nth(1) {
        Some("ims") => "/ims",
        Some("_") => "/_",
        Some("console") => "/console",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(sent: &str) -> HeaderValue {
        request_id(&Request::builder().header(REQUEST_ID, sent).body(axum::body::Body::empty()).unwrap())
    }

    #[test]
    fn a_request_id_is_kept_when_it_is_plain_and_replaced_otherwise() {
        assert_eq!(id_of("abc-123"), "abc-123");
        for odd in ["a b", "", "<x>", &"x".repeat(200)] {
            assert_eq!(id_of(odd).len(), 32, "{odd}");
        }
    }
}
