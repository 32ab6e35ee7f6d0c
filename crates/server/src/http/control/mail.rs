//! `/_/instances/{instance_id}/mail`: an instance's inbox, with every mail that its customers were or would be sent.

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    mail::{Mail, Rendered, links::Links, store},
};
use patron_webapi::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Answer, ControlError, instance, json, no_content,
    table::{Table, delete, get},
};
use crate::state::App;

/// Mails a page has where nobody says.
const PAGE: i64 = 20;
/// Mails a page has at most.
const LARGEST_PAGE: i64 = 200;

/// The routes of this file.
pub fn routes() -> Table {
    Table::default()
        .at(
            "mail",
            "/instances/{instance_id}/mail",
            [
                get(list, "The inbox, newest first, a page at a time.").asks::<Wanted>().gives::<Page<'_>>(),
                delete(clear, "Empties the inbox; what waits to be sent is not sent any more."),
            ],
        )
        .at(
            "mail",
            "/instances/{instance_id}/mail/{mail_id}",
            [get(one, "A mail with its text and its links.").gives::<WholeMail<'_>>()],
        )
}

/// Which mails are listed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Only mails older than this one: `next_before` of the page before.
    before: Option<i64>,
    /// How many at most.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// Only mails to this address; case and accents do not matter.
    recipient: Option<String>,
}

/// A page of the inbox.
#[derive(Serialize, JsonSchema)]
struct Page<'m> {
    mails: Vec<MailSummary<'m>>,
    /// What `before` takes for the next page; null when this may be the last.
    next_before: Option<i64>,
}

/// A mail in a list.
#[derive(Serialize, JsonSchema)]
struct MailSummary<'m> {
    id: i64,
    template: &'static str,
    state: &'static str,
    recipient: &'m str,
    recipient_name: &'m str,
    sender: &'m str,
    sender_name: &'m str,
    subject: &'m str,
    created_at: &'m str,
    sent_at: Option<&'m str>,
    attempts: i64,
    next_attempt_at: Option<&'m str>,
    last_error: Option<&'m str>,
}

/// A mail by itself.
#[derive(Serialize, JsonSchema)]
struct WholeMail<'m> {
    #[serde(flatten)]
    summary: MailSummary<'m>,
    /// Where its links lead, so that a test need not read the text.
    links: &'m Links,
    text: &'m str,
    html: &'m str,
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Answer {
    let Query(wanted) = wanted.map_err(|error| Fault::bad_request(error.body_text()))?;
    let tenant = instance(&app, &id)?.tenant.0;
    let limit = wanted.limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(
            Fault::bad_request(format!("limit must be a whole number from 1 to {LARGEST_PAGE}.")).into()
        );
    }
    // A literal `+` was read as a blank, which no address has.
    let recipient = wanted.recipient.map(|recipient| recipient.replace(' ', "+"));
    let before = wanted.before.unwrap_or(i64::MAX);
    let mails = app.database.read(|sql| store::page(sql, tenant, before, limit, recipient.as_deref()))?;
    let words = mails.iter().map(|mail| render(&app, mail)).collect::<Result<Vec<_>, _>>()?;
    let summaries = mails.iter().zip(&words).map(|(mail, words)| summary(&app, mail, words)).collect();
    let is_full = i64::try_from(mails.len()) == Ok(limit);
    let next_before = mails.last().filter(|_| is_full).map(|mail| mail.id);
    Ok(json(StatusCode::OK, &Page { mails: summaries, next_before }))
}

async fn one(State(app): State<App>, Path((id, mail_id)): Path<(String, String)>) -> Answer {
    let tenant = instance(&app, &id)?.tenant.0;
    let unknown = || Fault::not_found("There is no such mail.");
    let mail_id: i64 = mail_id.parse().map_err(|_| unknown())?;
    let mail = app.database.read(|sql| store::find(sql, tenant, mail_id))?.ok_or_else(unknown)?;
    let words = render(&app, &mail)?;
    let whole = WholeMail {
        summary: summary(&app, &mail, &words),
        links: &mail.context.links,
        text: &words.text,
        html: &words.html,
    };
    Ok(json(StatusCode::OK, &whole))
}

/// Empties the inbox; what waits to be sent is not sent any more.
async fn clear(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let tenant = instance(&app, &id)?.tenant.0;
    app.database.write(move |sql| store::clear(sql, tenant)).await?;
    Ok(no_content())
}

fn render(app: &App, mail: &Mail) -> Result<Rendered, ControlError> {
    app.mail.templates.render(mail).map_err(|error| Failure::Internal(error.into()).into())
}

fn summary<'m>(app: &'m App, mail: &'m Mail, words: &'m Rendered) -> MailSummary<'m> {
    let waits_until =
        (mail.state == patron_commerce::mail::State::Queued).then_some(mail.next_attempt_at.as_str());
    MailSummary {
        id: mail.id,
        template: mail.template.name(),
        state: mail.state.name(),
        recipient: &mail.recipient,
        recipient_name: &mail.recipient_name,
        sender: app.mail.sender_of(mail),
        sender_name: &mail.sender_name,
        subject: &words.subject,
        created_at: &mail.created_at,
        sent_at: mail.sent_at.as_deref(),
        attempts: mail.attempts,
        next_attempt_at: waits_until.filter(|time| !time.is_empty()),
        last_error: mail.last_error.as_deref(),
    }
}
