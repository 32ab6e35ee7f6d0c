//! Programs of two versions on one database, and statements that outlive the schema they were prepared for.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;

use patron_harness::postgres;
use patron_sql::{Database, Error, Location, Migration, params};

use crate::engines;
use crate::postgres::{ONE, add, open, server, texts};

const ADDED: Migration = Migration {
    number: 2,
    name: "colour",
    sql: "-- addition\nALTER TABLE note ADD COLUMN colour TEXT; CREATE INDEX note_body ON note (body)",
};
const CHANGED: Migration =
    Migration { number: 3, name: "no body", sql: "ALTER TABLE note RENAME COLUMN body TO words" };

both_engines! { &[ONE, ADDED];

fn what_a_newer_program_has_added_is_remembered_as_such(database: Database) {
    assert_eq!(texts(&database, "SELECT CAST(number AS TEXT) FROM schema_addition"), ["2"]);
}

}

#[test]
fn an_older_program_starts_and_works_beside_a_newer_one_that_has_only_added() {
    let url = postgres::database();
    let running = open(&url);
    add(&running, 1, "a").unwrap();
    let newer = Database::open(&Location::Postgres(server(&url)), &[ONE, ADDED]).unwrap();
    newer.write_now(|sql| sql.execute("INSERT INTO note VALUES (2, 'b', 'red')", params![])).unwrap();
    let started = open(&url);
    for (database, id) in [(&running, 3), (&started, 4)] {
        database
            .write_now(move |sql| sql.execute("INSERT INTO note (id, body) VALUES (?1, 'c')", params![id]))
            .unwrap();
        assert_eq!(texts(database, "SELECT body FROM note WHERE id = 2"), ["b"]);
    }
    assert_eq!(texts(&newer, "SELECT coalesce(colour, '-') FROM note ORDER BY id"), ["-", "red", "-", "-"]);

    Database::open(&Location::Postgres(server(&url)), &[ONE, ADDED, CHANGED]).unwrap();
    let refused = Database::open(&Location::Postgres(server(&url)), &[ONE]).err().unwrap();
    assert!(matches!(refused, Error::TooNew { found: 3, known: 1 }), "{refused:?}");
}

#[test]
fn a_migration_that_has_to_wait_for_a_table_lets_others_pass() {
    let url = postgres::database();
    let node = open(&url);
    add(&node, 1, "a").unwrap();
    let is_held = Arc::new(AtomicBool::new(true));
    let (place, held) = (url.clone(), is_held.clone());
    let (tell, told) = mpsc::channel();
    let holder = thread::spawn(move || {
        let hold = "BEGIN; LOCK TABLE note IN ACCESS SHARE MODE; SELECT pg_sleep(8); COMMIT";
        tell.send(()).unwrap();
        postgres::query(&place, hold).unwrap();
        held.store(false, SeqCst);
    });
    told.recv().unwrap();
    let locks = |granted: bool| {
        let which = "FROM pg_locks WHERE relation = 'note'::regclass AND pid <> pg_backend_pid()";
        let sql = format!("SELECT count(*) {which} AND granted = {granted}");
        postgres::query(&url, &sql).unwrap() != "0"
    };
    while !locks(true) {
        thread::yield_now();
    }
    let place = url.clone();
    let migrating = thread::spawn(move || Database::open(&Location::Postgres(server(&place)), &[ONE, ADDED]));
    while !locks(false) {
        thread::yield_now();
    }
    // Stands behind the migration, which stands behind the holder.
    assert_eq!(texts(&node, "SELECT body FROM note"), ["a"]);
    assert!(is_held.load(SeqCst), "the read waited until the migration had its turn");
    let newer = migrating.join().unwrap().unwrap();
    assert_eq!(texts(&newer, "SELECT coalesce(colour, '-') FROM note"), ["-"]);
    holder.join().unwrap();
}

#[test]
fn a_statement_that_no_longer_fits_the_schema_is_prepared_anew() {
    let url = postgres::database();
    let narrow = server(&url).connections(1, 1);
    let database = Database::open(&Location::Postgres(narrow), &[ONE]).unwrap();
    let select = "SELECT value FROM counter WHERE name = 'a'";
    let read =
        |database: &Database| database.read(|sql| sql.one::<_, Error>(select, params![], |row| row.int(0)));
    let runs = Arc::new(AtomicU32::new(0));
    let write = |database: &Database| {
        let counted = runs.clone();
        database.write_now(move |sql| {
            counted.fetch_add(1, SeqCst);
            sql.one::<_, Error>(select, params![], |row| row.int(0))
        })
    };
    assert_eq!((read(&database).unwrap(), write(&database).unwrap()), (0, 0));
    postgres::query(&url, "ALTER TABLE counter ALTER COLUMN value TYPE INTEGER").unwrap();
    assert_eq!(write(&database).unwrap(), 0, "a unit of work is run again");
    assert_eq!(runs.load(SeqCst), 3);
    assert!(matches!(read(&database), Err(Error::Busy)), "a read cannot be, and says that a retry helps");
    assert_eq!(read(&database).unwrap(), 0);
}

#[test]
fn a_statement_is_prepared_once_a_connection_and_those_seldom_used_are_let_go() {
    let narrow = server(&postgres::database()).connections(1, 1);
    let database = Database::open(&Location::Postgres(narrow), &[ONE]).unwrap();
    let run = |sql: &str| database.read(|session| session.one::<_, Error>(sql, params![], |row| row.int(0)));
    let (often, prepared) =
        ("SELECT 1 FROM counter WHERE name = 'a'", "SELECT count(*) FROM pg_prepared_statements");
    let known = format!("{prepared} WHERE statement LIKE 'SELECT 1 FROM counter WHERE name%'");
    (0..50).for_each(|_| assert_eq!(run(often).unwrap(), 1));
    assert_eq!(run(&known).unwrap(), 1);
    for number in 0..1200 {
        assert_eq!(run(&format!("SELECT {number}")).unwrap(), number);
        run(often).unwrap();
    }
    let kept = run(prepared).unwrap();
    assert!((200..=513).contains(&kept), "{kept} statements are kept");
    assert_eq!(run(&known).unwrap(), 1, "the one used all the time stays");
}
