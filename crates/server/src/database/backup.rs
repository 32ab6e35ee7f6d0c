//! `patron backup` and `patron restore`: the embedded database as one file, and back.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use patron_commerce::schema;
use patron_sql::{Error, Location};

use crate::{
    cli::ConfigOptions,
    config::{self, Config},
    serve,
};

/// What `patron backup` is told.
#[derive(Debug, Args)]
pub struct BackupOptions {
    /// The file to write. It appears under its name only when it is whole.
    file: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// What `patron restore` is told.
#[derive(Debug, Args)]
pub struct RestoreOptions {
    /// A file that `patron backup` has written.
    file: PathBuf,
    /// Replace the data that is there; it is gone then.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Backs the embedded database up.
pub fn run(options: BackupOptions) -> Result<ExitCode> {
    let database = file(&config::load(options.config)?)?;
    if options.file.exists() && !options.replace {
        bail!("{} is there already: --replace replaces it", options.file.display());
    }
    let began = Instant::now();
    patron_sql::backup(&database, &options.file).with_context(|| {
        format!("{} cannot be backed up to {}", database.display(), options.file.display())
    })?;
    let (bytes, seconds) = (size(&options.file)?, began.elapsed().as_secs_f64());
    println!(
        "Backed up {} to {}: {bytes} bytes, looked through, in {seconds:.1} s.",
        database.display(),
        options.file.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Puts a backup in place.
pub fn restore(options: RestoreOptions) -> Result<ExitCode> {
    let database = file(&config::load(options.config)?)?;
    let (from, to) = (options.file.display(), database.display());
    match patron_sql::restore(&options.file, &database, schema::MIGRATIONS, options.replace) {
        Ok(migration) => {
            println!(
                "Restored {from} (migration {migration}) to {to}: {} bytes, looked through.",
                size(&database)?
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::NotEmpty) => {
            bail!("{to} is there already: --replace replaces it, and what it holds is gone then")
        }
        Err(error @ Error::InUse { .. }) => {
            Err(error).context("a server uses the data: it must be stopped first")
        }
        Err(error) => Err(error).with_context(|| format!("{from} cannot be restored to {to}")),
    }
}

/// The file of the embedded database; PostgreSQL has ways of its own.
fn file(config: &Config) -> Result<PathBuf> {
    match serve::location(config)? {
        Location::File(file) => Ok(file),
        Location::Postgres(_) => bail!(
            "this is for the embedded database; PostgreSQL is backed up with pg_dump or pg_basebackup (docs/scale.md)"
        ),
        _ => bail!("a service that keeps nothing has nothing to back up"),
    }
}

fn size(file: &Path) -> Result<u64> {
    Ok(file.metadata().with_context(|| format!("cannot look at {}", file.display()))?.len())
}
