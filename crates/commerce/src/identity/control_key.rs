//! The key of the control API that `patron init` made: every node knows it without being told, and only its hash is kept. A key from a
//! node's own configuration counts beside it and is not stored here.

use patron_sql::Session;
use patron_token::secret;
use zeroize::Zeroizing;

use super::store;
use crate::{Moment, failure::Result};

/// Makes the key when there is none, and shows it this once; None when there is one already.
pub fn ensure(sql: Session<'_>, moment: Moment<'_>) -> Result<Option<Zeroizing<String>>> {
    if store::control_key(sql)?.is_some() {
        return Ok(None);
    }
    let key = secret::opaque_token("pk-", &moment.bytes());
    let is_ours = store::add_control_key(sql, &secret::hash(&key), moment.millis())?;
    Ok(is_ours.then_some(key))
}

/// Whether there is one.
pub fn exists(sql: Session<'_>) -> Result<bool> {
    Ok(store::control_key(sql)?.is_some())
}

/// Whether this is it, compared in a time that tells nothing.
pub fn matches(sql: Session<'_>, given: &str) -> Result<bool> {
    Ok(secret::matches(given, store::control_key(sql)?.as_deref().unwrap_or_default()))
}
