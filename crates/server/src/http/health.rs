//! Is the process alive, can it serve?
//!
//! Readiness is found out by doing: a row is read, a row is written durably, the signing key is there, nobody who works behind the
//! requests has ended or hangs. Anybody may ask, so the answer is kept for a second: a flood of questions is no flood of writes.

use std::{future::Future, sync::Arc, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use patron_commerce::{
    Failure,
    instances::counters::{self, Counter},
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{sync::Mutex, time::Instant};

use super::ims;
use crate::{state::App, workers::Health};

/// How long an answer is good.
const KEPT: Duration = Duration::from_secs(1);
/// How long a check may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The last answer, and when it was found.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, Checks)>>);

/// What was looked at: `ok`, or what is wrong.
#[derive(Clone, Serialize)]
struct Checks {
    database: String,
    keys: String,
    workers: String,
}

const OK: &str = "ok";

impl Checks {
    fn all_ok(&self) -> bool {
        [&self.database, &self.keys, &self.workers].into_iter().all(|check| check == OK)
    }
}

/// `GET /_/livez`: the process answers.
pub async fn livez() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /_/readyz`: 200 when all is well, 503 otherwise; what was looked at in either case.
pub async fn readyz(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let mut kept = app.readiness.0.lock().await;
    let checks = match &*kept {
        Some((at, checks)) if at.elapsed() < KEPT => checks.clone(),
        _ => {
            let checks = look(&app).await;
            *kept = Some((Instant::now(), checks.clone()));
            checks
        }
    };
    drop(kept);
    match checks.all_ok() {
        true => (StatusCode::OK, Json(json!({ "status": "ready", "checks": checks }))),
        false => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready", "checks": checks }))),
    }
}

async fn look(app: &App) -> Checks {
    let database = in_time("the database does not answer", database(app)).await;
    // Keys are read from the database, and made in it: without it there is nothing to find out.
    let keys = match database.as_str() {
        OK => in_time("the signing key is not there yet", keys(app)).await,
        _ => "not looked at: they are in the database".to_owned(),
    };
    let checks = Checks { database, keys, workers: workers(app) };
    if !checks.all_ok() {
        let Checks { database, keys, workers } = &checks;
        tracing::warn!(database, keys, workers, "The service is not ready.");
    }
    checks
}

async fn in_time(otherwise: &str, check: impl Future<Output = String>) -> String {
    tokio::time::timeout(PATIENCE, check).await.unwrap_or_else(|_| otherwise.to_owned())
}

async fn database(app: &App) -> String {
    let shared = Arc::clone(app);
    let reading = tokio::task::spawn_blocking(move || {
        let read = shared.database.read(|sql| counters::last(sql, 0, Counter::Readiness));
        read.map(|_| shared.database.is_in_place())
    });
    match reading.await {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => return "the database's files were deleted or replaced".to_owned(),
        Ok(Err(failure)) => return wrong("the database cannot be read", &failure),
        Err(_) => return "reading panicked".to_owned(),
    }
    match app.database.write(|sql| counters::next(sql, 0, Counter::Readiness)).await {
        Ok(_) => OK.to_owned(),
        Err(failure) => wrong("the database cannot be written", &failure),
    }
}

async fn keys(app: &App) -> String {
    match ims::signing_key_is_there(app).await {
        Ok(()) => OK.to_owned(),
        Err(cause) => {
            tracing::warn!(cause, "The signing keys cannot be used.");
            "the signing keys cannot be used".to_owned()
        }
    }
}

fn workers(app: &App) -> String {
    let all = app.workers.list();
    let mut said = Vec::new();
    for (health, word) in [(Health::Ended, "ended"), (Health::Silent, "silent")] {
        let names: Vec<&str> = all.iter().filter(|(_, its)| *its == health).map(|(name, _)| *name).collect();
        if !names.is_empty() {
            said.push(format!("{word}: {}", names.join(", ")));
        }
    }
    if said.is_empty() { OK.to_owned() } else { said.join("; ") }
}

/// What is told; the cause, which may name hosts and files, is for the log.
fn wrong(told: &str, failure: &Failure) -> String {
    tracing::warn!(%failure, told, "A check of readiness failed.");
    told.to_owned()
}
