//! What only a server shared with others can do to a database: conflicts, lost connections, races of nodes.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use patron_harness::postgres::{self, Cluster};
use patron_sql::{Database, Error, Location, Migration, Postgres, params};

pub const ONE: Migration = Migration {
    number: 1,
    name: "notes",
    sql: "CREATE TABLE note (id BIGINT NOT NULL PRIMARY KEY, body TEXT NOT NULL); \
          CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL); \
          INSERT INTO counter VALUES ('a', 0), ('b', 0)",
};

pub fn server(url: &str) -> Postgres {
    Postgres::at(url).unwrap()
}

pub fn open(url: &str) -> Database {
    Database::open(&Location::Postgres(server(url)), &[ONE]).unwrap()
}

pub fn texts(database: &Database, sql: &str) -> Vec<String> {
    database.read(|session| session.all::<_, Error>(sql, params![], |row| row.string(0))).unwrap()
}

pub fn counter(database: &Database, name: &'static str) -> i64 {
    let select = "SELECT value FROM counter WHERE name = ?1";
    database.read(|sql| sql.one::<_, Error>(select, params![name], |row| row.int(0))).unwrap()
}

pub fn add(database: &Database, id: i64, body: &'static str) -> Result<u64, Error> {
    database.write_now(move |sql| sql.execute("INSERT INTO note VALUES (?1, ?2)", params![id, body]))
}

/// Ends every connection of this database, as a restart of the server does.
fn terminate(url: &str) {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    postgres::query(url, sql).unwrap();
}

#[test]
fn two_that_read_what_the_other_writes_do_not_both_succeed_by_what_they_read() {
    let url = postgres::database();
    let database = open(&url);
    let runs = Arc::new(AtomicU32::new(0));
    let meeting = Arc::new(Barrier::new(2));
    let unit = |mine: &'static str, other: &'static str| {
        let (database, runs, meeting) = (database.clone(), runs.clone(), meeting.clone());
        thread::spawn(move || {
            database.write_now::<(), Error>(move |sql| {
                let select = "SELECT value FROM counter WHERE name = ?1";
                let value = sql.one::<_, Error>(select, params![other], |row| row.int(0))?;
                // Both have read before either writes; only the first time, as only one is run again.
                if runs.fetch_add(1, SeqCst) < 2 {
                    meeting.wait();
                }
                if value == 0 {
                    sql.execute("UPDATE counter SET value = 1 WHERE name = ?1", params![mine])?;
                }
                Ok(())
            })
        })
    };
    let threads = [unit("a", "b"), unit("b", "a")];
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    assert_eq!(counter(&database, "a") + counter(&database, "b"), 1, "as if one after the other");
    assert_eq!(runs.load(SeqCst), 3, "one of them was run again");
    assert_eq!(database.stats().conflicts, 1);
}

#[test]
fn a_deadlock_is_run_again_rather_than_told() {
    let database = open(&postgres::database());
    let runs = Arc::new(AtomicU32::new(0));
    let meeting = Arc::new(Barrier::new(2));
    let unit = |first: &'static str, second: &'static str| {
        let (database, runs, meeting) = (database.clone(), runs.clone(), meeting.clone());
        thread::spawn(move || {
            database.write_now::<(), Error>(move |sql| {
                let update = "UPDATE counter SET value = value + 1 WHERE name = ?1";
                sql.execute(update, params![first])?;
                if runs.fetch_add(1, SeqCst) < 2 {
                    meeting.wait();
                }
                sql.execute(update, params![second]).map(drop)
            })
        })
    };
    let threads = [unit("a", "b"), unit("b", "a")];
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    assert_eq!((counter(&database, "a"), counter(&database, "b")), (2, 2));
}

#[test]
fn a_hundred_units_that_want_the_same_row_on_two_nodes_each_get_their_turn() {
    let url = postgres::database();
    let nodes = [open(&url), open(&url)];
    let threads: Vec<_> = (0..100)
        .map(|number| {
            let database = nodes[number % 2].clone();
            thread::spawn(move || {
                database.write_now::<i64, Error>(|sql| {
                    let update = "UPDATE counter SET value = value + 1 WHERE name = 'a' RETURNING value";
                    sql.one(update, params![], |row| row.int(0))
                })
            })
        })
        .collect();
    let mut given: Vec<i64> = threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect();
    given.sort_unstable();
    assert_eq!(given, (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_conflict_that_the_work_swallows_is_run_again_all_the_same() {
    let database = open(&postgres::database());
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let outcome = database.write_now::<(), Error>(move |sql| {
        if counted.fetch_add(1, SeqCst) == 0 {
            let raise = "DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '40001'; END $$";
            let _ = sql.execute(raise, params![]);
        }
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(runs.load(SeqCst), 2);
}

#[test]
fn work_that_goes_on_after_a_refused_statement_is_not_committed_as_if_nothing_had_been() {
    let database = open(&postgres::database());
    add(&database, 1, "a").unwrap();
    let outcome = database.write_now::<(), Error>(|sql| {
        sql.execute("INSERT INTO note VALUES (2, 'b')", params![])?;
        let _ = sql.execute("INSERT INTO note VALUES (1, 'c')", params![]);
        Ok(())
    });
    assert!(matches!(outcome, Err(Error::Other(_))), "{outcome:?}");
    let outcome = database.write_now::<(), Error>(|sql| {
        sql.execute("INSERT INTO note VALUES (3, 'b')", params![])?;
        let refused = sql.savepoint(|sql| sql.execute("INSERT INTO note VALUES (1, 'c')", params![]));
        assert!(refused.is_err_and(|error: Error| error.is_unique("note")));
        sql.execute("INSERT INTO note VALUES (4, 'b')", params![]).map(drop)
    });
    outcome.unwrap();
    assert_eq!(texts(&database, "SELECT CAST(id AS TEXT) FROM note ORDER BY id"), ["1", "3", "4"]);
}

#[test]
fn connections_that_were_ended_are_replaced_unnoticed() {
    let url = postgres::database();
    let database = open(&url);
    for round in 0..3 {
        add(&database, round, "a").unwrap();
        assert_eq!(texts(&database, "SELECT body FROM note").len() as i64, round + 1);
        terminate(&url);
    }
    add(&database, 9, "a").unwrap();
}

#[test]
fn a_unit_whose_connection_is_lost_before_its_commit_is_run_again() {
    let url = postgres::database();
    let database = open(&url);
    let runs = Arc::new(AtomicU32::new(0));
    let (counted, place) = (runs.clone(), url.clone());
    let outcome = database.write_now::<(), Error>(move |sql| {
        sql.execute("INSERT INTO note VALUES (1, 'a')", params![])?;
        if counted.fetch_add(1, SeqCst) == 0 {
            terminate(&place);
        }
        sql.execute("INSERT INTO note VALUES (2, 'a')", params![]).map(drop)
    });
    outcome.unwrap();
    assert_eq!(runs.load(SeqCst), 2);
    assert_eq!(texts(&database, "SELECT body FROM note").len(), 2);
}

#[test]
fn a_connection_lost_during_the_commit_is_told_and_the_unit_is_not_run_again() {
    let url = postgres::database();
    let database = open(&url);
    // A deferred trigger that ends its own backend: the connection is lost while the commit is under way.
    let trigger = "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW WHEN (NEW.id = 13) EXECUTE FUNCTION leave()";
    postgres::query(&url, trigger).unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let outcome = database.write_now(move |sql| {
        counted.fetch_add(1, SeqCst);
        sql.execute("INSERT INTO note VALUES (13, 'a')", params![])
    });
    assert!(matches!(outcome, Err(Error::Uncertain)), "{outcome:?}");
    assert_eq!(runs.load(SeqCst), 1);
    add(&database, 14, "b").unwrap();
}

#[test]
fn a_server_that_is_down_is_told_at_once_and_used_again_when_it_is_back() {
    let cluster = Cluster::start();
    let database = open(&cluster.url());
    add(&database, 1, "a").unwrap();
    cluster.stop(true);
    assert!(matches!(add(&database, 2, "a"), Err(Error::Unavailable(_))));
    let read = database.read(|sql| sql.one("SELECT 1", params![], |row| row.int(0)));
    assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
    cluster.restart().unwrap();
    add(&database, 3, "a").unwrap();
    assert_eq!(texts(&database, "SELECT CAST(id AS TEXT) FROM note ORDER BY id"), ["1", "3"]);
}

#[test]
fn a_statement_that_takes_too_long_is_ended() {
    let quick = server(&postgres::database()).statement_timeout(Duration::from_millis(100));
    let database = Database::open(&Location::Postgres(quick), &[ONE]).unwrap();
    let read = database.read(|sql| sql.one("SELECT 1 FROM pg_sleep(10)", params![], |row| row.int(0)));
    assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
    assert_eq!(texts(&database, "SELECT 'still there'"), ["still there"]);
}

#[test]
fn more_connections_than_the_server_allows_is_busy() {
    let url = postgres::database();
    let database = open(&url);
    let (name, role) = (url.rsplit('/').next().unwrap(), "crowded");
    postgres::query(&url, &format!("CREATE ROLE {role}_{name} LOGIN CONNECTION LIMIT 0; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}_{name}; GRANT ALL ON SCHEMA public TO {role}_{name}")).unwrap();
    let crowded = url.replace("patron@", &format!("{role}_{name}@"));
    let refused = Database::open(&Location::Postgres(server(&crowded)), &[ONE]).err().unwrap();
    assert!(matches!(refused, Error::Busy), "{refused:?}");
    drop(database);
}

#[test]
fn nodes_that_start_at_once_run_each_migration_once() {
    let url = postgres::database();
    let more = [
        ONE,
        Migration { number: 2, name: "seed", sql: "INSERT INTO note VALUES (1, 'from two')" },
        Migration { number: 5, name: "rename", sql: "ALTER TABLE note RENAME COLUMN body TO text" },
    ];
    let start = Arc::new(Barrier::new(6));
    let nodes: Vec<_> = (0..6)
        .map(|_| {
            let (url, start) = (url.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                Database::open(&Location::Postgres(server(&url)), &more)
                    .map(|database| texts(&database, "SELECT name FROM schema_migration ORDER BY number"))
            })
        })
        .collect();
    for node in nodes {
        assert_eq!(node.join().unwrap().unwrap(), ["notes", "seed", "rename"]);
    }
    let older = Database::open(&Location::Postgres(server(&url)), &[ONE]).err().unwrap();
    assert!(matches!(older, Error::TooNew { found: 5, known: 1 }));
}

#[test]
fn a_migration_that_fails_leaves_nothing_behind() {
    let url = postgres::database();
    let broken = "INSERT INTO note VALUES (1, 'a'); INSERT INTO nowhere VALUES (1)";
    let open = |two: &'static str| {
        let two = Migration { number: 2, name: "seed", sql: two };
        Database::open(&Location::Postgres(server(&url)), &[ONE, two])
    };
    assert!(matches!(open(broken), Err(Error::Other(_))));
    let by_locale = "CREATE TABLE other (name VARCHAR(10))";
    assert!(matches!(open(by_locale), Err(Error::Migration { number: 2, .. })));
    let database = open("INSERT INTO note VALUES (2, 'a')").unwrap();
    assert_eq!(texts(&database, "SELECT CAST(id AS TEXT) FROM note"), ["2"]);
}

#[test]
fn texts_sort_and_compare_byte_by_byte_whatever_the_locale_of_the_database() {
    let url = postgres::database();
    let name = format!("{}_icu", url.rsplit('/').next().unwrap());
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'");
    postgres::query(&url, &create).unwrap();
    let database = open(&format!("{}/{name}", url.rsplit_once('/').unwrap().0));
    for (id, body) in ["b", "Z", "a", "ä", "_", "A", "é"].into_iter().enumerate() {
        add(&database, id as i64, body).unwrap();
    }
    assert_eq!(texts(&database, "SELECT body FROM note ORDER BY body"), ["A", "Z", "_", "a", "b", "ä", "é"]);
    assert_eq!(texts(&database, "SELECT body FROM note WHERE lower(body) = 'z'"), ["Z"]);
    assert_eq!(texts(&database, "SELECT body FROM note WHERE body REGEXP 'Ä|^É$' ORDER BY id"), ["ä", "é"]);
    assert_eq!(texts(&database, r"SELECT body FROM note WHERE body REGEXP '^\w$' ORDER BY body").len(), 7);
    assert_eq!(
        texts(&database, "SELECT body FROM note WHERE body > 'Z' AND body < 'b' ORDER BY body"),
        ["_", "a"]
    );
}

#[test]
fn parameters_are_taken_for_whatever_the_server_wants() {
    let database = open(&postgres::database());
    let select = "SELECT ?1 || ?2, sum(CAST(?3 AS BIGINT)), ?4 + 1, ?5 IS NULL, length(?6), 2 < ?3";
    let read = database.read(|sql| {
        sql.one::<_, Error>(select, params!["a", 1, 40, 2, None::<&str>, "abc"], |row| {
            assert_eq!(row.text(0)?, "a1");
            assert_eq!((row.int(1)?, row.int(2)?), (40, 3));
            assert!(row.flag(3)? && row.flag(5)?);
            row.int(4)
        })
    });
    assert_eq!(read.unwrap(), 3);
}

#[tokio::test]
async fn reading_and_writing_work_on_the_only_thread_of_a_runtime() {
    let database = open(&postgres::database());
    database
        .write(|sql| sql.execute("INSERT INTO note VALUES (1, 'a')", params![]))
        .await
        .map_err(|error: Error| error)
        .unwrap();
    assert_eq!(texts(&database, "SELECT body FROM note"), ["a"]);
    add(&database, 2, "b").unwrap();
    database.close();
}

#[test]
fn closing_runs_what_waits_and_refuses_what_comes() {
    let url = postgres::database();
    let database = Database::open(&Location::Postgres(server(&url).connections(2, 1)), &[ONE]).unwrap();
    let (tell, told) = mpsc::channel();
    let threads: Vec<_> = (0..20)
        .map(|id| {
            let (database, tell) = (database.clone(), tell.clone());
            thread::spawn(move || {
                database.write_now(move |sql| {
                    let _ = tell.send(());
                    thread::sleep(Duration::from_millis(5));
                    sql.execute("INSERT INTO note VALUES (?1, 'a')", params![id])
                })
            })
        })
        .collect();
    told.recv().unwrap();
    while database.stats().queued < 10 {
        thread::yield_now();
    }
    let other = database.clone();
    database.close();
    let done = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .filter(|outcome: &Result<u64, Error>| outcome.is_ok())
        .count();
    assert!(matches!(add(&other, 100, "a"), Err(Error::Closed)));
    assert_eq!(texts(&open(&url), "SELECT body FROM note").len(), done);
    assert!(done > 10);
}

#[test]
fn a_unix_socket_is_as_good_as_an_address() {
    let cluster = Cluster::start();
    let database = open(&cluster.socket_url());
    add(&database, 1, "a").unwrap();
    assert_eq!(texts(&database, "SELECT body FROM note"), ["a"]);
}

#[test]
fn of_several_hosts_the_one_that_takes_writes_is_used() {
    let url = postgres::database();
    let place = url.split_once('@').unwrap().1.to_owned();
    let (host, name) = place.split_once('/').unwrap();
    let port = host.split_once(':').unwrap().1;
    // Nobody listens at port 1.
    let several =
        format!("postgres://patron@127.0.0.1:1,127.0.0.1:{port}/{name}?target_session_attrs=read-write");
    let database = open(&several);
    add(&database, 1, "a").unwrap();
    drop(database);
    postgres::query(&url, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).unwrap();
    let refused = Database::open(&Location::Postgres(server(&several)), &[ONE]).err().unwrap();
    assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
}
