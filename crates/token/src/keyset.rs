//! The public halves of signing keys, by key id: what `/ims/keys` publishes and what verifies a token.
//!
//! Every key id that a living token may name must be listed (`spec/ims.md` 2.4): after a rotation the old key stays
//! for as long as its tokens live. This module knows no private key.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// A public key as `/ims/keys` writes it: members in IMS's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Always `RS256`.
    pub alg: String,
    /// Always `RSA`.
    pub kty: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// The key's id.
    pub kid: String,
    /// The exponent, big-endian, base64url.
    pub e: String,
    /// The modulus, big-endian, base64url.
    pub n: String,
}

/// The body of `/ims/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys, newest first.
    pub keys: Vec<Jwk>,
}

/// A public key, parsed once.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    kid: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    parsed: ParsedPublicKey,
}

impl VerifyingKey {
    /// A key from its big-endian numbers without leading zeros; `None` when they make no RSA key.
    pub fn new(kid: &str, modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let parsed = RsaPublicKeyComponents { n: modulus, e: exponent }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .ok()?;
        Some(Self { kid: kid.to_owned(), modulus: modulus.to_vec(), exponent: exponent.to_vec(), parsed })
    }

    /// A key from its published form; `None` when it is no RS256 key.
    pub fn from_jwk(jwk: &Jwk) -> Option<Self> {
        if jwk.alg != "RS256" || jwk.kty != "RSA" {
            return None;
        }
        Self::new(&jwk.kid, &URL_SAFE_NO_PAD.decode(&jwk.n).ok()?, &URL_SAFE_NO_PAD.decode(&jwk.e).ok()?)
    }

    /// The published form.
    pub fn to_jwk(&self) -> Jwk {
        Jwk {
            alg: "RS256".to_owned(),
            kty: "RSA".to_owned(),
            usage: "sig".to_owned(),
            kid: self.kid.clone(),
            e: URL_SAFE_NO_PAD.encode(&self.exponent),
            n: URL_SAFE_NO_PAD.encode(&self.modulus),
        }
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether the RS256 signature is this key's, over this message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

/// The keys that are trusted. Few, so a list beats a map.
#[derive(Debug, Clone, Default)]
pub struct KeySet(Vec<VerifyingKey>);

impl KeySet {
    /// Trusts a key; one of the same id is replaced.
    pub fn trust(&mut self, key: VerifyingKey) {
        self.0.retain(|own| own.kid != key.kid);
        self.0.insert(0, key);
    }

    /// The key of that id.
    pub fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// The published form of all, newest first.
    pub fn to_jwks(&self) -> Jwks {
        Jwks { keys: self.0.iter().map(VerifyingKey::to_jwk).collect() }
    }
}

/// The last key given is the newest.
impl FromIterator<VerifyingKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        let mut set = Self::default();
        for key in keys {
            set.trust(key);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    #[test]
    fn a_published_key_verifies_what_its_private_half_signed() {
        let key = SigningKey::generate("k1").unwrap();
        let text = serde_json::to_string(&key.verifying_key().to_jwk()).unwrap();
        assert!(
            text.starts_with(r#"{"alg":"RS256","kty":"RSA","use":"sig","kid":"k1","e":"AQAB","n":""#),
            "{text}"
        );
        let published = VerifyingKey::from_jwk(&serde_json::from_str(&text).unwrap()).unwrap();
        assert!(published.verifies(b"m", &key.sign(b"m").unwrap()));
        assert!(!published.verifies(b"n", &key.sign(b"m").unwrap()));
    }

    #[test]
    fn after_a_rotation_both_keys_are_listed_the_newest_first() {
        let keys: KeySet =
            ["k1", "k2"].map(|kid| SigningKey::generate(kid).unwrap().verifying_key()).into_iter().collect();
        let listed: Vec<_> = keys.to_jwks().keys.into_iter().map(|jwk| jwk.kid).collect();
        assert_eq!(listed, ["k2", "k1"]);
        assert!(keys.get("k1").is_some() && keys.get("k3").is_none());
    }

    #[test]
    fn numbers_that_make_no_key_are_refused() {
        assert!(VerifyingKey::new("k", &[], &[1, 0, 1]).is_none());
        assert!(VerifyingKey::new("k", &[0; 256], &[1, 0, 1]).is_none());
    }
}
