//! SQLite's result codes in the crate's words.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use super::regexp;
use crate::Error;

/// Hands SQLite's failures on in our words. Not a `From`: the public error knows no engine, and with no conversion into
/// it but its own, callers' closures need no annotations.
pub(super) trait Translate<T> {
    /// The same result, its failure in our words.
    fn translate(self) -> Result<T, Error>;
}

impl<T> Translate<T> for rusqlite::Result<T> {
    fn translate(self) -> Result<T, Error> {
        self.map_err(in_our_words)
    }
}

fn in_our_words(error: rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = &error else { return Error::other(error) };
    let message = message.as_deref().unwrap_or_default();
    match failure.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            return Error::Unique { constraint: after_colon(message) };
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => return Error::ForeignKey,
        ffi::SQLITE_CONSTRAINT_NOTNULL | ffi::SQLITE_CONSTRAINT_CHECK => {
            return Error::Constraint { constraint: after_colon(message) };
        }
        _ => {}
    }
    if let Some(reason) = message.strip_prefix(regexp::REFUSAL) {
        return Error::Pattern { reason: reason.to_owned() };
    }
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::Busy,
        ErrorCode::DiskFull => Error::Full,
        ErrorCode::ReadOnly => Error::ReadOnly,
        ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::SystemIoFailure
        | ErrorCode::DatabaseCorrupt
        | ErrorCode::NotADatabase
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::NoLargeFileSupport => Error::unavailable(error),
        _ => Error::other(error),
    }
}

/// `customer.tenant_id, customer.email` of `UNIQUE constraint failed: customer.tenant_id, customer.email`.
fn after_colon(message: &str) -> String {
    message.split_once("failed: ").map_or(message, |(_, rest)| rest).to_owned()
}
