//! A PostgreSQL server with data of its own: started, stopped, killed, copied to a standby, promoted.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::programs::{give_away, program, run_as, run_plain};
use super::query;

/// The role that owns everything in a cluster of ours.
const ROLE: &str = "patron";

/// What a server for tests is started with: nothing in it is safe from a power cut, and it makes room for many nodes.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=400 -c shared_buffers=64MB \
     -c max_wal_size=128MB -c min_wal_size=32MB -c max_pred_locks_per_transaction=256";

/// A server with its own data, stopped and removed when dropped.
pub struct Cluster {
    folder: TempDir,
    port: u16,
    /// More settings of the server, as its command line has them.
    settings: String,
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
        let cluster = Cluster::empty()?;
        let data = cluster.data();
        let made = run_as(&program("initdb")?, |command| {
            command.args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", "--username", ROLE]);
            command.arg("-D").arg(&data);
        });
        made.context("initdb")?;
        cluster.restart()?;
        Ok(cluster)
    }

    /// A copy of this server that follows it. From then on a commit here is answered only when it is in the copy's log as well.
    pub fn standby(&self) -> Cluster {
        self.try_standby().unwrap_or_else(|error| panic!("no standby for tests: {error:#}"))
    }

    fn try_standby(&self) -> Result<Cluster> {
        let copy = Cluster::empty()?;
        let (data, url) = (copy.data(), self.url());
        let copied = run_as(&program("pg_basebackup")?, |command| {
            command
                .args(["--write-recovery-conf", "--no-sync", "--checkpoint=fast", "-d", &url, "-D"])
                .arg(&data);
        });
        copied.context("pg_basebackup")?;
        copy.restart()?;
        query(&self.url(), "ALTER SYSTEM SET synchronous_standby_names = '*'")?;
        query(&self.url(), "SELECT pg_reload_conf()")?;
        Ok(copy)
    }

    /// Makes a standby take writes.
    pub fn promote(&self) {
        self.control(&["-w", "-t", "60", "promote"])
            .unwrap_or_else(|error| panic!("not promoted: {error:#}"));
    }

    /// Adds the server's key and certificate, as an [`Authority`](super::Authority) writes them, and restarts it. From then on it
    /// takes connections over TCP with TLS and `password` only; its Unix socket is as before.
    ///
    /// # Errors
    /// It does not start again; the error holds what it said.
    pub fn secure(&mut self, key: &str, certificate: &str, password: &str) -> Result<()> {
        query(&self.socket_url(), &format!("ALTER ROLE {ROLE} PASSWORD '{password}'"))?;
        self.stop(true);
        let data = self.data();
        fs::write(data.join("server.crt"), certificate)?;
        fs::write(data.join("server.key"), key)?;
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(data.join("pg_hba.conf"), rules)?;
        // The server refuses a key that others may read, and owns what is in its folder.
        run_plain(Path::new("chmod"), |command| {
            command.arg("600").arg(data.join("server.key"));
        })?;
        run_plain(Path::new("chown"), |command| {
            command.arg("--reference").arg(data.join("PG_VERSION"));
            command.args(["server.key", "server.crt"].map(|name| data.join(name)));
        })?;
        self.settings = " -c ssl=on".to_owned();
        self.restart()
    }

    /// The URL of its first database, over TCP.
    pub fn url(&self) -> String {
        format!("postgres://{ROLE}@{}/postgres", self.address())
    }

    /// Where it listens: `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The same over its Unix socket.
    pub fn socket_url(&self) -> String {
        let folder = self.folder().display().to_string().replace('/', "%2F");
        format!("postgres://{ROLE}@{folder}:{}/postgres", self.port)
    }

    /// Starts the server, after [`Cluster::stop`] or [`Cluster::kill9`]. It keeps its port.
    ///
    /// # Errors
    /// It does not start; the error holds what it said.
    pub fn restart(&self) -> Result<()> {
        let path = self.folder();
        let settings = format!("-p {} -k {} {SETTINGS}{}", self.port, path.display(), self.settings);
        let log = path.join("log").display().to_string();
        let started = self.control(&["-w", "-t", "60", "-l", &log, "-o", &settings, "start"]);
        started.with_context(|| fs::read_to_string(&log).unwrap_or_default())
    }

    /// Stops the server: `fast` ends every connection as a restart does, otherwise it is cut off as by a crash.
    pub fn stop(&self, fast: bool) {
        drop(self.control(&["-w", "-m", if fast { "fast" } else { "immediate" }, "stop"]));
    }

    /// Kills every process of the server at once, as the end of its machine would.
    pub fn kill9(&self) {
        let killed = self.processes().map(|all| {
            for process in all {
                // One that ended meanwhile is as dead as it should be.
                let _ = kill_process(process, Signal::KILL);
            }
        });
        killed.unwrap_or_else(|error| panic!("PostgreSQL cannot be killed: {error:#}"));
    }

    /// The server's processes; the first is the one that would start others again.
    fn processes(&self) -> Result<Vec<Pid>> {
        let file =
            fs::read_to_string(self.data().join("postmaster.pid")).context("the server does not run")?;
        let first: i32 = file.lines().next().unwrap_or_default().trim().parse().context("no process id")?;
        let listed = fs::read_dir("/proc").context("listing processes")?.flatten();
        let numbers = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let others = numbers.filter(|number| parent(*number) == Some(first));
        let all: Vec<Pid> = std::iter::once(first).chain(others).filter_map(Pid::from_raw).collect();
        ensure!(all.len() > 1, "a server has more processes than {all:?}");
        Ok(all)
    }

    fn control(&self, arguments: &[&str]) -> Result<()> {
        let data = self.data();
        run_as(&program("pg_ctl")?, |command| {
            command.arg("-D").arg(&data).args(arguments);
        })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// A folder for PostgreSQL's user, and a port.
    fn empty() -> Result<Cluster> {
        let folder =
            tempfile::Builder::new().prefix("patron-postgres-").tempdir().context("making a folder")?;
        give_away(folder.path())?;
        Ok(Cluster { folder, port: free_port()?, settings: String::new() })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop(false);
        // Files of the other user: our own may be allowed to remove them only as root.
        let _ = run_as(Path::new("rm"), |command| {
            command.arg("-rf").arg(self.data());
        });
    }
}

/// Which process started this one.
fn parent(process: i32) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold blanks; the parent is the second word after it.
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?;
    Ok(listener.local_addr().context("looking for a free port")?.port())
}
