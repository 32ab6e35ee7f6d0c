//! Tokens that others signed: RS256, PS256 or ES256, by keys that their issuer publishes as a JWKS (RFC 7517).
//!
//! A key says which algorithms it can be used with, and that is decided when it is read: an RSA key never verifies with a shared secret's
//! algorithm, whatever a token's header claims. Knows no claim and no issuer.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{Map, Value};

use crate::jwt::{self, Refusal};

/// Keys of one issuer that are read; more would only cost memory.
const MOST_KEYS: usize = 64;

/// The algorithms that can be allowed. Shared secrets (`HS256`) and `none` are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// RSA, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// RSA, PSS, SHA-256.
    Ps256,
    /// ECDSA on P-256, SHA-256.
    Es256,
}

/// The keys of an issuer.
#[derive(Debug, Clone, Default)]
pub struct ForeignKeys(Vec<ForeignKey>);

#[derive(Debug, Clone)]
struct ForeignKey {
    kid: Option<String>,
    usable: Vec<(Algorithm, ParsedPublicKey)>,
}

/// What a good token says.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The header's `typ` or, of Adobe's own tokens, `itt`.
    pub header: Map<String, Value>,
    /// The payload.
    pub claims: Map<String, Value>,
}

/// What a token says of itself before anything is verified: enough to choose whom to ask, and not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hint {
    /// The key's id.
    pub kid: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<Value>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: Algorithm,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

impl ForeignKeys {
    /// Reads a JWKS; keys that verify nothing here are left out. None when it is no JWKS.
    pub fn read(jwks: &[u8]) -> Option<Self> {
        let jwks: Jwks = serde_json::from_slice(jwks).ok()?;
        let keys = jwks.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Some(Self(keys.filter_map(|jwk: Jwk| jwk.usable()).take(MOST_KEYS).collect()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a token that names this key could be verified. One that names none can be when there is one key.
    pub fn has(&self, kid: Option<&str>) -> bool {
        match kid {
            Some(kid) => self.0.iter().any(|key| key.kid.as_deref() == Some(kid)),
            None => self.0.len() == 1,
        }
    }

    /// Checks form, algorithm, key and signature.
    pub fn verify(&self, token: &str, allowed: &[Algorithm]) -> Result<Opened, Refusal> {
        let parts = jwt::parts(token)?;
        let object =
            |json: &[u8]| serde_json::from_slice::<Map<String, Value>>(json).map_err(|_| Refusal::Malformed);
        // An algorithm that is none of ours cannot be read.
        let header: Header = serde_json::from_slice(&parts.header).map_err(|_| Refusal::BadSignature)?;
        if header.crit.is_some() {
            return Err(Refusal::Malformed);
        }
        if !allowed.contains(&header.alg) || !self.has(header.kid.as_deref()) {
            return Err(if allowed.contains(&header.alg) {
                Refusal::UnknownKey
            } else {
                Refusal::BadSignature
            });
        }
        let named = self.0.iter().filter(|key| header.kid.is_none() || key.kid == header.kid);
        let mut usable = named.flat_map(|key| &key.usable).filter(|(algorithm, _)| *algorithm == header.alg);
        match usable.any(|(_, key)| key.verify_sig(parts.signed.as_bytes(), &parts.signature).is_ok()) {
            true => Ok(Opened { header: object(&parts.header)?, claims: object(&parts.payload)? }),
            false => Err(Refusal::BadSignature),
        }
    }
}

/// Reads what a token says of itself.
pub fn hint(token: &str) -> Option<Hint> {
    let parts = jwt::parts(token).ok()?;
    let header: Map<String, Value> = serde_json::from_slice(&parts.header).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&parts.payload).ok()?;
    let text = |object: &Map<String, Value>, name: &str| object.get(name)?.as_str().map(str::to_owned);
    Some(Hint { kid: text(&header, "kid"), issuer: text(&claims, "iss") })
}

impl Jwk {
    fn usable(self) -> Option<ForeignKey> {
        let may_verify = self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") || !may_verify {
            return None;
        }
        let parsed = match self.kty.as_str() {
            "RSA" => vec![
                (Algorithm::Rs256, self.rsa(&RSA_PKCS1_2048_8192_SHA256)?),
                (Algorithm::Ps256, self.rsa(&RSA_PSS_2048_8192_SHA256)?),
            ],
            "EC" => vec![(Algorithm::Es256, self.p256()?)],
            // A symmetric key is no public key.
            _ => return None,
        };
        // A key that names its algorithm is good for that one only.
        let own: Option<Algorithm> = match self.alg {
            None | Some(Value::Null) => None,
            Some(name) => Some(serde_json::from_value(name).ok()?),
        };
        let usable: Vec<_> =
            parsed.into_iter().filter(|(algorithm, _)| own.is_none_or(|own| own == *algorithm)).collect();
        (!usable.is_empty()).then_some(ForeignKey { kid: self.kid, usable })
    }

    fn rsa(&self, algorithm: &'static aws_lc_rs::signature::RsaParameters) -> Option<ParsedPublicKey> {
        let (n, e) = (number(self.n.as_deref()?)?, number(self.e.as_deref()?)?);
        // 2048 to 8192 bits: the library checks only when it verifies.
        if !(256..=1024).contains(&n.len()) {
            return None;
        }
        RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() }.to_parsed_public_key(algorithm).ok()
    }

    fn p256(&self) -> Option<ParsedPublicKey> {
        if self.crv.as_deref() != Some("P-256") {
            return None;
        }
        let mut point = vec![4];
        for coordinate in [&self.x, &self.y] {
            let bytes =
                URL_SAFE_NO_PAD.decode(coordinate.as_deref()?).ok().filter(|bytes| bytes.len() == 32)?;
            point.extend(bytes);
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()
    }
}

/// A big-endian number; some issuers write leading zeros.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

#[cfg(test)]
mod tests;
