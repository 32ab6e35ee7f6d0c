//! Running the migrations that a database lacks, one node at a time, each in a transaction of its own.

use std::thread;
use std::time::Duration;

use super::connect::{self, Purpose};
use super::connection::{Connection, each, execute};
use super::failure::Damage;
use super::server::Postgres;
use super::translate;
use crate::migration::{self, Applied, Migration};
use crate::{Error, Opening, crash, filling, params};

/// Held by whoever migrates, until the end of its transaction; other nodes wait. The number is "patron" in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(123623868820334)";

/// A migration stands in line for a table only this long: whoever wants the table after it stands behind it, on every node. Then
/// it gets out of the way and tries again.
const LOCK_PATIENCE: &str = "SET LOCAL lock_timeout = '2s'";

/// How often a migration tries to get at its tables, with a pause of up to a second in between.
const ATTEMPTS: u32 = 60;

/// A column of a table of ours whose texts would compare by the locale of the database.
const BY_LOCALE: &str = "SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
     JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_collation l ON l.oid = a.attcollation \
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped \
     AND l.collname <> 'C' LIMIT 1";

/// Brings the database up to the last of `known`, if it is what `opening` asks for.
pub(super) fn run(opening: Opening, server: &Postgres, known: &[Migration]) -> Result<(), Error> {
    let connection = connect::open(server, Purpose::Migrating)?;
    let mut attempts = 0;
    loop {
        match next(opening, &connection, known) {
            Ok(true) => attempts = 0,
            Ok(false) => return Ok(()),
            Err(Error::Busy) if attempts < ATTEMPTS => {
                attempts += 1;
                tracing::info!(attempts, "A migration waits for others to be done with its tables.");
                thread::sleep(Duration::from_millis(super::random() % 1000));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Runs the first migration that is due; false if there is none.
fn next(opening: Opening, connection: &Connection, known: &[Migration]) -> Result<bool, Error> {
    connection.simple("BEGIN")?;
    let outcome =
        locked(opening, connection, known).and_then(|ran| connection.simple("COMMIT").map(|()| ran));
    if outcome.is_err() {
        connection.roll_back();
    }
    outcome
}

fn locked(opening: Opening, connection: &Connection, known: &[Migration]) -> Result<bool, Error> {
    // A transaction of `read committed`: what is read after the lock is what the one before has left.
    connection.simple(LOCK)?;
    connection.simple(LOCK_PATIENCE)?;
    let is_marked = has_table(connection, filling::NAME)?;
    filling::admit(opening, has_table(connection, migration::NAME)?, is_marked)?;
    if opening == Opening::ToFill && !is_marked {
        // With the first migration or not at all: what is cut off from here on is known for what it is.
        connection.simple(&translate::migration(filling::TABLE))?;
    }
    connection.simple(&translate::migration(migration::TABLE))?;
    connection.simple(migration::ADDITIONS)?;
    let mut applied = Vec::new();
    each(connection, migration::APPLIED, &[], |row| -> Result<(), Error> {
        applied.push(Applied { number: row.int(0)?, name: row.string(1)?, is_addition: row.flag(2)? });
        Ok(())
    })?;
    let due = migration::due(known, &applied)?;
    if applied.is_empty() {
        add_trigrams(connection)?;
    }
    let Some(migration) = due.first() else { return Ok(false) };
    apply(connection, migration).inspect_err(|error| {
        let Migration { number, name, .. } = **migration;
        tracing::error!(number, name, %error, "A migration failed; it left nothing behind.");
    })?;
    Ok(true)
}

fn has_table(connection: &Connection, name: &str) -> Result<bool, Error> {
    let found =
        format!("SELECT 1 WHERE to_regclass(format('%I.%I', current_schema(), '{name}')) IS NOT NULL");
    Ok(connection.simple_text(&found)?.is_some())
}

fn apply(connection: &Connection, migration: &Migration) -> Result<(), Error> {
    let Migration { number, name, sql } = *migration;
    connection.simple(&translate::migration(sql))?;
    if let Some(column) = connection.simple_text(BY_LOCALE)? {
        let reason = format!("makes {column} a text that does not compare byte by byte");
        return Err(Error::Migration { number, reason });
    }
    execute(
        connection,
        "INSERT INTO schema_migration (number, name, applied_at) \
         VALUES (?1, ?2, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'))",
        params![number, name],
    )?;
    if migration.is_addition() {
        execute(connection, migration::ADD_ADDITION, params![number])?;
    }
    tracing::debug!(number, name, "Ran a migration.");
    crash::point("migration");
    Ok(())
}

/// Trigrams make searches inside texts quick. Not every role may have them, and nothing depends on them.
fn add_trigrams(connection: &Connection) -> Result<(), Error> {
    let added = super::savepoint(connection, |_| connection.simple("CREATE EXTENSION IF NOT EXISTS pg_trgm"));
    match added {
        Err(error) if connection.damage() == Damage::Lost => Err(error),
        Err(error) => {
            tracing::info!(%error, "The database has no pg_trgm; searches inside texts will be slower.");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
