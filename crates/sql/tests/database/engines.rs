//! Runs a test on both engines, each time on an empty database.

use patron_sql::{Database, Engine, Location, Migration, Postgres};

/// A fresh database with this schema. On PostgreSQL units of work run one at a time if `narrow`.
pub fn open(engine: Engine, schema: &[Migration], narrow: bool) -> Database {
    let location = match engine {
        Engine::Sqlite => Location::Memory,
        Engine::Postgres => {
            let server = Postgres::at(&patron_harness::postgres::database()).unwrap();
            Location::Postgres(if narrow { server.connections(16, 1) } else { server })
        }
    };
    Database::open(&location, schema).unwrap()
}

/// `both_engines! { SCHEMA; fn a_sentence(database: Database) { … } }`: each function becomes two tests. Functions that
/// are `async` get a runtime of one thread, those that say `narrow` a database that writes one unit at a time.
#[macro_export]
macro_rules! both_engines {
    ($schema:expr;) => {};
    ($schema:expr; $(#[doc = $doc:literal])* async narrow fn $name:ident($database:ident: Database) $body:block $($rest:tt)*) => {
        both_engines!(@ $name, tokio::test, { async }, |engine| {
            let $database = engines::open(engine, $schema, true);
            $body
        });
        both_engines!($schema; $($rest)*);
    };
    ($schema:expr; $(#[doc = $doc:literal])* async fn $name:ident($database:ident: Database) $body:block $($rest:tt)*) => {
        both_engines!(@ $name, tokio::test(flavor = "multi_thread", worker_threads = 2), { async }, |engine| {
            let $database = engines::open(engine, $schema, false);
            $body
        });
        both_engines!($schema; $($rest)*);
    };
    ($schema:expr; $(#[doc = $doc:literal])* fn $name:ident($database:ident: Database) $body:block $($rest:tt)*) => {
        both_engines!(@ $name, test, { }, |engine| {
            let $database = engines::open(engine, $schema, false);
            $body
        });
        both_engines!($schema; $($rest)*);
    };
    (@ $name:ident, $test:meta, { $($async:tt)? }, |$engine:ident| $body:block) => {
        mod $name {
            use super::*;
            #[$test]
            $($async)? fn on_sqlite() {
                let $engine = patron_sql::Engine::Sqlite;
                $body
            }
            #[$test]
            $($async)? fn on_postgres() {
                let $engine = patron_sql::Engine::Postgres;
                $body
            }
        }
    };
}
