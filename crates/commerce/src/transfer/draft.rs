//! An entry as a new customer, checked and ready to be stored. Reads at most the group: this is done beside the writer, not in it.

use patron_webapi::{Fault, Given};

use super::{
    entry::{Entry, Subject, blank_address, said_id},
    put::{Checks, Ids, Rules},
};
use crate::{
    Call,
    attributes::{custom::Entity, date, values},
    customers::{
        Address, Customer, Subscription, address, create, defaults,
        input::{AddressInput, CustomerInput},
        region, validate,
    },
    failure::Result,
};

/// The customer that an entry makes. Ids that are not kept are not given yet: that of the customer is 0, those of addresses count down
/// from -1, in the default addresses too.
pub fn new_customer(call: &Call<'_>, rules: Rules, entry: &Entry) -> Result<Customer> {
    let input = &entry.input;
    let mut new = match entry.subject {
        Subject::Whole => whole(call, input)?,
        Subject::Customer => created(call, input)?,
        Subject::Address => return Err(Fault::bad_request(NOBODY).into()),
    };
    if let Given::Value(sent) = &input.custom_attributes {
        values::apply(
            &mut new.attributes,
            values::typed(call.catalogue.attributes(Entity::Customer), sent, call.moment)?,
        );
    }
    validate::email_is_there(&new)?;
    if rules.checks == Checks::All {
        validate::attributes(call, &new)?;
    }
    new.cut();
    new.id = kept_id(rules, input);
    if rules.ids == Ids::New || !entry.addresses().is_empty() {
        (new.default_billing, new.default_shipping) = (None, None);
    }
    for (said, place) in entry.addresses().iter().zip(1..) {
        let id = said_id(said).filter(|_| rules.ids == Ids::Kept).unwrap_or(-place);
        let address = new_address(call, rules, said, id, new.website_id)?;
        default_by_id(&mut new, input, said, id);
        defaults::apply_flags(&mut new, id, said);
        new.addresses.push(address);
    }
    Ok(new)
}

/// The refusal of an entry about somebody who is not there.
pub const NOBODY: &str = "We can't find a customer who matches this email and website code.";

/// The id that an entry gives its customer, when ids are kept; otherwise 0.
pub fn kept_id(rules: Rules, input: &CustomerInput) -> i64 {
    input.id.copied().filter(|id| rules.ids == Ids::Kept && *id > 0).unwrap_or(0)
}

/// A customer of a file: made as POST makes one, but that somebody vouches for its e-mail address.
fn created(call: &Call<'_>, input: &CustomerInput) -> Result<Customer> {
    let mut new = create::draft_anywhere(call, input)?;
    new.confirmation = input.confirmation.text().map(str::to_owned).filter(|key| !key.is_empty());
    if let Some(name) = input.created_in.text().filter(|name| !name.is_empty()) {
        new.created_in = name.to_owned();
    }
    Ok(new)
}

/// A customer in the wire's form: everything that it says is kept, wherever the API would have decided itself.
fn whole(call: &Call<'_>, input: &CustomerInput) -> Result<Customer> {
    let (website_id, store_id) = (input.website_id.copied(), input.store_id.copied());
    if let Some(id) = website_id.filter(|id| call.catalogue.website(*id).is_none()) {
        return Err(Fault::not_found(format!(
            "The website with id {id} that was requested wasn't found. Verify the website and try again."
        ))
        .into());
    }
    if store_id.is_some_and(|id| call.catalogue.store_view(id).is_none()) {
        return Err(Fault::not_found(
            "The store that was requested wasn't found. Verify the store and try again.",
        )
        .into());
    }
    // The store is put in afterwards: a stored one may belong to another website, or be the admin's.
    let placed = CustomerInput { store_id: Given::Absent, addresses: Given::Absent, ..input.clone() };
    let mut new = created(call, &placed)?;
    new.website_id = website_id.unwrap_or(new.website_id);
    new.store_id = store_id.unwrap_or(new.store_id);
    if let (Some(id), None) = (store_id, input.created_in.text()) {
        new.created_in = call.catalogue.store_view(id).map_or_else(String::new, |view| view.name.clone());
    }
    if let Some(text) = input.updated_at.text() {
        let read = date::moment(text, call.moment.clock())
            .map_err(|date::Invalid| Fault::bad_request("Invalid date"))?;
        new.updated_at = read.map_or(new.updated_at, date::wire);
    }
    if input.is_subscribed() == Some(true) {
        new.subscription = Subscription::Subscribed;
    }
    new.last_login_at = last_login(input);
    Ok(new)
}

/// The last sign-in that an entry speaks of.
pub fn last_login(input: &CustomerInput) -> Option<String> {
    input.extension_attributes.value()?.last_login_at.text().map(str::to_owned)
}

/// A new address under this id.
pub fn new_address(
    call: &Call<'_>,
    rules: Rules,
    said: &AddressInput,
    id: i64,
    website_id: i64,
) -> Result<Address> {
    let mut new = blank_address(id);
    lay_over(call, rules, &mut new, said, website_id)?;
    Ok(new)
}

/// Lays what was said over an address and checks it.
pub fn lay_over(
    call: &Call<'_>,
    rules: Rules,
    address: &mut Address,
    said: &AddressInput,
    website_id: i64,
) -> Result<()> {
    address::merge(call, address, said)?;
    match rules.checks {
        Checks::All => address::check(call, address, website_id)?,
        Checks::None => {
            region::resolve(address);
            address.cut();
        }
    }
    Ok(())
}

/// A default address may be named by the customer alone.
fn default_by_id(new: &mut Customer, input: &CustomerInput, said: &AddressInput, id: i64) {
    let Some(named) = said_id(said) else { return };
    for (default, given) in [
        (&mut new.default_billing, &input.default_billing),
        (&mut new.default_shipping, &input.default_shipping),
    ] {
        if CustomerInput::default_id(given) == Some(named) {
            *default = Some(id);
        }
    }
}
