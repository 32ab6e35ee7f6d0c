//! What a new customer costs in transactions of 128, as the writer groups them: as it is, without what only searches need, and with
//! trigrams in the customer's own unit of work.

use std::time::Instant;

use anyhow::Result;

use super::population::{Population, Trigrams};
use crate::{measure::Spread, process};

/// Customers of each variant.
const CREATES: i64 = 20_000;
/// Indexes that no create reads.
const ONLY_FOR_SEARCHES: [&str; 9] = [
    "DROP INDEX customer_by_store",
    "DROP INDEX customer_by_taxvat",
    "DROP INDEX customer_by_dob",
    "DROP INDEX customer_by_group",
    "DROP INDEX customer_by_website",
    "DROP INDEX customer_by_lastname",
    "DROP INDEX customer_by_firstname",
    "DROP INDEX customer_by_created_at",
    "DROP INDEX customer_by_updated_at",
];

/// Prints the table.
pub fn print() -> Result<()> {
    println!("\n| a new customer | µs | load |\n|---|---|---|");
    for (name, dropped, trigrams) in [
        ("without any index but the keys and e-mail", &ONLY_FOR_SEARCHES[..], Trigrams::Later),
        ("without the indexes on store, tax number, birth", &ONLY_FOR_SEARCHES[..3], Trigrams::Later),
        ("as it is", &[][..], Trigrams::Later),
        ("with trigrams once a transaction", &[][..], Trigrams::OncePerTransaction),
        ("with trigrams in each one's unit of work", &[][..], Trigrams::WithTheCustomer),
    ] {
        let population = Population::empty()?;
        for statement in dropped.iter().copied() {
            population.database.write_now(move |sql| sql.execute(statement, &[]))?;
        }
        let mut times = Vec::new();
        for round in 0..5 {
            let started = Instant::now();
            for first in (1..=CREATES / 5).step_by(128) {
                let first = round * (CREATES / 5) + first;
                let last = (first + 127).min((round + 1) * (CREATES / 5));
                population.add(first, last, CREATES, trigrams)?;
            }
            times.push(started.elapsed().as_secs_f64() * 1e6 / (CREATES / 5) as f64);
        }
        println!("| {name} | {:.0} | {} |", Spread::of(times).median, process::load_average());
    }
    Ok(())
}
