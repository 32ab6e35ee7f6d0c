//! A consistent copy of a database in use.

use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use tempfile::NamedTempFile;

use super::failure::Translate;
use super::home::beside;
use super::statement::control;
use crate::Error;

/// Copies what `source` sees to `path`, by way of a file beside it.
///
/// One snapshot from the first page to the last: without it SQLite would start over at every commit.
pub(super) fn run(source: &Connection, path: &Path) -> Result<(), Error> {
    let log = beside(path, "-wal");
    if log.exists() {
        let open = format!("a database with a log stands there, open or to be recovered: {}", path.display());
        return Err(Error::unavailable(open));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(Error::unavailable)?;
    let file = NamedTempFile::new_in(folder).map_err(Error::unavailable)?;
    let mut target = Connection::open(file.path()).translate()?;
    control(source, "BEGIN")?;
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).translate()?;
    match Backup::new(source, &mut target).and_then(|backup| backup.step(-1)).translate()? {
        StepResult::Done => {}
        _ => return Err(Error::Busy),
    }
    target.close().map_err(|(_, error)| error).translate()?;
    file.as_file().sync_all().map_err(Error::unavailable)?;
    file.persist(path).map_err(Error::unavailable)?;
    // The name, too, must survive a power cut.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::unavailable)
}
