//! A certificate authority that nobody else knows, for servers that have to show who they are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// An authority with a key of its own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// Makes one.
    ///
    /// # Errors
    /// No key could be made.
    pub fn new() -> Result<Authority> {
        let mut parameters = CertificateParams::new([])?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Authority(CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)?))
    }

    /// A key and a certificate for a server of this name, both PEM.
    ///
    /// # Errors
    /// No key could be made.
    pub fn certify(&self, name: &str) -> Result<(String, String)> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new([name.to_owned()])?.signed_by(&key, &self.0)?;
        Ok((key.serialize_pem(), certificate.pem()))
    }

    /// Writes the authority's certificate into a folder, for those who are to believe it; where.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> Result<PathBuf> {
        let file = folder.join(name);
        std::fs::write(&file, self.0.pem()).with_context(|| format!("writing {}", file.display()))?;
        Ok(file)
    }
}
