//! Regular expressions that a search sends.

use patron_webapi::Fault;
use regex::RegexBuilder;

/// Bytes that a compiled expression may take: more is no search but an attack.
const LARGEST: usize = 1 << 20;

/// Refuses what is no regular expression. Done before the search, since a database looks at the expression only when there is a row.
pub fn check(expression: &str, field: Option<&str>) -> Result<(), Fault> {
    match RegexBuilder::new(expression).case_insensitive(true).size_limit(LARGEST).build() {
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::invalid_attribute_name(field)),
    }
}
