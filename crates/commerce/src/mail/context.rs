//! The values that templates may use, as they were when the mail was queued.

use serde::{Deserialize, Serialize};

use super::links::{self, Links};
use crate::{
    Call,
    customers::Customer,
    instances::{Catalogue, settings},
};

/// What a template sees: `{{ customer.name }}`, `{{ store.name }}`, `{{ links.account }}`, …
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Context {
    /// Whom the mail is about.
    pub customer: Person,
    /// The store that writes.
    pub store: Shop,
    /// Where the mail's links lead.
    pub links: Links,
}

/// A customer in a mail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// Prefix, names and suffix.
    pub name: String,
    /// Given name.
    pub firstname: String,
    /// Family name.
    pub lastname: String,
    /// The account's e-mail address.
    pub email: String,
}

/// A store in a mail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shop {
    /// The name of the store (not of the store view).
    pub name: String,
    /// Where its storefront is, with a slash at the end.
    pub url: String,
    /// Where its customers get help; empty when nobody said.
    pub support_email: String,
}

impl Context {
    /// The values for a mail to `customer`, in whose store view they are read.
    pub fn of(call: &Call<'_>, customer: &Customer, secrets: &links::Secrets<'_>) -> Self {
        let store_id = store_of(call.catalogue, customer);
        let store = Shop {
            name: store_name(call.catalogue, store_id).to_owned(),
            url: links::base(call.catalogue, store_id),
            support_email: call.catalogue.setting(&settings::SUPPORT_EMAIL, store_id).to_owned(),
        };
        Self { customer: person(customer), links: Links::of(&store.url, customer, secrets), store }
    }
}

/// The store view that writes to a customer: the customer's own, or its website's default. The original of old wrote in the caller's.
pub fn store_of(catalogue: &Catalogue, customer: &Customer) -> i64 {
    if customer.store_id != 0 && catalogue.store_view(customer.store_id).is_some() {
        return customer.store_id;
    }
    let website = catalogue.website(customer.website_id).filter(|website| website.id != 0);
    let view = website.and_then(|website| catalogue.default_store_of(website));
    view.map_or_else(|| catalogue.default_store_id(), |view| view.id)
}

fn store_name(catalogue: &Catalogue, store_id: i64) -> &str {
    let view = catalogue.store_view(store_id);
    let group =
        view.and_then(|view| catalogue.store_groups.iter().find(|group| group.id == view.store_group_id));
    group.map_or("", |group| group.name.as_str())
}

fn person(customer: &Customer) -> Person {
    let parts = [
        customer.prefix.as_deref(),
        Some(customer.firstname.as_str()),
        customer.middlename.as_deref(),
        Some(customer.lastname.as_str()),
        customer.suffix.as_deref(),
    ];
    let parts: Vec<&str> =
        parts.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()).collect();
    Person {
        name: parts.join(" "),
        firstname: customer.firstname.clone(),
        lastname: customer.lastname.clone(),
        email: customer.email.clone(),
    }
}
