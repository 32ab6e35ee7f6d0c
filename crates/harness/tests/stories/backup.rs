//! Backups: taken beside a busy server, whole, and put back only where that harms nothing.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

use patron_harness::{Data, Instance, Options, Patron, consistency, customer, postgres};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

const CLIENTS: usize = 4;

#[test]
fn a_backup_beside_a_busy_server_is_whole_and_holds_all_that_was_acknowledged_before() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    let folder = TempDir::new().unwrap();
    let (acknowledged, is_over) = (AtomicU64::new(0), AtomicBool::new(false));

    let mut backups: Vec<(PathBuf, u64)> = Vec::new();
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (instance, acknowledged, is_over) = (instance.clone(), &acknowledged, &is_over);
            scope.spawn(move || {
                for number in 0.. {
                    if is_over.load(Relaxed) {
                        return;
                    }
                    instance.add_customer(&format!("ada{client}.{number}@example.com"));
                    acknowledged.fetch_add(1, Relaxed);
                }
            });
        }
        for number in 1..=5 {
            let before = acknowledged.load(Relaxed);
            let file = folder.path().join(format!("{number}.sqlite"));
            ok(&server, "backup", &file, &[]);
            backups.push((file, before));
        }
        is_over.store(true, Relaxed);
    });
    server.stop();

    assert!(backups[4].1 > backups[0].1, "nobody wrote meanwhile");
    for (file, before) in &backups {
        assert_eq!(consistency::of_file(file).unwrap(), [] as [&str; 0]);
        let connection = Connection::open(file).unwrap();
        let customers: i64 =
            connection.query_row("SELECT count(*) FROM customer", [], |row| row.get(0)).unwrap();
        assert!(
            customers.unsigned_abs() >= *before,
            "{customers} customers in a backup begun after {before} were acknowledged"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5, "something was left beside the backups");
}

#[test]
fn what_was_backed_up_is_served_again_after_everything_else_is_gone() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    let ada = instance.add_customer("ada@example.com");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("backup.sqlite");
    ok(&server, "backup", &file, &[]);
    instance.add_customer("grace@example.com");

    // What was written last is still in the log of the file that is replaced: it must not come back.
    server.kill9();
    assert!(server.data_folder().join("patron.sqlite-wal").exists());
    ok(&server, "restore", &file, &["--replace"]);
    server.restart();
    let instance = instance.moved_to(server.base());
    assert_only_ada(&instance, &ada);
    consistency::assert_whole(&server);

    server.stop();
    fs::remove_dir_all(server.data_folder()).unwrap();
    ok(&server, "restore", &file, &[]);
    server.restart();
    let instance = instance.moved_to(server.base());
    assert_only_ada(&instance, &ada);
    assert_eq!(instance.add_customer("next@example.com")["id"], 2);
}

#[test]
fn neither_is_done_where_it_would_harm() {
    let mut server = Patron::start(Options::default());
    server.instance().add_customer("ada@example.com");
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    ok(&server, "backup", &path("good.sqlite"), &[]);
    refused(&server, "backup", &path("good.sqlite"), &[], "is there already");
    ok(&server, "backup", &path("good.sqlite"), &["--replace"]);
    refused(
        &server,
        "backup",
        &server.data_folder().join("patron.sqlite"),
        &["--replace"],
        "a database with a log stands there",
    );

    refused(&server, "restore", &path("good.sqlite"), &["--replace"], "a server uses the data");
    server.stop();
    refused(&server, "restore", &path("good.sqlite"), &[], "is there already");
    refused(
        &server,
        "restore",
        &path("absent.sqlite"),
        &["--replace"],
        "there is no database of Patron's here",
    );

    fs::write(path("text.sqlite"), "no database, only words ".repeat(100)).unwrap();
    refused(
        &server,
        "restore",
        &path("text.sqlite"),
        &["--replace"],
        "there is no database of Patron's here",
    );
    Connection::open(path("other.sqlite"))
        .unwrap()
        .execute_batch("CREATE TABLE customer (id BIGINT)")
        .unwrap();
    refused(
        &server,
        "restore",
        &path("other.sqlite"),
        &["--replace"],
        "there is no database of Patron's here",
    );

    altered(
        &path("good.sqlite"),
        &path("newer.sqlite"),
        "INSERT INTO schema_migration VALUES (9000, 'later', '')",
    );
    refused(
        &server,
        "restore",
        &path("newer.sqlite"),
        &["--replace"],
        "written by a newer Patron: it has migration 9000",
    );
    altered(
        &path("good.sqlite"),
        &path("half.sqlite"),
        "CREATE TABLE schema_move (name TEXT, progress TEXT)",
    );
    refused(&server, "restore", &path("half.sqlite"), &["--replace"], "half filled");
    fs::write(path("damaged.sqlite"), damaged(&path("good.sqlite"))).unwrap();
    refused(&server, "restore", &path("damaged.sqlite"), &["--replace"], "the database is damaged");

    // None of it has touched what was there.
    server.restart();
    consistency::assert_whole(&server);
    assert_eq!(
        fs::read_dir(server.data_folder())
            .unwrap()
            .filter(|entry| is_leftover(entry.as_ref().unwrap()))
            .count(),
        0
    );
}

#[test]
fn a_dump_of_postgres_is_restored_and_served() {
    let database = postgres::Temporary::new().unwrap();
    let at = |url: &str| Options { data: Data::Database(url.to_owned()), ..Options::default() };
    let server = Patron::start(at(database.url()));
    let instance = server.instance();
    let ada = instance.add_customer("ada@example.com");
    let folder = TempDir::new().unwrap();
    refused(&server, "backup", &folder.path().join("backup.sqlite"), &[], "pg_dump");

    let dump = postgres::dump(database.url()).unwrap();
    drop(server);
    let restored = postgres::Temporary::new().unwrap();
    postgres::load(restored.url(), &dump).unwrap();
    let server = Patron::start(at(restored.url()));
    let instance = instance.moved_to(server.base());
    assert_only_ada(&instance, &ada);
    consistency::assert_whole(&server);
    assert_eq!(instance.put("/V1/customers/1", &json!({"customer": {"lastname": "King"}})).status, 200);
    assert_eq!(instance.post("/V1/customers", &customer("grace@example.com")).expect(200)["id"], 2);
}

#[track_caller]
fn ok(server: &Patron, what: &str, file: &Path, more: &[&str]) {
    let (code, said) = run(server, what, file, more);
    assert_eq!(code, 0, "{said}");
}

#[track_caller]
fn refused(server: &Patron, what: &str, file: &Path, more: &[&str], why: &str) {
    let (code, said) = run(server, what, file, more);
    assert_eq!(code, 1, "{what} {}", file.display());
    assert!(said.contains(why), "{said}");
}

fn run(server: &Patron, what: &str, file: &Path, more: &[&str]) -> (i32, String) {
    let mut arguments = vec![what, file.to_str().unwrap()];
    arguments.extend(more);
    server.run(&arguments)
}

#[track_caller]
fn assert_only_ada(instance: &Instance, ada: &serde_json::Value) {
    assert_eq!(&instance.get("/V1/customers/1").expect(200), ada);
    assert_eq!(instance.get("/V1/customers/search?searchCriteria").expect(200)["total_count"], 1);
    assert_eq!(instance.ask_token().status, 200);
}

/// A copy of a database with a statement more.
fn altered(from: &Path, to: &Path, sql: &str) {
    fs::copy(from, to).unwrap();
    Connection::open(to).unwrap().execute_batch(sql).unwrap();
}

/// The bytes of a database in which one page of an index is none.
fn damaged(from: &Path) -> Vec<u8> {
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'customer_by_email'";
    let root: u32 = Connection::open(from).unwrap().query_row(root, [], |row| row.get(0)).unwrap();
    let mut bytes = fs::read(from).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    bytes[(root as usize - 1) * page..][..16].fill(0xff);
    bytes
}

fn is_leftover(entry: &fs::DirEntry) -> bool {
    !entry.file_name().to_string_lossy().starts_with("patron.sqlite")
}
