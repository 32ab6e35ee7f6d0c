//! A PostgreSQL server for tests: thrown away afterwards, a fresh database for whoever asks.
//!
//! `./test` starts one for all and names it in `PATRON_TEST_POSTGRES`; a test that finds the variable missing starts its
//! own. Without PostgreSQL's programs tests fail: nobody should believe that both engines were tested when one was.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// The variable that names a running server: a URL of a role that may make databases.
pub const VARIABLE: &str = "PATRON_TEST_POSTGRES";

/// The role that owns everything in a cluster of ours.
const ROLE: &str = "patron";

/// A server with its own data, stopped and removed when dropped.
pub struct Cluster {
    folder: TempDir,
    port: u16,
}

impl Cluster {
    /// Makes and starts a server on a free port of 127.0.0.1 and on a Unix socket. Fails the test, with what to do, if
    /// PostgreSQL is not installed. Nothing in it is safe from a power cut, and nobody is asked for a password.
    pub fn start() -> Cluster {
        Self::try_start().unwrap_or_else(|error| panic!("no PostgreSQL for tests: {error:#}"))
    }

    /// As [`Cluster::start`].
    ///
    /// # Errors
    /// PostgreSQL is not installed, or does not start; the error holds what it said.
    pub fn try_start() -> Result<Cluster> {
        let folder =
            tempfile::Builder::new().prefix("patron-postgres-").tempdir().context("making a folder")?;
        let port = free_port()?;
        let cluster = Cluster { folder, port };
        let path = cluster.folder.path();
        give_away(path)?;
        let data = path.join("data");
        let made = run_as(&program("initdb")?, |command| {
            command
                .args([
                    "--no-sync",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--auth=trust",
                    "--username",
                    ROLE,
                    "-D",
                ])
                .arg(&data);
        });
        made.context("initdb")?;
        cluster.restart()?;
        Ok(cluster)
    }

    /// The URL of its first database, over TCP.
    pub fn url(&self) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/postgres", self.port)
    }

    /// The same over its Unix socket.
    pub fn socket_url(&self) -> String {
        format!(
            "postgres://{ROLE}@{}:{}/postgres",
            self.folder.path().display().to_string().replace('/', "%2F"),
            self.port
        )
    }

    /// Starts the server, after [`Cluster::stop`]. It keeps its port.
    ///
    /// # Errors
    /// It does not start; the error holds what it said.
    pub fn restart(&self) -> Result<()> {
        let path = self.folder.path();
        let settings = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=400 \
             -c shared_buffers=64MB -c max_wal_size=128MB -c min_wal_size=32MB -c max_pred_locks_per_transaction=256",
            self.port,
            path.display()
        );
        let started = run_as(&program("pg_ctl")?, |command| {
            command.args(["-w", "-t", "60", "-D"]).arg(path.join("data")).arg("-l").arg(path.join("log"));
            command.args(["-o", &settings, "start"]);
        });
        started.with_context(|| fs::read_to_string(path.join("log")).unwrap_or_default())
    }

    /// Stops the server: `fast` ends every connection as a restart does, otherwise it is cut off as by a crash.
    pub fn stop(&self, fast: bool) {
        let data = self.folder.path().join("data");
        let mode = if fast { "fast" } else { "immediate" };
        let stopped = program("pg_ctl").and_then(|program| {
            run_as(&program, |command| {
                command.args(["-w", "-m", mode, "-D"]).arg(&data).arg("stop");
            })
        });
        drop(stopped);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop(false);
        // Files of the other user: our own may be allowed to remove them only as root.
        let _ = run_as(Path::new("rm"), |command| {
            command.arg("-rf").arg(self.folder.path().join("data"));
        });
    }
}

/// The URL of a new, empty database of the server that the tests share. Takes some 30 ms.
///
/// It is never removed: the server is. [`Temporary`] is for what many tests need. Fails the test if there is no PostgreSQL.
pub fn database() -> String {
    fresh(server()).unwrap_or_else(|error| panic!("no PostgreSQL database for tests: {error:#}"))
}

/// A new, empty database on the server at `url`, which names another database of it.
///
/// # Errors
/// The server cannot be reached, or refuses.
pub fn fresh(url: &str) -> Result<String> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Relaxed));
    query(url, &format!("CREATE DATABASE {name} TEMPLATE template0"))?;
    let (place, parameters) = url.split_once('?').map_or((url, String::new()), |(a, b)| (a, format!("?{b}")));
    let (server, _) = place.rsplit_once('/').context("the URL names no database")?;
    Ok(format!("{server}/{name}{parameters}"))
}

/// A fresh database of the server that the tests share, dropped with this: each takes 8 MB, and machines that test have small disks.
pub struct Temporary {
    url: String,
}

impl Temporary {
    /// Makes one.
    ///
    /// # Errors
    /// The server refuses.
    pub fn new() -> Result<Temporary> {
        Ok(Temporary { url: fresh(server())? })
    }

    /// The URL of the database.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let name = self.url.rsplit('/').next().and_then(|rest| rest.split('?').next()).unwrap_or_default();
        // Whoever was killed may still have connections that the server has not noticed to be dead.
        let _ = query(server(), &format!("DROP DATABASE {name} WITH (FORCE)"));
    }
}

/// The schema and the rows of a database as `pg_dump` writes them.
///
/// # Errors
/// The server cannot be reached, or refuses.
pub fn dump(url: &str) -> Result<Vec<u8>> {
    let program = program("pg_dump")?;
    let output = Command::new(&program).args(["--no-owner", "-d", url]).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "pg_dump failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// Runs what [`dump`] has written on a database.
///
/// # Errors
/// The server cannot be reached, or refuses a part of it.
pub fn load(url: &str, dump: &[u8]) -> Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(dump)?;
    run_plain(&program("psql")?, |command| {
        command.args(["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", url, "-f"]).arg(file.path());
    })
    .map(drop)
}

/// Runs statements through `psql`, which shares no code with what is tested; what they print.
///
/// # Errors
/// The server cannot be reached, or refuses one of them.
pub fn query(url: &str, sql: &str) -> Result<String> {
    run_plain(&program("psql")?, |command| {
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]);
    })
}

fn server() -> &'static str {
    static SERVER: OnceLock<(String, Option<Cluster>)> = OnceLock::new();
    let (url, _) = SERVER.get_or_init(|| match std::env::var(VARIABLE) {
        Ok(url) => (url, None),
        Err(_) => {
            let cluster = Cluster::start();
            end_with_process(&cluster);
            (cluster.url(), Some(cluster))
        }
    });
    url
}

/// What lives in a `static` is never dropped, so a child of this process waits for its end and clears up. It asks `ps`, as the
/// other user may not signal us.
fn end_with_process(cluster: &Cluster) {
    let folder = cluster.folder.path().display();
    let Ok(program) = program("pg_ctl") else { return };
    let script = format!(
        "while ps -p {} >/dev/null; do sleep 1; done; '{}' -m immediate -D '{folder}/data' stop; rm -rf '{folder}'",
        std::process::id(),
        program.display()
    );
    let _ = as_other_user(Path::new("sh"))
        .args(["-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
}

/// The newest installed program of that name; Debian keeps them out of `PATH`.
fn program(name: &str) -> Result<PathBuf> {
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

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?;
    Ok(listener.local_addr().context("looking for a free port")?.port())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// PostgreSQL refuses to run as root: then its own user runs it, who must own the folder.
fn give_away(folder: &Path) -> Result<()> {
    if is_root() {
        run_plain(Path::new("chown"), |command| {
            command.arg("postgres").arg(folder);
        })
        .context("root needs a user called postgres to run PostgreSQL")?;
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).context("opening the folder")
}

fn as_other_user(program: &Path) -> Command {
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

fn run_as(program: &Path, arguments: impl FnOnce(&mut Command)) -> Result<()> {
    let mut command = as_other_user(program);
    arguments(&mut command);
    finish(command, program).map(drop)
}

fn run_plain(program: &Path, arguments: impl FnOnce(&mut Command)) -> Result<String> {
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
