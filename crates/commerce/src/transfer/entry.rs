//! What a file or another server says of one customer.

use patron_webapi::{Given, Read, Record, Value};
use zeroize::Zeroizing;

use crate::customers::{
    Address,
    input::{CustomerExtensionInput, CustomerInput},
};

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subject {
    /// A whole customer in the wire's form: its list of addresses is all of them, its times and texts are kept.
    Whole,
    /// A row of a customer file, perhaps with addresses that are added or changed.
    #[default]
    Customer,
    /// A row of an address file: one address of a customer that is there.
    Address,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// Adds the customer, or changes the one with its e-mail address.
    #[default]
    Put,
    /// Deletes it.
    Delete,
}

/// One customer, or one address of one.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// What it is about.
    pub subject: Subject,
    /// What is to be done.
    pub action: Action,
    /// The customer as the API takes it. An address whose id is not kept is a new one.
    pub input: CustomerInput,
    /// A hash, stored as it is.
    pub password_hash: Option<String>,
    /// A password in clear text; somebody hashes it before the entry is prepared.
    pub password: Option<Zeroizing<String>>,
}

impl Entry {
    /// Reads a customer in the form that the API answers, with an optional `password_hash`. Members that this service does not know are
    /// left out: another server may have more modules.
    ///
    /// # Errors
    /// What is wrong with it, in the API's words.
    pub fn from_wire(mut value: Value) -> Result<Self, String> {
        if let Some(customer @ Value::Object(_)) = value.get_mut("customer") {
            // As it stands in a request, and in a file of refused rows.
            value = customer.take();
        }
        let Value::Object(members) = &mut value else { return Err("This is no JSON object.".to_owned()) };
        let password_hash = match members.remove("password_hash") {
            None | Some(Value::Null) => None,
            Some(Value::String(hash)) => Some(hash).filter(|hash| !hash.is_empty()),
            Some(_) => return Err("password_hash is no text.".to_owned()),
        };
        members.retain(|key, _| CustomerInput::has(key));
        if let Some(Value::Object(extension)) = members.get_mut("extension_attributes") {
            extension.retain(|key, _| CustomerExtensionInput::has(key));
        }
        if let Some(Value::Array(addresses)) = members.get_mut("addresses") {
            for address in addresses.iter_mut().filter_map(Value::as_object_mut) {
                address.retain(|key, _| key != "extension_attributes");
                without_empty_region(address);
            }
        }
        let input =
            CustomerInput::read(&value).map_err(|error| patron_webapi::Fault::from(error).rendered())?;
        Ok(Self { subject: Subject::Whole, input, password_hash, ..Self::default() })
    }

    /// The e-mail address, as far as it is there.
    pub fn email(&self) -> &str {
        self.input.email.text().unwrap_or("")
    }

    /// The addresses that were said.
    pub fn addresses(&self) -> &[crate::customers::input::AddressInput] {
        self.input.addresses.value().map_or(&[], Vec::as_slice)
    }
}

/// An address that never had a region is shown with an empty one; read back as it stands it would be one whose region is unknown.
fn without_empty_region(address: &mut patron_webapi::Object) {
    let is_empty = address.get("region").is_some_and(|region| {
        let nothing = |key: &str| {
            let value = region.get(key);
            value.is_none_or(|value| value.is_null() || *value == 0 || *value == "")
        };
        ["region", "region_id", "region_code"].into_iter().all(nothing)
    });
    if is_empty && !address.contains_key("region_id") {
        address.remove("region");
    }
}

/// The id that an address was said to have.
pub(super) fn said_id(said: &crate::customers::input::AddressInput) -> Option<i64> {
    said.id.copied().filter(|id| *id > 0)
}

/// An address that is being made: with an id, so that no attribute takes its default (the value was said, or there was none).
pub(super) fn blank_address(id: i64) -> Address {
    Address { id, ..Address::default() }
}

/// A given text; "" is given too.
pub(super) fn given(text: &str) -> Given<String> {
    Given::Value(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_another_server_says_beyond_the_contract_is_left_out() {
        let entry = Entry::from_wire(json!({
            "id": 7, "email": "a@example.com", "reward": 3, "password_hash": "h:s:1",
            "extension_attributes": {"is_subscribed": true, "reward": {}},
            "addresses": [{"id": 1, "customer_id": 7, "extension_attributes": {"x": 1},
                           "region": {"region_code": null, "region": null, "region_id": 0}}]
        }))
        .unwrap();
        assert_eq!((entry.email(), entry.password_hash.as_deref()), ("a@example.com", Some("h:s:1")));
        assert_eq!(entry.input.is_subscribed(), Some(true));
        assert_eq!(entry.addresses()[0].region, Given::Absent);
    }

    #[test]
    fn what_has_the_wrong_type_is_told_in_the_words_of_the_api() {
        let error = Entry::from_wire(json!({"group_id": "x"})).unwrap_err();
        assert!(error.contains("The \"int\" type was expected"), "{error}");
        assert_eq!(Entry::from_wire(json!([])).unwrap_err(), "This is no JSON object.");
    }
}
