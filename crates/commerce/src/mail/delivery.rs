//! Taking mails to send, and what becomes of them: sent, tried again, given up.
//!
//! A mail that was taken is due again after [`LEASE_MINUTES`], so one whose node died is sent by another. Every later step holds only
//! while the mail's count of attempts is the one it was taken with, so two nodes never settle one mail.

use jiff::{SignedDuration, Timestamp};
use patron_sql::Session;

use super::{Mail, Rendered, store};
use crate::{failure::Result, moment::wire_time};

/// For how long a taken mail is nobody else's. Longer than a batch may take.
pub const LEASE_MINUTES: i64 = 15;
/// Minutes before the second, third, … attempt; the last holds for all further ones.
const BACK_OFF_MINUTES: [i64; 7] = [1, 5, 15, 60, 180, 360, 720];
/// Minutes before a mail is tried that was taken but not tried, because the mail server did not answer for the one before it.
const PAUSE_MINUTES: i64 = 1;
/// How many mails one purge deletes of an instance.
const PURGE: i64 = 1000;

/// How an attempt went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setback {
    /// The next attempt may go well.
    Passing,
    /// The mail server will not take this mail.
    Final,
}

/// What became of a mail that an attempt failed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It will be tried again.
    Again,
    /// It will not.
    GivenUp,
}

/// Takes up to `limit` mails that are due. Their attempt counts from now on.
pub fn take(sql: Session<'_>, now: Timestamp, limit: i64) -> Result<Vec<Mail>> {
    let next = later(now, LEASE_MINUTES);
    let mut taken = store::due(sql, &wire_time(now), limit)?;
    for mail in &mut taken {
        store::reschedule(sql, mail, mail.attempts + 1, &next, None)?;
        mail.attempts += 1;
        mail.next_attempt_at.clone_from(&next);
    }
    Ok(taken)
}

/// A mail server took the mail.
pub fn sent(sql: Session<'_>, mail: &Mail, words: &Rendered, now: Timestamp) -> Result<()> {
    store::mark_sent(sql, mail, words, &wire_time(now))
}

/// An attempt failed; after `most` attempts, or where trying again is no use, the mail is given up.
pub fn failed(
    sql: Session<'_>,
    mail: &Mail,
    setback: Setback,
    error: &str,
    most: u32,
    now: Timestamp,
) -> Result<Outcome> {
    if setback == Setback::Final || mail.attempts >= i64::from(most) {
        store::mark_failed(sql, mail, error)?;
        return Ok(Outcome::GivenUp);
    }
    let nth = usize::try_from(mail.attempts - 1).unwrap_or(0).min(BACK_OFF_MINUTES.len() - 1);
    store::reschedule(sql, mail, mail.attempts, &later(now, BACK_OFF_MINUTES[nth]), Some(error))?;
    Ok(Outcome::Again)
}

/// Gives back a mail that was taken and not tried.
pub fn give_back(sql: Session<'_>, mail: &Mail, now: Timestamp) -> Result<()> {
    store::reschedule(sql, mail, mail.attempts - 1, &later(now, PAUSE_MINUTES), None)?;
    Ok(())
}

/// Keeps the newest `keep` mails of every instance. Where mails are sent, those that still wait are kept too.
pub fn purge(sql: Session<'_>, keep: i64, sends: bool) -> Result<u64> {
    let mut deleted = 0;
    for (tenant, last) in store::overfull(sql, keep)? {
        deleted += store::delete_up_to(sql, tenant, last, !sends, PURGE)?;
    }
    Ok(deleted)
}

fn later(now: Timestamp, minutes: i64) -> String {
    // Saturates at the end of time, which a sentence-long wait never meets.
    let then = now.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(now);
    wire_time(then)
}
