//! A request as a trace sees it: one span, a child of the caller's where `traceparent` names one, with the steps of its answering below.
//!
//! Named by verb and route, never by path: a path holds ids and, in some routes, an e-mail address.

use std::sync::LazyLock;

use axum::extract::Request;
use opentelemetry::{
    KeyValue,
    propagation::TextMapPropagator,
    trace::{Status, TraceContextExt},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::telemetry::TARGET;

/// A step of an answering, below the current span: `step!("write")`.
macro_rules! step {
    ($name:literal) => {
        tracing::debug_span!(target: crate::telemetry::TARGET, $name)
    };
}
pub(super) use step;

/// The span of a request; a disabled one where nobody receives traces.
pub fn request(request: &Request, method: &'static str, id: &str) -> Span {
    let span = tracing::debug_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        http.request.method = method,
        patron.request_id = id,
    );
    if !span.is_disabled() {
        static PROPAGATOR: LazyLock<TraceContextPropagator> = LazyLock::new(TraceContextPropagator::new);
        let caller = PROPAGATOR.extract(&HeaderExtractor(request.headers()));
        // Fails only for a span that has begun already.
        let _ = span.set_parent(caller);
    }
    span
}

/// What became of it.
pub fn answered(span: &Span, method: &'static str, route: &'static str, status: u16) {
    if span.is_disabled() {
        return;
    }
    // Through the trace's own interface: the layer takes a name only before the span has begun.
    let context = span.context();
    let span = context.span();
    span.update_name(format!("{method} {route}"));
    span.set_attribute(KeyValue::new("http.route", route));
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}
