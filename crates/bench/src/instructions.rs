//! Instructions a request, counted by callgrind: they repeat where times do not, so a regression shows on any machine.
//!
//! The real binary runs under valgrind, which counts from zero once the service is warm: the start, with the search for the primes of a
//! signing key, is another number each time.

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
use patron_harness::{Data, Options as Start, Patron, wire};

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

/// Requests that warm the service up, and requests that are counted.
const FIRST: u64 = 100;
const COUNTED: u64 = 500;

/// Counts, then compares or saves. Fails when a kind of request needs more instructions than it may.
pub fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir().context("a folder")?;
    let wrapper = wrapper(folder.path(), &options.binary)?;
    let mut counted = BTreeMap::new();
    for kind in ["get", "post", "token"] {
        counted.insert(kind.to_owned(), count(folder.path(), &wrapper, kind)? / COUNTED);
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

/// Instructions of [`COUNTED`] requests of a kind.
fn count(folder: &Path, wrapper: &Path, kind: &str) -> Result<u64> {
    let own = std::env::current_exe().context("finding this program")?;
    let status = Command::new(own)
        .args(["instructions-run", kind])
        .env("PATRON_BIN", wrapper)
        .status()
        .context("starting this program again")?;
    ensure!(status.success(), "the requests under callgrind failed");
    // The first dump is what was counted; the rest of the server's life goes into the file without a number.
    let text = fs::read_to_string(folder.join("callgrind.out.1")).context("reading what callgrind wrote")?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals:")?.trim().parse().ok());
    total.context("callgrind wrote no total")
}

/// Tells the callgrind that a server runs under to do something.
fn callgrind(order: &str, server: u32) -> Result<()> {
    let output = Command::new("callgrind_control")
        .args([order, &server.to_string()])
        .output()
        .context("starting callgrind_control")?;
    ensure!(
        output.status.success(),
        "callgrind_control {order}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Waits for the first signing key: under valgrind, in a development build, making it takes longer than a token request waits.
fn wait_until_ready(patron: &Patron) -> Result<()> {
    let ask =
        wire::Request { method: "GET".to_owned(), target: "/_/readyz".to_owned(), ..Default::default() };
    for _ in 0..600 {
        if wire::send(patron.address(), &ask)?.status == 200 {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    bail!("the server is not ready after minutes")
}

/// One life of the server: the harness finds its binary once a process, hence a process of its own.
pub fn one_life(kind: &str) -> Result<()> {
    let patron = Patron::start(Start {
        data: Data::Ephemeral,
        // As few threads as there can be: who gets which request would move the numbers.
        environment: vec![("TOKIO_WORKER_THREADS".to_owned(), "1".to_owned())],
        ..Start::default()
    });
    wait_until_ready(&patron)?;
    let instance = patron.instance();
    let mut service = Service { patron, instance };
    service.instance.add_customer("ada@example.com");
    let send = |service: &Service, series, count| match kind {
        "get" => load::drive_count(service.address(), 1, count, service.gets(1)),
        "post" => load::drive_count(service.address(), 1, count, service.creates(series, false)),
        _ => load::drive_count(service.address(), 1, count, service.tokens()),
    };
    let server = service.patron.pid();
    ensure!(send(&service, 1, FIRST)?.bad == 0, "requests were refused");
    callgrind("--zero", server)?;
    ensure!(send(&service, 2, COUNTED)?.bad == 0, "requests were refused");
    std::thread::sleep(Duration::from_millis(100));
    callgrind("--dump", server)?;
    service.stop();
    Ok(())
}
