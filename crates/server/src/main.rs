//! `patron`: the customer service of Adobe Commerce as a Cloud Service, self-hosted.
//!
//! This crate is the shell: HTTP, command line, configuration and workers. It is the only place that knows the clock, the operating
//! system's randomness and an HTTP library.
#![allow(clippy::disallowed_methods, reason = "the shell owns the real clock and randomness")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod admin;
mod banner;
mod bulk;
mod cli;
mod config;
mod current;
mod database;
mod first_start;
mod gate;
mod http;
mod init;
mod issuers;
mod limits;
mod mail;
mod maintenance;
mod readiness;
mod search_index;
mod serve;
mod state;
mod telemetry;
mod transfer;
mod weak;
mod workers;

use std::process::ExitCode;

use clap::Parser;

/// Answers are many small allocations: 12 to 15 % less CPU than the system's allocator (`docs/performance.md`). SQLite allocates with it
/// too (the feature `override`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("patron: {error:#}");
            ExitCode::FAILURE
        }
    }
}
