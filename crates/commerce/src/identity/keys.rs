//! The signing keys as a node sees them: read from the database once, and again when the epoch says so.
//!
//! The newest key signs. A rotation adds one and leaves the others to verify what they signed until every such token is over.
//! Making a key takes tenths of a second, so it is done outside the unit of work that stores it; whoever stores a number first
//! wins, and the others take that key.

use std::sync::{Arc, OnceLock};

use patron_sql::Session;
use patron_token::{
    KeySet, SigningKey,
    certificate::{Certificate, certify},
    claims::ACCESS_TOKEN_LIFE_MS,
    key::{FIRST_KID, X5u},
    keyset::Jwks,
};
use patron_webapi::Fault;

use super::{
    epoch,
    store::{self, StoredKey},
};
use crate::{Moment, failure::Result};

/// How long a key that no longer signs is believed, in milliseconds: a token's life and an hour.
pub const RETIREMENT_MS: i64 = ACCESS_TOKEN_LIFE_MS + 3_600_000;
/// For how long a certificate is good, in seconds from the making of its key: ten years.
const CERTIFICATE_LIFE_S: i64 = 10 * 365 * 86_400;

/// The keys of one epoch, newest first.
pub struct KeyRing {
    epoch: i64,
    keys: Vec<RingKey>,
    trusted: KeySet,
}

struct RingKey {
    key: Arc<SigningKey>,
    created_at: i64,
    retires_at: Option<i64>,
    certificate: OnceLock<Certificate>,
}

impl KeyRing {
    /// Reads the keys that are not over at `now_ms`.
    pub(super) fn load(sql: Session<'_>, epoch: i64, now_ms: i64, x5u: X5u) -> Result<Self> {
        let keys: Vec<RingKey> = store::keys(sql)?
            .into_iter()
            .filter(|stored| stored.retires_at.is_none_or(|end| now_ms < end))
            .map(|stored| RingKey::read(stored, x5u))
            .collect::<Result<_>>()?;
        let trusted = keys.iter().rev().map(|ring_key| ring_key.key.verifying_key()).collect();
        Ok(Self { epoch, keys, trusted })
    }

    /// The epoch that it was read in.
    pub(super) fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The key that signs; None until the first one was made.
    pub fn signing_key(&self) -> Option<Arc<SigningKey>> {
        self.keys.first().map(|newest| Arc::clone(&newest.key))
    }

    /// What verifies.
    pub fn trusted(&self) -> &KeySet {
        &self.trusted
    }

    /// What `/ims/keys` answers at `now_ms`, newest first.
    pub fn jwks(&self, now_ms: i64) -> Jwks {
        let mut jwks = self.trusted.to_jwks();
        jwks.keys.retain(|jwk| self.keys.iter().any(|own| own.key.kid() == jwk.kid && own.is_alive(now_ms)));
        jwks
    }

    /// The certificate of this file name (`<kid>.cer`), made once; the same on every node.
    pub fn certificate(&self, name: &str) -> Result<Option<&Certificate>> {
        let Some(found) = self.keys.iter().find(|own| own.key.certificate_name() == name) else {
            return Ok(None);
        };
        if let Some(made) = found.certificate.get() {
            return Ok(Some(made));
        }
        let from = found.created_at / 1000;
        let made = certify(&found.key, from, from + CERTIFICATE_LIFE_S).map_err(anyhow::Error::from)?;
        Ok(Some(found.certificate.get_or_init(|| made)))
    }
}

impl RingKey {
    fn read(stored: StoredKey, x5u: X5u) -> Result<Self> {
        let key = SigningKey::from_text(&stored.kid, &stored.private_key).map_err(anyhow::Error::from)?;
        Ok(Self {
            key: Arc::new(key.with_x5u(x5u)),
            created_at: stored.created_at,
            retires_at: stored.retires_at,
            certificate: OnceLock::new(),
        })
    }

    fn is_alive(&self, now_ms: i64) -> bool {
        self.retires_at.is_none_or(|end| now_ms < end)
    }
}

/// The id of the key with this number: `ims_na1-key-at-1`, `-2` … (`spec/ims-open-questions.md` 15).
pub fn kid(number: i64) -> String {
    format!("{}{number}", FIRST_KID.trim_end_matches('1'))
}

/// What may be shown of a signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// The id in tokens.
    pub kid: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// When it is believed no more, epoch milliseconds; None while it signs.
    pub retires_at: Option<i64>,
}

/// Every key, newest first.
pub fn list(sql: Session<'_>) -> Result<Vec<KeyInfo>> {
    let info = |stored: StoredKey| KeyInfo {
        kid: stored.kid,
        created_at: stored.created_at,
        retires_at: stored.retires_at,
    };
    Ok(store::keys(sql)?.into_iter().map(info).collect())
}

/// The number of the key that signs; 0 when there is none yet.
pub(super) fn newest_number(sql: Session<'_>) -> Result<i64> {
    store::newest_key_number(sql)
}

/// Stores a key under its number and retires those before it; does nothing when the number is taken, because another node was
/// first. `step` is the epoch's.
pub(super) fn add(sql: Session<'_>, new: &StoredKey, step: i64) -> Result<()> {
    if store::add_key(sql, new)? {
        store::retire_keys_before(sql, new.number, new.created_at + RETIREMENT_MS)?;
        store::advance_epoch(sql, step)?;
    }
    Ok(())
}

/// Takes a key away: what it signed is refused at once. For a key that others may have seen. Refused for the key that signs:
/// rotate first. False when there is no such key.
pub fn withdraw(sql: Session<'_>, moment: Moment<'_>, kid_to_drop: &str) -> Result<bool> {
    if kid_to_drop == kid(store::newest_key_number(sql)?) {
        return Err(
            Fault::bad_request("The key that signs cannot be withdrawn. Rotate the keys first.").into()
        );
    }
    let existed = store::delete_key(sql, kid_to_drop)?;
    epoch::advance(sql, moment)?;
    Ok(existed)
}
