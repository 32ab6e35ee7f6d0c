//! Progress for whoever watches: a bar with rate and time left on a terminal, a plain line every few seconds elsewhere. Goes to standard
//! error, so that standard output stays data.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line is written.
const EVERY: Duration = Duration::from_secs(5);

/// See the module.
pub struct Gauge {
    bar: Option<ProgressBar>,
    began: Instant,
    told: Instant,
    total: u64,
    /// What is counted: `customers`.
    what: &'static str,
    /// Where it began, which counts for the bar but not for the rate.
    skipped: u64,
}

impl Gauge {
    /// Begins at `position` of `total`, in whatever unit the work is measured (bytes, ids); customers are counted.
    pub fn begin(total: u64, position: u64) -> Self {
        Self::of("customers", total, position)
    }

    /// The same for `what`, in the plural.
    pub fn of(what: &'static str, total: u64, position: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:32} {percent:>3} %  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style)
        });
        let now = Instant::now();
        Self { bar, began: now, told: now, total, what, skipped: position }
    }

    /// Shows that `position` is reached and `customers` are done since the beginning.
    pub fn show(&mut self, position: u64, customers: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
            bar.set_message(self.text(position, customers));
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            let percent = position.min(self.total) * 100 / self.total.max(1);
            eprintln!("{percent} %  {}", self.text(position, customers));
        }
    }

    /// Ends with a sentence.
    pub fn end(self, sentence: &str) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        eprintln!("{sentence}");
    }

    /// Customers a second since the beginning.
    pub fn rate(&self, customers: u64) -> u64 {
        (customers as f64 / self.began.elapsed().as_secs_f64().max(1e-6)) as u64
    }

    fn text(&self, position: u64, customers: u64) -> String {
        let done = position.saturating_sub(self.skipped).max(1);
        let left =
            self.total.saturating_sub(position) as f64 / done as f64 * self.began.elapsed().as_secs_f64();
        format!("{customers} {}, {} a second, {} left", self.what, self.rate(customers), span(left as u64))
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5999 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}
