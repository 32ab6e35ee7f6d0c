//! On which engine the stories run: SQLite, unless whoever runs them says otherwise.
//!
//! `./test` runs every story twice. A story asks for a server that keeps its data, or for one that forgets it; on which engine is
//! not its business, unless it names a database itself.

/// The variable that names the engine: `sqlite`, which is the default, or `postgres`.
pub const VARIABLE: &str = "PATRON_TEST_ENGINE";

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded database, in a file or in memory.
    Sqlite,
    /// A fresh database of the PostgreSQL server for tests, dropped with the server that used it.
    Postgres,
}

impl Engine {
    /// The engine that the variable names. Fails the test on any other word: nobody should believe that it was tested.
    pub fn under_test() -> Engine {
        match std::env::var(VARIABLE).as_deref() {
            Err(_) | Ok("" | "sqlite") => Engine::Sqlite,
            Ok("postgres") => Engine::Postgres,
            Ok(other) => panic!("{VARIABLE} names {other:?}, which is neither sqlite nor postgres"),
        }
    }
}
