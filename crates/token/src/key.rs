//! A private RSA key: how it is made, kept and used.
//!
//! RS256 because IMS signs with it (`spec/ims.md` 2.1). The parsed key is held, so that a signature costs the RSA
//! operation and nothing else. This module knows no token.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::keyset::VerifyingKey;

/// The id of the first key of a new server, as IMS names its own (`spec/ims-open-questions.md` 15).
pub const FIRST_KID: &str = "ims_na1-key-at-1";

/// Why a key could not be made, read or used. Never says anything about the key's content.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The crypto library could not make a key.
    #[error("the crypto library could not generate an RSA key")]
    Generate,
    /// What was stored is no RSA private key of 2048 to 8192 bits in PKCS#8.
    #[error("the stored signing key {kid} cannot be read: {reason}")]
    Unreadable {
        /// The key's id.
        kid: String,
        /// What the library or the decoder said.
        reason: String,
    },
    /// What was to be signed cannot be written as JSON.
    #[error("what the signing key {kid} was to sign cannot be written as JSON: {reason}")]
    Unsignable {
        /// The key's id.
        kid: String,
        /// What the serialiser said.
        reason: String,
    },
    /// The crypto library could not sign, export or certify with a key it had accepted.
    #[error("the crypto library could not use the signing key {kid}")]
    Unusable {
        /// The key's id.
        kid: String,
    },
}

/// Whether a token's header names the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum X5u {
    /// The bare file name, as IMS writes it.
    #[default]
    FileName,
    /// Nothing, for verifiers that insist on a URL there (joserfc).
    Omitted,
}

/// A private key with its id.
pub struct SigningKey {
    kid: String,
    x5u: X5u,
    pair: RsaKeyPair,
}

impl SigningKey {
    /// Makes a new 2048-bit key with the crypto library's own entropy. Takes tenths of a second.
    pub fn generate(kid: &str) -> Result<Self, KeyError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate)?;
        Ok(Self { kid: kid.to_owned(), x5u: X5u::default(), pair })
    }

    /// Reads the DER form of PKCS#8.
    pub fn from_pkcs8(kid: &str, der: &[u8]) -> Result<Self, KeyError> {
        let pair = RsaKeyPair::from_pkcs8(der).map_err(|rejected| unreadable(kid, rejected))?;
        Ok(Self { kid: kid.to_owned(), x5u: X5u::default(), pair })
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn from_text(kid: &str, text: &str) -> Result<Self, KeyError> {
        let der = Zeroizing::new(STANDARD.decode(text).map_err(|error| unreadable(kid, error))?);
        Self::from_pkcs8(kid, &der)
    }

    /// The DER form of PKCS#8. The buffer is wiped when dropped.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| self.unusable())?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// PKCS#8 in base64: one line, for a `TEXT` column.
    pub fn to_text(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(Zeroizing::new(STANDARD.encode(self.to_pkcs8()?)))
    }

    /// The same key, with or without `x5u` in the headers that it signs.
    pub fn with_x5u(self, x5u: X5u) -> Self {
        Self { x5u, ..self }
    }

    /// The key's id: `kid` in headers and in the key set.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The file name of the key's certificate: `<kid>.cer`.
    pub fn certificate_name(&self) -> String {
        format!("{}.cer", self.kid)
    }

    /// What the header's `x5u` holds, if it is written.
    pub(crate) fn x5u(&self) -> Option<String> {
        (self.x5u == X5u::FileName).then(|| self.certificate_name())
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        let public = self.pair.public_key();
        VerifyingKey::new(
            &self.kid,
            public.modulus().big_endian_without_leading_zero(),
            public.exponent().big_endian_without_leading_zero(),
        )
        .expect("the public half of an accepted key is a public key")
    }

    /// The public half as `RSAPublicKey` in DER (RFC 8017).
    pub(crate) fn public_der(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The RS256 signature of a message: as long as the modulus.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // PKCS#1 v1.5 draws no randomness; the library ignores this argument.
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| self.unusable())?;
        Ok(signature)
    }

    pub(crate) fn unusable(&self) -> KeyError {
        KeyError::Unusable { kid: self.kid.clone() }
    }
}

/// Only the id: a key must not reach a log by way of `{:?}`.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn unreadable(kid: &str, reason: impl fmt::Display) -> KeyError {
    KeyError::Unreadable { kid: kid.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_being_stored() {
        let key = SigningKey::generate("k1").unwrap();
        let text = key.to_text().unwrap();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)));
        let again = SigningKey::from_text("k1", &text).unwrap();
        assert_eq!(again.sign(b"message").unwrap(), key.sign(b"message").unwrap());
        assert!(again.verifying_key().verifies(b"message", &key.sign(b"message").unwrap()));
    }

    #[test]
    fn what_is_no_key_is_refused_by_name() {
        for text in ["", "AAAA", "not base64"] {
            let error = SigningKey::from_text("k7", text).unwrap_err();
            assert!(error.to_string().contains("k7"), "{error}");
        }
    }

    #[test]
    fn a_keys_debug_form_holds_nothing_but_its_id() {
        let key = SigningKey::generate("k1").unwrap();
        assert_eq!(format!("{key:?}"), r#"SigningKey { kid: "k1", .. }"#);
    }
}
