//! `PUT /V1/customers/{email}/activate`: the key from the mail confirms the account (`spec/accs-customer-operations.md` 1.2 op 9).

use patron_token::secret;
use patron_webapi::{Answer, Fault, arguments};

use super::notify;
use crate::{
    Call,
    customers::{
        Customer, api, store,
        wire::{self, View},
    },
    failure::Result,
};

arguments! {
    /// What `PUT /V1/customers/{email}/activate` takes.
    pub struct ActivateCustomer {
        /// The account's e-mail address.
        required email: String,
        /// The key.
        required confirmation_key: String,
    }
}

/// Confirms an account of the header's website; answers the customer without what modules add.
pub fn activate(call: &Call<'_>, sent: &ActivateCustomer) -> Result<Answer> {
    let old = addressed(call, &sent.email)?;
    let customer = confirm(call, old, &sent.confirmation_key)?;
    Ok(Answer::of(&wire::customer(call.catalogue, &customer, View::Activated)))
}

/// Confirms an account whose key this is.
pub fn confirm(call: &Call<'_>, old: Customer, key: &str) -> Result<Customer> {
    let Some(expected) = old.confirmation.as_deref() else {
        return Err(Fault::bad_request("The account is already active.").into());
    };
    // By their hashes, which takes a time that tells nothing of the key.
    if !secret::matches(key, &secret::hash(expected)) {
        return Err(
            Fault::bad_request("The confirmation token is invalid. Verify the token and try again.").into()
        );
    }
    let new = Customer { confirmation: None, updated_at: call.moment.text(), ..old.clone() };
    store::change(call.sql, call.catalogue, &old, &new)?;
    api::keep_document(call, &new)?;
    notify::confirmed(call, &new)?;
    Ok(new)
}

/// The account that the path names. A literal `+` was decoded to a blank, which no address has: where nothing is found, it is put back
/// (the original says 404).
fn addressed(call: &Call<'_>, email: &str) -> Result<Customer> {
    let website = website_of_scope(call);
    let find = |email: &str| store::id_by_email(call.sql, call.catalogue, email, website);
    let mut id = find(email)?;
    if id.is_none() && email.contains(' ') {
        id = find(&email.replace(' ', "+"))?;
    }
    api::find(call, id.ok_or_else(|| Fault::no_such_pair("email", email, "websiteId", website.to_string()))?)
}

fn website_of_scope(call: &Call<'_>) -> i64 {
    let default = call.catalogue.default_website().id;
    call.catalogue
        .store_view(call.store_id())
        .map(|view| view.website_id)
        .filter(|id| *id != 0)
        .unwrap_or(default)
}
