//! Logs, and traces where the configuration names a receiver for them.
//!
//! Traces have spans of their own ([`TARGET`]): what is logged and what is traced are two questions, and without a receiver a span of a
//! trace is one branch that is never taken. They carry routes, statuses and ids, nothing of what was sent.

use anyhow::{Context, Result, bail};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{config::Config, current::WithRequest};

/// What spans of traces are marked with.
pub const TARGET: &str = "patron_trace";
/// Libraries that would show what they carry: frames with tokens, statements, mails. They say nothing below `info`, whatever is asked for.
const TALKATIVE: [&str; 11] = [
    "h2",
    "hyper",
    "hyper_util",
    "lettre",
    "opentelemetry",
    "opentelemetry_sdk",
    "opentelemetry-otlp",
    "postgres",
    "reqwest",
    "rustls",
    "tokio_postgres",
];
/// How long the last traces may take at the end.
const GOOD_BYE: std::time::Duration = std::time::Duration::from_secs(3);

/// What is to be ended with the process.
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Starts logging, and tracing if there is a receiver. To be called outside of the runtime.
pub fn start(config: &Config) -> Result<Telemetry> {
    let traces = traces(config)?;
    let logs = if config.log_json {
        tracing_subscriber::fmt::layer()
            .json()
            .map_event_format(WithRequest::json)
            .with_writer(std::io::stderr)
            .boxed()
    } else {
        tracing_subscriber::fmt::layer()
            .map_event_format(WithRequest::text)
            .with_writer(std::io::stderr)
            .boxed()
    };
    let filter = filter(&config.log)?;
    match &traces {
        // The filter of everything: what it leaves out costs nothing.
        None => tracing_subscriber::registry().with(logs).with(filter).init(),
        Some(provider) => {
            let spans = tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("patron"))
                .with_location(false)
                .with_threads(false)
                .with_level(false)
                .with_tracked_inactivity(false)
                .with_filter(Targets::new().with_target(TARGET, LevelFilter::DEBUG));
            let logs: Box<dyn Layer<Registry> + Send + Sync> = logs.with_filter(filter).boxed();
            tracing_subscriber::registry().with(logs).with(spans).init();
        }
    }
    Ok(Telemetry { traces })
}

impl Telemetry {
    /// Sends what has not been sent.
    pub fn end(self) {
        let Some(traces) = self.traces else { return };
        if let Err(error) = traces.shutdown_with_timeout(GOOD_BYE) {
            tracing::warn!(%error, "The last traces could not be sent.");
        }
    }
}

fn filter(asked: &str) -> Result<Targets> {
    let parts: Vec<&str> = asked.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let asked: Targets = parts.join(",").parse().with_context(|| format!("{asked:?} is no log filter"))?;
    let quiet = TALKATIVE.map(|library| (library, LevelFilter::INFO));
    Ok(asked.with_targets(quiet).with_target(TARGET, LevelFilter::OFF))
}

/// The way to the receiver; None when nobody named one. The standard variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `…_HEADERS`,
/// `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME` …) are read by the library.
fn traces(config: &Config) -> Result<Option<SdkTracerProvider>> {
    let exporter = SpanExporter::builder().with_http();
    let exporter = match config.otlp_endpoint.trim_end_matches('/') {
        "" if !is_named_by_standard_variables() => return Ok(None),
        "" => exporter,
        endpoint if endpoint.starts_with("http://") || endpoint.starts_with("https://") => {
            exporter.with_endpoint(format!("{endpoint}/v1/traces"))
        }
        other => bail!("the receiver of traces {other:?} begins with neither http:// nor https://"),
    };
    let exporter = exporter.build().context("the receiver of traces cannot be used")?;
    let mut resource = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("patron");
    }
    let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = resource.with_attribute(version).build();
    Ok(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
}

fn is_named_by_standard_variables() -> bool {
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn levels_are_given_for_all_or_by_module_with_or_without_blanks() {
        for asked in ["info,patron=debug", " info , patron=debug,", "patron=debug,info"] {
            let filter = filter(asked).unwrap();
            assert!(filter.would_enable("patron::serve", &Level::DEBUG), "{asked}");
            assert!(filter.would_enable("axum", &Level::INFO), "{asked}");
            assert!(!filter.would_enable("axum", &Level::DEBUG), "{asked}");
        }
        assert!(filter("patron=loud").is_err());
    }

    #[test]
    fn what_would_show_what_it_carries_says_nothing_below_info() {
        let filter = filter("trace").unwrap();
        assert!(filter.would_enable("patron", &Level::TRACE));
        assert!(TALKATIVE.iter().all(|library| !filter.would_enable(library, &Level::DEBUG)));
        assert!(!filter.would_enable(TARGET, &Level::ERROR));
    }
}
