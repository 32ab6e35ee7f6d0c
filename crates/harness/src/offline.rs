//! Commands of the binary that are no server: `patron import`, `patron export`, `patron clone`.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::binary;

/// The binary with arguments, to be started; nothing of whoever runs the tests is in its environment.
pub fn command<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(binary::path());
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PATRON_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command on a data folder to its end: exit code, and what it wrote to standard error.
#[track_caller]
pub fn run(data: &Path, arguments: &[&str]) -> (i32, String) {
    let output: Output = command(arguments).arg("--data").arg(data).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap_or(-1), said)
}
