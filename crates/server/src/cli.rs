//! The command line.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::{
    admin::Admin,
    config,
    database::{backup, moving},
    init, serve,
    transfer::{clone, export, import},
};

/// The customer service of Adobe Commerce as a Cloud Service, self-hosted: tokens, instances and the customer REST API.
#[derive(Debug, Parser)]
#[command(name = "patron", version, about, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ConfigOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service (what `patron` does without a command).
    Serve(ConfigOptions),
    /// Print the configuration that `serve` would run with, and where it differs from the defaults; secrets are hidden.
    Config(ConfigOptions),
    /// Bring customers in from a CSV file in Commerce's own layout, or from JSON Lines; no server may use the data.
    Import(import::ImportOptions),
    /// Write an instance's customers to a CSV file in Commerce's own layout, or to JSON Lines; no server may use the data.
    Export(export::ExportOptions),
    /// Copy another server's groups, added attributes and customers by its REST API; no server may use the data.
    Clone(clone::CloneOptions),
    /// Copy a whole database into another, between SQLite and PostgreSQL or on one engine, and compare both.
    Move(moving::MoveOptions),
    /// Write a consistent copy of the embedded database to a file; servers may go on.
    Backup(backup::BackupOptions),
    /// Put a file that `patron backup` has written in place of the embedded database; no server may use the data.
    Restore(backup::RestoreOptions),
    /// Prepare a data folder or database for production: control key, first user, and an instance if asked for.
    Init(init::InitOptions),
    #[command(flatten)]
    Admin(Admin),
}

/// Where the configuration comes from: flags beat `PATRON_*` variables, which beat the file, which beats the defaults.
#[derive(Debug, Args)]
pub struct ConfigOptions {
    /// A TOML file with the same keys as the flags (`listen`, `data`, `limits.body_bytes` …).
    #[arg(long, env = "PATRON_CONFIG", value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub layer: config::Layer,
}

impl Cli {
    /// Does what was asked for.
    pub fn run(self) -> Result<ExitCode> {
        match self.command.unwrap_or(Command::Serve(self.serve)) {
            Command::Serve(options) => serve::run(config::load(options)?).map(|()| ExitCode::SUCCESS),
            Command::Config(options) => {
                print!("{}", config::load(options)?.redacted()?);
                Ok(ExitCode::SUCCESS)
            }
            Command::Import(options) => import::run(options),
            Command::Export(options) => export::run(options),
            Command::Clone(options) => clone::run(options),
            Command::Move(options) => moving::run(options),
            Command::Backup(options) => backup::run(options),
            Command::Restore(options) => backup::restore(options),
            Command::Init(options) => init::run(options),
            Command::Admin(command) => Ok(command.run()),
        }
    }
}
