//! The request that a task answers, for the log: every line that is written meanwhile names it.
//!
//! Not a span of `tracing`'s: a span's fields are formatted when it begins, for each request, and next to none of them writes a line.

use std::fmt;

use axum::http::HeaderValue;
use serde_json::Value;
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

tokio::task_local! {
    static CURRENT: Current;
}

/// What a line says of its request.
#[derive(Clone)]
pub struct Current {
    /// The request's id: letters, digits and `-_.:`.
    pub id: HeaderValue,
    /// The verb.
    pub method: &'static str,
}

impl Current {
    /// Answers it: `work` and what it waits for.
    pub fn during<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// Does a part of it at once.
    pub fn within<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }

    /// Work for the request that is answered here, if one is, to be done on another thread.
    pub fn carried<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
        let here = Self::here();
        move || match here {
            Some(current) => current.within(work),
            None => work(),
        }
    }

    /// The id of the request that is answered here with the dashes of a UUID, if it is one without.
    pub fn as_uuid() -> Option<String> {
        let id = Self::here()?.id;
        let digits =
            id.to_str().ok().filter(|id| id.len() == 32 && id.bytes().all(|it| it.is_ascii_hexdigit()))?;
        Some([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
    }

    fn here() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }
}

/// Lines of a format, with the request's id and verb where there is one.
pub struct WithRequest<F> {
    inner: F,
    is_json: bool,
}

impl<F> WithRequest<F> {
    /// At the end of lines of text.
    pub fn text(inner: F) -> Self {
        Self { inner, is_json: false }
    }

    /// As the first members of objects.
    pub fn json(inner: F) -> Self {
        Self { inner, is_json: true }
    }
}

impl<S, N, F> FormatEvent<S, N> for WithRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(Current { id, method }) = Current::here() else {
            return self.inner.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        let id = id.to_str().unwrap_or("");
        match self.is_json.then(|| line.strip_prefix('{')).flatten() {
            Some(rest) => write!(writer, r#"{{"request_id":{},"method":"{method}",{rest}"#, Value::from(id)),
            None => writeln!(writer, "{} request_id={id} method={method}", line.trim_end()),
        }
    }
}
