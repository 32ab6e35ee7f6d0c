//! What a replay found, counted per area and readable in one go.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use super::scenario::area;

/// Differences shown of each scenario.
const SHOWN: usize = 3;
/// Longest value shown, in characters.
const WIDTH: usize = 300;

/// One place where an answer differs from the recorded one.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Number of the step, from 1.
    pub step: usize,
    /// Method and path of the step as recorded.
    pub request: String,
    /// Dotted path in the answer, or `HTTP status`.
    pub path: String,
    /// What was recorded.
    pub want: Value,
    /// What the server answered.
    pub got: Value,
}

/// A scenario and what differed; it passed when nothing did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The scenario's id.
    pub id: String,
    /// Every difference, in the order of the steps.
    pub differences: Vec<Difference>,
}

impl Outcome {
    /// True when nothing differed.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl Display for Outcome {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        writeln!(out, "DIFFERS {}", self.id)?;
        for Difference { step, request, path, want, got } in self.differences.iter().take(SHOWN) {
            writeln!(out, "    step {step} {request}")?;
            writeln!(out, "        {path}: recorded {} got {}", short(want), short(got))?;
        }
        match self.differences.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => writeln!(out, "    and {more} more"),
        }
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Every outcome of a replay.
#[derive(Clone, Debug)]
pub struct Report {
    /// In the order of the scenarios.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// True when there was something to replay and all of it passed.
    pub fn passed(&self) -> bool {
        !self.outcomes.is_empty() && self.outcomes.iter().all(Outcome::passed)
    }

    /// Per area: passed, total.
    pub fn areas(&self) -> BTreeMap<&str, (usize, usize)> {
        let mut areas = BTreeMap::new();
        for outcome in &self.outcomes {
            let (passed, total) = areas.entry(area(&outcome.id)).or_insert((0, 0));
            *passed += usize::from(outcome.passed());
            *total += 1;
        }
        areas
    }
}

impl Display for Report {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        for outcome in self.outcomes.iter().filter(|outcome| !outcome.passed()) {
            write!(out, "{outcome}")?;
        }
        let (mut all_passed, mut all) = (0, 0);
        for (area, (passed, total)) in self.areas() {
            writeln!(out, "{passed:4} / {total:<4} {area}")?;
            all_passed += passed;
            all += total;
        }
        write!(out, "{all_passed} passed, {} failed", all - all_passed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_names_the_step_the_path_and_both_values() {
        let difference = Difference {
            step: 2,
            request: "GET /V1/customers/1".into(),
            path: "group_id".into(),
            want: json!(1),
            got: json!("1"),
        };
        let outcomes = vec![
            Outcome { id: "customers/read/a".into(), differences: vec![difference] },
            Outcome { id: "customers/read/b".into(), differences: Vec::new() },
        ];
        let wanted = "DIFFERS customers/read/a\n    step 2 GET /V1/customers/1\n        \
                      group_id: recorded 1 got \"1\"\n   1 / 2    customers/read\n1 passed, 1 failed";
        assert_eq!(Report { outcomes }.to_string(), wanted);
    }

    #[test]
    fn a_replay_of_nothing_has_not_passed() {
        assert!(!Report { outcomes: Vec::new() }.passed());
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(short(&json!("é".repeat(400))).chars().count(), WIDTH + 1);
    }
}
