//! `/_/readyz` tells the truth: each thing it looks at is broken once, named in the answer, and mended again where that can be.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::{
    thread,
    time::{Duration, Instant},
};

use patron_harness::{Data, Engine, Options, Patron, consistency, customer, postgres, wire};
use rusqlite::Connection;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);

fn readyz(server: &Patron) -> (u16, Value) {
    let request = wire::Request { method: "GET".into(), target: "/_/readyz".into(), ..Default::default() };
    let answer = wire::send(server.address(), &request).unwrap();
    (answer.status, answer.json())
}

/// Asks until the service is ready, or not, and returns what it says then.
#[track_caller]
fn until(server: &Patron, status: u16) -> Value {
    let begun = Instant::now();
    loop {
        let (answered, body) = readyz(server);
        if answered == status {
            return body;
        }
        assert!(begun.elapsed() < PATIENCE, "still {answered} {body}, not {status}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_ready_service_says_what_it_looked_at() {
    let server = Patron::start(Options::default());
    let checks = json!({"database": "ok", "keys": "ok", "workers": "ok"});
    assert_eq!(readyz(&server), (200, json!({"status": "ready", "checks": checks})));
}

#[test]
fn a_database_that_cannot_be_written_is_named_and_the_service_is_ready_again_after_it() {
    let server = Patron::start(Options::default());
    until(&server, 200);

    let broken = Broken::database(&server);
    let said = until(&server, 503);
    assert!(said["checks"]["database"].as_str().unwrap().starts_with("the database "), "{said}");
    assert_eq!(said["checks"]["workers"], "ok", "{said}");
    let alive = wire::Request { method: "GET".into(), target: "/_/livez".into(), ..Default::default() };
    assert_eq!(wire::send(server.address(), &alive).unwrap().status, 200, "the process lives all the same");

    broken.mend();
    until(&server, 200);
}

/// What is written to them is answered, and gone with the process.
#[test]
fn files_that_were_deleted_are_told() {
    if Engine::under_test() == Engine::Postgres {
        return; // It looks after its own.
    }
    for name in ["patron.sqlite", "patron.sqlite-wal"] {
        let server = Patron::start(Options::default());
        until(&server, 200);
        std::fs::remove_file(server.data_folder().join(name)).unwrap();
        let said = until(&server, 503);
        assert_eq!(said["checks"]["database"], "the database's files were deleted or replaced", "{name}");
    }
}

#[test]
fn keys_that_cannot_be_read_are_named() {
    let server = Patron::start(Options::default());
    until(&server, 200);
    consistency::tamper(
        &server,
        "UPDATE signing_key SET private_key = 'no key'; UPDATE identity_epoch SET value = value + 1",
    );
    let said = until(&server, 503);
    assert_eq!(said["checks"]["database"], "ok", "{said}");
    assert_eq!(said["checks"]["keys"], "the signing keys cannot be used", "{said}");
}

#[test]
fn a_worker_that_died_is_named_until_the_service_is_started_again() {
    let mut options = Options::default();
    options.environment.push(("PATRON_PANIC_AT".into(), "claimed".into()));
    let mut server = Patron::start(options);
    let instance = server.instance();
    until(&server, 200);

    instance.post("/V1/async/customers", &customer("ada@example.com")).expect(202);
    let said = until(&server, 503);
    assert_eq!(said["checks"], json!({"database": "ok", "keys": "ok", "workers": "ended: kept calls"}));

    server.options_mut().environment.clear();
    server.restart();
    until(&server, 200);
    let instance = instance.moved_to(server.base());
    let begun = Instant::now();
    while instance.get("/V1/customers/1").status != 200 {
        assert!(begun.elapsed() < PATIENCE, "the kept call was lost with its worker");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Where the worker of kept calls itself goes on no more, and where only what it does beside.
#[test]
fn a_worker_that_hangs_is_named_when_it_has_been_silent_for_too_long() {
    for point in ["claimed", "lot committed"] {
        let mut options = Options::default();
        options.environment.push(("PATRON_HANG_AT".into(), point.into()));
        options.arguments.extend(["--worker-patience-seconds".into(), "3".into()]);
        let server = Patron::start(options);
        let instance = server.instance();
        until(&server, 200);

        instance.post("/V1/async/customers", &customer("ada@example.com")).expect(202);
        let said = until(&server, 503);
        assert_eq!(said["checks"], json!({"database": "ok", "keys": "ok", "workers": "silent: kept calls"}));
        let metrics =
            wire::Request { method: "GET".into(), target: "/_/metrics".into(), ..Default::default() };
        let told = wire::send(server.address(), &metrics).unwrap();
        let told = String::from_utf8(told.body).unwrap();
        assert!(told.contains(r#"patron_worker_up{worker="kept calls"} 0"#), "{told}");
    }
}

/// A database that takes no writes for now.
enum Broken {
    /// Somebody else holds the file's lock.
    Sqlite(Connection),
    /// The server lets nobody in.
    Postgres { admin: String, name: String },
}

impl Broken {
    fn database(server: &Patron) -> Self {
        let (Engine::Postgres, Data::Database(url)) = (Engine::under_test(), server.kept_in()) else {
            let other = Connection::open(server.data_folder().join("patron.sqlite")).unwrap();
            other.busy_timeout(PATIENCE).unwrap();
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            return Self::Sqlite(other);
        };
        let (place, name) = url.rsplit_once('/').unwrap();
        let (admin, name) = (format!("{place}/postgres"), name.to_owned());
        postgres::query(&admin, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")).unwrap();
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        postgres::query(&admin, &end).unwrap();
        Self::Postgres { admin, name }
    }

    fn mend(self) {
        match self {
            Self::Sqlite(other) => other.execute_batch("ROLLBACK").unwrap(),
            Self::Postgres { admin, name } => {
                let allow = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true");
                postgres::query(&admin, &allow).unwrap();
            }
        }
    }
}
