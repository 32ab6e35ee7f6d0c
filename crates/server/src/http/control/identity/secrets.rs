//! `/_/credentials/{client_id}/secrets`: two at most, so that one can be replaced while the other is in use.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get},
};
use patron_commerce::identity::{SecretInfo, secrets};
use patron_webapi::Fault;
use serde_json::{Value, json};

use super::{
    super::{Answer, json as answer, no_content},
    credentials::credential,
    instant,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/credentials/{client_id}/secrets", get(list).post(add))
        .route("/credentials/{client_id}/secrets/{uuid}", delete(remove))
}

async fn list(State(app): State<App>, Path(client_id): Path<String>) -> Answer {
    let infos = app.database.read(|sql| secrets::of_credential(sql, credential(sql, &client_id)?.id))?;
    let secrets: Vec<Value> = infos.iter().map(view).collect();
    Ok(answer(StatusCode::OK, &json!({ "secrets": secrets })))
}

/// Adds a secret and shows it this once.
async fn add(State(app): State<App>, Path(client_id): Path<String>) -> Answer {
    let moment = app.moment();
    let new =
        app.database.write(move |sql| secrets::add_to(sql, moment, &credential(sql, &client_id)?)).await?;
    let mut view = view(&new.info);
    view["client_secret"] = json!(new.value.as_str());
    Ok(answer(StatusCode::CREATED, &view))
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

fn view(info: &SecretInfo) -> Value {
    json!({
        "uuid": info.uuid,
        "created_at": instant(info.created_at),
        "last_used_at": info.last_used_at.map(instant),
    })
}
