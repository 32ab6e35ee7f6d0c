//! All SQL of mail.

use patron_sql::{Engine, Error, Row, Session, params};
use patron_webapi::collation::fold;

use super::{Context, Mail, Rendered, State, Template};
use crate::failure::Result;

const COLUMNS: &str = "tenant_id, id, template, recipient, recipient_name, sender, sender_name, context, subject, body_text, \
     body_html, created_at, state, attempts, next_attempt_at, sent_at, last_error";

/// Adds a mail that was not tried yet.
pub fn add(sql: Session<'_>, mail: &Mail) -> Result<()> {
    let context = serde_json::to_string(&mail.context).expect("texts serialise");
    sql.execute(
        "INSERT INTO mail (tenant_id, id, template, recipient, recipient_folded, recipient_name, sender, sender_name, context, \
         created_at, state, attempts, next_attempt_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12)",
        params![
            mail.tenant,
            mail.id,
            mail.template.name(),
            &mail.recipient,
            fold(&mail.recipient),
            &mail.recipient_name,
            &mail.sender,
            &mail.sender_name,
            context,
            &mail.created_at,
            mail.state.name(),
            &mail.next_attempt_at
        ],
    )?;
    Ok(())
}

/// One mail of an instance.
pub fn find(sql: Session<'_>, tenant: i64, id: i64) -> Result<Option<Mail>> {
    let query = format!("SELECT {COLUMNS} FROM mail WHERE tenant_id = ?1 AND id = ?2");
    Ok(sql.first(&query, params![tenant, id], mail)?)
}

/// The mails of an instance with ids below `before`, newest first, to one recipient or to all.
pub fn page(
    sql: Session<'_>,
    tenant: i64,
    before: i64,
    limit: i64,
    recipient: Option<&str>,
) -> Result<Vec<Mail>> {
    let folded = recipient.map(fold);
    let filter = if folded.is_some() { "AND recipient_folded = ?4" } else { "AND ?4 IS NULL" };
    let query = format!(
        "SELECT {COLUMNS} FROM mail WHERE tenant_id = ?1 AND id < ?2 {filter} ORDER BY tenant_id, id DESC LIMIT ?3"
    );
    Ok(sql.all(&query, params![tenant, before, limit, folded], mail)?)
}

/// Deletes every mail of an instance, sent or not.
pub fn clear(sql: Session<'_>, tenant: i64) -> Result<u64> {
    Ok(sql.execute("DELETE FROM mail WHERE tenant_id = ?1", params![tenant])?)
}

/// Does any mail wait to be sent now? Costs one look at an index.
pub fn is_due(sql: Session<'_>, now: &str) -> Result<bool> {
    let query = "SELECT 1 FROM mail WHERE state = 'queued' AND next_attempt_at <= ?1 LIMIT 1";
    Ok(sql.first(query, params![now], |row| row.int(0))?.is_some())
}

/// How many mails of all instances wait to be sent, and since when the longest waiting does.
pub fn waiting(sql: Session<'_>) -> Result<(i64, Option<String>)> {
    let query = "SELECT COUNT(*), MIN(created_at) FROM mail WHERE state = 'queued'";
    Ok(sql.one::<_, Error>(query, params![], |row| Ok((row.int(0)?, row.opt_string(1)?)))?)
}

/// The mails that wait to be sent now, longest waiting first. Where several nodes look at once, each gets others.
pub fn due(sql: Session<'_>, now: &str, limit: i64) -> Result<Vec<Mail>> {
    let lock = if sql.engine() == Engine::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let query = format!(
        "SELECT {COLUMNS} FROM mail WHERE state = 'queued' AND next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?2 {lock}"
    );
    Ok(sql.all(&query, params![now, limit], mail)?)
}

/// Counts an attempt (or takes one back) and says when the next may be, unless somebody else has the mail by now.
pub fn reschedule(
    sql: Session<'_>,
    mail: &Mail,
    attempts: i64,
    next: &str,
    error: Option<&str>,
) -> Result<bool> {
    let changed = sql.execute(
        "UPDATE mail SET attempts = ?4, next_attempt_at = ?5, last_error = COALESCE(?6, last_error) \
         WHERE tenant_id = ?1 AND id = ?2 AND attempts = ?3 AND state = 'queued'",
        params![mail.tenant, mail.id, mail.attempts, attempts, next, error],
    )?;
    Ok(changed == 1)
}

/// Ends a mail's wait as sent, with the words it was sent as.
pub fn mark_sent(sql: Session<'_>, mail: &Mail, words: &Rendered, now: &str) -> Result<()> {
    sql.execute(
        "UPDATE mail SET state = 'sent', sent_at = ?4, subject = ?5, body_text = ?6, body_html = ?7, last_error = NULL \
         WHERE tenant_id = ?1 AND id = ?2 AND attempts = ?3 AND state = 'queued'",
        params![mail.tenant, mail.id, mail.attempts, now, &words.subject, &words.text, &words.html],
    )?;
    Ok(())
}

/// Ends a mail's wait as failed.
pub fn mark_failed(sql: Session<'_>, mail: &Mail, error: &str) -> Result<()> {
    sql.execute(
        "UPDATE mail SET state = 'failed', last_error = ?4 \
         WHERE tenant_id = ?1 AND id = ?2 AND attempts = ?3 AND state = 'queued'",
        params![mail.tenant, mail.id, mail.attempts, error],
    )?;
    Ok(())
}

/// The tenants that have more than `keep` mails behind them, with the newest id that is too old to keep.
pub fn overfull(sql: Session<'_>, keep: i64) -> Result<Vec<(i64, i64)>> {
    let query = "SELECT tenant_id, value FROM counter WHERE name = 'mail' AND value > ?1";
    Ok(sql.all(query, params![keep], |row| Ok::<_, Error>((row.int(0)?, row.int(1)? - keep)))?)
}

/// Deletes up to `limit` mails of an instance with ids up to `last`; those that still wait only if `waiting` says so.
pub fn delete_up_to(sql: Session<'_>, tenant: i64, last: i64, waiting: bool, limit: i64) -> Result<u64> {
    let which = if waiting { "" } else { "AND state <> 'queued'" };
    let statement = format!(
        "DELETE FROM mail WHERE tenant_id = ?1 AND id IN \
         (SELECT id FROM mail WHERE tenant_id = ?1 AND id <= ?2 {which} ORDER BY id LIMIT ?3)"
    );
    Ok(sql.execute(&statement, params![tenant, last, limit])?)
}

fn mail(row: &Row<'_>) -> std::result::Result<Mail, Error> {
    let words = match (row.opt_string(8)?, row.opt_string(9)?, row.opt_string(10)?) {
        (Some(subject), Some(text), Some(html)) => Some(Rendered { subject, text, html }),
        _ => None,
    };
    Ok(Mail {
        tenant: row.int(0)?,
        id: row.int(1)?,
        // A template that this version lacks was written by a newer one, which a database refuses to be opened after.
        template: Template::of_name(row.text(2)?).unwrap_or(Template::Welcome),
        recipient: row.string(3)?,
        recipient_name: row.string(4)?,
        sender: row.string(5)?,
        sender_name: row.string(6)?,
        context: serde_json::from_str::<Context>(row.text(7)?).unwrap_or_default(),
        sent_as: words,
        created_at: row.string(11)?,
        state: State::of_name(row.text(12)?),
        attempts: row.int(13)?,
        next_attempt_at: row.string(14)?,
        sent_at: row.opt_string(15)?,
        last_error: row.opt_string(16)?,
    })
}
