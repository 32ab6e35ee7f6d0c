//! `/_/keys`: the keys that sign tokens. Rotated on a schedule or after a scare; withdrawn when others may have seen one.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    identity::keys::{self, KeyInfo},
};
use patron_webapi::Fault;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    super::{
        Answer, json as answer, no_content,
        table::{Table, delete, get, post},
    },
    instant,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Table {
    Table::default()
        .at(
            "keys",
            "/keys",
            [
                get(list, "The keys that sign tokens, and those whose signatures are still believed.")
                    .gives::<Keys>(),
                post(rotate, "Makes a new key, which signs from now on.").makes::<Keys>(),
            ],
        )
        .at("keys", "/keys/{kid}", [delete(withdraw, "Takes a key away: what it signed is refused at once.")])
}

/// Every key.
#[derive(Serialize, JsonSchema)]
struct Keys {
    keys: Vec<KeyView>,
}

/// A key as the control API shows it.
#[derive(Serialize, JsonSchema)]
struct KeyView {
    kid: String,
    /// Is it the one that signs?
    signs: bool,
    created_at: Option<String>,
    retires_at: Option<String>,
}

async fn list(State(app): State<App>) -> Answer {
    Ok(answer(StatusCode::OK, &Keys { keys: views(&app)? }))
}

/// Makes a new key, which signs from now on; the others are believed until what they signed is over.
async fn rotate(State(app): State<App>) -> Answer {
    let making = Arc::clone(&app);
    let made =
        tokio::task::spawn_blocking(move || making.authority.rotate(&making.database, making.moment()));
    made.await.map_err(|panicked| Failure::Internal(panicked.into()))??;
    Ok(answer(StatusCode::CREATED, &Keys { keys: views(&app)? }))
}

/// Takes a key away: what it signed is refused at once.
async fn withdraw(State(app): State<App>, Path(kid): Path<String>) -> Answer {
    let moment = app.moment();
    let existed = app.database.write(move |sql| keys::withdraw(sql, moment, &kid)).await?;
    if existed { Ok(no_content()) } else { Err(Fault::not_found("There is no such key.").into()) }
}

fn views(app: &App) -> Result<Vec<KeyView>, Failure> {
    let view = |key: &KeyInfo| KeyView {
        kid: key.kid.clone(),
        signs: key.retires_at.is_none(),
        created_at: instant(key.created_at),
        retires_at: key.retires_at.and_then(instant),
    };
    Ok(app.database.read(keys::list)?.iter().map(view).collect())
}
