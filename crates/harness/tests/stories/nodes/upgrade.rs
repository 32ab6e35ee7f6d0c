//! A rolling upgrade: for a while an older and a newer program serve the same database (`docs/scale.md` has the rule).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use patron_harness::{Data, Options, Patron, consistency, postgres};
use serde_json::json;

use super::node;

/// Adds what older programs do not notice: a column that may be left out, an index, a table.
const ADDITION: &str = "-- addition\n\
     ALTER TABLE customer ADD COLUMN shoe_size BIGINT;\n\
     CREATE INDEX customer_shoe_size ON customer (tenant_id, shoe_size);\n\
     CREATE TABLE shoe (tenant_id BIGINT NOT NULL, size BIGINT NOT NULL, PRIMARY KEY (tenant_id, size))";
/// The same without the promise.
const CHANGE: &str =
    "CREATE TABLE boot (tenant_id BIGINT NOT NULL, size BIGINT NOT NULL, PRIMARY KEY (tenant_id, size))";
/// Makes a program one of the next version.
const REHEARSE: &str = "PATRON_REHEARSE";

fn try_node(url: &str) -> anyhow::Result<Patron> {
    Patron::try_start(Options { data: Data::Database(url.to_owned()), ..Options::default() })
}

#[test]
fn older_nodes_serve_on_while_a_newer_one_migrates_and_after() {
    let url = postgres::database();
    let old = node(&url, &[]);
    let instance = old.instance();
    let (is_over, made) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let (instance, is_over, made) = (&instance, &is_over, &made);
        let writer = scope.spawn(move || {
            while !is_over.load(SeqCst) {
                let number = made.load(SeqCst);
                let customer = instance.add_customer(&format!("ada{number}@example.com"));
                let path = format!("/V1/customers/{}", customer["id"]);
                let change = json!({"customer": {"lastname": "King"}});
                assert_eq!(instance.put(&path, &change).expect(200)["lastname"], "King");
                assert_eq!(instance.get(&path).expect(200)["email"], customer["email"]);
                made.fetch_add(1, SeqCst);
            }
        });
        let new = node(&url, &[(REHEARSE, ADDITION)]);
        let seen = made.load(SeqCst);
        let there = instance.moved_to(new.base());
        there.add_customer("grace@example.com");
        // An older one may still be started, as by somebody who scales out in the middle of the upgrade.
        let late = node(&url, &[]);
        instance.moved_to(late.base()).add_customer("charles@example.com");
        while made.load(SeqCst) < seen + 5 && !writer.is_finished() {
            thread::sleep(Duration::from_millis(5));
        }
        is_over.store(true, SeqCst);
        writer.join().expect("the older node refused something");
        let found =
            there.get("/V1/customers/search?searchCriteria[page_size]=1&fields=total_count").expect(200);
        assert_eq!(found["total_count"], made.load(SeqCst) + 2);
        assert_eq!(postgres::query(&url, "SELECT count(*) FROM shoe").unwrap(), "0", "it has migrated");
    });
    consistency::assert_whole(&old);
}

#[test]
fn after_a_migration_that_is_more_than_an_addition_older_nodes_do_not_start_and_say_why() {
    let url = postgres::database();
    let old = node(&url, &[]);
    let instance = old.instance();
    let new = node(&url, &[(REHEARSE, CHANGE)]);
    instance.moved_to(new.base()).add_customer("grace@example.com");
    instance.add_customer("ada@example.com");
    let Err(refused) = try_node(&url) else { panic!("an older node started on a newer database") };
    let refused = format!("{refused:#}");
    assert!(refused.contains("written by a newer Patron"), "{refused}");
    assert!(refused.contains("this program knows"), "{refused}");
    assert_eq!(node(&url, &[(REHEARSE, CHANGE)]).instance().get("/V1/customers/1").status, 404);
}
