//! How often somebody may try a password, and how long they wait after too many failures.
//!
//! Failures are counted by the e-mail address that was typed, whether a user has it or not, so that the wait tells nobody who
//! exists. An attempt is counted *before* the password is looked at: a hundred attempts at once are a hundred failures, not a
//! hundred guesses. The wait grows and has an end, so that a stranger can annoy a user, but not lock the user out.

use patron_sql::Session;
use patron_token::secret;

use super::store::{
    accounts::folded,
    flows::{self, Attempts},
};
use crate::{Moment, failure::Result};

/// Failures in a row that cost nothing.
const FREE: i64 = 5;
/// The first wait, in milliseconds; each failure after it doubles it.
const FIRST_WAIT_MS: i64 = 15_000;
/// The longest wait, in milliseconds.
const LONGEST_WAIT_MS: i64 = 15 * 60_000;

/// Whether a password may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It may, and counts as a failure until [`forgive`].
    Granted,
    /// Not for so many seconds.
    Wait(i64),
}

/// Asks for one attempt with an e-mail address and counts it.
pub fn ask(sql: Session<'_>, moment: Moment<'_>, organisation_id: i64, email: &str) -> Result<Permission> {
    let (email_hash, now_ms) = (key(email), moment.millis());
    let before = flows::attempts(sql, organisation_id, &email_hash)?;
    if now_ms < before.locked_until {
        return Ok(Permission::Wait(seconds_until(before.locked_until, now_ms)));
    }
    let failures = before.failures + 1;
    let after = Attempts { failures, locked_until: now_ms + wait_after(failures) };
    flows::set_attempts(sql, organisation_id, &email_hash, after, now_ms)?;
    Ok(Permission::Granted)
}

/// Seconds until the next attempt with an e-mail address may be made; 0 for at once. Counts nothing.
pub fn wait(sql: Session<'_>, now_ms: i64, organisation_id: i64, email: &str) -> Result<i64> {
    let locked_until = flows::attempts(sql, organisation_id, &key(email))?.locked_until;
    Ok(seconds_until(locked_until, now_ms))
}

/// Forgets the failures with an e-mail address: the right password was given, or an administrator says so.
pub fn forgive(sql: Session<'_>, organisation_id: i64, email: &str) -> Result<()> {
    flows::forget_attempts(sql, organisation_id, &key(email))
}

fn seconds_until(end_ms: i64, now_ms: i64) -> i64 {
    (end_ms - now_ms + 999).max(0) / 1000
}

/// The wait after so many failures in a row, in milliseconds.
fn wait_after(failures: i64) -> i64 {
    match failures - FREE {
        ..0 => 0,
        more => FIRST_WAIT_MS.saturating_mul(1 << more.min(20)).min(LONGEST_WAIT_MS),
    }
}

/// What is kept of an address is no address: mistyped ones, and passwords typed in the wrong field, stay unreadable.
fn key(email: &str) -> String {
    secret::hash(&folded(email))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_begins_after_five_failures_doubles_and_has_an_end() {
        let waits: Vec<i64> = (1..=13).map(|failures| wait_after(failures) / 1000).collect();
        assert_eq!(waits, [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(wait_after(i64::MAX), LONGEST_WAIT_MS);
    }
}
