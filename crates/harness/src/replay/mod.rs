//! Replays recorded exchanges against a running server and says what differs.
//!
//! The format and the equality are those of the recordings' own `replay.py`: same status, same JSON value; the order of
//! members does not count, the order of arrays and the JSON types do; a timestamp equals any timestamp. Every scenario
//! starts on a fresh, empty instance, so recorded ids compare literally.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result};

mod compare;
mod fill;
mod play;
mod report;
mod scenario;

pub use compare::differences;
pub use play::Target;
pub use report::{Difference, Outcome, Report};
pub use scenario::{Auth, Expect, Scenario, Step};

/// Scenarios in flight at once. Most wait for password hashes or for a recorded pause.
const SIDE_BY_SIDE: usize = 8;

/// Reads a file of scenarios.
///
/// # Errors
/// The file cannot be read, or is not a list of scenarios.
pub fn read(file: &Path) -> Result<Vec<Scenario>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a list of scenarios", file.display()))
}

/// Plays every scenario, several at once, each on an instance of its own. Outcomes come in the order of the scenarios.
pub fn play(target: &Target, scenarios: &[Scenario]) -> Report {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::with_capacity(scenarios.len()));
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE.min(scenarios.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(scenario) = scenarios.get(index) else { return };
                    let outcome = Outcome { id: scenario.id.clone(), differences: target.play(scenario) };
                    outcomes.lock().expect("no player panics while it holds the list").push((index, outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().expect("every player has ended");
    outcomes.sort_by_key(|(index, _)| *index);
    Report { outcomes: outcomes.into_iter().map(|(_, outcome)| outcome).collect() }
}
