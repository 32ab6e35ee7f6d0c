//! The rules over a whole customer that POST and PUT share, in the original's order
//! (`spec/accs-customer-operations.md` 1.2 op 1, steps 9 to 12).

use patron_webapi::Fault;

use super::{
    Customer,
    rules::{
        email,
        name::{self, Names},
    },
};
use crate::{
    Call,
    attributes::{custom::Entity, date, shown::Lines},
};

/// Reads a date of birth: "" clears it.
pub fn dob(call: &Call<'_>, text: &str) -> Result<Option<String>, Fault> {
    let day =
        date::day(text, call.moment.clock()).map_err(|date::Invalid| Fault::bad_request("Invalid date"))?;
    Ok(day.map(|day| day.to_string()))
}

/// Refuses an empty e-mail address.
pub fn email_is_there(customer: &Customer) -> Result<(), Fault> {
    if customer.email.is_empty() {
        return Err(Fault::bad_request("The customer email is missing. Enter and try again."));
    }
    Ok(())
}

/// Refuses a customer that breaks attribute rules: all of them in one message, a line each.
pub fn attributes(call: &Call<'_>, customer: &Customer) -> Result<(), Fault> {
    let entity = Entity::Customer;
    let mut lines = Lines::default();
    for (code, label, text) in
        [("firstname", "First Name", &customer.firstname), ("lastname", "Last Name", &customer.lastname)]
    {
        lines.about(entity, code, text.is_empty().then(|| format!("\"{label}\" is a required value.")));
    }
    let optional = [
        ("prefix", customer.prefix.is_some()),
        ("middlename", customer.middlename.is_some()),
        ("suffix", customer.suffix.is_some()),
        ("dob", customer.dob.is_some()),
        ("taxvat", customer.taxvat.is_some()),
        ("gender", customer.gender.is_some()),
    ];
    lines.require(call.catalogue, entity, customer.website_id, &optional);
    lines.about(entity, "email", email::problems("Email", &customer.email));
    if let Some(gender) = customer.gender.filter(|gender| !(0..=3).contains(gender)) {
        lines.about(entity, "gender", [format!("Attribute gender does not contain option with Id {gender}")]);
    }
    lines.custom(call, entity, &customer.attributes);
    let mut lines = lines.told();
    lines.extend(name::problems(Names {
        first: Some(&customer.firstname),
        middle: customer.middlename.as_deref(),
        last: Some(&customer.lastname),
    }));
    let today = call.moment.today();
    if customer
        .dob
        .as_deref()
        .and_then(|dob| dob.parse().ok())
        .is_some_and(|dob| date::Day::On(dob).is_after(today))
    {
        lines.push("The Date of Birth should not be greater than today.".to_owned());
    }
    if lines.is_empty() { Ok(()) } else { Err(Fault::bad_request(lines.join("\n"))) }
}
