//! Is an account confirmed, and the mail that asks for it, again (`spec/accs-customer-operations.md` 1.2 ops 7 and 8).

use patron_webapi::{Fault, arguments};

use crate::{
    Call,
    customers::{
        api::{self, ById},
        store,
    },
    failure::Result,
    instances::settings,
    mail::{self, Details, Template},
};

arguments! {
    /// What `POST /V1/customers/confirm` takes.
    pub struct ResendConfirmation {
        /// The account's e-mail address.
        required email: String,
        /// The website the account belongs to.
        required website_id: i64,
        /// Where the mail's link leads in the end.
        optional redirect_url: String,
    }
}

/// `POST /V1/customers/confirm`: true, for a mail that is queued is as good as sent.
pub fn resend(call: &Call<'_>, sent: &ResendConfirmation) -> Result<bool> {
    let id = store::id_by_email(call.sql, call.catalogue, &sent.email, sent.website_id)?;
    let id =
        id.ok_or_else(|| Fault::no_such_pair("email", sent.email.as_str(), "websiteId", sent.website_id))?;
    let customer = api::find(call, id)?;
    if customer.confirmation.is_none() {
        return Err(Fault::bad_request("Confirmation isn't needed.").into());
    }
    let details = Details { redirect_url: sent.redirect_url.as_deref(), ..Details::default() };
    mail::queue(call, Template::Confirmation, &customer, details)?;
    Ok(true)
}

/// `GET /V1/customers/{customerId}/confirm`: where the website asks for no confirmation, a key that is stored does not count.
pub fn status(call: &Call<'_>, sent: &ById) -> Result<&'static str> {
    let customer = api::find(call, sent.customer_id)?;
    Ok(if call.catalogue.website_setting(&settings::CONFIRM, customer.website_id) != "1" {
        "account_confirmation_not_required"
    } else if customer.confirmation.is_some() {
        "account_confirmation_required"
    } else {
        "account_confirmed"
    })
}
