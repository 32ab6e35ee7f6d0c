//! Instructions a request, counted by callgrind: they repeat where times do not, so a regression shows on any machine.
//!
//! The real binary runs under valgrind. The same requests are sent in two numbers, and the difference is divided by the difference:
//! what the start and the first requests cost drops out.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use patron_harness::{Data, Options as Start, Patron};

use crate::{load, service::Service};

/// How the counting is done.
#[derive(Args)]
pub struct Options {
    /// The patron binary to count in.
    #[arg(long, value_name = "FILE")]
    binary: PathBuf,
    /// The numbers to compare with.
    #[arg(long, value_name = "FILE")]
    against: PathBuf,
    /// Writes the numbers down instead.
    #[arg(long)]
    save: bool,
    /// Deviation that passes, in percent.
    #[arg(long, default_value_t = 5.0, value_name = "PERCENT")]
    margin: f64,
}

/// Requests in the shorter run and in the longer one.
const FEW: u64 = 100;
const MANY: u64 = 500;

/// Counts, then compares or saves. Fails when a kind of request needs more instructions than it may.
pub fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir().context("a folder")?;
    let wrapper = wrapper(folder.path(), &options.binary)?;
    let mut counted = BTreeMap::new();
    for kind in ["get", "post", "token"] {
        let few = count(folder.path(), &wrapper, kind, FEW)?;
        let many = count(folder.path(), &wrapper, kind, MANY)?;
        ensure!(many > few, "{kind}: more requests took fewer instructions ({few}, {many})");
        counted.insert(kind.to_owned(), (many - few) / (MANY - FEW));
    }
    if options.save {
        let mut text = String::from("# Instructions a request. Written by bench/instructions --save\n");
        for (kind, count) in &counted {
            writeln!(text, "{kind} {count}").expect("a text can be written to");
        }
        fs::write(&options.against, &text).context("writing the numbers")?;
        print!("{text}");
        return Ok(());
    }
    compare(&counted, &options.against, options.margin)
}

fn compare(counted: &BTreeMap<String, u64>, file: &Path, margin: f64) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let known: BTreeMap<&str, u64> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(kind, count)| Some((kind, count.parse().ok()?)))
        .collect();
    println!("| request | instructions | known | change |\n|---|---|---|---|");
    let mut grown = Vec::new();
    for (kind, count) in counted {
        let known = known.get(kind.as_str()).with_context(|| format!("{kind} is not known"))?;
        let change = (*count as f64 / *known as f64 - 1.0) * 100.0;
        println!("| {kind} | {count} | {known} | {change:+.1} % |");
        if change > margin {
            grown.push(kind.as_str());
        }
    }
    match grown.is_empty() {
        true => Ok(()),
        false => bail!("more than {margin} % more instructions than known: {}", grown.join(", ")),
    }
}

/// A script that stands in for the binary: the same, under callgrind.
fn wrapper(folder: &Path, binary: &Path) -> Result<PathBuf> {
    let binary = binary.canonicalize().with_context(|| format!("finding {}", binary.display()))?;
    let path = folder.join("patron-under-callgrind");
    let out = folder.join("callgrind.out");
    let text = format!(
        "#!/bin/sh\nexec valgrind --quiet --tool=callgrind --callgrind-out-file='{}' '{}' \"$@\"\n",
        out.display(),
        binary.display()
    );
    fs::write(&path, text).context("writing a script")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).context("making it executable")?;
    Ok(path)
}

/// Instructions of a whole life of the server with so many requests of a kind.
fn count(folder: &Path, wrapper: &Path, kind: &str, requests: u64) -> Result<u64> {
    let out = folder.join("callgrind.out");
    let _ = fs::remove_file(&out);
    let own = std::env::current_exe().context("finding this program")?;
    let status = Command::new(own)
        .args(["instructions-run", kind, &requests.to_string()])
        .env("PATRON_BIN", wrapper)
        .status()
        .context("starting this program again")?;
    ensure!(status.success(), "the requests under callgrind failed");
    let text = fs::read_to_string(&out).context("reading what callgrind wrote")?;
    let total = text.lines().find_map(|line| {
        line.strip_prefix("summary:").or_else(|| line.strip_prefix("totals:"))?.trim().parse().ok()
    });
    total.context("callgrind wrote no total")
}

/// One life of the server: the harness finds its binary once a process, hence a process of its own.
pub fn one_life(kind: &str, requests: u64) -> Result<()> {
    let patron = Patron::start(Start {
        data: Data::Ephemeral,
        // As few threads as there can be: who gets which request would move the numbers.
        environment: vec![("TOKIO_WORKER_THREADS".to_owned(), "1".to_owned())],
        ..Start::default()
    });
    let instance = patron.instance();
    let mut service = Service { patron, instance };
    service.instance.add_customer("ada@example.com");
    let send = |service: &Service, count| match kind {
        "get" => load::drive_count(service.address(), 1, count, service.gets(1)),
        "post" => load::drive_count(service.address(), 1, count, service.creates(1, false)),
        _ => load::drive_count(service.address(), 1, count, service.tokens()),
    };
    let answers = send(&service, requests)?;
    ensure!(answers.bad == 0, "{} of {requests} requests were refused", answers.bad);
    std::thread::sleep(Duration::from_millis(100));
    service.stop();
    Ok(())
}
