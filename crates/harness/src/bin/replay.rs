//! Replays recorded exchanges against a running server and prints what differs.
//!
//! Exit status: 0 all scenarios equal, 1 some differ, 2 cannot run.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use patron_harness::replay::{self, Target};

/// Replay recorded exchanges against a running server and report what differs.
#[derive(Parser)]
#[command(name = "replay")]
struct Arguments {
    /// Base URL of the running server
    #[arg(long, value_name = "URL")]
    server: String,
    /// Bearer key of the control API, if it wants one
    #[arg(long, value_name = "KEY", env = "PATRON_CONTROL_KEY", hide_env_values = true)]
    control_key: Option<String>,
    /// Only scenarios whose id begins with this
    #[arg(long, value_name = "PREFIX", default_value = "")]
    only: String,
    /// Files of scenarios
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut scenarios = Vec::new();
    for file in &arguments.files {
        match replay::read(file) {
            Ok(read) => scenarios.extend(read),
            Err(error) => {
                eprintln!("cannot replay: {error:#}");
                return ExitCode::from(2);
            }
        }
    }
    scenarios.retain(|scenario| scenario.id.starts_with(&arguments.only));
    let target = Target { control_key: arguments.control_key, ..Target::open(&arguments.server) };
    let report = replay::play(&target, &scenarios);
    println!("{report}");
    if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
