//! Statements of requests that named themselves.

use patron_sql::{Error, Session, params};
use patron_webapi::Answer;

use super::{Identified, Stored};
use crate::failure::Result;

/// Takes the key for this request; false when a request that is not over yet has it.
pub fn begin(sql: Session<'_>, request: &Identified, now_ms: i64, expires_at: i64) -> Result<bool> {
    let taken = sql.execute(
        "INSERT INTO idempotent_request (tenant_id, credential_id, key_hash, fingerprint, status, body, expires_at) \
         VALUES (?1, ?2, ?3, ?4, 0, '', ?5) \
         ON CONFLICT (tenant_id, credential_id, key_hash) DO UPDATE SET fingerprint = excluded.fingerprint, status = 0, \
         body = '', expires_at = excluded.expires_at WHERE idempotent_request.expires_at <= ?6",
        params![
            request.tenant,
            request.credential,
            &request.key_hash,
            &request.fingerprint,
            expires_at,
            now_ms
        ],
    )?;
    Ok(taken == 1)
}

/// Keeps the answer.
pub fn end(sql: Session<'_>, request: &Identified, status: u16, body: &str) -> Result<()> {
    sql.execute(
        "UPDATE idempotent_request SET status = ?4, body = ?5 WHERE tenant_id = ?1 AND credential_id = ?2 AND key_hash = ?3",
        params![request.tenant, request.credential, &request.key_hash, i64::from(status), body],
    )?;
    Ok(())
}

/// Fingerprint and answer of the request that has this key.
pub fn find(sql: Session<'_>, request: &Identified, now_ms: i64) -> Result<Option<(String, Stored)>> {
    Ok(sql.first::<_, Error>(
        "SELECT fingerprint, status, body FROM idempotent_request \
         WHERE tenant_id = ?1 AND credential_id = ?2 AND key_hash = ?3 AND expires_at > ?4 AND status <> 0",
        params![request.tenant, request.credential, &request.key_hash, now_ms],
        |row| {
            let status = u16::try_from(row.int(1)?).unwrap_or(500);
            Ok((row.string(0)?, Stored { status, body: Answer(row.string(2)?.into_bytes()) }))
        },
    )?)
}

/// Deletes what is kept no longer, at most so many; how many there were.
pub fn delete_expired(sql: Session<'_>, now_ms: i64, limit: i64) -> Result<u64> {
    Ok(sql.execute(
        "DELETE FROM idempotent_request WHERE (tenant_id, credential_id, key_hash) IN \
         (SELECT tenant_id, credential_id, key_hash FROM idempotent_request WHERE expires_at <= ?1 LIMIT ?2)",
        params![now_ms, limit],
    )?)
}
