//! All SQL of transfers: pages of stored customers on their way out, times that only a transfer sets, and progress.

use std::collections::HashMap;

use patron_sql::{Error, Session, params};

use crate::{
    attributes::values::AttributeValue,
    customers::{Address, Customer, store as customers},
    failure::Result,
};

/// A customer on its way out.
#[derive(Debug)]
pub struct Stored {
    /// The customer with addresses and attribute values.
    pub customer: Customer,
    /// Its password hash.
    pub password_hash: Option<String>,
}

/// A customer as GET answers it, on its way out.
#[derive(Debug)]
pub struct Document {
    /// Its id.
    pub id: i64,
    /// The kept answer; None when it has to be made.
    pub body: Option<String>,
    /// Its password hash.
    pub password_hash: Option<String>,
}

/// Answers of at most `limit` customers whose ids follow `after`, by id.
pub fn documents(sql: Session<'_>, tenant: i64, after: i64, limit: i64) -> Result<Vec<Document>> {
    let query = "SELECT c.id, d.body, c.password_hash FROM customer c LEFT JOIN customer_document d \
                 ON d.tenant_id = c.tenant_id AND d.customer_id = c.id WHERE c.tenant_id = ?1 AND c.id > ?2 ORDER BY c.id LIMIT ?3";
    Ok(sql.all(query, params![tenant, after, limit], |row| {
        Ok::<_, Error>(Document {
            id: row.int(0)?,
            body: row.opt_string(1)?,
            password_hash: row.opt_string(2)?,
        })
    })?)
}

/// At most `limit` customers whose ids follow `after`, by id: four queries, however many there are.
pub fn page(sql: Session<'_>, tenant: i64, after: i64, limit: i64) -> Result<Vec<Stored>> {
    let query = format!(
        "SELECT {}, password_hash FROM customer WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        customers::COLUMNS
    );
    let mut page = sql.all(&query, params![tenant, after, limit], |row| {
        Ok::<_, Error>(Stored { customer: customers::customer(row)?, password_hash: row.opt_string(23)? })
    })?;
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(page) };
    let ids = (first.customer.id, last.customer.id);
    let mut attributes = attributes(sql, tenant, ids)?;
    let mut addresses = addresses(sql, tenant, ids)?;
    for Stored { customer, .. } in &mut page {
        customer.attributes = attributes.remove(&customer.id).unwrap_or_default();
        customer.addresses = addresses.remove(&customer.id).unwrap_or_default();
    }
    Ok(page)
}

type By<T> = HashMap<i64, Vec<T>>;

fn attributes(sql: Session<'_>, tenant: i64, (first, last): (i64, i64)) -> Result<By<AttributeValue>> {
    let query = "SELECT customer_id, attribute_id, value FROM customer_attribute WHERE tenant_id = ?1 \
                 AND customer_id BETWEEN ?2 AND ?3 ORDER BY customer_id, attribute_id";
    let mut values: By<AttributeValue> = HashMap::new();
    sql.each(query, params![tenant, first, last], |row| {
        let value = AttributeValue { attribute_id: row.int(1)?, value: row.string(2)? };
        values.entry(row.int(0)?).or_default().push(value);
        Ok::<_, Error>(())
    })?;
    Ok(values)
}

fn addresses(sql: Session<'_>, tenant: i64, (first, last): (i64, i64)) -> Result<By<Address>> {
    let query = "SELECT v.address_id, v.attribute_id, v.value FROM customer_address a JOIN customer_address_attribute v \
                 ON v.tenant_id = a.tenant_id AND v.address_id = a.id WHERE a.tenant_id = ?1 AND a.customer_id BETWEEN ?2 AND ?3 \
                 ORDER BY v.address_id, v.attribute_id";
    let mut values: By<AttributeValue> = HashMap::new();
    sql.each(query, params![tenant, first, last], |row| {
        let value = AttributeValue { attribute_id: row.int(1)?, value: row.string(2)? };
        values.entry(row.int(0)?).or_default().push(value);
        Ok::<_, Error>(())
    })?;
    let query = format!(
        "SELECT {}, customer_id FROM customer_address WHERE tenant_id = ?1 AND customer_id BETWEEN ?2 AND ?3 \
         ORDER BY customer_id, id",
        customers::ADDRESS
    );
    let mut addresses: By<Address> = HashMap::new();
    sql.each(&query, params![tenant, first, last], |row| {
        let mut address = customers::address(row)?;
        address.attributes = values.remove(&address.id).unwrap_or_default();
        addresses.entry(row.int(16)?).or_default().push(address);
        Ok::<_, Error>(())
    })?;
    Ok(addresses)
}

/// Sets when a customer last signed in.
pub fn set_last_login(sql: Session<'_>, tenant: i64, id: i64, time: &str) -> Result<()> {
    sql.execute(
        "UPDATE customer SET last_login_at = ?3 WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, id, time],
    )?;
    Ok(())
}

/// Sets when a customer was made, also beside the values of its attributes.
pub fn set_created(sql: Session<'_>, tenant: i64, id: i64, time: &str) -> Result<()> {
    sql.execute(
        "UPDATE customer SET created_at = ?3 WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, id, time],
    )?;
    sql.execute(
        "UPDATE customer_attribute SET customer_created_at = ?3 WHERE tenant_id = ?1 AND customer_id = ?2",
        params![tenant, id, time],
    )?;
    Ok(())
}

/// The progress of the transfer of this name.
pub fn progress(sql: Session<'_>, tenant: i64, name: &str) -> Result<Option<String>> {
    let query = "SELECT progress FROM transfer WHERE tenant_id = ?1 AND name = ?2";
    Ok(sql.first(query, params![tenant, name], |row| row.string(0))?)
}

/// Keeps the progress of a transfer.
pub fn put_progress(sql: Session<'_>, tenant: i64, name: &str, progress: &str) -> Result<()> {
    sql.execute(
        "INSERT INTO transfer (tenant_id, name, progress) VALUES (?1, ?2, ?3) \
         ON CONFLICT (tenant_id, name) DO UPDATE SET progress = excluded.progress",
        params![tenant, name, progress],
    )?;
    Ok(())
}

/// Forgets the progress of a transfer.
pub fn drop_progress(sql: Session<'_>, tenant: i64, name: &str) -> Result<()> {
    sql.execute("DELETE FROM transfer WHERE tenant_id = ?1 AND name = ?2", params![tenant, name])?;
    Ok(())
}
