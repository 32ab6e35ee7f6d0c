//! `/_/keys`: the keys that sign tokens. Rotated on a schedule or after a scare; withdrawn when others may have seen one.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get},
};
use patron_commerce::{
    Failure,
    identity::keys::{self, KeyInfo},
};
use patron_webapi::Fault;
use serde_json::{Value, json};

use super::{
    super::{Answer, json as answer, no_content},
    instant,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new().route("/keys", get(list).post(rotate)).route("/keys/{kid}", delete(withdraw))
}

async fn list(State(app): State<App>) -> Answer {
    Ok(answer(StatusCode::OK, &json!({ "keys": views(&app)? })))
}

/// Makes a new key, which signs from now on; the others are believed until what they signed is over.
async fn rotate(State(app): State<App>) -> Answer {
    let making = Arc::clone(&app);
    let made =
        tokio::task::spawn_blocking(move || making.authority.rotate(&making.database, making.moment()));
    made.await.map_err(|panicked| Failure::Internal(panicked.into()))??;
    Ok(answer(StatusCode::CREATED, &json!({ "keys": views(&app)? })))
}

/// Takes a key away: what it signed is refused at once.
async fn withdraw(State(app): State<App>, Path(kid): Path<String>) -> Answer {
    let moment = app.moment();
    let existed = app.database.write(move |sql| keys::withdraw(sql, moment, &kid)).await?;
    if existed { Ok(no_content()) } else { Err(Fault::not_found("There is no such key.").into()) }
}

fn views(app: &App) -> Result<Vec<Value>, Failure> {
    let view = |key: &KeyInfo| {
        json!({
            "kid": key.kid,
            "signs": key.retires_at.is_none(),
            "created_at": instant(key.created_at),
            "retires_at": key.retires_at.map(instant),
        })
    };
    Ok(app.database.read(keys::list)?.iter().map(view).collect())
}
