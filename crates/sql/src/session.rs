//! What a slice gets to work with: statements, run at once, on whichever engine is below.

use crate::{Engine, Error, Number, Row, Value, postgres, sqlite, statements};

/// The right to run statements inside one transaction. Cheap to copy; ends with the function it was given to.
///
/// Statements are remembered in prepared form by their text, so that text should be constant where it can be. They run
/// on the calling thread and block it.
///
/// A text with the character NUL is refused with [`Error::Nul`] before anything is sent, on either engine.
///
/// On PostgreSQL a refused statement (a unique rule, say) ends the transaction: only undoing it with its savepoint or
/// unit may follow. SQLite goes on; whoever wants to go on everywhere runs such a statement in a savepoint of its own.
#[derive(Clone, Copy)]
pub struct Session<'s>(Backend<'s>);

#[derive(Clone, Copy)]
enum Backend<'s> {
    Sqlite(&'s rusqlite::Connection, sqlite::Remembered<'s>, Option<&'s sqlite::Savepoints>),
    Postgres(&'s postgres::Connection),
}

impl<'s> Session<'s> {
    /// On a connection, with what was read there before, and how savepoints are made if it writes.
    pub(crate) fn sqlite(
        connection: &'s rusqlite::Connection,
        remembered: sqlite::Remembered<'s>,
        savepoints: Option<&'s sqlite::Savepoints>,
    ) -> Session<'s> {
        Session(Backend::Sqlite(connection, remembered, savepoints))
    }

    pub(crate) fn postgres(connection: &'s postgres::Connection) -> Session<'s> {
        Session(Backend::Postgres(connection))
    }

    /// Runs a statement that gives no rows; answers how many it inserted, changed or deleted.
    pub fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64, Error> {
        statements::note(sql);
        refuse_nul(params)?;
        match self.0 {
            Backend::Sqlite(connection, ..) => sqlite::statement::execute(connection, sql, params),
            Backend::Postgres(connection) => postgres::execute(connection, sql, params),
        }
    }

    /// Hands each row to `take`, one after the other; the first failure ends it. PostgreSQL's rows are all in memory
    /// before the first is handed on.
    pub fn each<E: From<Error>>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        take: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        statements::note(sql);
        refuse_nul(params)?;
        match self.0 {
            Backend::Sqlite(connection, ..) => sqlite::statement::each(connection, sql, params, take),
            Backend::Postgres(connection) => postgres::each(connection, sql, params, take),
        }
    }

    /// Every row, through `read`, in the statement's order.
    pub fn all<T, E: From<Error>>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut rows = Vec::new();
        self.each(sql, params, |row| -> Result<(), E> {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The first row, through `read`, if there is any; the others are not looked at.
    pub fn first<T, E: From<Error>>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        statements::note(sql);
        refuse_nul(params)?;
        match self.0 {
            Backend::Sqlite(connection, ..) => sqlite::statement::first(connection, sql, params, read),
            Backend::Postgres(connection) => postgres::first(connection, sql, params, read),
        }
    }

    /// The first row, through `read`; [`Error::NoRow`] if there is none.
    pub fn one<T, E: From<Error>>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.first(sql, params, read)?.ok_or_else(|| E::from(Error::NoRow))
    }

    /// A number that may be remembered from an earlier call. None when there is no row.
    pub fn number(&self, number: &Number, key: Value<'_>) -> Result<Option<i64>, Error> {
        let read = || self.first(number.sql, std::slice::from_ref(&key), |row| row.int(0));
        match self.0 {
            Backend::Sqlite(_, remembered, _) => {
                statements::note(number.sql);
                remembered.get(number, &key, read)
            }
            Backend::Postgres(_) => read(),
        }
    }

    /// Runs `work` so that its failure undoes what it did, and only that. May be nested. Its unit may be run once more for it.
    pub fn savepoint<T, E: From<Error>>(
        &self,
        work: impl FnOnce(Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self.0 {
            Backend::Sqlite(connection, _, savepoints) => {
                sqlite::savepoint(connection, savepoints, || work(*self))
            }
            Backend::Postgres(connection) => postgres::savepoint(connection, work),
        }
    }

    /// Which engine runs the statements: for the rare one that must differ.
    pub fn engine(&self) -> Engine {
        match self.0 {
            Backend::Sqlite(..) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }
}

/// What one engine cannot keep, neither takes: an answer must not depend on the engine.
fn refuse_nul(params: &[Value<'_>]) -> Result<(), Error> {
    let holds_nul = |value: &Value<'_>| matches!(value, Value::Text(text) if text.as_bytes().contains(&0));
    if params.iter().any(holds_nul) { Err(Error::Nul) } else { Ok(()) }
}
