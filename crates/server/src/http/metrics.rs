//! `GET /_/metrics`: the numbers of the process in Prometheus' text format. `docs/operations.md` says what each means.
//!
//! Counts that somebody keeps anyway are read here, when they are asked for; only what requests count is counted on the way
//! ([`super::observe`]).

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use metrics::{counter, gauge};
use patron_commerce::{Failure, bulk, mail, moment};
use patron_crew::Stats;
use patron_sql::Engine;

use crate::{state::App, workers::Health};

/// Renders everything. The queues are looked at in the database, so this is no place to ask every millisecond.
pub async fn show(State(app): State<App>) -> Response {
    about_process(&app);
    about_database(&app);
    about_limits(&app);
    about_identity(&app);
    let shared = app.clone();
    let looked = tokio::task::spawn_blocking(move || about_queues(&shared)).await;
    if !matches!(looked, Ok(Ok(()))) {
        tracing::warn!("The queues could not be counted.");
    }
    gauge!("patron_queues_counted").set(f64::from(u8::from(matches!(looked, Ok(Ok(()))))));
    let text = app.metrics.render();
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

fn about_process(app: &App) {
    metrics_process::Collector::default().collect();
    let engine = match app.database.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    gauge!("patron_build_info", "version" => env!("CARGO_PKG_VERSION"), "engine" => engine).set(1.0);
    for (worker, health) in app.workers.list() {
        gauge!("patron_worker_up", "worker" => worker).set(f64::from(u8::from(health == Health::Lives)));
    }
}

fn about_database(app: &App) {
    let store = app.database.stats();
    gauge!("patron_writer_queued").set(store.queued as f64);
    counter!("patron_writer_units_committed_total").absolute(store.committed);
    counter!("patron_writer_units_rolled_back_total").absolute(store.rolled_back);
    counter!("patron_writer_units_turned_away_total").absolute(store.turned_away);
    counter!("patron_writer_batches_total").absolute(store.batches);
    counter!("patron_writer_batches_retried_total").absolute(store.retried_batches);
    counter!("patron_writer_conflicts_total").absolute(store.conflicts);
    gauge!("patron_writer_largest_batch").set(store.largest_batch as f64);
    counter!("patron_checkpoints_total").absolute(store.checkpoints);
    counter!("patron_log_restarts_total").absolute(store.log_restarts);
    gauge!("patron_log_pages").set(store.log_pages as f64);
    gauge!("patron_readers").set(store.readers as f64);
    gauge!("patron_readers_busy").set(store.busy_readers as f64);
    gauge!("patron_readers_max").set(store.most_readers as f64);
    counter!("patron_reads_total").absolute(store.reads);
}

fn about_limits(app: &App) {
    let limits = &app.limits;
    let open = limits.most_connections - limits.connections.available_permits().min(limits.most_connections);
    gauge!("patron_connections").set(open as f64);
    gauge!("patron_http_requests_in_flight").set(limits.requests.inside() as f64);
    let Stats { running, waiting, .. } = limits.searches.stats();
    gauge!("patron_searches_in_flight").set((running + waiting) as f64);
    gauge!("patron_searches_waiting").set(waiting as f64);
    gauge!("patron_large_requests_in_flight").set(limits.large.inside() as f64);
    for (kind, turned_away) in limits.turned_away() {
        counter!("patron_turned_away_total", "kind" => kind).absolute(turned_away);
    }
    counter!("patron_token_requests_limited_total").absolute(app.token_rates.refused());
    let hashing = app.hasher.stats();
    gauge!("patron_hash_waiting").set(hashing.waiting as f64);
    gauge!("patron_hash_running").set(hashing.running as f64);
    gauge!("patron_hash_threads").set(hashing.threads as f64);
    counter!("patron_hash_done_total").absolute(hashing.done);
    counter!("patron_hash_refused_total").absolute(hashing.turned_away);
}

fn about_identity(app: &App) {
    let tokens = app.authority.remembered();
    counter!("patron_token_cache_hits_total").absolute(tokens.hits);
    counter!("patron_token_cache_misses_total").absolute(tokens.misses);
    gauge!("patron_token_cache_entries").set(tokens.entries as f64);
}

/// All nodes on one database count the same queues.
fn about_queues(app: &App) -> Result<(), Failure> {
    let (calls, mails) = app.database.read(|sql| {
        let mails = if app.mail.sends() { mail::store::waiting(sql)? } else { (0, None) };
        Ok::<_, Failure>((bulk::store::waiting(sql)?, mails))
    })?;
    let now = app.moment().now;
    for (queue, (length, oldest)) in [("calls", calls), ("mails", mails)] {
        let age = oldest.and_then(|since| moment::seconds_since(&since, now)).unwrap_or(0);
        gauge!("patron_queue_length", "queue" => queue).set(length as f64);
        gauge!("patron_queue_oldest_age_seconds", "queue" => queue).set(age as f64);
    }
    Ok(())
}
