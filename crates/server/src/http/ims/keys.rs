//! The public halves of the signing keys: as a JSON web key set, and as the certificates that `x5u` names (`spec/ims.md` 2.4).

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use patron_commerce::identity::KeyRing;

use super::answer::{self, Problem};
use crate::state::App;

/// How long a request waits for the first key of a new server.
const PATIENCE: Duration = Duration::from_secs(10);
const CERTIFICATE: HeaderValue = HeaderValue::from_static("application/x-pem-file");

/// `GET /ims/keys`: every key that a living token may name, the one that signs first.
pub async fn list(State(app): State<App>) -> Result<Response, Problem> {
    Ok(answer::json(StatusCode::OK, &ring(&app).await?.jwks(app.moment().millis())))
}

/// `GET /keys/prod/<kid>.cer`: X.509, in PEM as Commerce's own verifier reads it.
pub async fn certificate(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Problem> {
    let ring = ring(&app).await?;
    match ring.certificate(&name)? {
        Some(certificate) => {
            Ok(([(header::CONTENT_TYPE, CERTIFICATE)], certificate.pem.clone()).into_response())
        }
        None => Ok(answer::not_found().await),
    }
}

/// Whether tokens can be signed, or why not; makes the first key if there is none.
pub async fn signing_key_is_there(app: &App) -> Result<(), String> {
    match ring(app).await {
        Ok(ring) if ring.signing_key().is_some() => Ok(()),
        Ok(_) => Err("there is no signing key".to_owned()),
        Err(Problem::Failed(failure)) => Err(failure.to_string()),
        Err(_) => Err("no signing key could be made in time".to_owned()),
    }
}

/// The keys, at least one. The server makes its first while it begins to serve, so the first requests may have to wait for it.
pub async fn ring(app: &App) -> Result<Arc<KeyRing>, Problem> {
    let ring = app.database.read(|sql| app.authority.ring(sql, app.moment().millis()))?;
    if ring.signing_key().is_some() {
        return Ok(ring);
    }
    let waiting = Arc::clone(app);
    let made = tokio::task::spawn_blocking(move || {
        waiting.authority.ensure_key(&waiting.database, waiting.moment())
    });
    match tokio::time::timeout(PATIENCE, made).await {
        Ok(Ok(made)) => made?,
        Ok(Err(panicked)) => return Err(Problem::Failed(anyhow::Error::from(panicked).into())),
        Err(_) => return Err(Problem::Unavailable(1)),
    };
    Ok(app.database.read(|sql| app.authority.ring(sql, app.moment().millis()))?)
}
