//! Where the database file lives, and the proof that nobody else uses it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Error;

/// How the folders of passing databases begin, in the system's folder for temporary files.
const SCRATCH: &str = "patron-memory-";

/// The name of a passing database in its folder.
const SCRATCH_FILE: &str = "patron.db";

/// The ending of the lock file. It stays behind: removing it would let two processes each lock their own.
const LOCK: &str = ".lock";

/// A database file that this process alone uses, until this is dropped. Drop it after the last connection.
pub(super) struct Home {
    file: PathBuf,
    /// What the file was when it was taken.
    identity: Option<Identity>,
    // Fields are dropped in this order: while the lock holds, nobody sweeps the folder away.
    _scratch: Option<TempDir>,
    _lock: File,
}

impl Home {
    /// Takes the database file at `path`, creating it and its folder where they are missing. Nobody but the owner may
    /// read a file made here: it will hold password hashes and keys.
    pub(super) fn file(path: &Path) -> Result<Home, Error> {
        let lock = hold(path)?;
        open_private(path)?;
        Ok(Home { file: path.to_owned(), identity: identity(path), _scratch: None, _lock: lock })
    }

    /// Makes a new file that is removed with its folder when this is dropped. A file rather than SQLite's own memory,
    /// because only files have a log beside which readers can go on; the page cache keeps it off the disk.
    pub(super) fn scratch() -> Result<Home, Error> {
        sweep();
        let folder = tempfile::Builder::new().prefix(SCRATCH).tempdir().map_err(Error::unavailable)?;
        let file = folder.path().join(SCRATCH_FILE);
        // Locked under another name first: a folder without the final name is never swept.
        let young = folder.path().join("young.lock");
        let lock = lock(&young, &file)?;
        fs::rename(&young, beside(&file, LOCK)).map_err(Error::unavailable)?;
        open_private(&file)?;
        Ok(Home { identity: identity(&file), file, _scratch: Some(folder), _lock: lock })
    }

    /// Whether the file that was taken is still the one at its path, and has its log beside it. Files that were deleted or replaced can
    /// be written all the same, and are gone with the process.
    pub(super) fn is_in_place(&self) -> bool {
        identity(&self.file) == self.identity && beside(&self.file, "-wal").exists()
    }

    /// The database file.
    pub(super) fn path(&self) -> &Path {
        &self.file
    }
}

/// Device and number of a file.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    let found = fs::metadata(path).ok()?;
    Some((std::os::unix::fs::MetadataExt::dev(&found), std::os::unix::fs::MetadataExt::ino(&found)))
}

/// Elsewhere all that can be told is whether there is a file.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some((0, 0))
}

/// Takes the place of a database file, which need not be there: while the lock is held, nobody else can open it.
pub(super) fn hold(path: &Path) -> Result<File, Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::unavailable)?;
    }
    lock(&beside(path, LOCK), path)
}

/// The file that goes with a database file, such as `patron.db-wal`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn lock(path: &Path, database: &Path) -> Result<File, Error> {
    let file = open_private(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse { path: database.to_owned() }),
        Err(TryLockError::Error(error)) => Err(Error::unavailable(error)),
    }
}

/// Removes what killed processes left behind. Best effort: whatever cannot be removed stays for the next time.
fn sweep() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(SCRATCH) {
            continue;
        }
        let Ok(lock) = File::open(beside(&entry.path().join(SCRATCH_FILE), LOCK)) else { continue };
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Opens a file, and makes it where it is missing, so that nobody but the owner may read it.
fn open_private(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(access)
}

pub(super) fn access(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::ReadOnlyFilesystem => Error::ReadOnly,
        std::io::ErrorKind::StorageFull => Error::Full,
        _ => Error::unavailable(error),
    }
}
