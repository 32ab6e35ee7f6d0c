//! How the writer's log gets into its file: with one call of the system for thirty pages.
//!
//! SQLite writes each page of a commit with two calls, the head of its frame and the page itself: some forty calls for one customer,
//! which took longer than the disk. So its writing goes through a VFS of ours (<https://sqlite.org/vfs.html>), SQLite's own but for log
//! files: what is written to one end to end is gathered, and handed on when the log is to be synced, read, cut, measured or closed.
//!
//! Only for connections that sync every commit (`synchronous=FULL`). Others look at a commit's pages when the log's index names them,
//! and SQLite names them there after the sync: whatever anybody may look at is in the file by then. A write that fails is told by the
//! sync, and fails the commit as it would have failed it before. What a transaction leaves behind that was rolled back may reach the file
//! later, beyond the log's end: so nobody else may write to the database, which its lock file sees to. Nothing is written behind a sync to
//! fill a sector up (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`, which SQLite takes for given).
#![allow(unsafe_code, reason = "SQLite takes a VFS as C functions only; each says why it is sound")]

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::LazyLock;

use rusqlite::ffi::{
    SQLITE_IOERR_WRITE, SQLITE_OK, SQLITE_OPEN_WAL, sqlite3_file, sqlite3_filename, sqlite3_io_methods,
    sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

use crate::Error;

/// The name to open a connection with.
const NAME: &std::ffi::CStr = c"patron-log";

/// Bytes that are gathered at most, thirty pages: SQLite's own files take no more at a time.
const MOST: usize = 0x1_ffff;

/// The name of the VFS, once SQLite knows it.
pub(super) fn vfs() -> Result<&'static std::ffi::CStr, Error> {
    static REGISTERED: LazyLock<bool> = LazyLock::new(register);
    if *REGISTERED { Ok(NAME) } else { Err(Error::unavailable("SQLite takes no VFS")) }
}

/// SQLite's own VFS. Null only where it was built without one.
fn own() -> *mut sqlite3_vfs {
    // SAFETY: null asks for the default one; SQLite initialises itself when it must, and is safe to call from any thread.
    unsafe { sqlite3_vfs_find(ptr::null()) }
}

fn register() -> bool {
    let own = own();
    if own.is_null() {
        return false;
    }
    let room = c_int::try_from(size_of::<LogFile>()).expect("a few words");
    // SAFETY: `own` is a registered VFS, which lives as long as the process; so does the leaked one, which is not the default. Its
    // functions are SQLite's, which know a VFS by its `pAppData` alone, and `open`.
    unsafe {
        let ours = sqlite3_vfs {
            szOsFile: (*own).szOsFile + room,
            pNext: ptr::null_mut(),
            zName: NAME.as_ptr(),
            xOpen: Some(open),
            ..*own
        };
        sqlite3_vfs_register(Box::leak(Box::new(ours)), 0) == SQLITE_OK
    }
}

/// A log that is open; SQLite's own file follows it in memory. Both are aligned to eight bytes, as SQLite aligns what it allocates.
#[repr(C)]
struct LogFile {
    base: sqlite3_file,
    gathered: Vec<u8>,
    /// Where in the file the gathered bytes belong.
    start: i64,
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Log files are neither mapped nor shared as memory.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Opens a log as ours and every other file as SQLite's.
unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let own = own();
    // SAFETY: SQLite hands us what its own `xOpen` is handed, with `szOsFile` bytes at `file`: room for a `LogFile` and for one of its
    // own behind it. They are ours alone until we return.
    unsafe {
        let open = (*own).xOpen.expect("a VFS opens files");
        if flags & SQLITE_OPEN_WAL == 0 {
            return open(own, name, file, flags, out_flags);
        }
        let below = below(file);
        let code = open(own, name, below, flags, out_flags);
        if (*below).pMethods.is_null() {
            (*file).pMethods = ptr::null();
        } else {
            // From here on SQLite will close it, whatever the code is.
            let base = sqlite3_file { pMethods: &raw const METHODS };
            ptr::write(file.cast(), LogFile { base, gathered: Vec::new(), start: 0 });
        }
        code
    }
}

/// SQLite's own file behind ours.
fn below(file: *mut sqlite3_file) -> *mut sqlite3_file {
    file.cast::<LogFile>().wrapping_add(1).cast()
}

/// Calls the method of SQLite's own file.
///
/// The caller vouches that `file` is an open `LogFile`: SQLite calls methods for nothing else.
macro_rules! hand_on {
    ($file:ident, $method:ident $(, $argument:expr)*) => {{
        let below = below($file);
        let method = (*(*below).pMethods).$method.expect("SQLite's files have all methods");
        method(below $(, $argument)*)
    }};
}

/// Hands the gathered bytes on. If that fails they are kept, and the next call tries again: a transaction may outlive a statement that
/// could not read for this reason, and what it wrote must be in the file before its commit.
///
/// # Safety
/// `file` is an open [`LogFile`], and this thread is the only one to use it.
unsafe fn flush(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as the caller vouches. The reference ends before the file below is called.
    unsafe {
        let log = &mut *file.cast::<LogFile>();
        if log.gathered.is_empty() {
            return SQLITE_OK;
        }
        #[cfg(test)]
        if tests::IS_FULL.get() {
            return rusqlite::ffi::SQLITE_FULL;
        }
        let (mut gathered, start) = (std::mem::take(&mut log.gathered), log.start);
        let length = c_int::try_from(gathered.len()).expect("no more is gathered than fits");
        let code = hand_on!(file, xWrite, gathered.as_ptr().cast(), length, start);
        if code == SQLITE_OK {
            gathered.clear();
        }
        (*file.cast::<LogFile>()).gathered = gathered;
        code
    }
}

/// Flushes, then calls the method of SQLite's own file.
macro_rules! flushed {
    ($file:ident, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls a file's methods with that file, open, from one thread at a time.
        unsafe {
            match flush($file) {
                SQLITE_OK => hand_on!($file, $method $(, $argument)*),
                failed => failed,
            }
        }
    }};
}

unsafe extern "C" fn write(file: *mut sqlite3_file, bytes: *const c_void, length: c_int, at: i64) -> c_int {
    let Ok(count) = usize::try_from(length) else { return SQLITE_IOERR_WRITE };
    // SAFETY: as in `flushed!`; `bytes` are as many as SQLite says.
    unsafe {
        let log = &mut *file.cast::<LogFile>();
        let is_next = at == log.start + log.gathered.len() as i64 && log.gathered.len() + count <= MOST;
        if !is_next {
            let code = flush(file);
            if code != SQLITE_OK {
                return code;
            }
        }
        let log = &mut *file.cast::<LogFile>();
        if log.gathered.is_empty() {
            log.start = at;
        }
        log.gathered.extend_from_slice(std::slice::from_raw_parts(bytes.cast::<u8>(), count));
        SQLITE_OK
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `flushed!`; it is the file's last call, after which nothing in it is used.
    unsafe {
        let flushed = flush(file);
        let closed = hand_on!(file, xClose);
        ptr::drop_in_place(file.cast::<LogFile>());
        (*file).pMethods = ptr::null();
        if flushed == SQLITE_OK { closed } else { flushed }
    }
}

unsafe extern "C" fn read(file: *mut sqlite3_file, into: *mut c_void, length: c_int, at: i64) -> c_int {
    flushed!(file, xRead, into, length, at)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    flushed!(file, xTruncate, size)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    flushed!(file, xSync, flags)
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut i64) -> c_int {
    flushed!(file, xFileSize, size)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    flushed!(file, xLock, level)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    flushed!(file, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, result: *mut c_int) -> c_int {
    flushed!(file, xCheckReservedLock, result)
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, what: c_int, argument: *mut c_void) -> c_int {
    flushed!(file, xFileControl, what, argument)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `flushed!`.
    unsafe { hand_on!(file, xSectorSize) }
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `flushed!`.
    unsafe { hand_on!(file, xDeviceCharacteristics) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::path::PathBuf;

    use rusqlite::{Connection, ErrorCode};
    use tempfile::TempDir;

    use super::super::connection::{Durability, open_reader, open_writer};

    thread_local! {
        /// What is gathered finds no room.
        pub(super) static IS_FULL: Cell<bool> = const { Cell::new(false) };
    }

    fn opened() -> (TempDir, PathBuf, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patron.sqlite");
        let writer = open_writer(&path, Durability::Full).unwrap();
        (folder, path, writer)
    }

    fn rows(connection: &Connection) -> i64 {
        connection.query_row("SELECT count(*) FROM secret", [], |row| row.get(0)).unwrap()
    }

    fn is_sound(connection: &Connection) -> bool {
        connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap() == "ok"
    }

    const FILL: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
                        INSERT INTO secret SELECT i, randomblob(400) FROM n";

    #[test]
    fn a_commit_is_there_for_others_at_once_and_after_its_connection_is_gone() {
        let (_folder, path, writer) = opened();
        writer.execute_batch("CREATE TABLE secret (a, b)").unwrap();
        let reader = open_reader(&path).unwrap();
        for number in 1..=50 {
            writer.execute("INSERT INTO secret VALUES (?1, 'x')", [number]).unwrap();
            assert_eq!(rows(&reader), number);
        }
        drop((reader, writer));
        let again = Connection::open(&path).unwrap();
        assert_eq!(rows(&again), 50);
        assert!(is_sound(&again));
    }

    #[test]
    fn a_commit_larger_than_what_is_gathered_and_than_the_cache_is_whole() {
        let (_folder, path, writer) = opened();
        // Ten pages: the rest goes to the log before the commit, and is read from there again.
        writer.execute_batch("PRAGMA cache_size = 10; CREATE TABLE secret (a PRIMARY KEY, b)").unwrap();
        writer
            .execute_batch(&format!("BEGIN; {FILL}; UPDATE secret SET b = randomblob(300); COMMIT"))
            .unwrap();
        let reader = open_reader(&path).unwrap();
        assert_eq!(rows(&reader), 5000);
        assert!(is_sound(&reader));
        writer.execute_batch(&format!("BEGIN; DELETE FROM secret; {FILL}; ROLLBACK")).unwrap();
        assert_eq!((rows(&writer), rows(&reader)), (5000, 5000));
        assert!(is_sound(&writer));
    }

    #[test]
    fn a_commit_that_finds_no_room_fails_and_leaves_nothing_behind() {
        let (_folder, path, writer) = opened();
        writer.execute_batch("CREATE TABLE secret (a, b); INSERT INTO secret VALUES (1, 'kept')").unwrap();
        // Small enough to be gathered whole, and too large for that: then it is told before the commit.
        for fill in ["INSERT INTO secret VALUES (2, 'lost')", FILL] {
            IS_FULL.set(true);
            let refused = writer.execute_batch(fill).unwrap_err();
            assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DiskFull), "{refused}");
            assert!(writer.is_autocommit(), "the transaction is over");
            IS_FULL.set(false);
            assert_eq!(rows(&writer), 1);
            assert_eq!(rows(&open_reader(&path).unwrap()), 1);
            assert!(is_sound(&writer));
        }
        writer.execute_batch("INSERT INTO secret VALUES (3, 'kept')").unwrap();
        drop(writer);
        let again = Connection::open(&path).unwrap();
        assert_eq!(rows(&again), 2);
        assert!(is_sound(&again));
    }

    #[test]
    fn a_commit_that_found_no_room_once_is_not_there_after_a_crash() {
        let (folder, _, writer) = opened();
        writer.execute_batch("CREATE TABLE secret (a, b); INSERT INTO secret VALUES (1, 'kept')").unwrap();
        IS_FULL.set(true);
        writer.execute_batch("INSERT INTO secret VALUES (2, 'lost')").unwrap_err();
        IS_FULL.set(false);
        writer.execute_batch("INSERT INTO secret VALUES (3, 'kept')").unwrap();
        // As a crash leaves them: the log is not closed.
        let left = tempfile::tempdir().unwrap();
        for name in ["patron.sqlite", "patron.sqlite-wal"] {
            std::fs::copy(folder.path().join(name), left.path().join(name)).unwrap();
        }
        let again = Connection::open(left.path().join("patron.sqlite")).unwrap();
        let kept = "SELECT group_concat(a) FROM secret";
        assert_eq!(again.query_row(kept, [], |row| row.get::<_, String>(0)).unwrap(), "1,3");
        assert!(is_sound(&again));
    }
}
