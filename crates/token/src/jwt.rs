//! Claims to token and back: JWS compact form, RS256 and nothing else.
//!
//! The header is IMS's own, byte for byte (`spec/ims.md` 2.1). A token is believed in this order: its form, its
//! algorithm, its key, its signature, its purpose, its time. This module knows no credential and no revocation.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::claims::{Claims, TokenType};
use crate::key::{KeyError, SigningKey};
use crate::keyset::KeySet;

/// How far `created_at` may lie in the future, in milliseconds: two servers' clocks differ a little
/// (`spec/ims-open-questions.md` 22). There is no such grace at the end of a token's life.
pub const CLOCK_TOLERANCE_MS: i64 = 60_000;

/// A longer token is not looked at. A refresh token with the longest `state` is far below.
pub const LONGEST_TOKEN: usize = 16 * 1024;

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Not three base64url parts of the right JSON.
    #[error("the token is malformed")]
    Malformed,
    /// Signed, it says, by a key that is not trusted.
    #[error("the token names a key that is not known")]
    UnknownKey,
    /// Not signed, not with RS256, or not by that key over these words.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// A good token for another purpose.
    #[error("the token is of another type")]
    WrongType,
    /// Made more than [`CLOCK_TOLERANCE_MS`] from now.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Its life is over.
    #[error("the token has expired")]
    Expired,
}

impl Refusal {
    /// The `reason` member of `validate_token`'s answer. `bad_signature` and `expired_token` were seen
    /// (`spec/ims.md` 3.2); the others are chosen.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::WrongType => "wrong_type",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired_token",
        }
    }
}

/// Signs an IMS token of any type.
pub fn sign(key: &SigningKey, claims: &Claims) -> Result<String, KeyError> {
    sign_json(key, key.x5u(), claims.token_type.itt(), claims)
}

/// Signs an OpenID Connect id token: whatever claims, written as `claims` serialises.
///
/// Without `x5u`: in a token that any library should verify, IMS's bare file name is no URI (RFC 7515, 4.1.5), and Authlib's refuses it.
pub fn sign_id_token(key: &SigningKey, claims: &impl Serialize) -> Result<String, KeyError> {
    sign_json(key, None, "it", claims)
}

/// Reads and believes a token of the wanted type, at the moment `now_ms` (epoch milliseconds).
pub fn verify(keys: &KeySet, token: &str, wanted: TokenType, now_ms: i64) -> Result<Claims, Refusal> {
    let claims = read(keys, token)?;
    if claims.token_type != wanted {
        return Err(Refusal::WrongType);
    }
    if claims.created_at > now_ms.saturating_add(CLOCK_TOLERANCE_MS) {
        return Err(Refusal::NotYetValid);
    }
    if now_ms >= claims.ends_at() {
        return Err(Refusal::Expired);
    }
    Ok(claims)
}

/// Reads a token that one of our keys signed, whatever its type and age: enough to revoke it, not to obey it.
pub fn read(keys: &KeySet, token: &str) -> Result<Claims, Refusal> {
    let (itt, payload) = open(keys, token)?;
    // An id token has other claims altogether; the header tells before they are read.
    if itt.as_deref() == Some("it") {
        return Err(Refusal::WrongType);
    }
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| Refusal::Malformed)?;
    match itt {
        Some(itt) if itt != claims.token_type.itt() => Err(Refusal::WrongType),
        _ => Ok(claims),
    }
}

#[derive(Serialize)]
struct WrittenHeader<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5u: Option<String>,
    kid: &'a str,
    itt: &'static str,
}

#[derive(Deserialize)]
struct ReadHeader<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow, default)]
    kid: Option<Cow<'a, str>>,
    #[serde(default)]
    itt: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

fn sign_json(
    key: &SigningKey,
    x5u: Option<String>,
    itt: &'static str,
    claims: &impl Serialize,
) -> Result<String, KeyError> {
    let header = WrittenHeader { alg: "RS256", x5u, kid: key.kid(), itt };
    let mut token = URL_SAFE_NO_PAD.encode(to_json(&header, key)?);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(to_json(claims, key)?, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

fn to_json(value: &impl Serialize, key: &SigningKey) -> Result<Vec<u8>, KeyError> {
    serde_json::to_vec(value)
        .map_err(|error| KeyError::Unsignable { kid: key.kid().to_owned(), reason: error.to_string() })
}

/// A token taken apart; nothing of it is believed yet.
pub(crate) struct Parts<'t> {
    /// The header's JSON.
    pub(crate) header: Vec<u8>,
    /// The payload's JSON.
    pub(crate) payload: Vec<u8>,
    /// What was signed.
    pub(crate) signed: &'t str,
    /// The signature.
    pub(crate) signature: Vec<u8>,
}

/// Takes a token of a bearable length apart.
pub(crate) fn parts(token: &str) -> Result<Parts<'_>, Refusal> {
    if token.len() > LONGEST_TOKEN {
        return Err(Refusal::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Refusal::Malformed)?;
    Ok(Parts { header: decode(header)?, payload: decode(payload)?, signed, signature: decode(signature)? })
}

/// Checks form, algorithm, key and signature; gives the header's `itt` and the payload.
fn open(keys: &KeySet, token: &str) -> Result<(Option<String>, Vec<u8>), Refusal> {
    let parts = parts(token)?;
    let header: ReadHeader<'_> = serde_json::from_slice(&parts.header).map_err(|_| Refusal::Malformed)?;
    if header.crit.is_some() {
        // RFC 7515 4.1.11: an extension that must be understood, and is not.
        return Err(Refusal::Malformed);
    }
    if header.alg != "RS256" {
        // `none`, and HS256 with the public key as the secret, end here: the key decides, not the header.
        return Err(Refusal::BadSignature);
    }
    let key = header.kid.and_then(|kid| keys.get(&kid)).ok_or(Refusal::UnknownKey)?;
    if !key.verifies(parts.signed.as_bytes(), &parts.signature) {
        return Err(Refusal::BadSignature);
    }
    Ok((header.itt, parts.payload))
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)
}

#[cfg(test)]
mod tests;
