//! Changing a customer: `PUT /V1/customers/{customerId}` lays what was sent over what is stored
//! (`spec/accs-customer-operations.md` 1.2 op 3).

use patron_webapi::{Fault, Given, arguments, scalar};

use super::{
    Address, Customer,
    account::notify,
    address, create, defaults,
    input::{AddressInput, CustomerInput},
    store, validate,
};
use crate::{
    Call,
    attributes::{custom::Entity, values},
    failure::{Failure, Result},
    instances::{
        counters::{self, Counter},
        settings,
    },
    moment::BASE62,
};

arguments! {
    /// What `PUT /V1/customers/{customerId}` takes.
    pub struct SaveCustomer {
        /// The path's id, read as PHP casts a text to a number: `100abc` is 100.
        optional customer_id: String,
        /// What changes.
        required customer: CustomerInput,
        /// A new password hash, stored as it is.
        optional password_hash: String,
    }
}

/// Changes the customer of the path; a path that is no number, or 0, makes a new one.
pub fn save(call: &Call<'_>, sent: &SaveCustomer) -> Result<Customer> {
    let path_id = scalar::int_cast(sent.customer_id.as_deref().unwrap_or(""));
    if path_id == 0 {
        return insert(call, sent);
    }
    let Some(old) = store::find(call.sql, call.tenant(), path_id)? else {
        return Err(Fault::no_such_entity("customerId", path_id).into());
    };
    // The original writes the merged data over the customer that the body names: a deviation of the design.
    if let Some(body_id) = sent.customer.id.copied().filter(|id| *id != 0 && *id != path_id) {
        return Err(Fault::invalid_value("id", body_id).into());
    }
    let new = change(call, &old, sent)?;
    if let Some(hash) = sent.password_hash.as_deref().filter(|hash| !hash.is_empty()) {
        store::set_password_hash(call.sql, call.tenant(), new.id, hash)?;
    }
    Ok(new)
}

/// Changes a stored customer.
fn change(call: &Call<'_>, old: &Customer, sent: &SaveCustomer) -> Result<Customer> {
    let input = &sent.customer;
    let mut new = old.clone();
    if let Given::Value(sent) = &input.custom_attributes {
        values::apply(
            &mut new.attributes,
            values::typed(call.catalogue.attributes(Entity::Customer), sent, call.moment)?,
        );
    }
    check_default(old, "default_billing", &input.default_billing)?;
    check_default(old, "default_shipping", &input.default_shipping)?;
    lay_over(call, &mut new, input)?;
    validate::email_is_there(&new)?;
    check_email(call, old, &new, input)?;
    validate::attributes(call, &new)?;
    values::check_unique(call, Entity::Customer, &new.attributes, Some(new.id))?;
    check_place(call, input)?;
    let email_changed = new.email != old.email;
    if email_changed && call.catalogue.website_setting(&settings::CONFIRM_EMAIL_CHANGE, new.website_id) == "1"
    {
        new.confirmation = Some(call.moment.characters(BASE62, 32));
    }
    new.cut();
    let changed = addresses(call, &mut new, input)?;
    store::change(call.sql, call.catalogue, old, &new)?;
    notify::subscription(call, old.subscription, &new)?;
    for id in changed.deleted {
        store::delete_address(call.sql, call.tenant(), id)?;
    }
    for address in new.addresses.iter().filter(|address| changed.written.contains(&address.id)) {
        store::put_address(call.sql, call.catalogue, new.id, address)?;
    }
    if email_changed {
        store::clear_reset_token(call.sql, call.tenant(), new.id)?;
    }
    Ok(new)
}

/// A default address named at the top must be one of the stored ones, when there are any; then it has no effect.
fn check_default(old: &Customer, field: &str, given: &Given<String>) -> Result<()> {
    let Some(text) = given.text().filter(|text| !text.is_empty() && *text != "0") else { return Ok(()) };
    let known =
        old.addresses.is_empty() || old.addresses.iter().any(|address| address.id.to_string() == text);
    if known { Ok(()) } else { Err(Fault::invalid_field(field).into()) }
}

/// Lays the customer's own members over the stored ones: null keeps, "" clears optional texts. Whether there is such a website and store
/// view is for [`check_place`] to say.
pub fn lay_over(call: &Call<'_>, new: &mut Customer, input: &CustomerInput) -> Result<()> {
    let optional = |slot: &mut Option<String>, given: &Given<String>| {
        if let Some(text) = given.text() {
            *slot = Some(text.to_owned()).filter(|text| !text.is_empty());
        }
    };
    // Null does not keep a required text: it is as if "" had been sent.
    let required = |slot: &mut String, given: &Given<String>| {
        if given.is_sent() {
            *slot = given.text().unwrap_or("").to_owned();
        }
    };
    if let Some(id) = input.group_id.copied() {
        new.group_id = create::group(call, Some(id), new.store_id)?;
    }
    new.website_id = input.website_id.copied().unwrap_or(new.website_id);
    new.store_id = input.store_id.copied().unwrap_or(new.store_id);
    if let Some(text) = input.dob.text() {
        new.dob = validate::dob(call, text)?;
    }
    required(&mut new.email, &input.email);
    required(&mut new.firstname, &input.firstname);
    required(&mut new.lastname, &input.lastname);
    optional(&mut new.middlename, &input.middlename);
    optional(&mut new.prefix, &input.prefix);
    optional(&mut new.suffix, &input.suffix);
    optional(&mut new.taxvat, &input.taxvat);
    optional(&mut new.confirmation, &input.confirmation);
    if let Some(text) = input.created_in.text() {
        new.created_in = text.to_owned();
    }
    if let Some(gender) = input.gender.copied() {
        new.gender = Some(gender);
    }
    if let Some(sent) = input.disable_auto_group_change.copied() {
        new.disable_auto_group_change = i64::from(sent != 0);
    }
    if new.addresses.is_empty() {
        new.default_billing = CustomerInput::default_id(&input.default_billing).or(new.default_billing);
        new.default_shipping = CustomerInput::default_id(&input.default_shipping).or(new.default_shipping);
    }
    new.subscription = create::subscription(call, new.subscription, input, new.store_id);
    new.assistance_allowed = input.assistance_allowed().unwrap_or(new.assistance_allowed);
    new.updated_at = call.moment.text();
    Ok(())
}

/// An unknown website or store view gets the 404 of POST (the original answers 500, when it writes); 0 is stored.
pub fn check_place(call: &Call<'_>, input: &CustomerInput) -> Result<()> {
    let named = |given: &Given<i64>| given.copied().filter(|id| *id != 0);
    if let Some(id) = named(&input.website_id).filter(|id| call.catalogue.website(*id).is_none()) {
        return Err(create::unknown_website(id).into());
    }
    match named(&input.store_id).filter(|id| call.catalogue.store_view(*id).is_none()) {
        Some(_) => Err(create::unknown_store().into()),
        None => Ok(()),
    }
}

/// Refuses an e-mail address that another customer has. A body whose id is null or 0 is no longer this customer for the original, so its
/// own address is taken too; with another address it would make a second customer, which is refused as a wrong id.
fn check_email(call: &Call<'_>, old: &Customer, new: &Customer, input: &CustomerInput) -> Result<()> {
    let names_nobody = input.id.is_sent() && input.id.copied().unwrap_or(0) == 0;
    let holder = store::id_by_email(call.sql, call.catalogue, &new.email, new.website_id)?;
    if holder.is_some_and(|id| id != old.id || names_nobody) {
        return Err(store::email_is_taken().into());
    }
    if names_nobody {
        return Err(Fault::invalid_value(
            "id",
            input.id.copied().map_or(serde_json::Value::Null, Into::into),
        )
        .into());
    }
    Ok(())
}

/// Which addresses the list that was sent writes and deletes.
#[derive(Default)]
struct Changed {
    written: Vec<i64>,
    deleted: Vec<i64>,
}

/// Makes the address list what was sent: entries with an id are merged, others are new, stored ones that are not listed go.
fn addresses(call: &Call<'_>, new: &mut Customer, input: &CustomerInput) -> Result<Changed> {
    let sent = match &input.addresses {
        Given::Value(sent) => sent,
        Given::Absent => return Ok(resaved(new)),
        Given::Null => return Ok(Changed::default()),
    };
    let mut stored = std::mem::take(&mut new.addresses);
    let mut changed = Changed::default();
    let mut ids_taken = false;
    for entry in sent {
        let id = entry.id.copied().filter(|id| *id != 0);
        let mut address = match id {
            Some(id) => take_address(call, &mut stored, &mut new.addresses, id)?,
            None => Address::default(),
        };
        let checked = address::merge(call, &mut address, entry)
            .and_then(|()| address::check(call, &mut address, new.website_id));
        checked.map_err(|fault| if ids_taken { Failure::from(fault).after_ids() } else { fault.into() })?;
        if address.id == 0 {
            address.id = counters::next(call.sql, call.tenant(), Counter::Address)?;
            ids_taken = true;
        }
        defaults::apply_flags(new, address.id, entry);
        changed.written.push(address.id);
        new.addresses.push(address);
    }
    for address in stored {
        defaults::forget(new, address.id);
        changed.deleted.push(address.id);
    }
    new.addresses.sort_by_key(|address| address.id);
    Ok(changed)
}

/// Without a list, the original saves every stored address as it is shown, whose region is never without an id
/// (recorded: `customers/update/keeps-addresses`).
fn resaved(new: &mut Customer) -> Changed {
    let without_id = new.addresses.iter_mut().filter(|address| address.region_id.is_none());
    let written = without_id.map(|address| {
        address.region_id = Some(0);
        address.id
    });
    Changed { written: written.collect(), deleted: Vec::new() }
}

/// The stored address that an entry names, which may have been named before in the same list.
fn take_address(
    call: &Call<'_>,
    stored: &mut Vec<Address>,
    done: &mut Vec<Address>,
    id: i64,
) -> Result<Address> {
    for list in [stored, done] {
        if let Some(at) = list.iter().position(|address| address.id == id) {
            return Ok(list.remove(at));
        }
    }
    Err(strange(call, id)?.into())
}

/// Refuses an address of a new customer with the id of a stored one.
pub fn refuse_strange_id(call: &Call<'_>, sent: &AddressInput) -> Result<()> {
    match sent.id.copied().filter(|id| *id != 0) {
        Some(id) => Err(strange(call, id)?.into()),
        None => Ok(()),
    }
}

/// The refusal of an address that is not the customer's.
fn strange(call: &Call<'_>, id: i64) -> Result<Fault> {
    Ok(match store::owner_of_address(call.sql, call.tenant(), id)? {
        // The original's words for the address of another customer.
        Some(_) => store::email_is_taken(),
        None => Fault::no_such_entity("addressId", id),
    })
}

/// A path that names nobody: the original goes on as if a new customer had been sent.
fn insert(call: &Call<'_>, sent: &SaveCustomer) -> Result<Customer> {
    let input = &sent.customer;
    let mut new = create::draft_anywhere(call, input)?;
    if let Given::Value(sent) = &input.custom_attributes {
        let changes = values::typed(call.catalogue.attributes(Entity::Customer), sent, call.moment)?;
        values::apply(&mut new.attributes, changes);
    }
    let password_hash = sent.password_hash.as_deref().filter(|hash| !hash.is_empty());
    let opens = store::Opens { password_hash, ..store::Opens::default() };
    create::insert(call, new, input, opens, create::Unfit::Refused)
}
