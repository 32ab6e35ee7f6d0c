//! Requests that may be sent twice and take effect once: the optional `Idempotency-Key` header of POST, PUT and DELETE.
//!
//! The original has no such thing; a client that does not send the header notices nothing. The answer is kept in the unit of work of
//! the effect, so that both are there or neither, and the row's primary key decides between two that come at once, on one node or
//! many. Knows no HTTP: a request is four texts.

mod store;

use patron_sql::Session;
use patron_token::secret;
use patron_webapi::{Answer, Fault};

use crate::{Failure, failure::Result};

pub use store::delete_expired;

/// How long an answer is kept, in milliseconds: a day.
pub const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// Characters that a key may have.
const LONGEST_KEY: usize = 255;

/// A request that named itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    tenant: i64,
    credential: i64,
    key_hash: String,
    fingerprint: String,
}

/// What a request consists of, as far as two may differ.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'s> {
    /// The verb.
    pub method: &'s str,
    /// The path below the tenant.
    pub path: &'s str,
    /// The query string.
    pub query: &'s str,
    /// The headers that say where and on what condition it takes effect, as far as they were sent.
    pub headers: &'s [(&'static str, &'s [u8])],
    /// The body's bytes.
    pub body: &'s [u8],
}

/// What a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The HTTP status.
    pub status: u16,
    /// The body in JSON, before any filter.
    pub body: Answer,
}

/// The outcome of a request that may have been sent before.
#[derive(Debug)]
pub enum Outcome {
    /// It ran now.
    Ran(Answer),
    /// It had run before and was answered so.
    Replayed(Stored),
}

impl Identified {
    /// Reads the key; one that is empty, too long or not printable ASCII is refused.
    pub fn new(tenant: i64, credential: i64, key: &str, sent: Sent<'_>) -> Result<Self, Fault> {
        if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        {
            return Err(Fault::bad_request(
                "The Idempotency-Key header must be a text of 1 to 255 printable ASCII characters.",
            ));
        }
        // With the key in it, the fingerprint of a body with a password cannot be guessed from a wordlist.
        let Sent { method, path, query, headers, body } = sent;
        let header = |(name, value): &(_, &[u8])| format!("{name}: {}\n", String::from_utf8_lossy(value));
        let headers: String = headers.iter().map(header).collect();
        let body = String::from_utf8_lossy(body);
        let fingerprint = secret::hash(&format!("{key}\n{method}\n{path}\n{query}\n{headers}{body}"));
        Ok(Self { tenant, credential, key_hash: secret::hash(key), fingerprint })
    }

    /// The answer that was given before; None when there was none. Another request under the same key is refused.
    pub fn find(&self, sql: Session<'_>, now_ms: i64) -> Result<Option<Stored>> {
        let Some((fingerprint, stored)) = store::find(sql, self, now_ms)? else { return Ok(None) };
        if fingerprint != self.fingerprint {
            return Err(Fault::new(
                422,
                "The Idempotency-Key was used for another request. Send a new key with a new request.",
            )
            .into());
        }
        Ok(Some(stored))
    }

    /// Runs `work` unless it ran before, and keeps its answer: a value with `status`, or the refusal whose causes lie with the caller.
    /// A failure of ours is not kept, so a retry runs again.
    pub fn once(
        &self,
        sql: Session<'_>,
        now_ms: i64,
        status: u16,
        work: impl FnOnce(Session<'_>) -> Result<Answer>,
    ) -> Result<Result<Outcome>> {
        if !store::begin(sql, self, now_ms, now_ms + KEPT_MS)? {
            // Whoever began before has ended: on SQLite there is one writer, on PostgreSQL the row was waited for.
            let stored = self.find(sql, now_ms)?;
            let busy = || Fault::unavailable("The service is busy. Try again later.", 1);
            return Ok(Ok(Outcome::Replayed(stored.ok_or_else(busy)?)));
        }
        let ran = sql.savepoint(|sql| match work(sql) {
            Ok(answer) => Ok(Ok(answer)),
            // Its ids stay taken.
            Err(failure @ Failure::IdsTaken(_)) => Ok(Err(failure)),
            Err(failure) => Err(failure),
        });
        match ran {
            Ok(Ok(answer)) => {
                store::end(sql, self, status, text(&answer))?;
                Ok(Ok(Outcome::Ran(answer)))
            }
            Ok(Err(failure)) | Err(failure) => self.keep_refusal(sql, failure),
        }
    }

    fn keep_refusal(&self, sql: Session<'_>, failure: Failure) -> Result<Result<Outcome>> {
        match &failure {
            Failure::Fault(refusal) | Failure::IdsTaken(refusal) if refusal.status < 500 => {
                store::end(sql, self, refusal.status, text(&Answer::of(refusal.as_ref())))?;
                Ok(Err(failure))
            }
            _ => Err(failure),
        }
    }
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.0).expect("JSON is UTF-8")
}

#[cfg(test)]
mod tests;
