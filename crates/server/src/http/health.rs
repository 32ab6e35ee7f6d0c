//! Is the process alive, can it serve?

use axum::{Json, extract::State, http::StatusCode};
use patron_commerce::{Failure, instances::store};
use serde_json::{Value, json};

use crate::state::App;

/// `GET /_/livez`: the process answers.
pub async fn livez() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /_/readyz`: 200 when the database can be read and the writer takes work, 503 with the reason otherwise.
pub async fn readyz(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let readable = app.database.read(|sql| store::all(sql).map(drop));
    let state = match readable {
        Ok(()) => app.database.write(|_| Ok::<_, Failure>(())).await,
        Err(failure) => Err(failure),
    };
    match state {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Err(failure) => {
            tracing::warn!(%failure, "The service is not ready.");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready", "cause": "database" })))
        }
    }
}
