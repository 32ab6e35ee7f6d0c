//! The secrets of a credential: a second one is added, clients move to it, the first is deleted.

use axum::{Router, extract::Path, routing::post};
use minijinja::Value;
use patron_commerce::identity::secrets;

use super::{
    credentials::{self, Place},
    form::{Sent, outcome},
    once,
    problem::{Answer, not_found},
    visit::done,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    const ALL: &str = "/organizations/{org}/projects/{project}/credentials/{client_id}/secrets";
    Router::new().route(ALL, post(add)).route(&format!("{ALL}/{{uuid}}/delete"), post(delete))
}

async fn add(Path(place): Place, sent: Sent) -> Answer {
    let visit = sent.visit;
    let found = visit.app.database.read(|sql| credentials::find(&visit, sql, &place))?;
    let (moment, credential) = (visit.app.moment(), found.credential.clone());
    let added = visit.app.database.write(move |sql| secrets::add_to(sql, moment, &credential));
    match outcome(added.await)? {
        Ok(new) => {
            let mut response = done(&found.address(), "created");
            once::hand_over(&visit, response.headers_mut(), &found.credential.client_id, &new.value);
            Ok(response)
        }
        Err(errors) => credentials::again(&visit, &found, Value::UNDEFINED, &errors),
    }
}

/// Deletes a secret: it gets no more tokens. Those that it got live on (`spec/ims-open-questions.md` 14).
async fn delete(
    Path((org, project, client_id, uuid)): Path<(String, String, String, String)>,
    sent: Sent,
) -> Answer {
    let visit = sent.visit;
    let place = (org, project, client_id);
    let found = visit.app.database.read(|sql| credentials::find(&visit, sql, &place))?;
    let id = found.credential.id;
    let existed = visit.app.database.write(move |sql| secrets::delete(sql, id, &uuid)).await?;
    if existed { Ok(done(&found.address(), "secret-deleted")) } else { Err(not_found().into()) }
}
