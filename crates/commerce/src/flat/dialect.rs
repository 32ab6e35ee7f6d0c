//! The one place of this module where the engines' SQL differs.

use patron_sql::Engine;

/// The operator that matches a text with a regular expression, whatever its case.
pub fn matches(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "REGEXP",
        Engine::Postgres => "~*",
    }
}
