//! `docs/parity.md`: operation by operation, what is served and how it is known.

use std::{collections::BTreeMap, fmt::Write};

use super::{
    facts::facts,
    openapi::{is_public, path_of},
};
use crate::Row;

/// How the behaviour of an operation is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Exchanges with a real server were recorded; how many.
    Recorded(usize),
    /// Only the reference tells: names and types.
    Schema,
}

/// The table, as Markdown. `recorded` counts the recorded exchanges of each operation, `deviations` the first cells of the rows of
/// `docs/deviations.md`.
pub fn table(rows: &[Row], recorded: &BTreeMap<String, usize>, deviations: &[String]) -> String {
    let served: Vec<String> = rows.iter().filter(|row| is_public(row)).map(name_of).collect();
    let mut out = String::from(HEAD);
    let total = facts().operations.len();
    let done = facts().operations.keys().filter(|operation| served.contains(operation)).count();
    let _ = writeln!(out, "{done} of {total} operations are served.\n");
    out.push_str("| operation | served | known by | deviations |\n|---|---|---|---|\n");
    for operation in facts().operations.keys() {
        let is_served = served.contains(operation);
        let source = match recorded.get(operation) {
            Some(count) => Source::Recorded(*count),
            None => Source::Schema,
        };
        let known = match source {
            Source::Recorded(count) => format!("recorded ({count})"),
            Source::Schema => "schema, documentation".to_owned(),
        };
        let departs = deviations.iter().filter(|cell| cell.contains(&format!("`{operation}`"))).count();
        let departs = if departs == 0 { String::new() } else { format!("[{departs}](deviations.md)") };
        let _ = writeln!(
            out,
            "| `{operation}` | {} | {known} | {departs} |",
            if is_served { "yes" } else { "–" }
        );
    }
    out
}

const HEAD: &str = "# Parity\n\nGenerated from the call table, the recorded exchanges and `deviations.md`; do not edit. The operations \
are those of the ACCS reference (July 2026) whose subject is a customer, or what a customer refers to or belongs to. *Recorded* counts \
exchanges with a real Commerce server that a test replays; what only *schema and documentation* tell was built from them and could not be \
compared. Deviations that concern every operation are not counted.\n\n";

/// `GET /V1/customers/{customerId}`
pub fn name_of(row: &Row) -> String {
    format!("{} {}", row.endpoint.method.verb(), path_of(row))
}

#[cfg(test)]
mod tests {
    use patron_webapi::{Method, Routes};
    use serde_json::Value;

    use super::*;

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

    /// The recorded exchanges of each operation, and those of its async forms.
    fn recorded(rows: &[Row]) -> BTreeMap<String, usize> {
        let routes = Routes::new(rows.iter().map(|row| &row.endpoint));
        let mut counts = BTreeMap::new();
        for entry in std::fs::read_dir(format!("{ROOT}/conformance/recorded")).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let scenarios: Vec<Value> = serde_json::from_str(&text).unwrap();
            for step in scenarios.iter().flat_map(|scenario| scenario["steps"].as_array().unwrap()) {
                let path = step["path"].as_str().unwrap().split('?').next().unwrap().to_owned();
                let Ok(method) = Method::parse(step["method"].as_str().unwrap()) else { continue };
                if let Ok(matched) = routes.find(method, &path) {
                    *counts.entry(name_of(&rows[matched.row])).or_default() += 1;
                }
            }
        }
        counts
    }

    fn deviations() -> Vec<String> {
        let text = std::fs::read_to_string(format!("{ROOT}/docs/deviations.md")).unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next().map(str::to_owned))
            .collect()
    }

    #[test]
    fn the_checked_in_table_is_the_generated_one() {
        let rows = crate::table();
        let generated = table(&rows, &recorded(&rows), &deviations());
        let path = format!("{ROOT}/docs/parity.md");
        if std::env::var_os("PATRON_BLESS").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            checked_in == generated,
            "docs/parity.md is out of date: run PATRON_BLESS=1 cargo test -p patron-commerce reference"
        );
    }

    #[test]
    fn every_row_is_an_operation_of_the_reference() {
        let rows = crate::table();
        let unknown: Vec<String> = rows
            .iter()
            .filter(|row| is_public(row))
            .map(name_of)
            .filter(|name| !facts().operations.contains_key(name))
            .collect();
        assert!(unknown.is_empty(), "not in the reference: {unknown:?}");
    }

    #[test]
    fn operations_take_the_parameters_of_the_reference() {
        let mut definitions = patron_webapi::describe::Definitions::default();
        for row in crate::table().iter().filter(|row| is_public(row)) {
            let ours: Vec<String> =
                row.parameters(&mut definitions).into_iter().map(|parameter| parameter.name).collect();
            let reference = &facts().operations[&name_of(row)]["parameters"];
            let missing: Vec<&str> = reference
                .as_array()
                .unwrap()
                .iter()
                .map(|parameter| parameter["name"].as_str().unwrap().split('[').next().unwrap())
                .filter(|name| !ours.iter().any(|our| our == name))
                .collect();
            assert!(missing.is_empty(), "{}: parameters {missing:?} are missing", name_of(row));
        }
    }
}
