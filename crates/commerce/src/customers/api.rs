//! The REST operations whose subject is one customer or one of its addresses, and their rows
//! (`spec/accs-customer-operations.md` 1.2).

use patron_webapi::{Answer, Fault, Method, arguments, scalar};
use serde_json::{Value, json};

use super::{
    Address, Customer,
    create::{self, CreateCustomer},
    defaults, store,
    update::{self, SaveCustomer},
    wire::{self, View},
};
use crate::{Call, Row, failure::Result};

/// ACL resources of customers.
pub mod acl {
    /// Reading customers.
    pub const READ: &[&str] = &["Magento_Customer::customer"];
    /// Making and changing customers.
    pub const MANAGE: &[&str] = &["Magento_Customer::manage"];
    /// Deleting customers.
    pub const DELETE: &[&str] = &["Magento_Customer::delete"];
}

const CUSTOMER: &str = "customer-data-customer-interface";
const ADDRESS: &str = "customer-data-address-interface";
/// A default address that there is not is an empty list.
const DEFAULT_ADDRESS: &str = "customer-data-address-interface|[]";

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::with_password(Method::Post, "/V1/customers", acl::MANAGE, post, CreateCustomer::password)
            .service("accountmanagementinterface.createaccount")
            .answers(CUSTOMER),
        Row::rendered(Method::Get, "/V1/customers/:customerId", acl::READ, get)
            .answers(CUSTOMER)
            .versioned(current),
        Row::get("/V1/customers/me", &["self"], me).answers(CUSTOMER),
        Row::rendered(Method::Put, "/V1/customers/:customerId", acl::MANAGE, put)
            .service("customerrepositoryinterface.save")
            .answers(CUSTOMER)
            .versioned(current),
        Row::delete("/V1/customers/:customerId", acl::DELETE, delete)
            .service("customerrepositoryinterface.deletebyid")
            .answers("boolean")
            .versioned(current),
        Row::get("/V1/customers/:customerId/permissions/readonly", acl::READ, is_readonly).answers("boolean"),
        Row::get("/V1/customers/:customerId/billingAddress", acl::MANAGE, billing_address)
            .answers(DEFAULT_ADDRESS),
        Row::get("/V1/customers/:customerId/shippingAddress", acl::MANAGE, shipping_address)
            .answers(DEFAULT_ADDRESS),
        Row::get("/V1/customers/addresses/:addressId", acl::MANAGE, get_address).answers(ADDRESS),
        Row::delete("/V1/addresses/:addressId", acl::MANAGE, delete_address)
            .service("addressrepositoryinterface.deletebyid")
            .answers("boolean"),
    ]
}

arguments! {
    /// A customer's id.
    pub struct ById {
        /// The id.
        required customer_id: i64,
    }
}

arguments! {
    /// An address's id.
    pub struct ByAddressId {
        /// The id.
        required address_id: i64,
    }
}

/// `POST /V1/customers`
fn post(call: &Call<'_>, sent: &CreateCustomer) -> Result<Answer> {
    let customer = create::create(call, sent)?;
    keep_document(call, &customer)?;
    Ok(Answer::of(&wire::customer(call.catalogue, &customer, View::Created)))
}

/// `PUT /V1/customers/{customerId}`
fn put(call: &Call<'_>, sent: &SaveCustomer) -> Result<Answer> {
    let customer = update::save(call, sent)?;
    keep_document(call, &customer)
}

/// `GET /V1/customers/{customerId}`
fn get(call: &Call<'_>, sent: &ById) -> Result<Answer> {
    Ok(shown_whole(call, sent.customer_id)?.ok_or_else(|| unknown(sent.customer_id))?)
}

/// The customer that a path names, as GET answers it.
fn current(call: &Call<'_>, id: &str) -> Result<Option<Answer>> {
    shown_whole(call, scalar::int_cast(id))
}

/// One read of the kept document, or the rows when there is none.
fn shown_whole(call: &Call<'_>, id: i64) -> Result<Option<Answer>> {
    if let Some(document) = store::document(call.sql, call.tenant(), id)? {
        return Ok(Some(Answer(document.into_bytes())));
    }
    let customer = store::find(call.sql, call.tenant(), id)?;
    Ok(customer.map(|customer| Answer::of(&wire::customer(call.catalogue, &customer, View::Whole))))
}

/// `GET /V1/customers/me` stands for the customer who calls; an integration is none (recorded: `customers/read/id-12`).
fn me(_: &Call<'_>, _: &patron_webapi::arguments::None) -> Result<Value> {
    Err(Fault::required("customerId").into())
}

/// `DELETE /V1/customers/{customerId}`
fn delete(call: &Call<'_>, sent: &ById) -> Result<bool> {
    let customer = find(call, sent.customer_id)?;
    store::delete(call.sql, call.tenant(), &customer)?;
    Ok(true)
}

/// `GET /V1/customers/{customerId}/permissions/readonly`: every customer can be deleted.
fn is_readonly(call: &Call<'_>, sent: &ById) -> Result<bool> {
    if store::exists(call.sql, call.tenant(), sent.customer_id)? {
        Ok(false)
    } else {
        Err(unknown(sent.customer_id).into())
    }
}

/// `GET /V1/customers/{customerId}/billingAddress`
fn billing_address(call: &Call<'_>, sent: &ById) -> Result<Value> {
    default_address(call, sent, |customer| customer.default_billing)
}

/// `GET /V1/customers/{customerId}/shippingAddress`
fn shipping_address(call: &Call<'_>, sent: &ById) -> Result<Value> {
    default_address(call, sent, |customer| customer.default_shipping)
}

/// `[]` when there is no default address, though the schema says object.
fn default_address(call: &Call<'_>, sent: &ById, default: fn(&Customer) -> Option<i64>) -> Result<Value> {
    let customer = find(call, sent.customer_id)?;
    let address = customer.addresses.iter().find(|address| default(&customer) == Some(address.id));
    Ok(address.map_or_else(|| json!([]), |address| shown(call, &customer, address)))
}

/// `GET /V1/customers/addresses/{addressId}`
fn get_address(call: &Call<'_>, sent: &ByAddressId) -> Result<Value> {
    let customer = owner(call, sent.address_id)?;
    let address = customer.addresses.iter().find(|address| address.id == sent.address_id);
    Ok(address.map_or(Value::Null, |address| shown(call, &customer, address)))
}

/// `DELETE /V1/addresses/{addressId}`: a default address may go too.
fn delete_address(call: &Call<'_>, sent: &ByAddressId) -> Result<bool> {
    let mut customer = owner(call, sent.address_id)?;
    store::delete_address(call.sql, call.tenant(), sent.address_id)?;
    customer.addresses.retain(|address| address.id != sent.address_id);
    defaults::forget(&mut customer, sent.address_id);
    customer.updated_at = call.moment.text();
    store::change_defaults(call.sql, call.tenant(), &customer)?;
    keep_document(call, &customer)?;
    Ok(true)
}

/// The customer under this id, 404 without.
pub fn find(call: &Call<'_>, id: i64) -> Result<Customer> {
    Ok(store::find(call.sql, call.tenant(), id)?.ok_or_else(|| unknown(id))?)
}

/// The refusal of a customer id that nobody has.
pub fn unknown(id: i64) -> Fault {
    Fault::no_such_entity("customerId", id)
}

/// Renders a customer that was written, keeps it as GET's answer, and answers it.
pub fn keep_document(call: &Call<'_>, customer: &Customer) -> Result<Answer> {
    let answer = Answer::of(&wire::customer(call.catalogue, customer, View::Whole));
    let body = std::str::from_utf8(&answer.0).expect("JSON is UTF-8");
    store::put_document(call.sql, call.tenant(), customer.id, body)?;
    Ok(answer)
}

fn owner(call: &Call<'_>, address_id: i64) -> Result<Customer> {
    let owner = store::owner_of_address(call.sql, call.tenant(), address_id)?;
    find(call, owner.ok_or_else(|| Fault::no_such_entity("addressId", address_id))?)
}

fn shown(call: &Call<'_>, customer: &Customer, address: &Address) -> Value {
    serde_json::to_value(wire::address(call.catalogue, customer, address)).expect("wire types serialise")
}
