//! A PostgreSQL server for tests: thrown away afterwards, a fresh database for whoever asks.
//!
//! `./test` starts one for all and names it in `PATRON_TEST_POSTGRES`; a test that finds the variable missing starts its
//! own. Without PostgreSQL's programs tests fail: nobody should believe that both engines were tested when one was.

mod authority;
mod cluster;
mod programs;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use anyhow::{Context, Result, ensure};

pub use authority::Authority;
pub use cluster::Cluster;
use programs::{as_other_user, program, run_plain};

/// The variable that names a running server: a URL of a role that may make databases.
pub const VARIABLE: &str = "PATRON_TEST_POSTGRES";

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
    let folder = cluster.folder().display();
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
