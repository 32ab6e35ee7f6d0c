//! The secrets of a credential: two at most, so that one can be replaced while clients still use the other. A deleted secret gets
//! no more tokens; those it got live on (`spec/ims-open-questions.md` 14), so no change here touches what nodes remember.

use patron_sql::Session;
use patron_token::secret;
use patron_webapi::Fault;
use zeroize::Zeroizing;

use super::{
    Credential, GivenSecret, SecretInfo, names,
    store::{self, StoredSecret},
};
use crate::{Moment, failure::Result};

/// How many a credential may have (`spec/ims.md` 5.1).
pub const MOST: usize = 2;
/// Between two records of one secret's use, in milliseconds: a busy client costs no write a token.
const USE_RECORDED_EVERY_MS: i64 = 60_000;

/// A new secret; its value is shown once. Not `Debug`, so that it cannot be logged.
pub struct NewSecret {
    /// What may be shown later.
    pub info: SecretInfo,
    /// The secret itself. Wiped when dropped.
    pub value: Zeroizing<String>,
}

/// A use of a secret that is worth writing down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretUse {
    credential_id: i64,
    uuid: String,
    at: i64,
}

/// Gives a credential another secret; refused when it has two, or can keep none.
pub fn add_to(sql: Session<'_>, moment: Moment<'_>, credential: &Credential) -> Result<NewSecret> {
    if credential.kind.is_public() {
        return Err(Fault::bad_request("A public client has no client secret: nobody could keep it.").into());
    }
    add(sql, moment, credential.id)
}

/// Gives a credential another secret; refused when it has two.
pub fn add(sql: Session<'_>, moment: Moment<'_>, credential_id: i64) -> Result<NewSecret> {
    let taken = store::secrets(sql, credential_id)?;
    let free = (1..=MOST as i64).find(|slot| taken.iter().all(|secret| secret.slot != *slot));
    let slot = free.ok_or_else(|| {
        Fault::bad_request("A credential has at most two client secrets. Delete one before you add another.")
    })?;
    let value = secret::client_secret(&moment.bytes());
    let info = SecretInfo { uuid: names::hex32(moment), created_at: moment.millis(), last_used_at: None };
    let stored = StoredSecret { slot, hash: secret::hash(&value), info: info.clone() };
    store::add_secret(sql, credential_id, &stored)?;
    Ok(NewSecret { info, value })
}

/// The secrets of a credential, oldest first, without their values.
pub fn of_credential(sql: Session<'_>, credential_id: i64) -> Result<Vec<SecretInfo>> {
    let mut infos: Vec<_> =
        store::secrets(sql, credential_id)?.into_iter().map(|secret| secret.info).collect();
    infos.sort_by_key(|info| info.created_at);
    Ok(infos)
}

/// Deletes a secret by its uuid; false when the credential has no such secret.
pub fn delete(sql: Session<'_>, credential_id: i64, uuid: &str) -> Result<bool> {
    store::delete_secret(sql, credential_id, uuid)
}

/// Which of a credential's secrets this is. Both slots are compared, whatever they hold, in a time that tells nothing.
pub(super) fn recognise<'s>(stored: &'s [StoredSecret], given: &GivenSecret) -> Option<&'s SecretInfo> {
    let mut found = None;
    for place in 0..MOST {
        let kept = stored.get(place);
        if secret::matches(given.expose(), kept.map_or("", |kept| &kept.hash)) {
            found = kept;
        }
    }
    found.map(|kept| &kept.info)
}

/// The use of a secret, if the last one was not written down a moment ago.
pub(super) fn use_of(credential_id: i64, used: &SecretInfo, now_ms: i64) -> Option<SecretUse> {
    let due = used.last_used_at.is_none_or(|last| now_ms - last >= USE_RECORDED_EVERY_MS);
    due.then(|| SecretUse { credential_id, uuid: used.uuid.clone(), at: now_ms })
}

/// Writes down that a token was got with a secret. Not worth waiting for.
pub fn record(sql: Session<'_>, usage: &SecretUse) -> Result<()> {
    store::touch_secret(sql, usage.credential_id, &usage.uuid, usage.at)
}
