//! Which server, and how to use it: what an operator says about PostgreSQL.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::Error;

/// A PostgreSQL server, or several of which one takes writes.
///
/// The URL is libpq's: `postgres://user@host1,host2:5433/database?target_session_attrs=read-write`, a Unix socket as
/// `postgres://user@%2Frun%2Fpostgresql/database`. Of its parameters `sslmode` is stricter: `require`, `verify-ca` and
/// `verify-full` all verify certificate and host name, against the system's authorities or the file `sslrootcert`;
/// `prefer`, the default, encrypts where the server can and verifies nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Postgres {
    pub(super) config: Box<Config>,
    pub(super) tls: Tls,
    pub(super) readers: usize,
    pub(super) writers: usize,
    pub(super) statement_timeout: Duration,
}

/// By what name the server knows our connections.
const NAME: &str = "patron";

/// How much a connection is to be secured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    Never,
    /// Encrypted if the server can, but by whom is not asked.
    Unverified,
    /// Encrypted and verified; against the authorities in this file, or the system's.
    Verified(Option<PathBuf>),
}

impl Postgres {
    /// Reads a `postgres://` URL. The password may be part of it, but see [`Postgres::password`].
    ///
    /// Fails with [`Error::Other`], in words that do not repeat the URL: it may hold the password.
    pub fn at(url: &str) -> Result<Postgres, Error> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Error::other("the URL of a PostgreSQL database begins with postgres://"));
        }
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut authorities, mut others) = ("prefer", None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = value,
                Some(("sslrootcert", value)) => authorities = Some(PathBuf::from(value)),
                _ => others.push(pair),
            }
        }
        let mut config: Config = format!("{place}?{}", others.join("&"))
            .parse()
            .map_err(|error| Error::other(format!("{error}")))?;
        let (tls, ssl_mode) = match mode {
            "disable" => (Tls::Never, SslMode::Disable),
            "allow" | "prefer" => (Tls::Unverified, SslMode::Prefer),
            "require" | "verify-ca" | "verify-full" => (Tls::Verified(authorities), SslMode::Require),
            _ => {
                return Err(Error::other(
                    "the URL's sslmode is none of disable, prefer, require, verify-full",
                ));
            }
        };
        if config.get_hosts().is_empty() {
            return Err(Error::other("the URL of the PostgreSQL database names no host"));
        }
        config.ssl_mode(ssl_mode);
        if config.get_application_name().is_none() {
            config.application_name(NAME);
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (readers, writers) = ((4 * cores).max(16), (2 * cores).max(8));
        Ok(Postgres {
            config: Box::new(config),
            tls,
            readers,
            writers,
            statement_timeout: Duration::from_secs(30),
        })
    }

    /// The password, where it is kept apart from the URL: in a file or a variable.
    pub fn password(mut self, password: &str) -> Postgres {
        self.config.password(password);
        self
    }

    /// By what name the server knows our connections, where the URL does not say; `patron` by default.
    pub fn application_name(mut self, name: &str) -> Postgres {
        if self.config.get_application_name() == Some(NAME) {
            self.config.application_name(name);
        }
        self
    }

    /// How many connections may be open for reading and for writing, each at least one. By default four and two for
    /// each core, but 16 and 8 at least. All nodes together must stay below the server's `max_connections`.
    pub fn connections(mut self, readers: usize, writers: usize) -> Postgres {
        (self.readers, self.writers) = (readers.max(1), writers.max(1));
        self
    }

    /// How long one statement may take before it fails with [`Error::Unavailable`]; 30 s by default.
    pub fn statement_timeout(mut self, timeout: Duration) -> Postgres {
        self.statement_timeout = timeout;
        self
    }

    /// How long an answer may be waited for: the server itself gives up earlier.
    pub(super) fn patience(&self) -> Duration {
        self.statement_timeout + Duration::from_secs(5)
    }
}

/// Hosts, ports and database; never the password.
impl fmt::Display for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        for (place, host) in self.config.get_hosts().iter().enumerate() {
            f.write_str(if place == 0 { "" } else { "," })?;
            match host {
                Host::Tcp(name) => f.write_str(name)?,
                Host::Unix(path) => write!(f, "{}", path.display())?,
            }
            write!(f, ":{}", self.port(place))?;
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({self})")
    }
}

impl Postgres {
    /// The port of a host: its own, the only one, or the usual.
    pub(super) fn port(&self, host: usize) -> u16 {
        let ports = self.config.get_ports();
        ports.get(host).or(ports.first()).copied().unwrap_or(5432)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_as_libpq_reads_it_and_never_shown_with_its_password() {
        let url = "postgresql://ada:hunter2@one,two:5433/patron?target_session_attrs=read-write&sslmode=verify-full&sslrootcert=/ca.pem";
        let server = Postgres::at(url).unwrap().password("correct horse");
        assert_eq!(server.tls, Tls::Verified(Some("/ca.pem".into())));
        for shown in
            [server.to_string(), format!("{server:?}"), format!("{:?}", crate::Location::Postgres(server))]
        {
            assert!(shown.contains("one:") && shown.contains("two:5433/patron"), "{shown}");
            assert!(!shown.contains("hunter2") && !shown.contains("horse"), "{shown}");
        }
        let socket = Postgres::at("postgres://ada@%2Frun%2Fpostgresql/patron").unwrap();
        assert_eq!(socket.to_string(), "postgres:///run/postgresql:5432/patron");
    }

    #[test]
    fn what_is_no_url_of_postgresql_is_refused_without_being_repeated() {
        for url in [
            "mysql://a:secret@b/c",
            "postgres://a:secret@b/c?sslmode=perhaps",
            "postgres://a:secret@b/c?secret=1",
        ] {
            let refused = Postgres::at(url).unwrap_err();
            let shown = format!("{refused:?}");
            assert!(matches!(refused, Error::Other(_)) && !shown.contains("a:secret"), "{shown}");
        }
    }
}
