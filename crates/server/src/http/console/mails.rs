//! `/console/organizations/{org}/instances/{instance}/mails`: the inbox, newest first, and one mail as its reader sees it.

use axum::{
    Router,
    extract::{Path, Query},
    routing::get,
};
use minijinja::{Value, context};
use patron_commerce::{
    Failure,
    mail::{self, Mail, State},
};
use serde::Deserialize;

use super::{
    instances, organizations,
    problem::{Answer, not_found},
    visit::Visit,
};
use crate::state::App;

/// Mails of a page.
const PAGE: i64 = 25;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/instances/{instance}/mails", get(list))
        .route("/organizations/{org}/instances/{instance}/mails/{mail}", get(one))
}

/// A mail for templates.
pub fn view(app: &App, mail: &Mail) -> Result<Value, Failure> {
    let words = app.mail.templates.render(mail).map_err(|error| Failure::Internal(error.into()))?;
    Ok(context! {
        id => mail.id,
        subject => words.subject,
        text => words.text,
        recipient => mail.recipient.as_str(),
        recipient_name => mail.recipient_name.as_str(),
        sender => app.mail.sender_of(mail),
        sender_name => mail.sender_name.as_str(),
        created_at => mail.created_at.as_str(),
        sent_at => mail.sent_at.as_deref(),
        state => state_name(mail.state),
        last_error => mail.last_error.as_deref(),
    })
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Queued => "Waiting",
        State::Sent => "Sent",
        State::Failed => "Failed",
        State::Suppressed => "Kept here",
    }
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    before: String,
}

async fn list(
    visit: Visit,
    Path((org, code)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let before = wanted.before.parse().unwrap_or(i64::MAX);
    let (organisation, instance, mut mails) = visit.app.database.read(|sql| {
        let (organisation, instance) = visit.instance(sql, &org, &code)?;
        // One more than is shown tells whether there are older ones.
        let mails = mail::store::page(sql, instance.tenant.0, before, PAGE + 1, None)?;
        Ok::<_, Failure>((organisation, instance, mails))
    })?;
    let has_more = mails.len() as i64 > PAGE;
    mails.truncate(PAGE as usize);
    let views = mails.iter().map(|mail| view(&visit.app, mail)).collect::<Result<Vec<_>, _>>()?;
    let words = context! {
        org => organizations::view(&organisation), tab => "instances",
        instance => instances::view(&visit.app, &organisation, &instance),
        mails => views,
        older => mails.last().filter(|_| has_more).map(|mail| mail.id),
        is_first => wanted.before.is_empty(),
    };
    Ok(visit.page("mails.html", words))
}

async fn one(visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let id: i64 = id.parse().map_err(|_| not_found())?;
    let (organisation, instance, mail) = visit.app.database.read(|sql| {
        let (organisation, instance) = visit.instance(sql, &org, &code)?;
        let mail = mail::store::find(sql, instance.tenant.0, id)?.ok_or_else(not_found)?;
        Ok::<_, Failure>((organisation, instance, mail))
    })?;
    let words = context! {
        org => organizations::view(&organisation), tab => "instances",
        instance => instances::view(&visit.app, &organisation, &instance),
        mail => view(&visit.app, &mail)?,
    };
    Ok(visit.page("mail.html", words))
}
