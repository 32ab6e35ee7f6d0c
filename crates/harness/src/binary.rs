//! Finds the `patron` binary that the tests should run.
//!
//! Cargo names a crate's own binaries for its tests, not another crate's. So: `PATRON_BIN` if it is set (what `./test`
//! does), else the `patron` beside the running test executable, built first if it is missing or older than its sources.

use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};

/// The crates whose sources make the binary.
const SOURCES: [&str; 5] = ["webapi", "sql", "token", "commerce", "server"];

/// The path of the binary under test; found once per process.
pub(crate) fn path() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| find().unwrap_or_else(|error| panic!("no patron binary to test: {error:#}")))
}

fn find() -> Result<PathBuf> {
    if let Some(given) = env::var_os("PATRON_BIN") {
        let given = PathBuf::from(given);
        ensure!(given.is_file(), "PATRON_BIN names {}, which is not a file", given.display());
        // The server is started in a folder of its own.
        return given.canonicalize().with_context(|| format!("resolving {}", given.display()));
    }
    let profile = profile_folder()?;
    let binary = profile.join(format!("patron{}", env::consts::EXE_SUFFIX));
    // Test processes run side by side; one builds and the others wait for it.
    let lock = File::create(profile.join(".patron-harness.lock")).context("making the build lock")?;
    lock.lock().context("waiting for the build lock")?;
    if is_stale(&binary) {
        build(&profile)?;
    }
    ensure!(binary.is_file(), "cargo build made no {}", binary.display());
    Ok(binary)
}

/// `target/debug` for a test at `target/debug/deps/recorded-…` or a binary at `target/debug/replay`.
fn profile_folder() -> Result<PathBuf> {
    let own = env::current_exe().context("finding the running executable")?;
    let folder = own.parent().context("the running executable has no folder")?;
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    Ok(folder.to_path_buf())
}

fn is_stale(binary: &Path) -> bool {
    let Some(built) = modified(binary) else { return true };
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    SOURCES.iter().any(|name| holds_newer(&crates.join(name).join("src"), built))
}

fn holds_newer(folder: &Path, than: SystemTime) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().map(|entry| entry.path()).any(|path| {
        if path.is_dir() { holds_newer(&path, than) } else { modified(&path).is_some_and(|time| time > than) }
    })
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

fn build(profile: &Path) -> Result<()> {
    let target = profile.parent().context("the profile folder has no parent")?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "-p", "patron", "--target-dir"]).arg(target);
    match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") => {}
        Some(name) => {
            command.args(["--profile", name]);
        }
        None => bail!("{} is not a cargo profile folder", profile.display()),
    }
    let status = command.current_dir(env!("CARGO_MANIFEST_DIR")).status().context("running cargo build")?;
    ensure!(status.success(), "cargo build -p patron failed");
    Ok(())
}
