//! What searches cost at two sizes of an instance: ratios of the times at 1 000 000 and 10 000 customers, and the time a row.

pub mod costs;
mod customer;
mod population;
mod queries;

use std::time::Duration;

use anyhow::{Result, ensure};

use self::population::Population;
use crate::{process, report, service::Service};

/// Customers of the small instance.
const SMALL: i64 = 10_000;

/// Fills the service's instance, from within this process while the service is down, and measures searches if asked to.
pub fn fill_and_search(service: &mut Service, customers: i64, measured: bool) -> Result<()> {
    service.stop();
    let mut large = Population::of_service(&service.database(), &service.instance.made.tenant_id)?;
    large.fill(customers)?;
    ensure!(large.counted()? == customers, "the large instance has other customers");
    if measured {
        let mut small = Population::empty()?;
        small.fill(SMALL)?;
        same_matches(&small, &large)?;
        many_matches(&large)?;
        println!();
        report::begin();
    }
    large.database.close();
    service.restart();
    Ok(())
}

fn same_matches(small: &Population, large: &Population) -> Result<()> {
    let (a, b) = (small.customers, large.customers);
    println!(
        "\n| search, page of 20 | matches | {a} | {b} | ratio | ≤ 2 | load |\n|---|---|---|---|---|---|---|"
    );
    for (name, text) in queries::same_matches() {
        let (a, b) = (small.median(&text)?, large.median(&text)?);
        let ratio = b.0.as_secs_f64() / a.0.as_secs_f64();
        let kept = if ratio <= 2.0 { "yes" } else { "no" };
        let load = process::load_average();
        println!(
            "| {name} | {} / {} | {} | {} | {ratio:.2} | {kept} | {load} |",
            a.1,
            b.1,
            micros(a.0),
            micros(b.0)
        );
    }
    Ok(())
}

fn many_matches(large: &Population) -> Result<()> {
    println!(
        "\n| search, many matches | matches | rows skipped | ms | ns a row | ≤ 100 | load |\n|---|---|---|---|---|---|---|"
    );
    for (name, text, skipped) in queries::many_matches(large.customers) {
        let (time, total) = large.median(&text)?;
        let rows = if name.contains("not counted") { skipped } else { total + skipped };
        let each = time.as_secs_f64() * 1e9 / rows.max(1) as f64;
        let kept = if each <= 100.0 { "yes" } else { "no" };
        let load = process::load_average();
        println!(
            "| {name} | {total} | {skipped} | {:.2} | {each:.0} | {kept} | {load} |",
            time.as_secs_f64() * 1e3
        );
    }
    Ok(())
}

fn micros(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}
