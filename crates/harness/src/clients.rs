//! Public clients that others wrote, run as they were published: scripts of `clients/` under the Node or Python that
//! `clients/install` has put into the target folder.
//!
//! Knows where they are and how to start one; what it is given and what it must do is the story's and the script's.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};

/// A script of `clients/node`, such as `openid-client.mjs`.
pub fn node(script: &str) -> Command {
    run("python/bin/node", &Path::new("node").join(script))
}

/// A script of `clients/python`, such as `m2-sdk.py`.
pub fn python(script: &str) -> Command {
    run("python/bin/python", &Path::new("python").join(script))
}

/// A program that a package brought along, such as `schemathesis`.
pub fn program(name: &str) -> Command {
    clean(installed(&Path::new("python/bin").join(name)))
}

/// Runs it to its end. Fails the test, with everything that it wrote, when it fails or cannot be started.
#[track_caller]
pub fn succeeds(command: &mut Command) -> String {
    let shown = format!("{command:?}");
    let output = command.output().unwrap_or_else(|error| panic!("{shown} cannot be started: {error}"));
    let Output { status, stdout, stderr } = output;
    let written = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{status}\n{written}");
    written
}

fn run(interpreter: &str, script: &Path) -> Command {
    let mut command = clean(installed(Path::new(interpreter)));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients").join(script));
    command
}

/// Nothing of the surroundings reaches a client: no proxy, no file of settings in a home folder, no variable of its own.
fn clean(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", "/nonexistent").env("PYTHONDONTWRITEBYTECODE", "1");
    command.current_dir(std::env::temp_dir());
    command
}

/// Fails the test when it is not installed: nobody should believe that it was run.
fn installed(path: &Path) -> PathBuf {
    find(path).unwrap_or_else(|error| panic!("the clients are not installed, run clients/install: {error:#}"))
}

/// `target/clients/…` for a test at `target/debug/deps/stories-…`.
fn find(path: &Path) -> Result<PathBuf> {
    let own = std::env::current_exe().context("finding the running executable")?;
    let target = own.ancestors().nth(3).context("the running executable is not in a target folder")?;
    let clients = target.join("clients");
    ensure!(clients.join("installed").is_file(), "there is no {}", clients.join("installed").display());
    let found = clients.join(path);
    ensure!(found.exists(), "there is no {}", found.display());
    Ok(found)
}
