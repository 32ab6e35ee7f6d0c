//! All SQL of tokens and one-time codes.

use patron_sql::{Session, params};

use crate::failure::Result;

/// A token or code as it is stored.
pub(super) struct Issued<'i> {
    pub customer_id: i64,
    /// SHA-256 of it.
    pub hash: &'i str,
    /// Epoch milliseconds.
    pub issued_at: i64,
    /// Epoch milliseconds; from then on it opens nothing.
    pub expires_at: i64,
}

pub(super) fn add_token(sql: Session<'_>, tenant: i64, new: &Issued<'_>) -> Result<()> {
    sql.execute(
        "INSERT INTO customer_token (tenant_id, token_hash, customer_id, issued_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![tenant, new.hash, new.customer_id, new.issued_at, new.expires_at],
    )?;
    Ok(())
}

pub(super) fn token_holder(sql: Session<'_>, tenant: i64, hash: &str, now: i64) -> Result<Option<i64>> {
    let query =
        "SELECT customer_id FROM customer_token WHERE tenant_id = ?1 AND token_hash = ?2 AND expires_at > ?3";
    Ok(sql.first(query, params![tenant, hash, now], |row| row.int(0))?)
}

/// Deletes the customer's tokens that expire up to `until`.
pub(super) fn delete_tokens(sql: Session<'_>, tenant: i64, customer_id: i64, until: i64) -> Result<u64> {
    Ok(sql.execute(
        "DELETE FROM customer_token WHERE tenant_id = ?1 AND customer_id = ?2 AND expires_at <= ?3",
        params![tenant, customer_id, until],
    )?)
}

pub(super) fn add_otp(
    sql: Session<'_>,
    tenant: i64,
    new: &Issued<'_>,
    client_id: &str,
    reason: &str,
) -> Result<()> {
    sql.execute(
        "INSERT INTO customer_otp (tenant_id, otp_hash, customer_id, issued_at, expires_at, client_id, reason) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![tenant, new.hash, new.customer_id, new.issued_at, new.expires_at, client_id, reason],
    )?;
    Ok(())
}

/// Uses a code up; true for the one caller for whom it was good.
pub(super) fn use_otp(sql: Session<'_>, tenant: i64, customer_id: i64, hash: &str, now: i64) -> Result<bool> {
    let used = sql.execute(
        "UPDATE customer_otp SET used_at = ?4 WHERE tenant_id = ?1 AND otp_hash = ?2 AND customer_id = ?3 \
         AND used_at IS NULL AND expires_at > ?4",
        params![tenant, hash, customer_id, now],
    )?;
    Ok(used == 1)
}
