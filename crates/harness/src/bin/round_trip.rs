//! Customers into an empty database and out again, twice, and the two exports compared byte by byte; with `--postgres` the database is
//! also moved to PostgreSQL and back and exported once more. Tells how long each step took, its peak of memory, and what a customer
//! costs on disk.
//!
//! `cargo build --release -p patron && PATRON_BIN=target/release/patron cargo run --release -p patron-harness --bin round_trip -- 1000000`

#![allow(clippy::disallowed_methods)] // it measures time

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use patron_harness::{Data, Options, Patron, command, postgres};

#[derive(Parser)]
struct Arguments {
    /// How many customers.
    customers: u64,
    /// With one address each.
    #[arg(long)]
    addresses: bool,
    /// Move the database to PostgreSQL and back as well.
    #[arg(long)]
    postgres: bool,
}

/// Prints a line for each step.
struct Steps {
    customers: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let steps = Steps { customers: arguments.customers };
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);

    let (one, two) = (stopped()?, stopped()?);
    let empty = size(&one.data_folder())?;
    let made = path(if arguments.addresses { "made.jsonl" } else { "made.csv" });
    make(&arguments, &made)?;
    steps.run("import", &one, &["import", text(&made)])?;
    println!(
        "On disk (SQLite): {} bytes a customer.",
        (size(&one.data_folder())? - empty) / arguments.customers
    );
    let first = path("first.jsonl");
    steps.run("export", &one, &["export", text(&first)])?;
    steps.run("import of the export", &two, &["import", text(&first), "--keep-ids"])?;
    let second = path("second.jsonl");
    steps.run("export", &two, &["export", text(&second)])?;
    compare(&first, &second)?;

    if arguments.postgres {
        let (database, three) = (postgres::Temporary::new()?, stopped()?);
        fs::remove_dir_all(three.data_folder())?;
        let size = || -> Result<u64> {
            Ok(postgres::query(database.url(), "SELECT pg_database_size(current_database())")?.parse()?)
        };
        let empty = size()?;
        let here = format!("sqlite:{}", one.data_folder().display());
        steps.measure("move to PostgreSQL", command(["move", "--from", &here, "--to", database.url()]))?;
        println!("On disk (PostgreSQL): {} bytes a customer.", (size()? - empty) / arguments.customers);
        let back = format!("sqlite:{}", three.data_folder().display());
        steps.measure("move to SQLite", command(["move", "--from", database.url(), "--to", &back]))?;
        let third = path("third.jsonl");
        steps.run("export", &three, &["export", text(&third)])?;
        compare(&first, &third)?;
    }
    Ok(())
}

impl Steps {
    fn run(&self, name: &str, server: &Patron, arguments: &[&str]) -> Result<()> {
        let mut command = command(arguments);
        command.args(server.place());
        self.measure(name, command)
    }

    /// Runs a command to its end and tells what it cost.
    fn measure(&self, name: &str, mut command: Command) -> Result<()> {
        let began = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn()?;
        let mut peak = String::new();
        let status = loop {
            if let Ok(known) = fs::read_to_string(format!("/proc/{}/status", child.id())) {
                let line = known.lines().find(|line| line.starts_with("VmHWM"));
                peak = line.map_or(peak, |line| line.trim_start_matches("VmHWM:").trim().to_owned());
            }
            if let Some(status) = child.try_wait()? {
                break status;
            }
            thread::sleep(Duration::from_millis(20));
        };
        ensure!(status.success(), "{name} ended with {status}");
        let seconds = began.elapsed().as_secs_f64();
        let rate = self.customers as f64 / seconds;
        println!("{name}: {seconds:.1} s, {rate:.0} customers a second, at most {peak} resident.");
        Ok(())
    }
}

/// A server that has made its instance and was stopped.
fn stopped() -> Result<Patron> {
    let mut server = Patron::start(Options::default());
    ensure!(server.kept_in() == &Data::Folder, "this begins on SQLite: PATRON_TEST_ENGINE must not be set");
    server.stop();
    Ok(server)
}

fn make(arguments: &Arguments, file: &Path) -> Result<()> {
    let maker = std::env::current_exe()?.with_file_name("make_customers");
    let mut command = Command::new(&maker);
    command.arg(arguments.customers.to_string()).args(arguments.addresses.then_some("--addresses"));
    let status = command.stdout(File::create(file)?).status();
    let status = status.with_context(|| format!("{} is not there: cargo build it too", maker.display()))?;
    ensure!(status.success(), "make_customers ended with {status}");
    Ok(())
}

fn compare(one: &Path, other: &Path) -> Result<()> {
    let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    let (mut here, mut there) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut bytes = 0;
    loop {
        let (read, same) = (fill(&mut one, &mut here)?, fill(&mut other, &mut there)?);
        ensure!(read == same && here[..read] == there[..same], "the exports differ after {bytes} bytes");
        if read == 0 {
            println!("The exports are the same {bytes} bytes.");
            return Ok(());
        }
        bytes += read;
    }
}

fn fill(from: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

fn size(folder: &Path) -> Result<u64> {
    let files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.iter().map(|file| Ok(file.metadata()?.len())).sum()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have names that are text")
}
