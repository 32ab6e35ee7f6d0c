//! An entry about a customer who is there: laid over it, or the end of it.

use patron_webapi::{Fault, Given};

use super::{
    draft,
    entry::{Action, Entry, Subject, said_id},
    put::{Checks, Ids, Outcome, Unit},
    store,
};
use crate::{
    attributes::{custom::Entity, date, values},
    customers::{
        Address, Customer, api, defaults, input::AddressInput, store as customers, update, validate,
    },
    failure::Result,
};

/// Does what an entry says about the customer under this id.
pub fn entry(unit: &mut Unit<'_, '_>, entry: &Entry, id: i64) -> Result<Outcome> {
    let old = api::find(unit.call, id)?;
    match (entry.action, entry.subject) {
        (Action::Delete, Subject::Address) => delete_address(unit, entry, old),
        (Action::Delete, _) => {
            customers::delete(unit.call.sql, unit.call.tenant(), &old)?;
            Ok(Outcome::Deleted)
        }
        (Action::Put, Subject::Address) => {
            let mut new = Customer { updated_at: unit.call.moment.text(), ..old.clone() };
            let changed = add_addresses(unit, &mut new, entry)?;
            write(unit, &old, &new, &changed, &[])?;
            Ok(Outcome::Changed)
        }
        (Action::Put, _) => {
            change(unit, &old, entry)?;
            Ok(Outcome::Changed)
        }
    }
}

fn delete_address(unit: &Unit<'_, '_>, entry: &Entry, mut customer: Customer) -> Result<Outcome> {
    let call = unit.call;
    let id = entry.addresses().first().and_then(said_id);
    let id = id.filter(|id| customer.addresses.iter().any(|address| address.id == *id));
    let id = id.ok_or_else(|| Fault::bad_request("We can't find that customer address."))?;
    customers::delete_address(call.sql, call.tenant(), id)?;
    customer.addresses.retain(|address| address.id != id);
    defaults::forget(&mut customer, id);
    customer.updated_at = call.moment.text();
    customers::change_defaults(call.sql, call.tenant(), &customer)?;
    api::keep_document(call, &customer)?;
    Ok(Outcome::Deleted)
}

fn change(unit: &mut Unit<'_, '_>, old: &Customer, entry: &Entry) -> Result<()> {
    let (call, input) = (unit.call, &entry.input);
    let kept = draft::kept_id(unit.rules, input);
    if kept != 0 && kept != old.id {
        return Err(Fault::bad_request(format!(
            "The e-mail address belongs to customer {}, not {kept}.",
            old.id
        ))
        .into());
    }
    let mut new = old.clone();
    if let Given::Value(sent) = &input.custom_attributes {
        values::apply(
            &mut new.attributes,
            values::typed(call.catalogue.attributes(Entity::Customer), sent, call.moment)?,
        );
    }
    update::check_place(call, input)?;
    update::lay_over(call, &mut new, input)?;
    if entry.subject == Subject::Whole {
        keep_times(unit, &mut new, entry)?;
    }
    if unit.rules.checks == Checks::All {
        validate::attributes(call, &new)?;
    }
    values::check_unique(call, Entity::Customer, &new.attributes, Some(new.id))?;
    new.cut();
    let (written, deleted) = match entry.subject {
        Subject::Whole if input.addresses.is_sent() => replace_addresses(unit, &mut new, entry)?,
        _ => (add_addresses(unit, &mut new, entry)?, Vec::new()),
    };
    write(unit, old, &new, &written, &deleted)?;
    if let Some(hash) = &entry.password_hash {
        customers::set_password_hash(call.sql, call.tenant(), new.id, hash)?;
    }
    Ok(())
}

/// What a customer in the wire's form says about the past.
fn keep_times(unit: &Unit<'_, '_>, new: &mut Customer, entry: &Entry) -> Result<()> {
    for (slot, given) in
        [(&mut new.created_at, &entry.input.created_at), (&mut new.updated_at, &entry.input.updated_at)]
    {
        let Some(text) = given.text() else { continue };
        let read = date::moment(text, unit.call.moment.clock())
            .map_err(|date::Invalid| Fault::bad_request("Invalid date"))?;
        *slot = read.map_or_else(|| slot.clone(), date::wire);
    }
    new.last_login_at = draft::last_login(&entry.input).or(new.last_login_at.take());
    Ok(())
}

/// Adds the addresses said, or changes those that the customer has; answers the ids of both.
fn add_addresses(unit: &mut Unit<'_, '_>, new: &mut Customer, entry: &Entry) -> Result<Vec<i64>> {
    let mut written = Vec::new();
    for said in entry.addresses() {
        let place = said_id(said).and_then(|id| new.addresses.iter().position(|address| address.id == id));
        let address = match place {
            Some(place) => changed(unit, new.addresses.remove(place), said, new.website_id)?,
            None => added(unit, said, new.website_id)?,
        };
        keep(new, address, said, &mut written);
    }
    Ok(written)
}

/// Makes the list of addresses what was said; answers the ids of those written and of those that go.
fn replace_addresses(
    unit: &mut Unit<'_, '_>,
    new: &mut Customer,
    entry: &Entry,
) -> Result<(Vec<i64>, Vec<i64>)> {
    let mut stored = std::mem::take(&mut new.addresses);
    (new.default_billing, new.default_shipping) = (None, None);
    let mut written = Vec::new();
    for said in entry.addresses() {
        let place = said_id(said).filter(|_| unit.rules.ids == Ids::Kept);
        let place = place.and_then(|id| stored.iter().position(|address| address.id == id));
        let address = match place {
            Some(place) => changed(unit, stored.remove(place), said, new.website_id)?,
            None => added(unit, said, new.website_id)?,
        };
        keep(new, address, said, &mut written);
    }
    Ok((written, stored.into_iter().map(|address| address.id).collect()))
}

fn changed(
    unit: &Unit<'_, '_>,
    mut address: Address,
    said: &AddressInput,
    website_id: i64,
) -> Result<Address> {
    draft::lay_over(unit.call, unit.rules, &mut address, said, website_id)?;
    Ok(address)
}

fn added(unit: &mut Unit<'_, '_>, said: &AddressInput, website_id: i64) -> Result<Address> {
    let mut address = draft::new_address(unit.call, unit.rules, said, -1, website_id)?;
    let kept = said_id(said).filter(|_| unit.rules.ids == Ids::Kept);
    address.id = unit.address_id(kept.unwrap_or(0))?;
    Ok(address)
}

fn keep(new: &mut Customer, address: Address, said: &AddressInput, written: &mut Vec<i64>) {
    defaults::apply_flags(new, address.id, said);
    written.push(address.id);
    new.addresses.push(address);
    new.addresses.sort_by_key(|address| address.id);
}

fn write(
    unit: &Unit<'_, '_>,
    old: &Customer,
    new: &Customer,
    written: &[i64],
    deleted: &[i64],
) -> Result<()> {
    let call = unit.call;
    customers::change(call.sql, call.catalogue, old, new)?;
    for id in deleted {
        customers::delete_address(call.sql, call.tenant(), *id)?;
    }
    for address in new.addresses.iter().filter(|address| written.contains(&address.id)) {
        customers::put_address(call.sql, call.catalogue, new.id, address)?;
    }
    if new.created_at != old.created_at {
        store::set_created(call.sql, call.tenant(), new.id, &new.created_at)?;
    }
    if let Some(time) = new.last_login_at.as_ref().filter(|time| Some(*time) != old.last_login_at.as_ref()) {
        store::set_last_login(call.sql, call.tenant(), new.id, time)?;
    }
    api::keep_document(call, new)?;
    Ok(())
}
