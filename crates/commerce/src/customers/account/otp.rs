//! One-time login codes: staff get one for a customer who allows it, and sign in to the storefront with it, once
//! (`spec/accs-customer-operations.md` 1.2 op 16).

use patron_token::secret;
use patron_webapi::Fault;
use zeroize::Zeroizing;

use super::store::{self, Issued};
use crate::{Call, customers::Customer, failure::Result, instances::settings};

/// What is recorded when no reason was given.
const NO_REASON: &str = "Requested through the REST API";
/// Characters of a recorded reason.
const LONGEST_REASON: usize = 255;

/// A new code for a customer: 32 hex digits, good for seconds. Only here is it in clear.
///
/// Refused where staff may not act as customers, or this customer does not allow it; the original answers 500 then.
pub fn issue(call: &Call<'_>, customer: &Customer, reason: Option<&str>) -> Result<Zeroizing<String>> {
    if call.catalogue.default_setting(&settings::LOGIN_AS_CUSTOMER) != "1" {
        return Err(Fault::bad_request("Login as Customer is disabled.").into());
    }
    if !customer.assistance_allowed {
        return Err(Fault::bad_request("Login as Customer assistance is disabled for this Customer.").into());
    }
    let code = Zeroizing::new(hex::encode(call.moment.bytes::<16>()));
    let now = call.moment.millis();
    let seconds: i64 = call.catalogue.default_setting(&settings::OTP_SECONDS).parse().unwrap_or(30);
    let hash = secret::hash(&code);
    let new =
        Issued { customer_id: customer.id, hash: &hash, issued_at: now, expires_at: now + seconds * 1000 };
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty()).unwrap_or(NO_REASON);
    store::add_otp(
        call.sql,
        call.tenant(),
        &new,
        &call.consumer.client_id,
        &reason.chars().take(LONGEST_REASON).collect::<String>(),
    )?;
    Ok(code)
}

/// Uses a code up: true once, for the customer it was made for, before it expires.
pub fn redeem(call: &Call<'_>, customer_id: i64, code: &str) -> Result<bool> {
    store::use_otp(call.sql, call.tenant(), customer_id, &secret::hash(code), call.moment.millis())
}
