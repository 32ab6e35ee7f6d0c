//! The SQL of what a login leaves behind: browser sessions, failed attempts, codes, families and refresh tokens.

use patron_sql::{Error, Session, params};
use patron_token::Scopes;

use crate::failure::Result;

/// A used code is remembered for so long after its end, so that a late second use still revokes what the first gave.
const USED_CODE_KEPT_MS: i64 = 86_400_000;
/// A failed attempt is forgotten after so long.
const ATTEMPT_KEPT_MS: i64 = 86_400_000;

/// A browser session as it is kept.
pub struct StoredLogin {
    /// Whose.
    pub user_id: i64,
    /// When the password was given, epoch milliseconds.
    pub created_at: i64,
    /// When it ends, epoch milliseconds.
    pub ends_at: i64,
}

/// Failed attempts to sign in with one e-mail address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How many in a row.
    pub failures: i64,
    /// No attempt counts before this moment, epoch milliseconds.
    pub locked_until: i64,
}

/// A family of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The `sid` of its tokens.
    pub id: String,
    /// The client.
    pub credential_id: i64,
    /// The user.
    pub user_id: i64,
    /// The hash of the browser session that allowed it.
    pub login_hash: String,
    /// What was granted.
    pub scopes: Scopes,
    /// When the password was given, epoch milliseconds.
    pub authenticated_at: i64,
    /// When the last of its tokens ends, epoch milliseconds.
    pub ends_at: i64,
}

/// A code as it is kept.
pub struct StoredCode {
    /// What it opens.
    pub family_id: String,
    /// Where it was sent.
    pub redirect_uri: String,
    /// To be repeated in the id token.
    pub nonce: Option<String>,
    /// Challenge and method, if the client gave one.
    pub challenge: Option<(String, String)>,
    /// When it ends, epoch milliseconds.
    pub ends_at: i64,
}

/// A refresh token as it is kept.
pub struct StoredRefresh {
    /// Its family.
    pub family_id: String,
    /// What became of it, if it was replaced.
    pub replaced: Option<Replaced>,
}

/// How a refresh token was replaced.
pub struct Replaced {
    /// When, epoch milliseconds.
    pub at: i64,
    /// The hash of the id of the one that came after it.
    pub by: String,
    /// The randomness of the answer, in hex.
    pub seed: String,
    /// The scopes of the answer.
    pub scopes: Scopes,
}

/// Adds a browser session.
pub fn add_login(sql: Session<'_>, id_hash: &str, new: &StoredLogin) -> Result<()> {
    sql.execute(
        "INSERT INTO login (id_hash, user_id, created_at, ends_at) VALUES (?1, ?2, ?3, ?4)",
        params![id_hash, new.user_id, new.created_at, new.ends_at],
    )?;
    Ok(())
}

/// A browser session by the hash of its cookie.
pub fn login(sql: Session<'_>, id_hash: &str) -> Result<Option<StoredLogin>> {
    let query = "SELECT user_id, created_at, ends_at FROM login WHERE id_hash = ?1";
    Ok(sql.first(query, params![id_hash], |row| {
        Ok::<_, Error>(StoredLogin { user_id: row.int(0)?, created_at: row.int(1)?, ends_at: row.int(2)? })
    })?)
}

/// Ends a browser session and every family that came of it.
pub fn end_login(sql: Session<'_>, id_hash: &str) -> Result<()> {
    sql.execute("DELETE FROM login WHERE id_hash = ?1", params![id_hash])?;
    sql.execute(
        "DELETE FROM refresh_token WHERE family_id IN (SELECT id FROM token_family WHERE login_hash = ?1)",
        params![id_hash],
    )?;
    sql.execute("DELETE FROM token_family WHERE login_hash = ?1", params![id_hash])?;
    Ok(())
}

/// Ends every browser session and family of a user.
pub fn end_user(sql: Session<'_>, user_id: i64) -> Result<()> {
    sql.execute("DELETE FROM login WHERE user_id = ?1", params![user_id])?;
    sql.execute(
        "DELETE FROM refresh_token WHERE family_id IN (SELECT id FROM token_family WHERE user_id = ?1)",
        params![user_id],
    )?;
    sql.execute("DELETE FROM token_family WHERE user_id = ?1", params![user_id])?;
    Ok(())
}

/// Ends every family of a client.
pub fn end_credential(sql: Session<'_>, credential_id: i64) -> Result<()> {
    sql.execute(
        "DELETE FROM refresh_token WHERE family_id IN (SELECT id FROM token_family WHERE credential_id = ?1)",
        params![credential_id],
    )?;
    sql.execute("DELETE FROM token_family WHERE credential_id = ?1", params![credential_id])?;
    Ok(())
}

/// The failed attempts with an e-mail address.
pub fn attempts(sql: Session<'_>, organisation_id: i64, email_hash: &str) -> Result<Attempts> {
    let query =
        "SELECT failures, locked_until FROM login_attempt WHERE organisation_id = ?1 AND email_hash = ?2";
    let found = sql.first(query, params![organisation_id, email_hash], |row| {
        Ok::<_, Error>(Attempts { failures: row.int(0)?, locked_until: row.int(1)? })
    })?;
    Ok(found.unwrap_or_default())
}

/// Writes the failed attempts with an e-mail address.
pub fn set_attempts(
    sql: Session<'_>,
    organisation_id: i64,
    email_hash: &str,
    attempts: Attempts,
    now_ms: i64,
) -> Result<()> {
    sql.execute(
        "INSERT INTO login_attempt (organisation_id, email_hash, failures, locked_until, last_at) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (organisation_id, email_hash) DO UPDATE SET \
         failures = excluded.failures, locked_until = excluded.locked_until, last_at = excluded.last_at",
        params![organisation_id, email_hash, attempts.failures, attempts.locked_until, now_ms],
    )?;
    Ok(())
}

/// Forgets the failed attempts with an e-mail address.
pub fn forget_attempts(sql: Session<'_>, organisation_id: i64, email_hash: &str) -> Result<()> {
    let statement = "DELETE FROM login_attempt WHERE organisation_id = ?1 AND email_hash = ?2";
    sql.execute(statement, params![organisation_id, email_hash])?;
    Ok(())
}

/// Adds a family.
pub fn add_family(sql: Session<'_>, new: &Family, now_ms: i64) -> Result<()> {
    sql.execute(
        "INSERT INTO token_family (id, credential_id, user_id, login_hash, scopes, authenticated_at, created_at, ends_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            &new.id,
            new.credential_id,
            new.user_id,
            &new.login_hash,
            new.scopes.to_string(),
            new.authenticated_at,
            now_ms,
            new.ends_at
        ],
    )?;
    Ok(())
}

/// A family by id.
pub fn family(sql: Session<'_>, id: &str) -> Result<Option<Family>> {
    let query = "SELECT id, credential_id, user_id, login_hash, scopes, authenticated_at, ends_at FROM token_family \
                 WHERE id = ?1";
    Ok(sql.first(query, params![id], |row| {
        Ok::<_, Error>(Family {
            id: row.string(0)?,
            credential_id: row.int(1)?,
            user_id: row.int(2)?,
            login_hash: row.string(3)?,
            scopes: Scopes::parse(row.text(4)?),
            authenticated_at: row.int(5)?,
            ends_at: row.int(6)?,
        })
    })?)
}

/// Lets a family live at least until `ends_at`.
pub fn prolong_family(sql: Session<'_>, id: &str, ends_at: i64) -> Result<()> {
    let statement = "UPDATE token_family SET ends_at = ?2 WHERE id = ?1 AND ends_at < ?2";
    sql.execute(statement, params![id, ends_at])?;
    Ok(())
}

/// Ends a family.
pub fn end_family(sql: Session<'_>, id: &str) -> Result<()> {
    end_refresh_tokens(sql, id)?;
    sql.execute("DELETE FROM token_family WHERE id = ?1", params![id])?;
    Ok(())
}

/// Ends the refresh tokens of a family and nothing else.
pub fn end_refresh_tokens(sql: Session<'_>, family_id: &str) -> Result<()> {
    sql.execute("DELETE FROM refresh_token WHERE family_id = ?1", params![family_id])?;
    Ok(())
}

/// Adds a code.
pub fn add_code(sql: Session<'_>, id_hash: &str, new: &StoredCode) -> Result<()> {
    let (challenge, method) = match &new.challenge {
        Some((challenge, method)) => (Some(challenge.as_str()), Some(method.as_str())),
        None => (None, None),
    };
    sql.execute(
        "INSERT INTO authorization_code (id_hash, family_id, redirect_uri, nonce, challenge, challenge_method, ends_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            id_hash,
            &new.family_id,
            &new.redirect_uri,
            new.nonce.as_deref(),
            challenge,
            method,
            new.ends_at
        ],
    )?;
    Ok(())
}

/// A code, used or not.
pub fn code(sql: Session<'_>, id_hash: &str) -> Result<Option<StoredCode>> {
    let query = "SELECT family_id, redirect_uri, nonce, challenge, challenge_method, ends_at FROM authorization_code \
                 WHERE id_hash = ?1";
    Ok(sql.first(query, params![id_hash], |row| {
        Ok::<_, Error>(StoredCode {
            family_id: row.string(0)?,
            redirect_uri: row.string(1)?,
            nonce: row.opt_string(2)?,
            challenge: row.opt_string(3)?.zip(row.opt_string(4)?),
            ends_at: row.int(5)?,
        })
    })?)
}

/// Marks a code as used; false when it was used before.
pub fn use_code(sql: Session<'_>, id_hash: &str, now_ms: i64) -> Result<bool> {
    let statement = "UPDATE authorization_code SET used_at = ?2 WHERE id_hash = ?1 AND used_at IS NULL";
    Ok(sql.execute(statement, params![id_hash, now_ms])? > 0)
}

/// Whether a code may still be used.
pub fn is_unused(sql: Session<'_>, id_hash: &str) -> Result<bool> {
    let query = "SELECT 1 FROM authorization_code WHERE id_hash = ?1 AND used_at IS NULL";
    Ok(sql.first(query, params![id_hash], |row| row.int(0))?.is_some())
}

/// Adds a refresh token.
pub fn add_refresh_token(sql: Session<'_>, id_hash: &str, family_id: &str, ends_at: i64) -> Result<()> {
    sql.execute(
        "INSERT INTO refresh_token (id_hash, family_id, ends_at) VALUES (?1, ?2, ?3)",
        params![id_hash, family_id, ends_at],
    )?;
    Ok(())
}

/// A refresh token, replaced or not.
pub fn refresh_token(sql: Session<'_>, id_hash: &str) -> Result<Option<StoredRefresh>> {
    let query = "SELECT family_id, replaced_at, replaced_by, seed, answered_scopes FROM refresh_token WHERE id_hash = ?1";
    Ok(sql.first(query, params![id_hash], |row| {
        let replaced = match row.opt_int(1)? {
            Some(at) => Some(Replaced {
                at,
                by: row.string(2)?,
                seed: row.string(3)?,
                scopes: Scopes::parse(row.text(4)?),
            }),
            None => None,
        };
        Ok::<_, Error>(StoredRefresh { family_id: row.string(0)?, replaced })
    })?)
}

/// Marks a refresh token as replaced; false when it was replaced before.
pub fn replace_refresh_token(sql: Session<'_>, id_hash: &str, how: &Replaced) -> Result<bool> {
    let replaced = sql.execute(
        "UPDATE refresh_token SET replaced_at = ?2, replaced_by = ?3, seed = ?4, answered_scopes = ?5 \
         WHERE id_hash = ?1 AND replaced_at IS NULL",
        params![id_hash, how.at, &how.by, &how.seed, how.scopes.to_string()],
    )?;
    Ok(replaced > 0)
}

/// Deletes what is over; how many rows.
pub fn delete_ended(sql: Session<'_>, now_ms: i64) -> Result<u64> {
    let mut rows = 0;
    for (statement, until) in [
        ("DELETE FROM login WHERE ends_at <= ?1", now_ms),
        ("DELETE FROM token_family WHERE ends_at <= ?1", now_ms),
        ("DELETE FROM refresh_token WHERE ends_at <= ?1", now_ms),
        ("DELETE FROM authorization_code WHERE ends_at <= ?1", now_ms - USED_CODE_KEPT_MS),
        ("DELETE FROM login_attempt WHERE last_at <= ?1", now_ms - ATTEMPT_KEPT_MS),
    ] {
        rows += sql.execute(statement, params![until])?;
    }
    Ok(rows)
}
