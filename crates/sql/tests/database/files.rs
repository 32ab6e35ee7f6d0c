//! The database as a file: opening, locking, migrating, closing, copying.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use patron_sql::{Database, Error, Location, Migration, params};
use tempfile::TempDir;

const ONE: Migration = Migration {
    number: 1,
    name: "notes",
    sql: "CREATE TABLE note (id BIGINT NOT NULL PRIMARY KEY, body TEXT)",
};
const TWO: Migration = Migration {
    number: 2,
    name: "seed",
    sql: "INSERT INTO note VALUES (1, 'from two'); INSERT INTO note VALUES (2, 'from two')",
};
const FOUR: Migration =
    Migration { number: 4, name: "rename", sql: "ALTER TABLE note RENAME COLUMN body TO text" };

fn open(path: &Path, migrations: &[Migration]) -> Result<Database, Error> {
    Database::open(&Location::File(path.to_owned()), migrations)
}

fn count(database: &Database) -> i64 {
    database
        .read(|sql| sql.one::<_, Error>("SELECT count(*) FROM note", params![], |row| row.int(0)))
        .unwrap()
}

fn add(database: &Database, id: i64) -> Result<u64, Error> {
    database.write_now(move |sql| sql.execute("INSERT INTO note VALUES (?1, 'a')", params![id]))
}

#[test]
fn what_was_answered_is_there_after_reopening() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a/new/folder/patron.db");
    let database = open(&path, &[ONE]).unwrap();
    (0..50).for_each(|id| assert_eq!(add(&database, id).unwrap(), 1));
    database.close();
    assert!(!path.with_extension("db-wal").exists(), "the log was copied into the file");
    let database = open(&path, &[ONE]).unwrap();
    assert_eq!(count(&database), 50);
}

#[test]
fn what_was_answered_is_in_the_files_before_anything_is_closed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let database = open(&path, &[ONE]).unwrap();
    (0..50).for_each(|id| assert_eq!(add(&database, id).unwrap(), 1));
    // What a kill would leave: file and log as they are now.
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
    assert_eq!(count(&open(&copy, &[ONE]).unwrap()), 50);
}

#[test]
fn dropping_the_last_handle_closes() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let database = open(&path, &[ONE]).unwrap();
    let other = database.clone();
    drop(database);
    add(&other, 1).unwrap();
    drop(other);
    assert!(!path.with_extension("db-wal").exists());
    assert_eq!(count(&open(&path, &[ONE]).unwrap()), 1);
}

#[tokio::test]
async fn closing_runs_what_waits_and_refuses_what_comes() {
    let folder = TempDir::new().unwrap();
    let database = open(&folder.path().join("patron.db"), &[ONE]).unwrap();
    let mut waiting = Vec::new();
    for id in 0..100 {
        let writer = database.clone();
        let mut write = Box::pin(async move {
            writer.write(move |sql| sql.execute("INSERT INTO note VALUES (?1, 'a')", params![id])).await
        });
        let first =
            std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context))).await;
        assert!(first.is_pending());
        waiting.push(write);
    }
    let other = database.clone();
    tokio::task::spawn_blocking(|| database.close()).await.unwrap();
    for write in waiting {
        let outcome: Result<u64, Error> = write.await;
        assert_eq!(outcome.unwrap(), 1);
    }
    assert!(matches!(add(&other, 1000), Err(Error::Closed)));
    let read: Result<i64, Error> = other.read(|sql| sql.one("SELECT 1", params![], |row| row.int(0)));
    assert!(matches!(read, Err(Error::Closed)));
    other.close();
    assert_eq!(count(&open(&folder.path().join("patron.db"), &[ONE]).unwrap()), 100);
}

#[test]
fn a_unit_of_work_may_hold_the_last_handle() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let database = open(&path, &[ONE]).unwrap();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let inside = database.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut write = Box::pin(database.write::<u64, Error>(move |sql| {
            let _ = held.recv();
            assert_eq!(inside.stats().queued, 0);
            sql.execute("INSERT INTO note VALUES (1, 'a')", params![])
        }));
        std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context).is_pending()))
            .await;
    });
    drop(database);
    drop(release);
    // The writer ends by itself; the lock says when.
    let reopened = loop {
        match open(&path, &[ONE]) {
            Err(Error::InUse { .. }) => std::thread::yield_now(),
            other => break other.unwrap(),
        }
    };
    assert_eq!(count(&reopened), 1);
}

#[test]
fn a_second_patron_is_refused_until_the_first_has_closed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let database = open(&path, &[ONE]).unwrap();
    let refused = open(&path, &[ONE]).err().unwrap();
    assert!(matches!(&refused, Error::InUse { path: told } if *told == path));
    assert!(refused.to_string().starts_with("another Patron uses this database"));
    database.close();
    open(&path, &[ONE]).unwrap();
}

#[test]
fn migrations_run_once_in_order_and_are_remembered() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    open(&path, &[ONE]).unwrap().close();
    let database = open(&path, &[ONE, TWO, FOUR]).unwrap();
    let names: Vec<(i64, String)> = database
        .read(|sql| {
            sql.all::<_, Error>(
                "SELECT number, name FROM schema_migration ORDER BY number",
                params![],
                |row| Ok((row.int(0)?, row.string(1)?)),
            )
        })
        .unwrap();
    assert_eq!(names, [(1, "notes".into()), (2, "seed".into()), (4, "rename".into())]);
    assert_eq!(count(&database), 2);
    let applied: String = database
        .read(|sql| {
            sql.one::<_, Error>("SELECT min(applied_at) FROM schema_migration", params![], |row| {
                row.string(0)
            })
        })
        .unwrap();
    assert_eq!(applied.len(), "2026-01-01 00:00:00".len());
}

#[test]
fn a_database_of_a_newer_patron_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    open(&path, &[ONE, TWO]).unwrap().close();
    assert!(matches!(open(&path, &[ONE]), Err(Error::TooNew { found: 2, known: 1 })));
    assert_eq!(count(&open(&path, &[ONE, TWO]).unwrap()), 2);
}

#[test]
fn a_migration_that_fails_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let broken = Migration {
        number: 2,
        name: "seed",
        sql: "INSERT INTO note VALUES (1, 'a'); INSERT INTO nowhere VALUES (1)",
    };
    assert!(matches!(open(&path, &[ONE, broken]), Err(Error::Other(_))));
    let database = open(&path, &[ONE, TWO]).unwrap();
    assert_eq!(count(&database), 2);
}

#[test]
fn a_migration_may_rebuild_a_table_but_not_lose_what_others_refer_to() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let referring = Migration {
        number: 3,
        name: "referring",
        sql: "CREATE TABLE part (id BIGINT NOT NULL PRIMARY KEY, note_id BIGINT NOT NULL REFERENCES note (id)); \
              INSERT INTO part VALUES (1, 1)",
    };
    let rebuild = |sql| Migration { number: 4, name: "rebuild", sql };
    let losing = rebuild("DELETE FROM note WHERE id = 1");
    assert!(matches!(open(&path, &[ONE, TWO, referring, losing]), Err(Error::Migration { number: 4, .. })));
    let keeping = rebuild(
        "CREATE TABLE new_note (id BIGINT NOT NULL PRIMARY KEY, body TEXT, extra TEXT); \
         INSERT INTO new_note SELECT id, body, '' FROM note; DROP TABLE note; ALTER TABLE new_note RENAME TO note",
    );
    let database = open(&path, &[ONE, TWO, referring, keeping]).unwrap();
    assert_eq!(count(&database), 2);
    let orphan = database.write_now(|sql| sql.execute("INSERT INTO part VALUES (2, 99)", params![]));
    assert!(matches!(orphan, Err(Error::ForeignKey)), "references are guarded again");
}

#[test]
fn a_copy_is_complete_while_writing_goes_on() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let database = open(&path, &[ONE]).unwrap();
    (0..100).for_each(|id| assert_eq!(add(&database, id).unwrap(), 1));
    let copy = folder.path().join("copies/patron.db");
    let writer = database.clone();
    let writing = std::thread::spawn(move || (100..200).try_for_each(|id| add(&writer, id).map(drop)));
    patron_sql::backup(&path, &copy).unwrap();
    patron_sql::backup(&path, &copy).unwrap();
    writing.join().unwrap().unwrap();
    let copied = count(&open(&copy, &[ONE]).unwrap());
    assert!((100..=200).contains(&copied), "{copied}");
}

#[test]
fn a_copy_never_replaces_a_database_in_use() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let database = open(&path, &[ONE]).unwrap();
    add(&database, 1).unwrap();
    assert!(matches!(patron_sql::backup(&path, &path), Err(Error::Unavailable(_))));
    assert_eq!(count(&database), 1);
}

#[test]
fn a_full_disk_is_told_as_such_and_harms_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let database = open(&path, &[ONE]).unwrap();
    add(&database, 1).unwrap();
    let refused: Result<(), Error> = database.write_now(|sql| {
        // SQLite's own limit gives the same result code as a device without room.
        sql.each("PRAGMA max_page_count = 8", params![], |_| Ok(()))?;
        for id in 2..1000 {
            sql.execute("INSERT INTO note VALUES (?1, ?2)", params![id, "a".repeat(1000)])?;
        }
        Ok(())
    });
    assert!(matches!(refused, Err(Error::Full)), "{refused:?}");
    assert_eq!(count(&database), 1);
    add(&database, 2).unwrap();
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    std::fs::write(&path, "this is no database, but it is long enough to look at. ".repeat(20)).unwrap();
    assert!(matches!(open(&path, &[ONE]), Err(Error::Unavailable(_))));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_a_new_database() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("patron.db");
    let database = open(&path, &[ONE]).unwrap();
    add(&database, 1).unwrap();
    for file in [path.clone(), path.with_extension("db-wal"), path.with_extension("db.lock")] {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn the_log_starts_over_while_readers_and_writers_never_pause() {
    let folder = TempDir::new().unwrap();
    let database = open(&folder.path().join("patron.db"), &[ONE]).unwrap();
    let running = std::sync::Arc::new(());
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (database, running) = (database.clone(), std::sync::Arc::downgrade(&running));
            std::thread::spawn(move || {
                while running.upgrade().is_some() {
                    count(&database);
                }
            })
        })
        .collect();
    // Some 320 MB through a log that is meant to stay near 64.
    let mut most = 0;
    for round in 0..80 {
        database
            .write_now::<(), Error>(move |sql| {
                (0..1000).try_for_each(|id| {
                    let body = "a".repeat(4000);
                    sql.execute(
                        "INSERT INTO note VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET body = ?2 || ?3",
                        params![id, body, round],
                    )
                    .map(drop)
                })
            })
            .unwrap();
        most = most.max(database.stats().log_pages);
    }
    drop(running);
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    assert!(database.stats().checkpoints > 0);
    assert!(most < 3 * 16_384, "{:?}", database.stats());
}

#[test]
fn two_databases_in_memory_are_two_and_gone_when_closed() {
    let one = Database::open(&Location::Memory, &[ONE]).unwrap();
    let two = Database::open(&Location::Memory, &[ONE]).unwrap();
    add(&one, 1).unwrap();
    assert_eq!((count(&one), count(&two)), (1, 0));
    one.close();
    two.close();
    assert_eq!(count(&Database::open(&Location::Memory, &[ONE]).unwrap()), 0);
}
