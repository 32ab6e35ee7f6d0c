//! `PUT /V1/customers/validate`: would this customer be complete? Only required values are looked for; whether they are good is not
//! asked (`spec/accs-customer-operations.md` 1.2 op 6).

use patron_webapi::{Given, arguments};
use serde::Serialize;

use crate::{
    Call,
    attributes::{
        custom::{CustomAttribute, Entity},
        values,
    },
    customers::input::CustomerInput,
    failure::Result,
};

arguments! {
    /// What `PUT /V1/customers/validate` takes.
    pub struct ValidateCustomer {
        /// The customer.
        required customer: CustomerInput,
    }
}

/// What a validation found (`customer-data-validation-results-interface`).
#[derive(Debug, Serialize)]
pub struct Validation {
    valid: bool,
    messages: Vec<String>,
}

/// Names the required values that are missing. Zero is a value, "" is not.
pub fn validate(call: &Call<'_>, sent: &ValidateCustomer) -> Result<Validation> {
    let customer = &sent.customer;
    let text = |given: &Given<String>| given.text().is_some_and(|text| !text.is_empty());
    let mut missing: Vec<&str> = [
        ("Associate to Website", customer.website_id.value().is_some()),
        ("Group", customer.group_id.value().is_some()),
        ("First Name", text(&customer.firstname)),
        ("Last Name", text(&customer.lastname)),
        ("Email", text(&customer.email)),
    ]
    .into_iter()
    .filter_map(|(label, is_there)| (!is_there).then_some(label))
    .collect();
    missing.extend(missing_attributes(call, customer)?);
    let message =
        |label: &str| format!("The \"{label}\" attribute value is empty. Set the attribute and try again.");
    Ok(Validation { valid: missing.is_empty(), messages: missing.into_iter().map(message).collect() })
}

/// The labels of added attributes that are required and shown, have no default and were not sent.
fn missing_attributes<'c>(call: &Call<'c>, customer: &CustomerInput) -> Result<Vec<&'c str>> {
    let defined = call.catalogue.attributes(Entity::Customer);
    let mut given = Vec::new();
    if let Given::Value(sent) = &customer.custom_attributes {
        values::apply(&mut given, values::typed(defined, sent, call.moment)?);
    }
    let is_missing = |id| values::value_of(&given, id).is_none();
    let is_required = |one: &&CustomAttribute| {
        one.definition.required && one.definition.visible && one.definition.default.is_none()
    };
    let missing = defined.iter().filter(is_required).filter(|one| is_missing(one.id));
    Ok(missing.map(|one| one.label(call.store_id())).collect())
}
