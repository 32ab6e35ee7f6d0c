//! A number that every call asks for.

/// One number of one row, which a connection remembers until a row of its table changes: for what every call asks and what next to never
/// changes. PostgreSQL, where other nodes change it too, is asked each time.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// The only table that the statement reads. One that is not among those that the database was told to
    /// [remember](crate::Database::remembering) is asked each time.
    pub table: &'static str,
    /// The statement, with `?1` for the key; it answers one column of one row, or no row.
    pub sql: &'static str,
}
