//! PostgreSQL's error codes in the crate's words.

use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::Error;

/// What a failure means for the transaction around it, from bad to worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Damage {
    /// It failed on our side, before anything was sent.
    None,
    /// The server refused a statement: nothing more runs in this transaction, or up to the savepoint around it.
    Aborted,
    /// Another transaction was in the way: the whole unit may be run again.
    Conflict,
    /// The connection is gone, and the transaction with it.
    Lost,
}

pub(super) fn damage(error: &tokio_postgres::Error) -> Damage {
    match error.as_db_error() {
        Some(told) if fatal(told) => Damage::Lost,
        Some(told) if conflict(told) => Damage::Conflict,
        Some(_) => Damage::Aborted,
        None if transport(error) => Damage::Lost,
        None => Damage::None,
    }
}

/// Whether a prepared statement no longer fits the schema.
pub(super) fn stale_plan(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(is_stale_plan)
}

/// Whether the server may take the statement if it is told the types of its parameters.
pub(super) fn wants_types(error: &tokio_postgres::Error) -> bool {
    const UNTYPED: [SqlState; 5] = [
        SqlState::INDETERMINATE_DATATYPE,
        SqlState::AMBIGUOUS_PARAMETER,
        SqlState::AMBIGUOUS_FUNCTION,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::DATATYPE_MISMATCH,
    ];
    error.code().is_some_and(|code| UNTYPED.contains(code))
}

pub(super) fn in_our_words(error: tokio_postgres::Error) -> Error {
    let Some(told) = error.as_db_error() else {
        return if transport(&error) { Error::unavailable(error) } else { Error::other(error) };
    };
    let table = told.table().unwrap_or_default();
    let named = |name: Option<&str>| format!("{table}.{}", name.unwrap_or_default());
    match *told.code() {
        SqlState::UNIQUE_VIOLATION => Error::Unique { constraint: named(told.constraint()) },
        SqlState::FOREIGN_KEY_VIOLATION | SqlState::RESTRICT_VIOLATION => Error::ForeignKey,
        SqlState::NOT_NULL_VIOLATION => Error::Constraint { constraint: named(told.column()) },
        SqlState::CHECK_VIOLATION => Error::Constraint { constraint: named(told.constraint()) },
        SqlState::INVALID_REGULAR_EXPRESSION => Error::Pattern { reason: told.message().to_owned() },
        SqlState::READ_ONLY_SQL_TRANSACTION => Error::ReadOnly,
        SqlState::DISK_FULL => Error::Full,
        SqlState::TOO_MANY_CONNECTIONS
        | SqlState::CONFIGURATION_LIMIT_EXCEEDED
        | SqlState::OUT_OF_MEMORY
        | SqlState::LOCK_NOT_AVAILABLE
        | SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED => Error::Busy,
        _ if is_stale_plan(told) => Error::Busy,
        // A statement that took too long, or that an operator stopped.
        SqlState::QUERY_CANCELED => Error::unavailable(error),
        _ if fatal(told) => Error::unavailable(error),
        _ => Error::other(Refused(error)),
    }
}

/// `tokio-postgres` says no more than "db error" by itself.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
struct Refused(#[source] tokio_postgres::Error);

impl Refused {
    fn words(&self) -> String {
        self.0.as_db_error().map_or_else(String::new, |told| {
            format!(
                "{} ({}){}",
                told.message(),
                told.code().code(),
                if told.position().is_some() { ", in its text" } else { "" }
            )
        })
    }
}

fn conflict(told: &DbError) -> bool {
    let code = told.code();
    *code == SqlState::T_R_SERIALIZATION_FAILURE
        || *code == SqlState::T_R_DEADLOCK_DETECTED
        || is_stale_plan(told)
}

/// Another node has changed the schema below a statement that was prepared before; it has to be prepared anew.
fn is_stale_plan(told: &DbError) -> bool {
    *told.code() == SqlState::FEATURE_NOT_SUPPORTED && told.message().starts_with("cached plan must not")
}

fn fatal(told: &DbError) -> bool {
    matches!(told.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
        || told.code().code().starts_with("08")
}

fn transport(error: &tokio_postgres::Error) -> bool {
    use std::error::Error as _;
    error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>())
}
