//! TLS from files: a chain of certificates and its key, read again when they change or on SIGHUP, so that a renewed certificate needs no
//! restart. TLS 1.2 and 1.3; HTTP/2 and HTTP/1.1 by ALPN.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, ensure};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time,
};
use tokio_rustls::TlsAcceptor;

/// Between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The certificate that new connections get. Those that are open keep theirs.
#[derive(Debug)]
pub struct Certificates {
    chain: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificates {
    /// Reads both files; refuses a key that is not the certificate's.
    pub fn open(chain: PathBuf, key: PathBuf) -> Result<Arc<Self>> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let current = RwLock::new(read(&chain, &key, &provider)?);
        Ok(Arc::new(Self { chain, key, provider, current }))
    }

    /// What takes connections with it.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .context("TLS cannot be set up")?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files again whenever they change and on every SIGHUP, until the task is dropped. What cannot be used is logged, and
    /// the certificate before it stays.
    pub async fn keep_fresh(self: Arc<Self>, mut hangup: Signal) {
        let mut seen = self.state_of_files();
        loop {
            let asked = tokio::select! {
                _ = hangup.recv() => true,
                () = time::sleep(LOOK_EVERY) => false,
            };
            let now = self.state_of_files();
            if asked || now != seen {
                seen = now;
                self.reread();
            }
        }
    }

    fn reread(&self) {
        match read(&self.chain, &self.key, &self.provider) {
            Ok(read) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
                tracing::info!("The TLS certificate was read again; new connections get it.");
            }
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "The TLS certificate cannot be used; the one before it stays."
                );
            }
        }
    }

    /// Time and length of both files: what a renewal changes. Links are followed, so that a link to another folder is a change too.
    fn state_of_files(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.chain, &self.key].map(|file| {
            let data = fs::metadata(file).ok()?;
            Some((data.modified().ok()?, data.len()))
        })
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// SIGHUP, caught from now on.
pub fn hangups() -> std::io::Result<Signal> {
    signal(SignalKind::hangup())
}

fn read(chain: &PathBuf, key: &PathBuf, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>> {
    let cannot = |file: &PathBuf| format!("cannot use {}", file.display());
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(chain).and_then(Iterator::collect).with_context(|| cannot(chain))?;
    ensure!(!certificates.is_empty(), "{} holds no certificate", chain.display());
    let private = PrivateKeyDer::from_pem_file(key).with_context(|| cannot(key))?;
    let pair = CertifiedKey::from_der(certificates, private, provider)
        .with_context(|| format!("{} is not the key of {}", key.display(), chain.display()))?;
    Ok(Arc::new(pair))
}
