//! A customer and an address as answers show them: key order, types and what is left out
//! (`spec/accs-customer-operations.md` 1.0.1 to 1.0.3).

use serde::Serialize;

use super::{Address, Customer, Subscription, region, store::wire_order};
use crate::{
    attributes::{
        custom::{Backend, CustomAttribute, Entity},
        values::{self, AttributeValue},
    },
    instances::{Catalogue, settings},
};

/// Which of a customer's members an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Everything: GET, PUT, search.
    Whole,
    /// Of a customer just made: never the confirmation key.
    Created,
    /// Of an account just activated: neither the confirmation key nor what modules add.
    Activated,
}

/// A customer in an answer.
#[derive(Debug, Serialize)]
pub struct CustomerWire<'c> {
    id: i64,
    group_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_billing: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_shipping: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation: Option<&'c str>,
    created_at: &'c str,
    updated_at: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    created_in: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dob: Option<&'c str>,
    email: &'c str,
    firstname: &'c str,
    lastname: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    middlename: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suffix: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<i64>,
    store_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    taxvat: Option<&'c str>,
    website_id: i64,
    addresses: Vec<AddressWire<'c>>,
    disable_auto_group_change: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension_attributes: Option<ExtensionWire<'c>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    custom_attributes: Vec<AttributeWire<'c>>,
}

/// What modules add to a customer.
#[derive(Debug, Serialize)]
pub struct ExtensionWire<'c> {
    is_subscribed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    assistance_allowed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_at: Option<&'c str>,
}

/// The value of an added attribute.
#[derive(Debug, Serialize)]
pub struct AttributeWire<'c> {
    attribute_code: &'c str,
    value: &'c str,
}

/// An address in an answer.
#[derive(Debug, Serialize)]
pub struct AddressWire<'c> {
    id: i64,
    customer_id: i64,
    region: RegionWire<'c>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region_id: Option<i64>,
    country_id: &'c str,
    street: &'c [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    telephone: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fax: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<&'c str>,
    city: &'c str,
    firstname: &'c str,
    lastname: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    middlename: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suffix: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vat_id: Option<&'c str>,
    #[serde(skip_serializing_if = "is_false")]
    default_shipping: bool,
    #[serde(skip_serializing_if = "is_false")]
    default_billing: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    custom_attributes: Vec<AttributeWire<'c>>,
}

/// The region of an address, nulls included.
#[derive(Debug, Serialize)]
pub struct RegionWire<'c> {
    region_code: Option<&'c str>,
    region: Option<&'c str>,
    region_id: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The customer for an answer.
pub fn customer<'c>(catalogue: &'c Catalogue, customer: &'c Customer, view: View) -> CustomerWire<'c> {
    let shows_assistance = catalogue.default_setting(&settings::SHOW_ASSISTANCE) == "1";
    let extension = ExtensionWire {
        is_subscribed: customer.subscription == Subscription::Subscribed,
        assistance_allowed: shows_assistance.then_some(if customer.assistance_allowed { 2 } else { 1 }),
        last_login_at: customer.last_login_at.as_deref(),
    };
    CustomerWire {
        id: customer.id,
        group_id: customer.group_id,
        default_billing: customer.default_billing.map(|id| id.to_string()),
        default_shipping: customer.default_shipping.map(|id| id.to_string()),
        confirmation: customer.confirmation.as_deref().filter(|_| view == View::Whole),
        created_at: &customer.created_at,
        updated_at: &customer.updated_at,
        created_in: &customer.created_in,
        dob: customer.dob.as_deref(),
        email: &customer.email,
        firstname: &customer.firstname,
        lastname: &customer.lastname,
        middlename: customer.middlename.as_deref(),
        prefix: customer.prefix.as_deref(),
        suffix: customer.suffix.as_deref(),
        gender: customer.gender,
        store_id: customer.store_id,
        taxvat: customer.taxvat.as_deref(),
        website_id: customer.website_id,
        addresses: wire_order(customer).into_iter().map(|one| address(catalogue, customer, one)).collect(),
        disable_auto_group_change: customer.disable_auto_group_change,
        extension_attributes: (view != View::Activated).then_some(extension),
        custom_attributes: attributes(catalogue.attributes(Entity::Customer), &customer.attributes),
    }
}

/// The address for an answer.
pub fn address<'c>(catalogue: &'c Catalogue, customer: &Customer, address: &'c Address) -> AddressWire<'c> {
    AddressWire {
        id: address.id,
        customer_id: customer.id,
        region: RegionWire {
            region_code: region::code(address),
            region: address.region.as_deref(),
            region_id: address.region_id.unwrap_or(0),
        },
        region_id: address.region_id,
        country_id: &address.country_id,
        street: &address.street,
        company: address.company.as_deref(),
        telephone: address.telephone.as_deref(),
        fax: address.fax.as_deref(),
        postcode: address.postcode.as_deref(),
        city: &address.city,
        firstname: &address.firstname,
        lastname: &address.lastname,
        middlename: address.middlename.as_deref(),
        prefix: address.prefix.as_deref(),
        suffix: address.suffix.as_deref(),
        vat_id: address.vat_id.as_deref(),
        default_shipping: customer.default_shipping == Some(address.id),
        default_billing: customer.default_billing == Some(address.id),
        custom_attributes: attributes(catalogue.attributes(Entity::CustomerAddress), &address.attributes),
    }
}

/// Values grouped by value table, tables in the order of their first attribute, attributes by id (`spec` 1.0.9).
fn attributes<'c>(defined: &'c [CustomAttribute], values: &'c [AttributeValue]) -> Vec<AttributeWire<'c>> {
    if values.is_empty() {
        return Vec::new();
    }
    let mut by_id: Vec<&CustomAttribute> = defined.iter().collect();
    by_id.sort_by_key(|attribute| attribute.id);
    let mut tables: Vec<Backend> = Vec::new();
    for attribute in &by_id {
        if !tables.contains(&attribute.backend()) {
            tables.push(attribute.backend());
        }
    }
    let in_table = |table: Backend| by_id.iter().filter(move |attribute| attribute.backend() == table);
    tables
        .into_iter()
        .flat_map(in_table)
        .filter_map(|attribute| {
            let value = values::value_of(values, attribute.id)?;
            Some(AttributeWire { attribute_code: &attribute.code, value })
        })
        .collect()
}
