//! Copies of a database file: made while a server writes to it, looked through, and put in its place again.
//!
//! A copy needs no lock: SQLite's log lets any process read one snapshot while another writes. It is a file of its own, without a log,
//! complete or not there at all.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::NamedTempFile;

use super::connection::{Durability, open_checkpointer, open_writer};
use super::failure::Translate;
use super::home::{self, beside};
use super::migrate;
use super::statement::control;
use crate::{Error, Migration, Opening, filling, migration};

/// Writes a consistent copy of the database in the file `from` to `to`; a process that uses it may go on, but its log does not start
/// again meanwhile. A file at `to` is replaced when the copy is complete, looked through and on disk.
///
/// Fails with [`Error::Absent`] if `from` is no database of Patron's, with [`Error::HalfFilled`], and with [`Error::Unavailable`] if a
/// file cannot be read or written, or the copy is damaged.
pub fn backup(from: &Path, to: &Path) -> Result<(), Error> {
    if !from.exists() {
        return Err(Error::Absent);
    }
    // One that may write: the last to leave has to put the log away.
    let source = open_checkpointer(from, Durability::Full).map_err(no_database)?;
    must_be_ours(&source)?;
    copy(&source, to)
}

/// Puts a copy of the file `from` in the place of the database file `to`, which may be there only if `replaced`; answers the number of
/// its newest migration. Whatever happens, one of both is there, whole.
///
/// Fails with [`Error::InUse`] if a process uses `to`, with [`Error::NotEmpty`] if it is there and not to be replaced, with
/// [`Error::TooNew`] or [`Error::Migration`] if this program cannot read `from`, and as [`backup`] does.
pub fn restore(from: &Path, to: &Path, known: &[Migration], replaced: bool) -> Result<i64, Error> {
    if !from.exists() {
        return Err(Error::Absent);
    }
    let _home = home::hold(to)?;
    let is_there = to.metadata().is_ok_and(|file| file.len() > 0);
    if is_there && !replaced {
        return Err(Error::NotEmpty);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags).translate().map_err(no_database)?;
    must_be_ours(&source)?;
    let applied = migrate::applied(&source)?;
    migration::due(known, &applied)?;
    if is_there {
        put_log_away(to)?;
    }
    copy(&source, to)?;
    Ok(applied.iter().map(|one| one.number).max().unwrap_or(0))
}

/// Copies what `source` sees to `path`, by way of a file beside it.
///
/// One snapshot from the first page to the last: without it SQLite would start over at every commit.
fn copy(source: &Connection, path: &Path) -> Result<(), Error> {
    if beside(path, "-wal").exists() {
        let open = format!("a database with a log stands there, open or to be recovered: {}", path.display());
        return Err(Error::unavailable(open));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(home::access)?;
    let file = NamedTempFile::new_in(folder).map_err(home::access)?;
    let mut target = Connection::open(file.path()).translate()?;
    control(source, "BEGIN")?;
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).translate()?;
    let copied = Backup::new(source, &mut target).and_then(|backup| backup.step(-1)).translate();
    control(source, "COMMIT")?;
    if copied? != StepResult::Done {
        return Err(Error::Busy);
    }
    // No log: a copy is one file, also for whoever may only read it.
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).translate()?;
    must_be_whole(&target)?;
    target.close().map_err(|(_, error)| error).translate()?;
    file.as_file().sync_all().map_err(home::access)?;
    file.persist(path).map_err(Error::unavailable)?;
    // The name, too, must survive a power cut.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::unavailable)
}

/// The log of the file that is replaced would be taken for its successor's. Whoever opens a database as its only user and closes it has
/// put the log into the file; if that fails, the file is beyond help and the log with it.
fn put_log_away(path: &Path) -> Result<(), Error> {
    let opened = open_writer(path, Durability::Full);
    drop(opened);
    for ending in ["-wal", "-shm"] {
        match fs::remove_file(beside(path, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::unavailable(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn must_be_ours(connection: &Connection) -> Result<(), Error> {
    let is_used = migrate::has_table(connection, migration::NAME).map_err(no_database)?;
    filling::admit(Opening::Existing, is_used, migrate::has_table(connection, filling::NAME)?)
}

fn must_be_whole(connection: &Connection) -> Result<(), Error> {
    let said: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).translate()?;
    if said == "ok" { Ok(()) } else { Err(Error::unavailable(format!("the database is damaged: {said}"))) }
}

/// A file of another kind is not a database that fails: there is none.
fn no_database(error: Error) -> Error {
    let is_none = matches!(&error, Error::Unavailable(source)
        if source.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code) == Some(ErrorCode::NotADatabase));
    if is_none { Error::Absent } else { error }
}
