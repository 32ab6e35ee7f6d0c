//! A whole database goes to another engine and back: nothing is left behind, nothing is used by half, and a kill costs only time.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Output;

use patron_harness::{Data, Instance, Options, Patron, command, consistency, customer, postgres};
use rusqlite::{Connection, OpenFlags, types::Value as Cell};
use serde_json::{Value, json};

const PASSWORD: &str = "correct-Horse7-battery-staple";

/// A stopped server on SQLite with something in most of its tables, and what GET answers for its customers.
struct Source {
    server: Patron,
    instance: Instance,
    customers: Vec<Value>,
}

impl Source {
    fn new(customers: usize) -> Self {
        let mut server = Patron::start(Options::default());
        let instance = server.instance();
        let group = json!({"group": {"code": "Größte", "tax_class_id": 3}});
        let group = instance.post("/V1/customerGroups", &group).expect(200)["id"].clone();
        let items: Vec<Value> = (1..=customers)
            .map(|number| {
                let mut sent = customer(&format!("ada{number}@example.com"));
                sent["customer"]["firstname"] = json!(format!("Zoë O'Ħara, {number}"));
                sent["customer"]["group_id"] = group.clone();
                sent["customer"]["addresses"] = json!([{
                    "firstname": "Ada", "lastname": "Lovelace", "street": ["12 St James's Square", "Flat \u{1F9EE} \"2\\"], "city": "London",
                    "country_id": "GB", "postcode": "SW1Y 4JH", "telephone": "555", "default_billing": true
                }]);
                sent
            })
            .collect();
        for some in items.chunks(500) {
            let receipt = instance.post("/V1/async/bulk/customers", &some.into()).expect(202);
            let statuses = super::bulk::finished(&instance, &receipt);
            assert!(statuses.iter().all(|status| *status == 1), "{statuses:?}");
        }
        let mut sent = customer("grace@example.com");
        sent["password"] = PASSWORD.into();
        instance.post("/V1/customers", &sent).expect(200);
        let customers = every_customer(&instance);
        server.stop();
        Self { server, instance, customers }
    }

    fn place(&self) -> String {
        sqlite(&self.server)
    }

    /// The server at the other end has what this one had, its old token and secret are good, and it goes on from there.
    #[track_caller]
    fn assert_arrived(&self, server: &Patron) {
        consistency::assert_whole(server);
        let instance = self.instance.moved_to(server.base());
        assert_eq!(every_customer(&instance), self.customers);
        assert_eq!(instance.ask_token().status, 200, "the credential was left behind");
        let inside = "searchCriteria[filter_groups][0][filters][0][field]=email&searchCriteria[filter_groups][0][filters][0][value]=%25race%40%25&searchCriteria[filter_groups][0][filters][0][condition_type]=like";
        assert_eq!(instance.get(&format!("/V1/customers/search?{inside}")).expect(200)["total_count"], 1);
        let next = instance.add_customer("after@example.com");
        let highest = self.customers.iter().filter_map(|customer| customer["id"].as_i64()).max();
        assert!(next["id"].as_i64() > highest, "an id was given twice");
        instance.delete(&format!("/V1/customers/{}", next["id"])).expect(200);
    }
}

#[test]
fn everything_moves_to_postgres_and_back_again() {
    let source = Source::new(700);
    let database = postgres::Temporary::new().unwrap();

    let said = moved(&source.place(), database.url());
    assert!(said.contains("Every table is the same on both sides"), "{said}");
    let there =
        Patron::start(Options { data: Data::Database(database.url().to_owned()), ..Options::default() });
    source.assert_arrived(&there);
    drop(there);

    let another = postgres::Temporary::new().unwrap();
    moved(database.url(), another.url());
    let mut back = emptied();
    moved(another.url(), &sqlite(&back));
    back.restart();
    source.assert_arrived(&back);
}

#[test]
fn every_table_arrives_row_by_row() {
    let source = Source::new(60);
    let database = postgres::Temporary::new().unwrap();
    let back = emptied();
    moved(&source.place(), database.url());
    moved(database.url(), &sqlite(&back));

    // Read by nothing of what moved it, and not by a list of tables either.
    let (here, there) = (tables(&source.server.data_folder()), tables(&back.data_folder()));
    let names =
        |tables: &[(String, Vec<Vec<Cell>>)]| tables.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&here), names(&there));
    let mut filled = 0;
    for ((name, rows), (_, arrived)) in here.iter().zip(&there) {
        match name.as_str() {
            // Says when the schema was made here, and how far an index has come that is built anew.
            "schema_migration" | "schema_addition" | "customer_search_state" | "customer_search_stale" => {
                continue;
            }
            _ => assert_eq!(rows, arrived, "{name}"),
        }
        filled += usize::from(!rows.is_empty());
    }
    assert!(filled >= 18, "only {filled} tables have rows: the story tells too little");
}

#[test]
fn a_move_that_is_killed_goes_on_and_nobody_uses_the_half() {
    let source = Source::new(400);
    let database = postgres::Temporary::new().unwrap();
    let mut folder = emptied();
    for target in [database.url().to_owned(), sqlite(&folder)] {
        for point in ["migration:2", "committed:1", "committed:3", "committed:9", "committed:2"] {
            let output = run(&source.place(), &target, &[], Some(point));
            assert_eq!(output.status.code(), None, "it was not killed at {point}: {}", said(&output));
            let refused = match target.starts_with("postgres") {
                true => {
                    Patron::try_start(Options { data: Data::Database(target.clone()), ..Options::default() })
                        .err()
                }
                false => folder.try_restart().err(),
            };
            let refused = refused.map(|error| format!("{error:#}")).unwrap_or_default();
            let refused = format!("{refused}{}", folder.stderr());
            assert!(refused.contains("half filled"), "a server starts on half a database: {refused}");
        }
        moved(&source.place(), &target);
    }
    let there =
        Patron::start(Options { data: Data::Database(database.url().to_owned()), ..Options::default() });
    source.assert_arrived(&there);
    folder.restart();
    source.assert_arrived(&folder);
}

#[test]
fn a_source_that_changed_after_a_kill_is_noticed() {
    let mut source = Source::new(30);
    let database = postgres::Temporary::new().unwrap();
    let is_copied = || {
        postgres::query(database.url(), "SELECT 1 FROM schema_move WHERE name = 'customer'").unwrap() == "1"
    };
    run(&source.place(), database.url(), &[], Some("committed:1"));
    while !is_copied() {
        assert_eq!(run(&source.place(), database.url(), &[], Some("committed:3")).status.code(), None);
    }
    source.server.restart();
    let instance = source.instance.moved_to(source.server.base());
    let renamed = instance.put("/V1/customers/1", &json!({"customer": {"lastname": "King"}})).expect(200);
    source.customers[0] = renamed;
    source.server.stop();

    let refused = run(&source.place(), database.url(), &[], None);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("the source has changed since this move began"), "{}", said(&refused));

    assert!(run(&source.place(), database.url(), &["--restart"], None).status.success());
    let there =
        Patron::start(Options { data: Data::Database(database.url().to_owned()), ..Options::default() });
    assert_eq!(every_customer(&source.instance.moved_to(there.base())), source.customers);
}

#[test]
fn a_move_is_refused_where_it_would_lose_or_overwrite_something() {
    let mut source = Source::new(1);
    let database = postgres::Temporary::new().unwrap();
    #[track_caller]
    fn refused(from: &str, to: &str, why: &str) {
        let output = run(from, to, &[], None);
        assert_eq!(output.status.code(), Some(1), "{from} to {to}");
        assert!(said(&output).contains(why), "{}", said(&output));
    }

    refused(&source.place(), &source.place(), "name the same database");
    refused("sqlite:/nowhere/at/all", database.url(), "there is no database of Patron's here");
    refused(database.url(), &source.place(), "there is no database of Patron's here");
    refused("data", database.url(), "sqlite:FOLDER");
    let other = Patron::start(Options::default());
    refused(&sqlite(&other), database.url(), "another Patron uses this database");
    drop(other);

    moved(&source.place(), database.url());
    refused(&source.place(), database.url(), "Patron has used it before");
    let there =
        Patron::start(Options { data: Data::Database(database.url().to_owned()), ..Options::default() });
    let folder = emptied();
    refused(database.url(), &sqlite(&folder), "servers are using the source");
    drop(there);
    source.server.restart();
    assert_eq!(every_customer(&source.instance.moved_to(source.server.base())), source.customers);
}

/// A server that was stopped and whose data is gone: a place to move to.
fn emptied() -> Patron {
    let mut server = Patron::start(Options::default());
    server.stop();
    std::fs::remove_dir_all(server.data_folder()).unwrap();
    server
}

fn sqlite(server: &Patron) -> String {
    format!("sqlite:{}", server.data_folder().display())
}

fn run(from: &str, to: &str, more: &[&str], crash_at: Option<&str>) -> Output {
    let mut command = command(["move", "--from", from, "--to", to]);
    command.args(more).envs(crash_at.map(|point| ("PATRON_CRASH_AT", point))).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn moved(from: &str, to: &str) -> String {
    let output = run(from, to, &[], None);
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

fn every_customer(instance: &Instance) -> Vec<Value> {
    let order = "searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=ASC";
    let found =
        instance.get(&format!("/V1/customers/search?searchCriteria[page_size]=0&{order}")).expect(200);
    found["items"].as_array().unwrap().clone()
}

/// Every table of a database file with its rows, in no order of the engine's.
fn tables(folder: &Path) -> Vec<(String, Vec<Vec<Cell>>)> {
    let file = folder.join("patron.sqlite");
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut names = connection
        .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
        .unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let read = |name: String| {
        let mut query = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = query.column_count();
        let rows = query.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
        let mut rows: Vec<Vec<Cell>> = rows.map(Result::unwrap).collect();
        rows.sort_by_key(|row| format!("{row:?}"));
        (name, rows)
    };
    names.into_iter().map(read).collect()
}
