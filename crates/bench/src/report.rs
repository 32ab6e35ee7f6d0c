//! The table that is printed, a line as soon as it is known.

use crate::{
    measure::{Compared, Spread},
    process,
};

/// What a ratio should be.
#[derive(Clone, Copy)]
pub enum Goal {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// One line.
pub struct Line {
    /// What was done.
    pub work: String,
    /// What it is compared with.
    pub yardstick: &'static str,
    /// Of both sides' values.
    pub unit: &'static str,
    /// What was measured.
    pub compared: Compared,
    /// What the ratio should be.
    pub goal: Goal,
}

/// The table's head.
pub fn begin() {
    println!(
        "| work | yardstick | Patron | yardstick | ratio [least..most] | goal | kept | load |\n|---|---|---|---|---|---|---|---|"
    );
}

impl Line {
    /// Prints it, with the machine's load of the last minute.
    pub fn print(&self) {
        let Compared { patron, yardstick, ratio, cpu } = &self.compared;
        let unit = self.unit;
        let cpu_of = |pick: fn(&(Spread, Spread)) -> Spread| {
            cpu.as_ref().map_or(String::new(), |cpu| format!(", {:.1} µs CPU each", pick(cpu).median))
        };
        println!(
            "| {} | {} | {} {unit}{} | {} {unit}{} | **{:.2}** [{:.2}..{:.2}] | {} | {} | {} |",
            self.work,
            self.yardstick,
            number(patron.median),
            cpu_of(|cpu| cpu.0),
            number(yardstick.median),
            cpu_of(|cpu| cpu.1),
            ratio.median,
            ratio.least,
            ratio.most,
            self.goal.text(),
            self.goal.kept(ratio.median),
            process::load_average(),
        );
    }
}

/// A line without a yardstick: a plain value and the most that it should be.
pub fn plain(work: &str, value: f64, unit: &str, most: Option<f64>) {
    let (goal, kept) = match most {
        Some(most) => (format!("< {most} {unit}"), if value < most { "yes" } else { "no" }),
        None => ("–".to_owned(), "–"),
    };
    println!(
        "| {work} | – | {} {unit} | – | – | {goal} | {kept} | {} |",
        number(value),
        process::load_average()
    );
}

/// A line that has no number, and why.
pub fn not_measured(work: &str, why: &str) {
    println!("| {work} | – | not measured: {why} | – | – | – | – | {} |", process::load_average());
}

impl Goal {
    fn text(self) -> String {
        match self {
            Self::AtLeast(goal) => format!("≥ {goal}"),
            Self::AtMost(goal) => format!("≤ {goal}"),
        }
    }

    fn kept(self, ratio: f64) -> &'static str {
        let kept = match self {
            Self::AtLeast(goal) => ratio >= goal,
            Self::AtMost(goal) => ratio <= goal,
        };
        if kept { "yes" } else { "no" }
    }
}

fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
