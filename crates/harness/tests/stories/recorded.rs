//! Every recorded exchange with the original, against the real binary; one test for each file of recordings.
//!
//! What is known not to pass stands in `conformance/expected-failures.txt`. A line there that is no longer true fails
//! the test as surely as a scenario that differs.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use patron_harness::replay::{self, Scenario, Target};
use patron_harness::{Options, Patron};

macro_rules! recordings {
    ($($test:ident = $file:literal),* $(,)?) => {
        const FILES: &[&str] = &[$($file),*];
        $(#[test]
        fn $test() {
            replay_file($file);
        })*
    };
}

recordings! {
    addresses_answer_as_recorded = "addresses",
    bulk_calls_answer_as_recorded = "bulk",
    confirming_customers_answers_as_recorded = "customers-confirm",
    creating_customers_answers_as_recorded = "customers-create",
    deleting_customers_answers_as_recorded = "customers-delete",
    reading_customers_answers_as_recorded = "customers-read",
    searching_customers_answers_as_recorded = "customers-search",
    updating_customers_answers_as_recorded = "customers-update",
    validating_customers_answers_as_recorded = "customers-validate",
    graphql_answers_as_recorded = "graphql",
    customer_groups_answer_as_recorded = "groups",
    attribute_metadata_answers_as_recorded = "metadata",
    stores_answer_as_recorded = "stores",
    tax_classes_answer_as_recorded = "tax-classes",
    the_tutorial_answers_as_recorded = "tutorial",
    the_web_api_itself_answers_as_recorded = "webapi",
}

#[test]
fn every_file_of_recordings_has_a_test() {
    let files: BTreeSet<String> = fs::read_dir(conformance().join("recorded"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, FILES.iter().map(ToString::to_string).collect());
}

#[test]
fn every_scenario_has_an_id_of_its_own() {
    let mut known = BTreeSet::new();
    for scenario in all_scenarios() {
        assert!(known.insert(scenario.id.clone()), "{} is recorded twice", scenario.id);
    }
}

#[test]
fn every_expected_failure_names_a_recorded_scenario_outside_the_tutorial() {
    let scenarios = all_scenarios();
    for line in expected_failures() {
        let covered: Vec<&str> =
            scenarios.iter().map(|one| one.id.as_str()).filter(|id| line.covers(id)).collect();
        assert!(!covered.is_empty(), "expected-failures.txt names {}, which nobody recorded", line.pattern);
        assert!(
            !covered.iter().any(|id| id.starts_with("tutorial/")),
            "the tutorial may have no exceptions: {}",
            line.pattern
        );
    }
}

/// One line of `expected-failures.txt`.
struct ExpectedFailure {
    /// A scenario's id, or a prefix and `/*`.
    pattern: String,
}

impl ExpectedFailure {
    fn covers(&self, id: &str) -> bool {
        match self.pattern.strip_suffix('*') {
            Some(prefix) => id.starts_with(prefix),
            None => id == self.pattern,
        }
    }
}

fn replay_file(name: &str) {
    let scenarios = replay::read(&recorded(name)).unwrap();
    let server = Patron::start(Options::ephemeral());
    let report = replay::play(&Target::open(server.base()), &scenarios);
    let expected = expected_failures();

    let surprises: Vec<String> = report
        .outcomes
        .iter()
        .filter(|outcome| !outcome.passed() && !expected.iter().any(|line| line.covers(&outcome.id)))
        .map(ToString::to_string)
        .collect();
    let passing: Vec<&str> = expected
        .iter()
        .filter(|line| {
            let mut covered = report.outcomes.iter().filter(|outcome| line.covers(&outcome.id)).peekable();
            covered.peek().is_some() && covered.all(|outcome| outcome.passed())
        })
        .map(|line| line.pattern.as_str())
        .collect();

    assert!(
        surprises.is_empty(),
        "{} of {} scenarios of {name} differ from what was recorded:\n{}",
        surprises.len(),
        scenarios.len(),
        surprises.concat()
    );
    assert!(
        passing.is_empty(),
        "these pass now; delete their lines from conformance/expected-failures.txt: {}",
        passing.join(", ")
    );
}

fn all_scenarios() -> Vec<Scenario> {
    FILES.iter().flat_map(|name| replay::read(&recorded(name)).unwrap()).collect()
}

fn expected_failures() -> Vec<ExpectedFailure> {
    let text = fs::read_to_string(conformance().join("expected-failures.txt")).unwrap();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (pattern, reason) =
                line.split_once(" — ").unwrap_or_else(|| panic!("not `id — reason`: {line}"));
            assert!(!reason.trim().is_empty(), "no reason: {line}");
            ExpectedFailure { pattern: pattern.trim().to_owned() }
        })
        .collect()
}

fn recorded(name: &str) -> PathBuf {
    conformance().join("recorded").join(format!("{name}.json"))
}

fn conformance() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance")
}
