//! `X REGEXP Y` for SQLite, which has the operator but not the function behind it.
//!
//! As in MySQL the match is anywhere in the text and ignores case; `NULL` on either side gives `NULL`. Matching time
//! is linear in the text, so a caller's pattern cannot stall the server.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

/// How the refusal of a pattern begins: SQLite hands an error of a function on as text only.
pub(super) const REFUSAL: &str = "invalid regular expression: ";

/// Bytes a compiled pattern may take: `\w{1000}` fits, `(\w{1000}){1000}` does not.
const COMPILED_LIMIT: usize = 1 << 20;

/// Makes `regexp(pattern, text)` known to the connection.
pub(super) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(c"regexp", 2, flags, |context| matches(context))
}

fn matches(context: &Context<'_>) -> Result<Option<bool>> {
    let (pattern, subject) = (context.get_raw(0), context.get_raw(1));
    if pattern == ValueRef::Null || subject == ValueRef::Null {
        return Ok(None);
    }
    // SQLite keeps the compiled pattern for as long as the statement runs with the same one.
    let pattern = context.get_or_create_aux(0, |pattern| compile(&text(pattern)))?;
    Ok(Some(pattern.is_match(&text(subject))))
}

fn compile(pattern: &str) -> std::result::Result<Regex, String> {
    let compiled = RegexBuilder::new(pattern).case_insensitive(true).size_limit(COMPILED_LIMIT).build();
    compiled.map_err(|error| format!("{REFUSAL}{error}"))
}

/// The value as SQLite would print it.
fn text(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Null => Cow::Borrowed(""),
        ValueRef::Integer(int) => int.to_string().into(),
        ValueRef::Real(real) => real.to_string().into(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
    }
}
