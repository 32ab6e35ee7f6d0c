//! PostgreSQL's own programs: where they are, and as whom they run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// The newest installed program of that name; Debian keeps them out of `PATH`.
pub(super) fn program(name: &str) -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    versions.sort_unstable();
    let debian = versions.into_iter().rev().map(|(_, path)| path.join("bin"));
    let listed = std::env::var_os("PATH").unwrap_or_default();
    let found = debian
        .chain(std::env::split_paths(&listed))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.with_context(|| {
        format!("{name} is not installed. ./test installs PostgreSQL; by hand: apt-get install postgresql")
    })
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// PostgreSQL refuses to run as root: then its own user runs it, who must own the folder.
pub(super) fn give_away(folder: &Path) -> Result<()> {
    if is_root() {
        run_plain(Path::new("chown"), |command| {
            command.arg("postgres").arg(folder);
        })
        .context("root needs a user called postgres to run PostgreSQL")?;
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).context("opening the folder")
}

/// A command that runs as PostgreSQL's user, where we are root.
pub(super) fn as_other_user(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // Its own folder may be closed to the other user.
    command.current_dir("/").env("LC_ALL", "C");
    command
}

/// Runs a program as PostgreSQL's user.
pub(super) fn run_as(program: &Path, arguments: impl FnOnce(&mut Command)) -> Result<()> {
    let mut command = as_other_user(program);
    arguments(&mut command);
    finish(command, program).map(drop)
}

/// Runs a program as ourselves; what it prints.
pub(super) fn run_plain(program: &Path, arguments: impl FnOnce(&mut Command)) -> Result<String> {
    let mut command = Command::new(program);
    arguments(&mut command);
    finish(command, program)
}

/// To files: a server that is started inherits its starter's pipes and would keep them open.
fn finish(mut command: Command, program: &Path) -> Result<String> {
    let (out, err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(err.try_clone()?);
    let status = command.status().with_context(|| format!("running {}", program.display()))?;
    let (out, err) = (text(out)?, text(err)?);
    if !status.success() {
        bail!("{} ended with {status}: {}{}", program.display(), err.trim(), out.trim());
    }
    Ok(out.trim_end().to_owned())
}

fn text(mut file: fs::File) -> Result<String> {
    use std::io::{Read, Seek};
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    ensure!(text.len() < 1 << 20, "more output than anybody reads");
    Ok(text)
}
