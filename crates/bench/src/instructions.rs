//! Instructions a request, counted by callgrind: they repeat where times do not, so a regression shows on any machine.
//!
//! The real binary runs under valgrind, which counts from zero once the service is warm: the start, with the search for the primes of a
//! signing key, is another number each time.
//!
//! The numbers hold on any x86-64 of the last ten years: valgrind shows a program a processor of its own making, the library of cryptography
//! is told to use nothing special of it, and what a signature costs is left out.

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
/// What is left out: a signature, by the end of its function's name, for the name begins with the library's version. It would be nine tenths
/// of a token, and hide what the rest does.
const SIGNATURE: &str = "_EVP_DigestSign";
/// The library of cryptography chooses its code by the processor. Told that there is nothing special about it, it takes the same everywhere.
const PLAIN: &str = "OPENSSL_ia32cap=0:0";

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
        "#!/bin/sh\n{PLAIN} exec valgrind --quiet --tool=callgrind --callgrind-out-file='{}' '{}' \"$@\"\n",
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
    let total = text.lines().find_map(|line| line.strip_prefix("totals:")?.trim().parse::<u64>().ok());
    let total = total.context("callgrind wrote no total")?;
    let signatures = inclusive(&text, SIGNATURE);
    ensure!(kind != "token" || signatures > 0, "no signature was found: the binary has no symbols");
    total.checked_sub(signatures).context("the signatures cost more than everything")
}

/// Instructions of a function and of all that it called, over all its calls.
///
/// A call is a line `cfn=(number) name` for who is called, one `calls=…`, and one of a place and the cost; the name stands where the
/// number is first used.
fn inclusive(profile: &str, name_end: &str) -> u64 {
    let (mut number, mut is_its_call, mut is_cost, mut total) = (None, false, false, 0);
    for line in profile.lines() {
        if std::mem::take(&mut is_cost) {
            if is_its_call {
                total += line.split(' ').next_back().and_then(|cost| cost.parse::<u64>().ok()).unwrap_or(0);
            }
        } else if line.starts_with("calls=") {
            is_cost = true;
        } else if let Some((kind, said)) =
            line.split_once("fn=").filter(|(kind, _)| matches!(*kind, "" | "c"))
        {
            let (its, name) = said.split_once(' ').unwrap_or((said, ""));
            if name.ends_with(name_end) {
                number = Some(its);
            }
            is_its_call = kind == "c" && number == Some(its);
        }
    }
    total
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_one_function_are_added_up_with_all_that_they_called() {
        let profile = "fn=(1) main\n+3 7\ncfn=(2) lib_1_sign\ncalls=2 50\n+1 100\ncfn=(3) lib_1_signInit\ncalls=1 9\n+1 30\n\
                       fn=(2)\n+9 80\ncfn=(4) inner\ncalls=1 1\n* 20\nfn=(5) other\ncfn=(2)\ncalls=1 50\n-4 50\ntotals: 187\n";
        assert_eq!(inclusive(profile, "_sign"), 150);
        assert_eq!(inclusive(profile, "_verify"), 0);
    }
}
