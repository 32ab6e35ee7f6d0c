//! Two things measured in turns, and how far their ratio can be believed.

use std::time::Duration;

use anyhow::Result;

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Turns of each side.
    pub rounds: usize,
    /// Time of one turn.
    pub slice: Duration,
}

/// The middle of some measurements, with the least and the largest.
#[derive(Clone, Copy)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

impl Spread {
    /// The spread of at least one measurement.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { median: values[values.len() / 2], least: values[0], most: values[values.len() - 1] }
    }
}

/// One side's turn: what is compared, and the processor time that the server took for one piece of work, if that is known.
#[derive(Clone, Copy)]
pub struct Turn {
    /// A rate or a time, as both sides' turns have it.
    pub value: f64,
    /// Microseconds of all cores.
    pub cpu: Option<f64>,
}

impl From<f64> for Turn {
    fn from(value: f64) -> Self {
        Self { value, cpu: None }
    }
}

/// Both sides of all rounds.
pub struct Compared {
    /// Patron's.
    pub patron: Spread,
    /// The yardstick's.
    pub yardstick: Spread,
    /// Patron's over the yardstick's, formed within each round.
    pub ratio: Spread,
    /// Processor time for a piece of work on both sides.
    pub cpu: Option<(Spread, Spread)>,
}

/// Measures both sides once a round, each round in the other order, after one turn of each that does not count.
pub fn alternate(
    plan: Plan,
    mut patron: impl FnMut(Duration) -> Result<Turn>,
    mut yardstick: impl FnMut(Duration) -> Result<Turn>,
) -> Result<Compared> {
    let warm = plan.slice.min(Duration::from_secs(1));
    patron(warm)?;
    yardstick(warm)?;
    let mut turns = Vec::new();
    for round in 0..plan.rounds {
        turns.push(if round % 2 == 0 {
            let ours = patron(plan.slice)?;
            (ours, yardstick(plan.slice)?)
        } else {
            let theirs = yardstick(plan.slice)?;
            (patron(plan.slice)?, theirs)
        });
    }
    let spread = |pick: fn(&(Turn, Turn)) -> f64| Spread::of(turns.iter().map(pick).collect());
    let cpu: Option<(Vec<f64>, Vec<f64>)> = turns.iter().map(|(a, b)| Some((a.cpu?, b.cpu?))).collect();
    Ok(Compared {
        patron: spread(|turn| turn.0.value),
        yardstick: spread(|turn| turn.1.value),
        ratio: spread(|turn| turn.0.value / turn.1.value),
        cpu: cpu.map(|(a, b)| (Spread::of(a), Spread::of(b))),
    })
}
