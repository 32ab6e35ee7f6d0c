//! A database that a released version has left behind is opened by this one, with everything in it. Each release stores one when it is
//! made (`store_release`); none of the files ever changes.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use patron_harness::{Data, Instance, Made, Options, Patron, consistency, customer, postgres};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a client of the released version knew.
#[derive(Deserialize)]
struct Known {
    made: Made,
    customers: Vec<Value>,
    bulk_operations: usize,
}

#[test]
fn the_database_of_every_release_is_opened_read_and_written() {
    let releases = releases();
    assert!(releases.iter().any(|release| release.ends_with("0.1.0")), "{releases:?}");
    for release in releases {
        println!("{}", release.display());
        opens(&release);
    }
}

fn opens(release: &Path) {
    let known = fs::read_to_string(with_ending(release, "json")).unwrap();
    let known: Known = serde_json::from_str(&known).unwrap();
    let mut server = Patron::start(Options::default());
    server.stop();
    match server.kept_in() {
        Data::Database(url) => {
            postgres::query(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
            postgres::load(url, &fs::read(with_ending(release, "sql")).unwrap()).unwrap();
        }
        _ => {
            let (code, said) =
                server.run(&["restore", with_ending(release, "sqlite").to_str().unwrap(), "--replace"]);
            assert_eq!(code, 0, "{said}");
        }
    }
    server.restart();

    let instance = Instance::known(server.base(), known.made).unwrap();
    for customer in &known.customers {
        assert_eq!(&instance.get(&format!("/V1/customers/{}", customer["id"])).expect(200), customer);
    }
    // What the old one was in the middle of, this one brings to its end. Its status is not asked for: it may be so long ago that it is
    // forgotten as soon as it is over.
    let all = known.customers.len() + known.bulk_operations;
    let deadline = Instant::now() + Duration::from_secs(60);
    while instance.get("/V1/customers/search?searchCriteria[page_size]=1").expect(200)["total_count"] != all {
        assert!(Instant::now() < deadline, "the bulk is not over after a minute");
        thread::sleep(Duration::from_millis(20));
    }

    let changed = instance.put("/V1/customers/1", &json!({"customer": {"lastname": "King"}})).expect(200);
    assert_eq!(changed["lastname"], "King");
    let filter = "searchCriteria[filterGroups][0][filters][0]";
    let like = format!("{filter}[field]=lastname&{filter}[conditionType]=like&{filter}[value]=%25Kin%25");
    // What finds it is an index that the old version had otherwise; now, and once it is built anew.
    for _ in 0..2 {
        let found = instance.get(&format!("/V1/customers/search?{like}")).expect(200);
        assert_eq!((&found["total_count"], &found["items"][0]), (&json!(1), &changed), "{found}");
        thread::sleep(Duration::from_millis(1500));
    }
    assert_eq!(
        instance.post("/V1/customers", &customer("ada@example.com")).status,
        400,
        "the address is taken"
    );
    let next = instance.post("/V1/customers", &customer("new@example.com")).expect(200);
    assert_eq!(next["id"], all + 1);
    consistency::assert_whole(&server);
}

#[test]
fn a_database_of_a_newer_version_is_refused_in_words_that_help() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    server.stop();
    let from_the_future =
        "INSERT INTO schema_migration (number, name, applied_at) VALUES (9000, 'later', '')";
    change(&server, from_the_future);

    let refused = format!("{:#}", server.try_restart().unwrap_err());
    let said = format!("{refused}{}", server.stderr());
    assert!(said.contains("written by a newer Patron: it has migration 9000, this program knows"), "{said}");

    change(&server, "DELETE FROM schema_migration WHERE number = 9000");
    server.restart();
    assert_eq!(
        instance.moved_to(server.base()).get("/V1/customers/1").status,
        200,
        "the refusal has changed something"
    );
}

fn change(server: &Patron, sql: &str) {
    match server.kept_in() {
        Data::Database(url) => drop(postgres::query(url, sql).unwrap()),
        _ => {
            Connection::open(server.data_folder().join("patron.sqlite")).unwrap().execute_batch(sql).unwrap()
        }
    }
}

/// The stored releases, each without an ending.
fn releases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/releases");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| path.with_extension(""))
        .collect()
}

/// A version has dots itself.
fn with_ending(release: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}.{ending}", release.display()))
}
