//! The storefront's tokens: opaque, stored as hashes, good for some hours.

use patron_token::secret;
use zeroize::Zeroizing;

use super::store::{self, Issued};
use crate::{Call, failure::Result, instances::settings};

/// What a customer's token begins with, so that one is recognised where it should not be, as in a log.
const PREFIX: &str = "pct-";
const HOUR_MS: i64 = 3_600_000;

/// A new token for a customer that exists, good for the hours that the instance gives. Only here is it in clear.
pub fn issue(call: &Call<'_>, customer_id: i64) -> Result<Zeroizing<String>> {
    let token = secret::opaque_token(PREFIX, &call.moment.bytes());
    let now = call.moment.millis();
    let hours: i64 = call.catalogue.default_setting(&settings::CUSTOMER_TOKEN_HOURS).parse().unwrap_or(1);
    // What has expired is only in the way.
    store::delete_tokens(call.sql, call.tenant(), customer_id, now)?;
    let hash = secret::hash(&token);
    let new = Issued { customer_id, hash: &hash, issued_at: now, expires_at: now + hours * HOUR_MS };
    store::add_token(call.sql, call.tenant(), &new)?;
    Ok(token)
}

/// The customer that a token stands for now.
pub fn holder(call: &Call<'_>, token: &str) -> Result<Option<i64>> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    store::token_holder(call.sql, call.tenant(), &secret::hash(token), call.moment.millis())
}

/// Ends every token of a customer; answers how many there were. The original revokes by time, which ends the same ones.
pub fn revoke(call: &Call<'_>, customer_id: i64) -> Result<u64> {
    store::delete_tokens(call.sql, call.tenant(), customer_id, i64::MAX)
}
