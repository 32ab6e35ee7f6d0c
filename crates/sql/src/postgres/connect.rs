//! Opening a connection: which host, how secured, and what the session is told first.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::config::{Host, LoadBalanceHosts, SslMode, TargetSessionAttrs};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::Connection;
use super::failure::in_our_words;
use super::server::{Postgres, Tls};
use super::socket::{Link, Socket, Stream};
use super::tls;
use super::wire::{Driver, Wire};
use crate::Error;

/// How long a host may take to answer, unless the URL says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a unit of work may let its server wait between two statements: it does nothing but compute meanwhile.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Snapshots. A statement that would write is refused even outside a transaction.
    Reading,
    /// Units of work.
    Writing,
    /// Migrations, which may take as long as they need.
    Migrating,
}

impl Purpose {
    /// Sequential scans are out of the question where transactions are serializable: on a table that is still small the
    /// planner likes them, and one of them conflicts with every write to the table.
    ///
    /// The server, too, must notice that a node is gone, and let go of what it had locked: others wait for that.
    fn settings(self, server: &Postgres) -> String {
        let timeout = server.statement_timeout.as_millis();
        let pause = server.statement_timeout.min(LONGEST_PAUSE).as_millis();
        let purpose = match self {
            Purpose::Reading => format!(
                "SET default_transaction_isolation = 'repeatable read'; SET default_transaction_read_only = on; \
                 SET jit = off; SET statement_timeout = {timeout}"
            ),
            Purpose::Writing => format!(
                "SET enable_seqscan = off; SET jit = off; SET statement_timeout = {timeout}; \
                 SET idle_in_transaction_session_timeout = {pause}"
            ),
            Purpose::Migrating => "SET statement_timeout = 0; SET client_min_messages = warning".to_owned(),
        };
        format!(
            "{purpose}; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
        )
    }
}

/// Opens a connection to the first host that answers and is of the wanted kind.
///
/// Fails with [`Error::Busy`] if the server has no room for another, with [`Error::Unavailable`] if none answers.
pub(super) fn open(server: &Postgres, purpose: Purpose) -> Result<Connection, Error> {
    let hosts = server.config.get_hosts();
    let first = match server.config.get_load_balance_hosts() {
        LoadBalanceHosts::Random => super::random() as usize % hosts.len(),
        _ => 0,
    };
    let mut failure = Error::unavailable("the URL names no host");
    for place in (0..hosts.len()).map(|place| (first + place) % hosts.len()) {
        match at(server, place, purpose) {
            Ok(connection) => return Ok(connection),
            Err(error) => {
                tracing::debug!(host = place, %error, "A database host could not be used.");
                failure = error;
            }
        }
    }
    Err(match failure {
        // A wrong password or a database that is not there: for whoever asks, it cannot be reached.
        Error::Other(source) => Error::Unavailable(source),
        other => other,
    })
}

fn at(server: &Postgres, place: usize, purpose: Purpose) -> Result<Connection, Error> {
    let patience = server.config.get_connect_timeout().copied().unwrap_or(PATIENCE);
    let host = &server.config.get_hosts()[place];
    let stream = stream(server, host, place, patience).map_err(Error::unavailable)?;
    let link = Link::new(stream).map_err(Error::unavailable)?;
    let wire = Wire::new(link.clone());
    let mut config = (*server.config).clone();
    let (client, driver) = match (&server.tls, host) {
        (Tls::Never, _) | (_, Host::Unix(_)) => {
            config.ssl_mode(SslMode::Disable);
            shake_hands(&wire, &config, link, NoTls, patience)?
        }
        (secured, Host::Tcp(name)) => {
            let mut make = MakeRustlsConnect::new(tls::config(secured)?);
            let connect =
                MakeTlsConnect::<Socket>::make_tls_connect(&mut make, name).map_err(Error::unavailable)?;
            shake_hands(&wire, &config, link, connect, patience)?
        }
    };
    wire.set_driver(driver);
    let connection = Connection::new(client, wire, server.patience());
    connection.simple(&purpose.settings(server))?;
    let wanted = match server.config.get_target_session_attrs() {
        TargetSessionAttrs::ReadWrite => Some("off"),
        TargetSessionAttrs::ReadOnly => Some("on"),
        _ => None,
    };
    if let Some(wanted) = wanted {
        // Asked of the server itself: our own setting for readers says nothing about it.
        let standby = connection.simple_text(
            "SELECT CASE WHEN pg_is_in_recovery() OR (SELECT reset_val FROM pg_settings \
             WHERE name = 'default_transaction_read_only') = 'on' THEN 'on' ELSE 'off' END",
        )?;
        if standby.as_deref() != Some(wanted) {
            return Err(Error::unavailable(
                "the host takes no writes, or only writes; another kind is wanted",
            ));
        }
    }
    Ok(connection)
}

fn shake_hands<T>(
    wire: &Wire,
    config: &Config,
    link: Arc<Link>,
    tls: T,
    patience: Duration,
) -> Result<(Client, Driver), Error>
where
    T: tokio_postgres::tls::TlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let connected = wire.wait(config.connect_raw(Socket(link), tls), patience)?;
    let (client, driver) = connected.map_err(in_our_words)?;
    Ok((client, Box::pin(driver)))
}

fn stream(server: &Postgres, host: &Host, place: usize, patience: Duration) -> io::Result<Stream> {
    let port = server.port(place);
    let name = match host {
        Host::Unix(folder) => {
            return UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).map(Stream::Unix);
        }
        Host::Tcp(name) => name,
    };
    let known: Option<&IpAddr> = server.config.get_hostaddrs().get(place);
    let addresses: Vec<SocketAddr> = match known {
        Some(address) => vec![(*address, port).into()],
        None => (name.as_str(), port).to_socket_addrs()?.collect(),
    };
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host's name has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(stream) => {
                prepare(&stream)?;
                return Ok(Stream::Tcp(stream));
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Small messages at once; a peer that is gone is noticed in some ten seconds, also while nothing is said.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    use rustix::net::sockopt;
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, Duration::from_secs(5))?;
    sockopt::set_tcp_keepintvl(stream, Duration::from_secs(2))?;
    sockopt::set_tcp_keepcnt(stream, 3)?;
    #[cfg(target_os = "linux")]
    sockopt::set_tcp_user_timeout(stream, 10_000)?;
    Ok(())
}
