//! All SQL of the attribute values of customers and of addresses.

use patron_sql::{Error, Row, Session, params};
use patron_webapi::collation::fold;

use super::super::{Address, Customer};
use crate::{
    attributes::{
        custom::Entity,
        values::{self, AttributeValue},
    },
    failure::Result,
    instances::Catalogue,
};

/// Adds the attribute values of a customer.
pub(super) fn put(sql: Session<'_>, catalogue: &Catalogue, customer: &Customer) -> Result<()> {
    for value in &customer.attributes {
        let number = number(catalogue, value);
        let (folded, key) = (fold(&value.value), unique_key(catalogue, Entity::Customer, value));
        let added = sql.execute(
            "INSERT INTO customer_attribute (tenant_id, customer_id, attribute_id, value, folded, number, unique_key, \
             customer_created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                catalogue.instance.tenant.0,
                customer.id,
                value.attribute_id,
                &value.value,
                folded,
                number,
                key,
                &customer.created_at
            ],
        );
        added.map_err(|error| not_unique(error, catalogue, Entity::Customer, value.attribute_id))?;
    }
    Ok(())
}

/// Adds the attribute values of an address.
pub(super) fn put_of_address(sql: Session<'_>, catalogue: &Catalogue, address: &Address) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    for value in &address.attributes {
        let key = unique_key(catalogue, Entity::CustomerAddress, value);
        let added = sql.execute(
            "INSERT INTO customer_address_attribute (tenant_id, address_id, attribute_id, value, unique_key) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![tenant, address.id, value.attribute_id, &value.value, key],
        );
        added.map_err(|error| not_unique(error, catalogue, Entity::CustomerAddress, value.attribute_id))?;
    }
    Ok(())
}

/// Deletes the attribute values of an address.
pub(super) fn delete_of_address(sql: Session<'_>, tenant: i64, address_id: i64) -> Result<()> {
    sql.execute(
        "DELETE FROM customer_address_attribute WHERE tenant_id = ?1 AND address_id = ?2",
        params![tenant, address_id],
    )?;
    Ok(())
}

/// The attribute values of an address.
pub(super) fn of_address(sql: Session<'_>, tenant: i64, address_id: i64) -> Result<Vec<AttributeValue>> {
    let query = "SELECT attribute_id, value FROM customer_address_attribute WHERE tenant_id = ?1 AND address_id = ?2 \
                 ORDER BY attribute_id";
    Ok(sql.all(query, params![tenant, address_id], attribute_value)?)
}

/// What searches compare where the attribute holds numbers.
fn number(catalogue: &Catalogue, value: &AttributeValue) -> Option<f64> {
    catalogue.attribute(Entity::Customer, value.attribute_id)?.number(&value.value)
}

/// What the unique index of attribute values compares; None where the attribute is not unique.
fn unique_key(catalogue: &Catalogue, entity: Entity, value: &AttributeValue) -> Option<String> {
    catalogue.attribute(entity, value.attribute_id)?.unique_key(&value.value)
}

/// The last guard of a unique attribute speaks as its rule does.
fn not_unique(error: Error, catalogue: &Catalogue, entity: Entity, attribute_id: i64) -> crate::Failure {
    match catalogue.attribute(entity, attribute_id) {
        Some(attribute) if matches!(error, Error::Unique { .. }) => {
            values::taken(attribute.label(catalogue.default_store_id())).into()
        }
        _ => error.into(),
    }
}

/// The attribute values of a customer.
pub(super) fn of_customer(sql: Session<'_>, tenant: i64, customer_id: i64) -> Result<Vec<AttributeValue>> {
    let query = "SELECT attribute_id, value FROM customer_attribute WHERE tenant_id = ?1 AND customer_id = ?2 \
                 ORDER BY attribute_id";
    Ok(sql.all(query, params![tenant, customer_id], attribute_value)?)
}

fn attribute_value(row: &Row<'_>) -> std::result::Result<AttributeValue, Error> {
    Ok(AttributeValue { attribute_id: row.int(0)?, value: row.string(1)? })
}
