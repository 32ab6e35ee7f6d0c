//! Browser sessions: that a user has signed in here. The browser holds a random cookie; its hash is kept.

use patron_sql::Session;
use patron_token::secret;
use zeroize::Zeroizing;

use super::{
    User, epoch,
    store::{
        accounts,
        flows::{self, StoredLogin},
    },
};
use crate::{Moment, failure::Result};

/// How long a session lives, in milliseconds: a working day, however busy.
pub const LIFE_MS: i64 = 12 * 3_600_000;

/// A browser in which somebody has signed in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The hash of the cookie.
    pub id_hash: String,
    /// Who.
    pub user: User,
    /// When the password was given, epoch milliseconds.
    pub authenticated_at: i64,
}

/// Begins a session; what comes back is the cookie, never one that the browser had before.
pub fn begin(sql: Session<'_>, moment: Moment<'_>, user_id: i64) -> Result<Zeroizing<String>> {
    let cookie = new_cookie(moment);
    let now_ms = moment.millis();
    let new = StoredLogin { user_id, created_at: now_ms, ends_at: now_ms + LIFE_MS };
    flows::add_login(sql, &secret::hash(&cookie), &new)?;
    Ok(cookie)
}

/// 43 url-safe characters.
pub fn new_cookie(moment: Moment<'_>) -> Zeroizing<String> {
    secret::opaque_token("", &moment.bytes())
}

/// The session of a cookie, if it still counts.
pub fn find(sql: Session<'_>, cookie: &str, now_ms: i64) -> Result<Option<Login>> {
    let id_hash = secret::hash(cookie);
    let Some(stored) = flows::login(sql, &id_hash)?.filter(|stored| now_ms < stored.ends_at) else {
        return Ok(None);
    };
    let user = accounts::user(sql, stored.user_id)?.filter(|user| user.is_active);
    Ok(user.map(|user| Login { id_hash, user, authenticated_at: stored.created_at }))
}

/// Ends a session and all tokens that came of it, on every node.
pub fn end(sql: Session<'_>, moment: Moment<'_>, id_hash: &str) -> Result<()> {
    flows::end_login(sql, id_hash)?;
    epoch::advance(sql, moment)
}
