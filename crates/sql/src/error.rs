//! What can go wrong in the store, in the words that a slice or the shell decides by.

use std::path::PathBuf;

/// A refusal of the store. [`Error::Unique`] is usually a rule's last guard; [`Error::Busy`], [`Error::Full`] and
/// [`Error::ReadOnly`] are the operator's; the rest is ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A unique index or primary key refused the row. On SQLite `constraint` is the list of columns
    /// (`customer.tenant_id, customer.email`), or `index 'name'` if the index is on expressions; on PostgreSQL it is
    /// table and constraint (`customer.customer_email_key`).
    #[error("unique constraint failed: {constraint}")]
    Unique {
        /// What refused, as the engine names it; ask [`Error::is_unique`] rather than compare.
        constraint: String,
    },
    /// The row refers to one that is not there, or is itself still referred to.
    #[error("foreign key constraint failed")]
    ForeignKey,
    /// A `NOT NULL` or `CHECK` refused the row.
    #[error("constraint failed: {constraint}")]
    Constraint {
        /// What refused, as the engine names it.
        constraint: String,
    },
    /// [`Session::one`](crate::Session::one) found no row.
    #[error("no row")]
    NoRow,
    /// The queue of writes is full, or a connection was not free in time. Trying again later may help.
    #[error("the database is busy")]
    Busy,
    /// No room left on the device.
    #[error("the database's disk is full")]
    Full,
    /// A write in a reading session, or on a file that may only be read.
    #[error("the database is read-only")]
    ReadOnly,
    /// A newer Patron has changed the database in a way that this one cannot live with.
    #[error(
        "the database was written by a newer Patron: it has migration {found}, this program knows {known}"
    )]
    TooNew {
        /// The highest migration that this program does not know and that is more than an addition.
        found: i64,
        /// The highest migration that this program knows; 0 for none.
        known: i64,
    },
    /// The known migrations and those in the database do not fit together.
    #[error("migration {number} {reason}")]
    Migration {
        /// The migration in question.
        number: i64,
        /// What is wrong with it: the rest of a sentence.
        reason: String,
    },
    /// A move into this database was cut off: it holds a part of what it should.
    #[error(
        "the database is half filled: a `patron move` into it has not come to its end; run it again to go on"
    )]
    HalfFilled,
    /// There is no database of Patron's where one was expected.
    #[error("there is no database of Patron's here")]
    Absent,
    /// Patron has used the database before, where an empty one was expected.
    #[error("the database is not empty: Patron has used it before")]
    NotEmpty,
    /// Another process, or another handle of this one, holds the database.
    #[error("another Patron uses this database: {}", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// A text among the parameters holds the character NUL (`\0`). PostgreSQL has no place for it, so neither engine takes it.
    #[error("a text holds the character NUL")]
    Nul,
    /// The pattern of a `REGEXP` is not a regular expression, or too large a one.
    #[error("invalid regular expression: {reason}")]
    Pattern {
        /// What the expression's reader says.
        reason: String,
    },
    /// A column was absent or held another kind of value than asked for: statement and reader disagree.
    #[error("column {index}: expected {wanted}, found {found}")]
    Column {
        /// Position in the row, from 0.
        index: usize,
        /// The kind asked for.
        wanted: &'static str,
        /// The kind found.
        found: &'static str,
    },
    /// The unit of work panicked; it was rolled back. The message is the panic's.
    #[error("a unit of work panicked: {0}")]
    Panicked(String),
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// The file or server could not be reached, or failed while it was used.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The connection was lost while a unit of work was committed: nobody knows whether it was kept.
    #[error("the connection to the database was lost during a commit: it may have been kept or not")]
    Uncertain,
    /// Anything else: most often a statement that is wrong.
    #[error("the database refused a statement")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Whether a unique rule of `table` refused the row. Where a table has several, look into
    /// [`Error::Unique`]'s `constraint` as well. Names of indexes on expressions must begin with their table's.
    pub fn is_unique(&self, table: &str) -> bool {
        let Error::Unique { constraint } = self else { return false };
        // SQLite does not tell the table of an index on expressions, only its name.
        let (named, separator) = match constraint.strip_prefix("index '") {
            Some(index) => (index, '_'),
            None => (constraint.as_str(), '.'),
        };
        named.strip_prefix(table).is_some_and(|rest| rest.starts_with(separator))
    }

    /// A panic's payload as an error; payloads that are not text say only that there was one.
    pub(crate) fn panicked(payload: &(dyn std::any::Any + Send)) -> Error {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Error::Panicked(text.unwrap_or_else(|| "no message".to_owned()))
    }

    /// The same refusal for another one who waited for it. Sources are told in words.
    pub(crate) fn again(&self) -> Error {
        match self {
            Error::Busy => Error::Busy,
            Error::Full => Error::Full,
            Error::ReadOnly => Error::ReadOnly,
            Error::Uncertain => Error::Uncertain,
            Error::Unavailable(source) => Error::unavailable(source.to_string()),
            other => Error::other(other.to_string()),
        }
    }

    pub(crate) fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::Unavailable(source.into())
    }

    pub(crate) fn other(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::Other(source.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_rule_is_recognised_by_its_table_however_the_engine_names_it() {
        let unique = |constraint: &str| Error::Unique { constraint: constraint.to_owned() };
        assert!(unique("customer.tenant_id, customer.email").is_unique("customer"));
        assert!(unique("index 'customer_email'").is_unique("customer"));
        assert!(unique("customer.customer_tenant_id_email_key").is_unique("customer"));
        assert!(!unique("customer_address.tenant_id").is_unique("customer"));
        assert!(!unique("customers.id").is_unique("customer"));
        assert!(!Error::NoRow.is_unique("customer"));
    }
}
