//! Making a customer: the checks of `POST /V1/customers` in the original's order (`spec/accs-customer-operations.md` 1.2 op 1).

use patron_webapi::{Fault, Given, arguments};

use super::{
    Address, Customer, Subscription,
    account::{notify, reset::ResetToken},
    address, defaults,
    input::{AddressInput, CustomerInput},
    password::{self, Password},
    store, update, validate,
};
use crate::{
    Call,
    attributes::{custom::Entity, date, values},
    failure::{Failure, Result},
    groups,
    instances::{
        StoreView,
        counters::{self, Counter},
        settings,
    },
    moment::BASE62,
};

arguments! {
    /// What `POST /V1/customers` takes.
    pub struct CreateCustomer {
        /// The customer.
        required customer: CustomerInput,
        /// The password, if the account has one.
        optional password: Password,
        /// Where the mails' links lead.
        optional redirect_url: String,
    }
}

impl CreateCustomer {
    /// The password and what its policy needs.
    pub fn password(&mut self) -> Option<password::Place<'_>> {
        Some(password::Place {
            password: self.password.as_mut()?,
            email: self.customer.email.text().unwrap_or(""),
            website_id: self.customer.website_id.copied(),
        })
    }
}

/// Makes the customer that was sent.
pub fn create(call: &Call<'_>, sent: &CreateCustomer) -> Result<Customer> {
    let input = &sent.customer;
    let changes = match &input.custom_attributes {
        Given::Value(sent) => values::typed(call.catalogue.attributes(Entity::Customer), sent, call.moment)?,
        _ => Vec::new(),
    };
    if input.group_id.is_sent() && !call.consumer.may("Magento_Customer::manage") {
        return Err(Fault::unauthorized("Magento_Customer::manage").into());
    }
    let Some(email) = input.email.text() else {
        return Err(Fault::bad_request("The email address is required to create a customer account.").into());
    };
    let password_hash = check_password(call, sent, email)?;
    if input.id.copied().is_some_and(|id| id != 0) {
        return refuse_id(call, email);
    }
    let view = store_view(call, input)?;
    let group_id = group(call, input.group_id.copied(), view.id)?;
    let mut new = draft(call, input, view, group_id)?;
    values::apply(&mut new.attributes, changes);
    let token = (new.confirmation.is_none() && password_hash.is_none()).then(|| ResetToken::new(call.moment));
    let opens = store::Opens { password_hash: password_hash.as_deref(), reset_token: token.as_ref() };
    let new = insert(call, new, input, opens, Unfit::Skipped)?;
    let token = token.as_ref().map(|token| token.clear.as_str());
    notify::created(call, &new, token, sent.redirect_url.as_deref())?;
    Ok(new)
}

/// What becomes of a new customer's address whose country is missing or not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It is silently left out, as POST does.
    Skipped,
    /// It is refused like any other fault in it, as PUT does; and an id must be that of an address of the customer, who has none yet.
    Refused,
}

/// Stores a drafted customer with the addresses that were sent, after the rules that hold for every new customer.
pub fn insert(
    call: &Call<'_>,
    mut new: Customer,
    input: &CustomerInput,
    opens: store::Opens<'_>,
    unfit: Unfit,
) -> Result<Customer> {
    let tenant = call.tenant();
    validate::email_is_there(&new)?;
    if store::id_by_email(call.sql, call.catalogue, &new.email, new.website_id)?.is_some() {
        return Err(store::email_is_taken().into());
    }
    values::add_defaults(call.catalogue.attributes(Entity::Customer), &mut new.attributes);
    validate::attributes(call, &new)?;
    values::check_unique(call, Entity::Customer, &new.attributes, None)?;
    new.cut();
    new.id = counters::next(call.sql, tenant, Counter::Customer)?;
    for sent in input.addresses.value().into_iter().flatten() {
        if let Some(address) = new_address(call, sent, new.website_id, unfit).map_err(Failure::after_ids)? {
            defaults::apply_flags(&mut new, address.id, sent);
            new.addresses.push(address);
        }
    }
    store::add(call.sql, call.catalogue, &new, opens)?;
    for address in &new.addresses {
        store::put_address(call.sql, call.catalogue, new.id, address)?;
    }
    notify::subscription(call, Subscription::Never, &new)?;
    Ok(new)
}

/// An address of a new customer, unless it is skipped.
fn new_address(
    call: &Call<'_>,
    sent: &AddressInput,
    website_id: i64,
    unfit: Unfit,
) -> Result<Option<Address>> {
    let allowed =
        || sent.country_id.text().is_some_and(|country| address::is_allowed(call, country, website_id));
    if unfit == Unfit::Refused {
        update::refuse_strange_id(call, sent)?;
    } else if !allowed() {
        return Ok(None);
    }
    let mut new = Address::default();
    address::merge(call, &mut new, sent)?;
    address::check(call, &mut new, website_id)?;
    new.id = counters::next(call.sql, call.tenant(), Counter::Address)?;
    Ok(Some(new))
}

fn check_password(call: &Call<'_>, sent: &CreateCustomer, email: &str) -> Result<Option<String>> {
    let Some(password) = &sent.password else { return Ok(None) };
    let website = sent.customer.website_id.copied().unwrap_or(call.catalogue.default_website().id);
    password.check(password::policy_of(call.catalogue, website), email)?;
    Ok(Some(password.hash()?.to_owned()))
}

/// A new customer has no id: the original looks the e-mail address up and never uses the id.
fn refuse_id(call: &Call<'_>, email: &str) -> Result<Customer> {
    let website = call.catalogue.default_website().id;
    Err(match store::id_by_email(call.sql, call.catalogue, email, website)? {
        Some(_) => Fault::bad_request("This customer already exists in this store."),
        None => Fault::no_such_pair("email", email, "websiteId", website.to_string()),
    }
    .into())
}

/// The store view of a new customer: what was sent must exist and fit together, what was not is found from the rest. The `Store` header
/// has no say.
fn store_view<'c>(call: &Call<'c>, input: &CustomerInput) -> Result<&'c StoreView> {
    let catalogue = call.catalogue;
    let website_id = input.website_id.copied().filter(|id| *id != 0);
    let store_id = input.store_id.copied().filter(|id| *id != 0);
    let website = match website_id {
        Some(id) => Some(catalogue.website(id).ok_or_else(|| unknown_website(id))?),
        None => None,
    };
    let Some(store_id) = store_id else {
        let website = website.unwrap_or_else(|| catalogue.default_website());
        return Ok(catalogue.default_store_of(website).ok_or_else(unknown_store)?);
    };
    let view = catalogue.store_view(store_id);
    let Some(website) = website else { return Ok(view.ok_or_else(unknown_store)?) };
    let fits = |view: &&StoreView| view.website_id == website.id || catalogue.shares_accounts();
    let stranger = || Fault::bad_request("The store view is not in the associated website.");
    Ok(view.filter(fits).ok_or_else(stranger)?)
}

/// The refusal of a website that is not there.
pub fn unknown_website(id: i64) -> Fault {
    Fault::not_found(format!(
        "The website with id {id} that was requested wasn't found. Verify the website and try again."
    ))
}

/// The refusal of a store view that is not there.
pub fn unknown_store() -> Fault {
    Fault::not_found("The store that was requested wasn't found. Verify the store and try again.")
}

/// The group sent, which must exist, or the store's default.
pub fn group(call: &Call<'_>, sent: Option<i64>, store_id: i64) -> Result<i64> {
    match sent {
        Some(id) if groups::store::exists(call.sql, call.tenant(), id)? => Ok(id),
        Some(_) => Err(Fault::bad_request("The specified customer group id does not exist.").into()),
        None => Ok(call.catalogue.setting(&settings::DEFAULT_GROUP, store_id).parse().unwrap_or(1)),
    }
}

/// A customer that is drafted where it was sent to, without the checks of POST.
pub fn draft_anywhere(call: &Call<'_>, input: &CustomerInput) -> Result<Customer> {
    let view = store_view(call, input)?;
    let group_id = group(call, input.group_id.copied(), view.id)?;
    draft(call, input, view, group_id)
}

fn draft(call: &Call<'_>, input: &CustomerInput, view: &StoreView, group_id: i64) -> Result<Customer> {
    let catalogue = call.catalogue;
    let text = |given: &Given<String>| given.text().map(str::to_owned).filter(|text| !text.is_empty());
    let required = |given: &Given<String>| given.text().unwrap_or("").to_owned();
    let now = call.moment.text();
    let website_id = input.website_id.copied().filter(|id| *id != 0).unwrap_or(view.website_id);
    let must_confirm = catalogue.website_setting(&settings::CONFIRM, website_id) == "1";
    let automatic = catalogue.default_setting(&settings::DISABLE_AUTO_GROUP_DEFAULT);
    Ok(Customer {
        id: 0,
        website_id,
        store_id: view.id,
        group_id,
        dob: input.dob.text().map(|text| validate::dob(call, text)).transpose()?.flatten(),
        created_at: created_at(call, input)?.unwrap_or_else(|| now.clone()),
        updated_at: now,
        created_in: view.name.clone(),
        email: required(&input.email),
        firstname: required(&input.firstname),
        lastname: required(&input.lastname),
        middlename: text(&input.middlename),
        prefix: text(&input.prefix),
        suffix: text(&input.suffix),
        gender: input.gender.copied(),
        taxvat: text(&input.taxvat),
        confirmation: must_confirm.then(|| call.moment.characters(BASE62, 32)),
        default_billing: CustomerInput::default_id(&input.default_billing),
        default_shipping: CustomerInput::default_id(&input.default_shipping),
        disable_auto_group_change: match input.disable_auto_group_change.copied() {
            Some(sent) => i64::from(sent != 0),
            None => i64::from(automatic == "1"),
        },
        subscription: subscription(call, Subscription::Never, input, view.id),
        assistance_allowed: input.assistance_allowed().unwrap_or(false),
        last_login_at: None,
        addresses: Vec::new(),
        attributes: Vec::new(),
    })
}

fn created_at(call: &Call<'_>, input: &CustomerInput) -> Result<Option<String>> {
    let Some(text) = input.created_at.text() else { return Ok(None) };
    let read = date::moment(text, call.moment.clock())
        .map_err(|date::Invalid| Fault::bad_request("Invalid date"))?;
    Ok(read.map(date::wire))
}

/// Where the customer stands with the newsletter after what was sent.
pub fn subscription(
    call: &Call<'_>,
    old: Subscription,
    input: &CustomerInput,
    store_id: i64,
) -> Subscription {
    match input.is_subscribed() {
        Some(true) if old == Subscription::Subscribed => old,
        Some(true) if call.catalogue.setting(&settings::SUBSCRIPTION_CONFIRM, store_id) == "1" => {
            Subscription::Unconfirmed
        }
        Some(true) => Subscription::Subscribed,
        Some(false) if old == Subscription::Never => old,
        Some(false) => Subscription::Unsubscribed,
        None => old,
    }
}
