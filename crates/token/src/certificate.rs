//! The self-signed certificate that `x5u` names.
//!
//! Commerce's own verifier fetches `/keys/prod/<kid>.cer` and takes the public key from it (`spec/ims.md` 2.4, 2.6).
//! The same key and dates give the same bytes, so every node serves the same certificate and none stores it.

use rcgen::{
    CertificateParams, DistinguishedName, DnType, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm,
};
use time::OffsetDateTime;

use crate::key::{KeyError, SigningKey};

/// A certificate in both forms that clients read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// X.509 in DER.
    pub der: Vec<u8>,
    /// The same, armoured.
    pub pem: String,
}

/// Certifies a key by itself, good from `from_s` until `until_s` (epoch seconds). The common name is the key's id.
pub fn certify(key: &SigningKey, from_s: i64, until_s: i64) -> Result<Certificate, KeyError> {
    let unusable = |_| key.unusable();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, key.kid());
    params.not_before = OffsetDateTime::from_unix_timestamp(from_s).map_err(unusable)?;
    params.not_after = OffsetDateTime::from_unix_timestamp(until_s).map_err(unusable)?;
    let certificate = params.self_signed(&Issuer(key)).map_err(|_| key.unusable())?;
    Ok(Certificate { der: certificate.der().to_vec(), pem: certificate.pem() })
}

/// Our key in the certificate library's terms, so that it need not be parsed a second time.
struct Issuer<'a>(&'a SigningKey);

impl PublicKeyData for Issuer<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_der()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for Issuer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.sign(message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: i64 = 1_700_000_000;
    const UNTIL: i64 = FROM + 10 * 365 * 86_400;

    fn contains(haystack: &[u8], needle: &[u8]) -> bool {
        haystack.windows(needle.len()).any(|window| window == needle)
    }

    #[test]
    fn a_certificate_carries_the_keys_id_and_its_public_half() {
        let key = SigningKey::generate("ims_na1-key-at-1").unwrap();
        let certificate = certify(&key, FROM, UNTIL).unwrap();
        assert!(contains(&certificate.der, b"ims_na1-key-at-1"));
        assert!(contains(&certificate.der, key.public_der()));
        assert!(certificate.pem.starts_with("-----BEGIN CERTIFICATE-----"), "{}", certificate.pem);
    }

    #[test]
    fn a_certificate_is_signed_by_its_own_key() {
        let key = SigningKey::generate("k").unwrap();
        let der = certify(&key, FROM, UNTIL).unwrap().der;
        // SEQUENCE(82 xx xx) { SEQUENCE(82 hi lo) {...} algorithm signature }: the inner sequence is what is signed.
        let inner = 4 + usize::from(u16::from_be_bytes([der[6], der[7]]));
        let (signed, signature) = (&der[4..4 + inner], &der[der.len() - 256..]);
        assert!(key.verifying_key().verifies(signed, signature));
    }

    #[test]
    fn two_nodes_make_the_same_certificate() {
        let key = SigningKey::generate("k").unwrap();
        let stored = SigningKey::from_text("k", &key.to_text().unwrap()).unwrap();
        assert_eq!(certify(&key, FROM, UNTIL).unwrap(), certify(&stored, FROM, UNTIL).unwrap());
    }
}
