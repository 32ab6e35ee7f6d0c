//! What Patron costs, as ratios: `cargo run --release -p patron-bench`.
//!
//! Times of a machine mean little; so each is measured beside a yardstick in the same run, in alternation: the least that the same
//! machine could need for the same work. `docs/performance.md` has the results and says how to read them.
//!
//! | file | thought |
//! |---|---|
//! | [`measure`] | rounds, medians, spread |
//! | [`report`] | the table |
//! | [`load`] | a small load generator |
//! | [`crowd`] | a load that does not wait for its answers |
//! | [`floor`] | bare hyper |
//! | [`process`] | what the operating system knows of a process |
//! | [`service`] | the real binary with an instance in it, and requests to it |
//! | [`get`], [`create`], [`import`], [`password`], [`token`], [`overload`], [`footprint`] | the rows |
//! | [`search`] | searches at two sizes, in this process |
//! | [`nodes`] | two nodes beside one, on PostgreSQL |
//! | [`instructions`] | instructions a request, counted by callgrind |
//!
//! Asserts nothing about time: a goal that is missed is printed, not refused.
#![allow(clippy::disallowed_methods, reason = "measuring time is the purpose")]

mod create;
mod crowd;
mod floor;
mod footprint;
mod get;
mod import;
mod instructions;
mod load;
mod measure;
mod nodes;
mod overload;
mod password;
mod process;
mod report;
mod rows_of_create;
mod search;
mod service;
mod token;

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};

use crate::measure::Plan;

/// Measures a release build of Patron beside what the machine could do at best.
#[derive(Parser)]
struct Arguments {
    /// Three short rounds and 50 000 customers: shows that everything works, not how fast it is.
    #[arg(long)]
    quick: bool,
    /// Only these parts.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Customers of the large instance.
    #[arg(long, value_name = "NUMBER")]
    customers: Option<i64>,
    #[command(subcommand)]
    other: Option<Other>,
}

#[derive(Subcommand)]
enum Other {
    /// Counts instructions a request with callgrind, and compares them with a file.
    Instructions(instructions::Options),
    /// One life of the server, for the counting.
    #[command(hide = true)]
    InstructionsRun {
        /// What is asked.
        kind: String,
    },
    /// Answers every request with the bytes of standard input, through bare hyper.
    #[command(hide = true)]
    Floor,
}

/// The parts, in the order in which they run.
const PARTS: [&str; 11] = [
    "create",
    "durable",
    "import",
    "password",
    "beside-hashing",
    "token",
    "overload",
    "start",
    "search",
    "get",
    "memory",
];
/// Run only when asked for.
const APART: [&str; 2] = ["create-costs", "nodes"];

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match &arguments.other {
        Some(Other::Floor) => return floor::serve(),
        Some(Other::Instructions(options)) => return instructions::run(options),
        Some(Other::InstructionsRun { kind }) => return instructions::one_life(kind),
        None => {}
    }
    for name in &arguments.only {
        ensure!(
            PARTS.contains(&name.as_str()) || APART.contains(&name.as_str()),
            "{name} is none of {}, {}",
            PARTS.join(", "),
            APART.join(", ")
        );
    }
    ensure!(!cfg!(debug_assertions), "a build with --release is what can be measured");
    let asked = |name: &str| match arguments.only.is_empty() {
        true => !APART.contains(&name),
        false => arguments.only.iter().any(|only| only == name),
    };
    let plan = match arguments.quick {
        true => Plan { rounds: 3, slice: Duration::from_secs(1) },
        false => Plan { rounds: 7, slice: Duration::from_secs(3) },
    };
    let customers = arguments.customers.unwrap_or(if arguments.quick { 50_000 } else { 1_000_000 });
    report::begin();
    if asked("create") {
        create::grouped(plan)?.print();
    }
    if asked("durable") {
        create::alone(plan)?.print();
    }
    if asked("import") {
        import::rows(plan)?.print();
    }
    if asked("password") {
        password::creates(plan)?.print();
    }
    if asked("beside-hashing") {
        password::reads_beside(plan)?.print();
    }
    if asked("token") {
        token::tokens(plan)?.print();
    }
    if asked("overload") {
        for kind in overload::KINDS {
            overload::goodput(plan, kind)?;
        }
    }
    if asked("start") {
        footprint::size_and_start(plan)?;
    }
    if asked("get") || asked("search") || asked("memory") {
        large(plan, customers, asked)?;
    }
    if asked("create-costs") {
        search::costs::print()?;
    }
    if asked("nodes") {
        nodes::two_beside_one(plan)?.print();
    }
    Ok(())
}

/// What needs a large instance shares one.
fn large(plan: Plan, customers: i64, asked: impl Fn(&str) -> bool) -> Result<()> {
    let mut service = service::Service::start();
    search::fill_and_search(&mut service, customers, asked("search"))?;
    if asked("get") {
        get::one_customer(plan, &service, customers)?.print();
    }
    if asked("memory") {
        footprint::memory(&service, customers)?;
    }
    Ok(())
}
