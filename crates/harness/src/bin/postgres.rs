//! Starts a PostgreSQL server for tests, prints its URL and keeps it until standard input ends.

#![allow(clippy::print_stdout)]

use std::io::Read;

use anyhow::Result;
use patron_harness::postgres::Cluster;

fn main() -> Result<()> {
    let cluster = Cluster::try_start()?;
    println!("{}", cluster.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
