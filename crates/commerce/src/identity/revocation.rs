//! Tokens that end before their time. What is kept is the hash of a token's id, until the token would have ended anyway.

use patron_sql::Session;
use patron_token::{Claims, secret};

use super::{epoch, store};
use crate::{Moment, failure::Result};

/// Revokes a token: every node refuses it from now on. One that was revoked before stays so.
pub fn revoke(sql: Session<'_>, moment: Moment<'_>, claims: &Claims) -> Result<()> {
    store::add_revoked(sql, &secret::hash(&claims.id), claims.ends_at())?;
    epoch::advance(sql, moment)
}

/// Whether a token was revoked.
pub fn is_revoked(sql: Session<'_>, claims: &Claims) -> Result<bool> {
    store::is_revoked(sql, &secret::hash(&claims.id))
}

/// Forgets revoked tokens and retired keys whose time is over: they are refused for their age. Answers how many rows went.
pub fn tidy(sql: Session<'_>, now_ms: i64) -> Result<u64> {
    store::delete_ended(sql, now_ms)
}
