//! The way to the server: what is slow is waited for, what is gone is not, and nobody waits for the attempts of others.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)] // a wait takes real time

use std::thread;
use std::time::{Duration, Instant};

use patron_harness::{Proxy, postgres};
use patron_sql::{Database, Error, Location, params};

use crate::postgres::{ONE, add, counter, open, server, texts};

/// A statement may take thirty seconds. Silence is noticed in eight, and a connection opened in five.
const BOUND: Duration = Duration::from_secs(30);

fn slowly(database: &Database, seconds: i64) -> Result<i64, Error> {
    database.read(|sql| sql.one("SELECT 1 FROM pg_sleep(?1)", params![seconds], |row| row.int(0)))
}

#[test]
fn a_statement_that_takes_long_is_not_taken_for_a_server_that_is_gone() {
    let cluster = postgres::Cluster::start();
    for url in [cluster.url(), cluster.socket_url()] {
        assert_eq!(slowly(&open(&url), 6).unwrap(), 1);
    }
}

#[test]
fn a_server_that_falls_silent_is_given_up_long_before_a_statement_may_end() {
    let url = postgres::database();
    let (user, place) = url.split_once('@').unwrap();
    let (address, name) = place.split_once('/').unwrap();
    let proxy = Proxy::to(address);
    let narrow = server(&format!("{user}@{}/{name}", proxy.address())).connections(2, 1);
    let database = Database::open(&Location::Postgres(narrow), &[ONE]).unwrap();
    add(&database, 1, "a").unwrap();
    proxy.fall_silent();

    let begun = Instant::now();
    thread::scope(|scope| {
        // With one writer, each of them waits for all before it, unless somebody tells them.
        let writes: Vec<_> = (2..40).map(|id| (id, database.clone())).collect();
        for (id, database) in writes {
            scope.spawn(move || {
                let refused = add(&database, id, "a");
                assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
            });
        }
        for _ in 0..6 {
            scope.spawn(|| {
                let refused = slowly(&database, 0);
                assert!(matches!(refused, Err(Error::Unavailable(_) | Error::Busy)), "{refused:?}");
            });
        }
    });
    assert!(begun.elapsed() < BOUND, "it took {:?}", begun.elapsed());

    proxy.heal();
    add(&database, 99, "b").unwrap();
    assert_eq!(texts(&database, "SELECT CAST(id AS TEXT) FROM note ORDER BY id"), ["1", "99"]);
}

#[test]
fn a_unit_whose_node_is_gone_is_ended_by_the_server_so_that_others_need_not_wait_for_it() {
    let url = postgres::database();
    let quick = server(&url).statement_timeout(Duration::from_secs(2));
    let one = Database::open(&Location::Postgres(quick), &[ONE]).unwrap();
    let other = open(&url);
    let update = "UPDATE counter SET value = value + 1 WHERE name = 'a'";
    let mut is_gone = true;
    thread::scope(|scope| {
        let stuck = scope.spawn(move || {
            one.write_now::<(), Error>(move |sql| {
                sql.execute(update, params![])?;
                // As far as the server can tell we are gone: a unit is never silent for so long.
                if std::mem::take(&mut is_gone) {
                    thread::sleep(Duration::from_secs(6));
                }
                Ok(())
            })
        });
        thread::sleep(Duration::from_millis(200));
        other.write_now(move |sql| sql.execute(update, params![])).unwrap();
        assert!(!stuck.is_finished(), "the other waited for it");
        stuck.join().unwrap().unwrap();
    });
    assert_eq!(counter(&other, "a"), 2, "it was run again");
}
