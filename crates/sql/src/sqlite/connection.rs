//! How each kind of connection is opened, and why with these settings.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::failure::Translate;
use super::{log_file, regexp};
use crate::Error;

/// How long a connection waits for another one's lock. Rarely needed: one thread writes, and WAL readers never wait.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Prepared statements kept per connection: more than all slices have, so that none is parsed twice.
const STATEMENTS: usize = 512;

/// No mutex: a connection is used by one thread at a time, which `Connection: !Sync` proves.
const MODE: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// `synchronous=FULL`: an answered write survives a power cut. Costs about a fifth of the rate of NORMAL.
    Full,
    /// `synchronous=OFF`: for data that ends with the process anyway.
    None,
}

/// The one connection that writes.
///
/// Its page cache is its own alone and never goes stale, as nobody else writes (and SQLite would notice); so it gets a large one (32 MiB, taken
/// only as it fills) and no memory map.
pub(super) fn open_writer(path: &Path, durability: Durability) -> Result<Connection, Error> {
    let access = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let opened = match durability {
        Durability::Full => {
            Connection::open_with_flags_and_vfs(path, access | MODE, log_file::vfs()?).translate()?
        }
        // Without a sync nothing tells when others may look.
        Durability::None => Connection::open_with_flags(path, access | MODE).translate()?,
    };
    let connection = set_up(opened)?;
    // The journal mode is written in the file; everything else belongs to the connection.
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).translate()?;
    if mode != "wal" {
        return Err(Error::unavailable(format!("SQLite cannot keep a write-ahead log here (mode {mode})")));
    }
    connection.execute_batch("PRAGMA cache_size = -32768").translate()?;
    set_durability(&connection, durability)?;
    Ok(connection)
}

/// The connection of the checkpoint thread: it only copies from the log to the file.
pub(super) fn open_checkpointer(path: &Path, durability: Durability) -> Result<Connection, Error> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set_durability(&connection, durability)?;
    Ok(connection)
}

/// A connection of the readers' pool.
///
/// No memory map, although it makes point reads 1.4 times as fast while nobody writes: SQLite unmaps the whole file at
/// every snapshot after a commit, which halved them beside 1 500 commits a second, and an I/O error in a map kills the
/// process. The page cache is emptied at every such snapshot as well, so it is kept at 2 MiB: the upper levels of the
/// indexes. 8 MiB were no faster alone and a quarter slower beside a writer; the system's cache has the rest.
pub(super) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch("PRAGMA cache_size = -2048").translate()?;
    Ok(connection)
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, Error> {
    set_up(Connection::open_with_flags(path, access | MODE).translate()?)
}

fn set_up(connection: Connection) -> Result<Connection, Error> {
    connection.busy_timeout(PATIENCE).translate()?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan does not depend on what is bound. Otherwise SQLite parses and plans `WHERE a = ?1 ORDER BY b` anew for every execution, in
    // case the value might tell something.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).translate()?;
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0; \
         PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON",
        )
        .translate()?;
    regexp::register(&connection).translate()?;
    Ok(connection)
}

fn set_durability(connection: &Connection, durability: Durability) -> Result<(), Error> {
    let setting = match durability {
        Durability::Full => "PRAGMA synchronous = FULL",
        Durability::None => "PRAGMA synchronous = OFF",
    };
    connection.execute_batch(setting).translate()
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_writer(&folder.path().join("patron.sqlite"), Durability::None).unwrap();
        connection.execute_batch("CREATE TABLE secret (a, b, c, PRIMARY KEY (a, b))").unwrap();
        let mut statement = connection.prepare("SELECT c FROM secret WHERE a = ?1 ORDER BY b").unwrap();
        for value in 0..3 {
            assert!(!statement.exists([value]).unwrap());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
