//! `/_/credentials/{client_id}/secrets`: two at most, so that one can be replaced while the other is in use.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use patron_commerce::identity::{SecretInfo, secrets};
use patron_webapi::Fault;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    super::{
        Answer, json as answer, no_content,
        table::{Table, delete, get, post},
    },
    credentials::credential,
    instant,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Table {
    Table::default()
        .at(
            "secrets",
            "/credentials/{client_id}/secrets",
            [
                get(list, "The secrets of a credential, without their values.").gives::<Secrets>(),
                post(add, "Adds a secret and shows it this once.").makes::<CreatedSecret>(),
            ],
        )
        .at(
            "secrets",
            "/credentials/{client_id}/secrets/{uuid}",
            [delete(remove, "Deletes a secret: it gets no more tokens.")],
        )
}

/// The secrets of a credential.
#[derive(Serialize, JsonSchema)]
struct Secrets {
    secrets: Vec<SecretView>,
}

/// A secret without its value.
#[derive(Serialize, JsonSchema)]
struct SecretView {
    uuid: String,
    created_at: Option<String>,
    last_used_at: Option<String>,
}

/// A secret with its value.
#[derive(Serialize, JsonSchema)]
struct CreatedSecret {
    #[serde(flatten)]
    info: SecretView,
    client_secret: String,
}

async fn list(State(app): State<App>, Path(client_id): Path<String>) -> Answer {
    let infos = app.database.read(|sql| secrets::of_credential(sql, credential(sql, &client_id)?.id))?;
    let secrets = infos.iter().map(view).collect();
    Ok(answer(StatusCode::OK, &Secrets { secrets }))
}

/// Adds a secret and shows it this once.
async fn add(State(app): State<App>, Path(client_id): Path<String>) -> Answer {
    let moment = app.moment();
    let new =
        app.database.write(move |sql| secrets::add_to(sql, moment, &credential(sql, &client_id)?)).await?;
    let created = CreatedSecret { info: view(&new.info), client_secret: new.value.to_string() };
    Ok(answer(StatusCode::CREATED, &created))
}

/// Deletes a secret: it gets no more tokens. Those that it got live on (`spec/ims-open-questions.md` 14).
async fn remove(State(app): State<App>, Path((client_id, uuid)): Path<(String, String)>) -> Answer {
    let existed = app
        .database
        .write(move |sql| {
            let found = credential(sql, &client_id)?;
            secrets::delete(sql, found.id, &uuid)
        })
        .await?;
    if existed { Ok(no_content()) } else { Err(Fault::not_found("There is no such secret.").into()) }
}

fn view(info: &SecretInfo) -> SecretView {
    SecretView {
        uuid: info.uuid.clone(),
        created_at: instant(info.created_at),
        last_used_at: info.last_used_at.and_then(instant),
    }
}
