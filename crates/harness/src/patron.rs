//! A running server: started on a free port with a data folder of its own, killed when dropped.
//!
//! Knows the command line and the ready file of the binary; does not know what the server answers. On which engine the data is
//! kept, [`Engine`] says: a story that asks for a folder, or for a server that keeps nothing, gets a database of its own where the
//! stories run on PostgreSQL.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{Engine, Instance, binary, command, postgres};

/// How long a start or a stop may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);
/// What kills the server at a marked point; only builds with debug assertions know it.
const CRASH_AT: &str = "PATRON_CRASH_AT";
/// Lines of the server's own output shown when a test fails.
const TAIL: usize = 40;

/// Where the server keeps what it knows. All but the last are a database of the server's own where the stories run on PostgreSQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Data {
    /// A folder of its own (`--data`), kept over [`Patron::restart`].
    #[default]
    Folder,
    /// Nothing outlives the process (`--ephemeral`).
    Ephemeral,
    /// A database server (`--database URL`).
    Database(String),
}

/// How to start a server. The default is development mode on a data folder.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where the data lives.
    pub data: Data,
    /// More arguments after `patron serve …`.
    pub arguments: Vec<String>,
    /// More environment variables.
    pub environment: Vec<(String, String)>,
}

impl Options {
    /// A server that keeps nothing: the quickest start.
    pub fn ephemeral() -> Self {
        Self { data: Data::Ephemeral, ..Self::default() }
    }
}

/// A running server. Dropping it kills it; a failing test shows the tail of what it wrote.
pub struct Patron {
    options: Options,
    folder: TempDir,
    child: Child,
    base: String,
    starts: u32,
    /// Dropped after the process has ended.
    _database: Option<postgres::Temporary>,
}

#[derive(Deserialize)]
struct Ready {
    listening: String,
}

impl Patron {
    /// Starts the binary and waits until it serves. Fails the test, with the server's output, when it does not.
    pub fn start(options: Options) -> Self {
        Self::try_start(options).unwrap_or_else(|error| panic!("patron did not start: {error:#}"))
    }

    /// As [`Patron::start`], for tests that expect a refusal.
    ///
    /// # Errors
    /// The process ended or stayed silent for 30 s; the error holds the tail of its output.
    pub fn try_start(options: Options) -> Result<Self> {
        Self::try_start_after(options, |_| ())
    }

    /// As [`Patron::try_start`], after something was done with the server's data: the arguments are those that name it.
    ///
    /// # Errors
    /// As [`Patron::try_start`].
    pub fn try_start_after(mut options: Options, work: impl FnOnce(&[String])) -> Result<Self> {
        let database = match (&options.data, Engine::under_test()) {
            (Data::Database(_), _) | (_, Engine::Sqlite) => None,
            (_, Engine::Postgres) => Some(postgres::Temporary::new()?),
        };
        if let Some(database) = &database {
            options.data = Data::Database(database.url().to_owned());
        }
        let folder =
            tempfile::Builder::new().prefix("patron-").tempdir().context("making a temporary folder")?;
        work(&place(&options.data, folder.path()));
        let mut child = spawn(&options, folder.path(), 1)?;
        let base = match wait_until_ready(&mut child, folder.path(), 1) {
            Ok(base) => base,
            Err(error) => {
                end(&mut child);
                bail!("{error:#}\n{}", tail(folder.path()));
            }
        };
        Ok(Self { options, folder, child, base, starts: 1, _database: database })
    }

    /// Where it keeps what it knows.
    pub fn kept_in(&self) -> &Data {
        &self.options.data
    }

    /// `http://127.0.0.1:PORT`, or with `https` where it has a certificate; no slash at the end. A restart may change it.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `host:port`, for raw sockets.
    pub fn address(&self) -> &str {
        self.base.split("://").nth(1).unwrap_or_default()
    }

    /// The process's id, for those who ask the operating system about it.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A fresh, empty instance with its own credential and a token.
    pub fn instance(&self) -> Instance {
        Instance::fresh(&self.base).unwrap_or_else(|error| panic!("no fresh instance: {error:#}"))
    }

    /// The data folder of a server that has one, on SQLite.
    pub fn data_folder(&self) -> PathBuf {
        data_folder(self.folder.path())
    }

    /// The arguments that name the server's data, for commands that work on it while the server is stopped.
    pub fn place(&self) -> Vec<String> {
        place(&self.options.data, self.folder.path())
    }

    /// Runs a command of the binary on the server's data to its end: exit code, and what it wrote to standard error.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = command(arguments).args(self.place()).output().expect("the binary runs");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Every byte that the server keeps: its files, or a dump of its database. For tests that look for what must not be there.
    pub fn kept(&self) -> Vec<u8> {
        let kept = match &self.options.data {
            Data::Database(url) => postgres::dump(url),
            Data::Folder | Data::Ephemeral => files(&self.data_folder()),
        };
        kept.unwrap_or_else(|error| panic!("the data cannot be read: {error:#}"))
    }

    /// What the server wrote to standard output since its latest start.
    pub fn stdout(&self) -> String {
        read(&self.folder.path().join(format!("stdout.{}", self.starts)))
    }

    /// What follows a label in the banner of the latest start, as in `REST endpoint: http://…`; case and colon do not
    /// matter.
    pub fn banner(&self, label: &str) -> Option<String> {
        self.stdout().lines().find_map(|line| {
            let (start, rest) = line.trim().split_at_checked(label.len())?;
            start.eq_ignore_ascii_case(label).then(|| rest.trim_start_matches(':').trim().to_owned())
        })
    }

    /// What the server wrote to standard error since its latest start.
    pub fn stderr(&self) -> String {
        read(&self.folder.path().join(format!("stderr.{}", self.starts)))
    }

    /// Sends SIGHUP.
    pub fn hang_up(&mut self) {
        self.signal(Signal::HUP);
    }

    /// Sends SIGTERM and returns how the process ended. Fails the test when it has not ended after 30 s.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        wait_for_end(&mut self.child).unwrap_or_else(|error| panic!("after SIGTERM: {error:#}"))
    }

    /// Kills the process as a power cut would: no handler runs, nothing is flushed.
    pub fn kill9(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }

    /// As [`Patron::kill9`], also for a process that has ended already.
    pub fn kill9_if_running(&mut self) {
        end(&mut self.child);
    }

    /// Starts again on the same data, after [`Patron::stop`] or [`Patron::kill9`]; ends a running process first.
    pub fn restart(&mut self) {
        self.try_restart().unwrap_or_else(|error| panic!("patron did not start again: {error:#}"));
    }

    /// As [`Patron::restart`], for a server that may end before it is ready.
    ///
    /// # Errors
    /// The process ended or stayed silent for 30 s.
    pub fn try_restart(&mut self) -> Result<()> {
        end(&mut self.child);
        self.starts += 1;
        self.child = spawn(&self.options, self.folder.path(), self.starts)?;
        self.base = wait_until_ready(&mut self.child, self.folder.path(), self.starts)?;
        Ok(())
    }

    /// How the next start will be done.
    pub fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }

    /// From the next start on: kills itself at a marked point (`patron_sql::crash`), or no more.
    pub fn crash_at(&mut self, point: Option<&str>) {
        let environment = &mut self.options.environment;
        environment.retain(|(name, _)| name != CRASH_AT);
        environment.extend(point.map(|point| (CRASH_AT.to_owned(), point.to_owned())));
    }

    /// Waits until the process has ended by itself. Fails the test when it has not after 30 s.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        wait_for_end(&mut self.child).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// True while the process runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&mut self, signal: Signal) {
        // Once it has been waited for, its id may be another process's.
        assert!(self.is_running(), "the server ended by itself");
        kill_process(Pid::from_child(&self.child), signal).expect("a child can be sent a signal");
    }
}

impl Drop for Patron {
    fn drop(&mut self) {
        end(&mut self.child);
        if thread::panicking() {
            eprintln!("{}", tail(self.folder.path()));
        }
    }
}

fn spawn(options: &Options, folder: &Path, start: u32) -> Result<Child> {
    let output =
        |name: &str| File::create(folder.join(format!("{name}.{start}"))).context("making an output file");
    let mut command = Command::new(binary::path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--ready-file"]).arg(ready_file(folder, start));
    command.args(place(&options.data, folder)).args(&options.arguments);
    // The settings of whoever runs the tests are not part of the test.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PATRON_") {
            command.env_remove(name);
        }
    }
    command.envs(options.environment.iter().map(|(name, value)| (name, value)));
    command.current_dir(folder).stdin(Stdio::null()).stdout(output("stdout")?).stderr(output("stderr")?);
    command.spawn().with_context(|| format!("running {}", binary::path().display()))
}

fn place(data: &Data, folder: &Path) -> Vec<String> {
    match data {
        Data::Folder => vec!["--data".into(), data_folder(folder).display().to_string()],
        Data::Ephemeral => vec!["--ephemeral".into()],
        Data::Database(url) => vec!["--database".into(), url.clone()],
    }
}

/// Waits for the whole line in the ready file; the server may be in the middle of writing it.
fn wait_until_ready(child: &mut Child, folder: &Path, start: u32) -> Result<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Ok(line) = fs::read_to_string(ready_file(folder, start))
            && line.ends_with('\n')
        {
            let ready: Ready =
                serde_json::from_str(&line).with_context(|| format!("ready file holds {line:?}"))?;
            ensure!(ready.listening.starts_with("http"), "not an http base URL: {}", ready.listening);
            return Ok(ready.listening.trim_end_matches('/').to_owned());
        }
        if let Some(status) = child.try_wait().context("looking after the server")? {
            bail!("it ended before it was ready: {status}");
        }
        ensure!(Instant::now() < deadline, "no ready file after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn wait_for_end(child: &mut Child) -> Result<ExitStatus> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().context("looking after the server")? {
            return Ok(status);
        }
        ensure!(Instant::now() < deadline, "still running after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Kills and reaps; a process that has ended already is fine.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn ready_file(folder: &Path, start: u32) -> PathBuf {
    folder.join(format!("ready.{start}"))
}

fn data_folder(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// The bytes of all files in a folder.
fn files(folder: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        bytes.extend(if path.is_dir() { files(&path)? } else { fs::read(path)? });
    }
    Ok(bytes)
}

fn read(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The last lines of every output file in the folder, oldest start first.
fn tail(folder: &Path) -> String {
    let mut shown = String::new();
    for start in 1.. {
        if !folder.join(format!("stdout.{start}")).exists() {
            return shown;
        }
        for name in ["stdout", "stderr"] {
            let text = read(&folder.join(format!("{name}.{start}")));
            let lines: Vec<&str> = text.lines().collect();
            shown.push_str(&format!("--- patron {name}, start {start} ({} lines)\n", lines.len()));
            for line in &lines[lines.len().saturating_sub(TAIL)..] {
                shown.push_str(line);
                shown.push('\n');
            }
        }
    }
    shown
}
