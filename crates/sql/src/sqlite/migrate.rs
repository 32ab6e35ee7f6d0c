//! Running the migrations that a database lacks, each in a transaction of its own.

use rusqlite::Connection;

use crate::migration::{self, Applied, Migration};
use crate::{Error, Opening, crash, filling, params};

use super::failure::Translate;
use super::statement::{control, execute};

/// Brings the database up to the last of `known`, if it is what `opening` asks for.
pub(super) fn run(opening: Opening, connection: &Connection, known: &[Migration]) -> Result<(), Error> {
    filling::admit(opening, has_table(connection, migration::NAME)?, has_table(connection, filling::NAME)?)?;
    if opening == Opening::ToFill {
        // Before anything else is there: what is cut off from here on is known for what it is.
        control(connection, filling::TABLE)?;
    }
    control(connection, migration::TABLE)?;
    control(connection, migration::ADDITIONS)?;
    let due = migration::due(known, &applied(connection)?)?;
    if due.is_empty() {
        return Ok(());
    }
    // A table is rebuilt by dropping and renaming it, which live references would forbid. What they guard is checked
    // before each commit instead. The setting cannot be changed inside a transaction.
    connection.execute_batch("PRAGMA foreign_keys = OFF").translate()?;
    let result = due.into_iter().try_for_each(|migration| apply(connection, migration));
    connection.execute_batch("PRAGMA foreign_keys = ON").translate()?;
    result
}

pub(super) fn has_table(connection: &Connection, name: &str) -> Result<bool, Error> {
    let found = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    connection.prepare(found).and_then(|mut query| query.exists([name])).translate()
}

/// What has run, also in a file that is only looked at and has never heard of additions.
pub(super) fn applied(connection: &Connection) -> Result<Vec<Applied>, Error> {
    let knows_additions = has_table(connection, migration::ADDITIONS_NAME)?;
    let query =
        if knows_additions { migration::APPLIED } else { "SELECT number, name, 0 FROM schema_migration" };
    let mut statement = connection.prepare(query).translate()?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Applied { number: row.get(0)?, name: row.get(1)?, is_addition: row.get(2)? })
    };
    let rows = statement.query_map([], read).translate()?;
    rows.collect::<rusqlite::Result<_>>().translate()
}

fn apply(connection: &Connection, migration: &Migration) -> Result<(), Error> {
    let Migration { number, name, .. } = *migration;
    control(connection, "BEGIN IMMEDIATE")?;
    let result = steps(connection, migration).and_then(|()| control(connection, "COMMIT"));
    match &result {
        Ok(()) => tracing::debug!(number, name, "Ran a migration."),
        Err(error) => {
            tracing::error!(number, name, %error, "A migration failed; it left nothing behind.");
            if !connection.is_autocommit() {
                control(connection, "ROLLBACK")?;
            }
        }
    }
    result
}

fn steps(connection: &Connection, migration: &Migration) -> Result<(), Error> {
    let Migration { number, name, sql } = *migration;
    connection.execute_batch(sql).translate()?;
    let orphans = connection.prepare("PRAGMA foreign_key_check").and_then(|mut check| check.exists([]));
    if orphans.translate()? {
        let reason = "leaves a reference to a row that is not there".to_owned();
        return Err(Error::Migration { number, reason });
    }
    execute(
        connection,
        "INSERT INTO schema_migration (number, name, applied_at) VALUES (?1, ?2, datetime('now'))",
        params![number, name],
    )?;
    if migration.is_addition() {
        execute(connection, migration::ADD_ADDITION, params![number])?;
    }
    crash::point("migration");
    Ok(())
}
