//! TLS by the service itself: versions, protocols, renewed certificates, and clients that never finish their handshake.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use patron_harness::{Options, Patron, command};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::CertificateDer,
    version::{TLS12, TLS13},
};
use tempfile::TempDir;

/// A folder with a certificate of this machine and its key.
struct Files {
    folder: TempDir,
    made: CertificateDer<'static>,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = write(folder.path());
        Self { folder, made }
    }

    fn chain(&self) -> PathBuf {
        self.folder.path().join("chain.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn server(&self, arguments: &[&str]) -> Patron {
        let files = ["--tls-cert", self.chain().to_str().unwrap(), "--tls-key", self.key().to_str().unwrap()]
            .map(str::to_owned);
        let more = arguments.iter().map(|argument| (*argument).to_owned());
        Patron::start(Options { arguments: files.into_iter().chain(more).collect(), ..Options::ephemeral() })
    }
}

fn write(folder: &Path) -> CertificateDer<'static> {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    fs::write(folder.join("chain.pem"), made.cert.pem()).unwrap();
    made.cert.der().clone()
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn connect(
    server: &Patron,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    protocols: &[&str],
) -> Result<Stream, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let socket = TcpStream::connect(server.address())?;
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut stream = StreamOwned::new(connection, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// The head and body of a GET, with a certificate that is expected.
fn get(server: &Patron, trusted: &CertificateDer<'static>, path: &str) -> Result<String, std::io::Error> {
    let mut stream = connect(server, trusted, &TLS13, &["http/1.1"])?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn both_versions_and_both_protocols_are_spoken_and_plain_http_is_not() {
    let files = Files::new();
    let server = files.server(&[]);
    assert!(server.base().starts_with("https://"));
    for (version, spoken) in [(&TLS13, ProtocolVersion::TLSv1_3), (&TLS12, ProtocolVersion::TLSv1_2)] {
        for protocol in ["h2", "http/1.1"] {
            let stream = connect(&server, &files.made, version, &[protocol]).unwrap();
            assert_eq!(stream.conn.protocol_version(), Some(spoken));
            assert_eq!(stream.conn.alpn_protocol(), Some(protocol.as_bytes()));
        }
    }
    let text = get(&server, &files.made, "/.well-known/openid-configuration").unwrap();
    assert!(
        text.starts_with("HTTP/1.1 200") && text.contains("strict-transport-security: max-age="),
        "{text}"
    );
    assert!(text.contains(&format!(r#""issuer":"{}""#, server.base())), "{text}");

    let mut plain = TcpStream::connect(server.address()).unwrap();
    plain.write_all(b"GET /_/livez HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said);
    assert!(!String::from_utf8_lossy(&said).contains("HTTP/1.1 200"));
}

#[test]
fn the_command_line_speaks_https_to_a_server_with_a_certificate_of_its_own() {
    let files = Files::new();
    let server = files.server(&[]);
    let list = |more: &[&Path]| {
        let mut asked = command(["instance", "list", "--server", server.base()]);
        for file in more {
            asked.arg("--ca-certificate").arg(file);
        }
        asked.output().unwrap()
    };
    assert_eq!(list(&[]).status.code(), Some(3), "nobody vouches for the certificate");
    let known = list(&[&files.chain()]);
    assert!(known.status.success(), "{}", String::from_utf8_lossy(&known.stderr));
}

#[test]
fn a_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not() {
    let files = Files::new();
    let mut server = files.server(&[]);
    let waits_for = |server: &Patron, certificate: &CertificateDer<'static>| {
        let deadline = Instant::now() + Duration::from_secs(30);
        while get(server, certificate, "/_/livez").is_err() {
            assert!(Instant::now() < deadline, "the new certificate was never used");
        }
    };
    let second = write(files.folder.path());
    server.hang_up();
    waits_for(&server, &second);
    assert!(get(&server, &files.made, "/_/livez").is_err(), "the first one is gone");

    // The key of another certificate, as in the middle of a renewal.
    let elsewhere = Files::new();
    fs::copy(elsewhere.key(), files.key()).unwrap();
    server.hang_up();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !server.stderr().contains("the one before it stays") {
        assert!(Instant::now() < deadline, "{}", server.stderr());
    }
    assert!(get(&server, &second, "/_/livez").is_ok());

    // Nobody says anything: the files are looked at.
    let third = write(files.folder.path());
    waits_for(&server, &third);
}

#[test]
fn a_client_that_never_finishes_its_handshake_holds_no_place() {
    let files = Files::new();
    let server = files.server(&["--max-connections", "1", "--header-timeout-seconds", "1"]);
    let silent = TcpStream::connect(server.address()).unwrap();
    assert!(get(&server, &files.made, "/_/livez").unwrap().starts_with("HTTP/1.1 200"));
    drop(silent);
}

#[test]
fn files_that_do_not_belong_together_end_the_start() {
    let (files, others) = (Files::new(), Files::new());
    fs::copy(others.key(), files.key()).unwrap();
    let start = |arguments: &[&str]| {
        let output =
            command(["serve", "--ephemeral", "--listen", "127.0.0.1:0"]).args(arguments).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let (chain, key) = (files.chain(), files.key());
    let (chain, key) = (chain.to_str().unwrap(), key.to_str().unwrap());
    assert!(start(&["--tls-cert", chain, "--tls-key", key]).contains("is not the key of"));
    assert!(start(&["--tls-cert", chain]).contains("both --tls-cert and --tls-key"));
    assert!(start(&["--tls-cert", "missing.pem", "--tls-key", key]).contains("missing.pem"));
}
