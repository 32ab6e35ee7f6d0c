//! Running one statement on a connection: prepare (from the cache), bind, step.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection};

use super::failure::Translate;
use crate::{Error, Row, Value};

pub(crate) fn execute(connection: &Connection, sql: &str, params: &[Value<'_>]) -> Result<u64, Error> {
    let mut statement = prepare(connection, sql, params)?;
    Ok(statement.raw_execute().translate()? as u64)
}

pub(crate) fn each<E: From<Error>>(
    connection: &Connection,
    sql: &str,
    params: &[Value<'_>],
    mut take: impl FnMut(&Row<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = prepare(connection, sql, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().translate()? {
        take(&Row::sqlite(row))?;
    }
    Ok(())
}

pub(crate) fn first<T, E: From<Error>>(
    connection: &Connection,
    sql: &str,
    params: &[Value<'_>],
    read: impl FnOnce(&Row<'_>) -> Result<T, E>,
) -> Result<Option<T>, E> {
    let mut statement = prepare(connection, sql, params)?;
    let mut rows = statement.raw_query();
    // SQLite does all of an `INSERT … RETURNING`'s work before it gives its first row, so stopping here is safe.
    match rows.next().translate()? {
        Some(row) => read(&Row::sqlite(row)).map(Some),
        None => Ok(None),
    }
}

/// Runs one of `BEGIN`, `COMMIT`, `ROLLBACK` and the like; unlike [`execute`] also outside a transaction.
pub(super) fn control(connection: &Connection, sql: &str) -> Result<(), Error> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.raw_execute()).translate()?;
    Ok(())
}

fn prepare<'c>(
    connection: &'c Connection,
    sql: &str,
    params: &[Value<'_>],
) -> Result<CachedStatement<'c>, Error> {
    // After a full disk SQLite may have rolled back everything by itself. Going on would commit each further
    // statement on its own.
    if connection.is_autocommit() {
        return Err(Error::other("the transaction is over: an earlier failure rolled it back"));
    }
    let mut statement = connection.prepare_cached(sql).translate()?;
    if statement.parameter_count() != params.len() {
        let (wanted, given) = (statement.parameter_count(), params.len());
        return Err(Error::other(format!("the statement takes {wanted} parameters, not {given}: {sql}")));
    }
    for (index, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value).translate()?;
    }
    Ok(statement)
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(int) => ValueRef::Integer(*int),
            Value::Real(real) => ValueRef::Real(*real),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
