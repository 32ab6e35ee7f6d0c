//! How far a transfer has come: a value of its own kind, kept in the unit of work that wrote what it speaks of.

use patron_sql::Session;
use serde::{Serialize, de::DeserializeOwned};

use super::store;
use crate::failure::Result;

/// Where the transfer of this name stands; None when none is under way.
pub fn find<P: DeserializeOwned>(sql: Session<'_>, tenant: i64, name: &str) -> Result<Option<P>> {
    let kept = store::progress(sql, tenant, name)?;
    Ok(kept.map(|text| serde_json::from_str(&text)).transpose().map_err(anyhow::Error::from)?)
}

/// Remembers where the transfer stands.
pub fn keep(sql: Session<'_>, tenant: i64, name: &str, progress: &impl Serialize) -> Result<()> {
    store::put_progress(sql, tenant, name, &serde_json::to_string(progress).map_err(anyhow::Error::from)?)
}

/// The transfer is done.
pub fn forget(sql: Session<'_>, tenant: i64, name: &str) -> Result<()> {
    store::drop_progress(sql, tenant, name)
}
