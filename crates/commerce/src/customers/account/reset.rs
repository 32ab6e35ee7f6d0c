//! The token that lets a password be set without the old one. A customer has at most one, and it is stored as a hash.

use patron_token::secret;
use zeroize::Zeroizing;

use crate::{Call, customers::store, failure::Result};

/// Gives a customer a new token, in place of the one before. Only here is it in clear: it goes into a mail.
pub fn begin(call: &Call<'_>, customer_id: i64) -> Result<Zeroizing<String>> {
    let token = secret::opaque_token("", &call.moment.bytes());
    store::set_reset_token(call.sql, call.tenant(), customer_id, &secret::hash(&token), &call.moment.text())?;
    Ok(token)
}
