//! All SQL of customers, their addresses and attribute values.

use patron_sql::{Error, Row, Session, params};
use patron_webapi::{Fault, collation::fold};

use super::{Address, Customer, Subscription, counts, model, search::infix};
use crate::{
    attributes::{
        custom::Entity,
        values::{self, AttributeValue},
    },
    failure::Result,
    instances::Catalogue,
};

/// The columns that [`customer`] reads.
pub(crate) const COLUMNS: &str = "id, website_id, store_id, group_id, email, firstname, lastname, middlename, prefix, suffix, dob, gender, \
     taxvat, created_at, updated_at, created_in, confirmation, default_billing, default_shipping, \
     disable_auto_group_change, subscription, assistance_allowed, last_login_at";

/// The customer under this id, with addresses and attribute values.
pub fn find(sql: Session<'_>, tenant: i64, id: i64) -> Result<Option<Customer>> {
    let query = format!("SELECT {COLUMNS} FROM customer WHERE tenant_id = ?1 AND id = ?2");
    let Some(mut customer) = sql.first(&query, params![tenant, id], customer)? else { return Ok(None) };
    customer.addresses = addresses_of(sql, tenant, id)?;
    customer.attributes = attributes_of(sql, tenant, id)?;
    Ok(Some(customer))
}

/// Is there a customer under this id?
pub fn exists(sql: Session<'_>, tenant: i64, id: i64) -> Result<bool> {
    let query = "SELECT 1 FROM customer WHERE tenant_id = ?1 AND id = ?2";
    Ok(sql.first(query, params![tenant, id], |row| row.int(0))?.is_some())
}

/// The id of the customer with this e-mail address in a website (any website when accounts are shared).
pub fn id_by_email(
    sql: Session<'_>,
    catalogue: &Catalogue,
    email: &str,
    website_id: i64,
) -> Result<Option<i64>> {
    let query = "SELECT id FROM customer WHERE tenant_id = ?1 AND email_folded = ?2 AND email_scope = ?3";
    let scope = email_scope(catalogue, website_id);
    Ok(sql.first(query, params![catalogue.instance.tenant.0, fold(email), scope], |row| row.int(0))?)
}

/// The customer as GET answers it, when that was kept.
pub fn document(sql: Session<'_>, tenant: i64, id: i64) -> Result<Option<String>> {
    let query = "SELECT body FROM customer_document WHERE tenant_id = ?1 AND customer_id = ?2";
    Ok(sql.first(query, params![tenant, id], |row| row.string(0))?)
}

/// Reads [`COLUMNS`].
pub(crate) fn customer(row: &Row<'_>) -> std::result::Result<Customer, Error> {
    Ok(Customer {
        id: row.int(0)?,
        website_id: row.int(1)?,
        store_id: row.int(2)?,
        group_id: row.int(3)?,
        email: row.string(4)?,
        firstname: row.string(5)?,
        lastname: row.string(6)?,
        middlename: row.opt_string(7)?,
        prefix: row.opt_string(8)?,
        suffix: row.opt_string(9)?,
        dob: row.opt_string(10)?,
        gender: row.opt_int(11)?,
        taxvat: row.opt_string(12)?,
        created_at: row.string(13)?,
        updated_at: row.string(14)?,
        created_in: row.string(15)?,
        confirmation: row.opt_string(16)?,
        default_billing: row.opt_int(17)?,
        default_shipping: row.opt_int(18)?,
        disable_auto_group_change: row.int(19)?,
        subscription: Subscription::of_code(row.int(20)?),
        assistance_allowed: row.flag(21)?,
        last_login_at: row.opt_string(22)?,
        addresses: Vec::new(),
        attributes: Vec::new(),
    })
}

/// Adds a customer without its addresses; the unique index is the last guard against a second one of the same address.
pub fn add(
    sql: Session<'_>,
    catalogue: &Catalogue,
    new: &Customer,
    password_hash: Option<&str>,
) -> Result<()> {
    add_uncounted(sql, catalogue, new, password_hash)?;
    counts::added(sql, catalogue.instance.tenant.0, new)
}

/// [`add`] for a caller who counts many at once.
pub fn add_uncounted(
    sql: Session<'_>,
    catalogue: &Catalogue,
    new: &Customer,
    password_hash: Option<&str>,
) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    let added = sql.execute(
        "INSERT INTO customer (tenant_id, id, website_id, store_id, group_id, email, email_folded, email_scope, firstname, \
         firstname_folded, lastname, lastname_folded, middlename, prefix, suffix, dob, gender, taxvat, created_at, updated_at, \
         created_in, confirmation, default_billing, default_shipping, disable_auto_group_change, subscription, \
         assistance_allowed, password_hash, failures_num, middlename_folded, prefix_folded, suffix_folded, name_folded, \
         taxvat_folded, created_in_folded, confirmation_folded) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, \
         ?25, ?26, ?27, ?28, 0, ?29, ?30, ?31, ?32, ?33, ?34, ?35)",
        params![
            tenant,
            new.id,
            new.website_id,
            new.store_id,
            new.group_id,
            &new.email,
            fold(&new.email),
            email_scope(catalogue, new.website_id),
            &new.firstname,
            fold(&new.firstname),
            &new.lastname,
            fold(&new.lastname),
            &new.middlename,
            &new.prefix,
            &new.suffix,
            &new.dob,
            new.gender,
            &new.taxvat,
            &new.created_at,
            &new.updated_at,
            &new.created_in,
            &new.confirmation,
            new.default_billing,
            new.default_shipping,
            new.disable_auto_group_change,
            new.subscription.code(),
            new.assistance_allowed,
            password_hash,
            folded(&new.middlename),
            folded(&new.prefix),
            folded(&new.suffix),
            fold(&new.name()),
            folded(&new.taxvat),
            fold(&new.created_in),
            folded(&new.confirmation)
        ],
    );
    added.map_err(duplicate)?;
    put_attributes(sql, catalogue, new.id, &new.attributes)
}

/// Overwrites a customer's own columns; `old` is what is stored now.
pub fn change(sql: Session<'_>, catalogue: &Catalogue, old: &Customer, new: &Customer) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    let changed = sql.execute(
        "UPDATE customer SET website_id = ?3, store_id = ?4, group_id = ?5, email = ?6, email_folded = ?7, email_scope = ?8, \
         firstname = ?9, firstname_folded = ?10, lastname = ?11, lastname_folded = ?12, middlename = ?13, prefix = ?14, \
         suffix = ?15, dob = ?16, gender = ?17, taxvat = ?18, updated_at = ?19, created_in = ?20, confirmation = ?21, \
         default_billing = ?22, default_shipping = ?23, disable_auto_group_change = ?24, subscription = ?25, \
         assistance_allowed = ?26, middlename_folded = ?27, prefix_folded = ?28, suffix_folded = ?29, name_folded = ?30, \
         taxvat_folded = ?31, created_in_folded = ?32, confirmation_folded = ?33 WHERE tenant_id = ?1 AND id = ?2",
        params![
            tenant,
            new.id,
            new.website_id,
            new.store_id,
            new.group_id,
            &new.email,
            fold(&new.email),
            email_scope(catalogue, new.website_id),
            &new.firstname,
            fold(&new.firstname),
            &new.lastname,
            fold(&new.lastname),
            &new.middlename,
            &new.prefix,
            &new.suffix,
            &new.dob,
            new.gender,
            &new.taxvat,
            &new.updated_at,
            &new.created_in,
            &new.confirmation,
            new.default_billing,
            new.default_shipping,
            new.disable_auto_group_change,
            new.subscription.code(),
            new.assistance_allowed,
            folded(&new.middlename),
            folded(&new.prefix),
            folded(&new.suffix),
            fold(&new.name()),
            folded(&new.taxvat),
            fold(&new.created_in),
            folded(&new.confirmation)
        ],
    );
    changed.map_err(duplicate)?;
    counts::changed(sql, tenant, old, new)?;
    if old.email != new.email || old.name() != new.name() {
        infix::mark_stale(sql, tenant, new.id)?;
    }
    if old.attributes != new.attributes {
        sql.execute(
            "DELETE FROM customer_attribute WHERE tenant_id = ?1 AND customer_id = ?2",
            params![tenant, new.id],
        )?;
        put_attributes(sql, catalogue, new.id, &new.attributes)?;
    }
    Ok(())
}

/// Sets only the columns that a deleted default address changes, and the time.
pub fn change_defaults(sql: Session<'_>, tenant: i64, customer: &Customer) -> Result<()> {
    sql.execute(
        "UPDATE customer SET default_billing = ?3, default_shipping = ?4, updated_at = ?5 WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, customer.id, customer.default_billing, customer.default_shipping, &customer.updated_at],
    )?;
    Ok(())
}

/// Replaces the password hash; a reset link that is under way dies with the old one.
pub fn set_password_hash(sql: Session<'_>, tenant: i64, id: i64, hash: &str) -> Result<()> {
    sql.execute(
        "UPDATE customer SET password_hash = ?3, reset_token_hash = NULL, reset_token_created_at = NULL \
         WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, id, hash],
    )?;
    Ok(())
}

/// Remembers the hash of a token that lets the password be set, in place of the one before.
pub fn set_reset_token(sql: Session<'_>, tenant: i64, id: i64, hash: &str, now: &str) -> Result<()> {
    sql.execute(
        "UPDATE customer SET reset_token_hash = ?3, reset_token_created_at = ?4 WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, id, hash, now],
    )?;
    Ok(())
}

/// Forgets a reset link that is under way.
pub fn clear_reset_token(sql: Session<'_>, tenant: i64, id: i64) -> Result<()> {
    sql.execute(
        "UPDATE customer SET reset_token_hash = NULL, reset_token_created_at = NULL WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, id],
    )?;
    Ok(())
}

/// Deletes a customer with everything of its.
pub fn delete(sql: Session<'_>, tenant: i64, customer: &Customer) -> Result<()> {
    for address in &customer.addresses {
        delete_address(sql, tenant, address.id)?;
    }
    for table in ["customer_attribute", "customer_document", "customer_token", "customer_otp"] {
        let statement = format!("DELETE FROM {table} WHERE tenant_id = ?1 AND customer_id = ?2");
        sql.execute(&statement, params![tenant, customer.id])?;
    }
    sql.execute("DELETE FROM customer WHERE tenant_id = ?1 AND id = ?2", params![tenant, customer.id])?;
    infix::mark_stale(sql, tenant, customer.id)?;
    counts::deleted(sql, tenant, customer)
}

/// Keeps the customer as GET answers it.
pub fn put_document(sql: Session<'_>, tenant: i64, id: i64, body: &str) -> Result<()> {
    sql.execute(
        "INSERT INTO customer_document (tenant_id, customer_id, body) VALUES (?1, ?2, ?3) \
         ON CONFLICT (tenant_id, customer_id) DO UPDATE SET body = excluded.body",
        params![tenant, id, body],
    )?;
    Ok(())
}

fn put_attributes(
    sql: Session<'_>,
    catalogue: &Catalogue,
    customer_id: i64,
    values: &[AttributeValue],
) -> Result<()> {
    for value in values {
        let number = number(catalogue, value);
        let (folded, key) = (fold(&value.value), unique_key(catalogue, Entity::Customer, value));
        let added = sql.execute(
            "INSERT INTO customer_attribute (tenant_id, customer_id, attribute_id, value, folded, number, unique_key) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![catalogue.instance.tenant.0, customer_id, value.attribute_id, &value.value, folded, number, key],
        );
        added.map_err(|error| not_unique(error, catalogue, Entity::Customer, value.attribute_id))?;
    }
    Ok(())
}

/// What searches compare where the attribute holds numbers.
fn number(catalogue: &Catalogue, value: &AttributeValue) -> Option<f64> {
    catalogue.attribute(Entity::Customer, value.attribute_id)?.number(&value.value)
}

fn folded(text: &Option<String>) -> Option<String> {
    text.as_deref().map(fold)
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

fn attributes_of(sql: Session<'_>, tenant: i64, customer_id: i64) -> Result<Vec<AttributeValue>> {
    let query = "SELECT attribute_id, value FROM customer_attribute WHERE tenant_id = ?1 AND customer_id = ?2 \
                 ORDER BY attribute_id";
    Ok(sql.all(query, params![tenant, customer_id], attribute_value)?)
}

fn attribute_value(row: &Row<'_>) -> std::result::Result<AttributeValue, Error> {
    Ok(AttributeValue { attribute_id: row.int(0)?, value: row.string(1)? })
}

/// The columns that [`address`] reads.
pub(crate) const ADDRESS: &str = "id, country_id, region, region_id, street, company, telephone, fax, postcode, city, firstname, lastname, \
     middlename, prefix, suffix, vat_id";

/// The addresses of a customer, by id.
pub fn addresses_of(sql: Session<'_>, tenant: i64, customer_id: i64) -> Result<Vec<Address>> {
    let query = format!(
        "SELECT {ADDRESS} FROM customer_address WHERE tenant_id = ?1 AND customer_id = ?2 ORDER BY id"
    );
    let mut addresses = sql.all(&query, params![tenant, customer_id], address)?;
    for address in &mut addresses {
        address.attributes = address_attributes(sql, tenant, address.id)?;
    }
    Ok(addresses)
}

/// The customer that an address belongs to.
pub fn owner_of_address(sql: Session<'_>, tenant: i64, address_id: i64) -> Result<Option<i64>> {
    let query = "SELECT customer_id FROM customer_address WHERE tenant_id = ?1 AND id = ?2";
    Ok(sql.first(query, params![tenant, address_id], |row| row.int(0))?)
}

/// Reads [`ADDRESS`].
pub(crate) fn address(row: &Row<'_>) -> std::result::Result<Address, Error> {
    Ok(Address {
        id: row.int(0)?,
        country_id: row.string(1)?,
        region: row.opt_string(2)?,
        region_id: row.opt_int(3)?,
        street: row.text(4)?.split('\n').map(str::to_owned).collect(),
        company: row.opt_string(5)?,
        telephone: row.opt_string(6)?,
        fax: row.opt_string(7)?,
        postcode: row.opt_string(8)?,
        city: row.string(9)?,
        firstname: row.string(10)?,
        lastname: row.string(11)?,
        middlename: row.opt_string(12)?,
        prefix: row.opt_string(13)?,
        suffix: row.opt_string(14)?,
        vat_id: row.opt_string(15)?,
        attributes: Vec::new(),
    })
}

/// Adds an address, or overwrites the one with its id.
pub fn put_address(
    sql: Session<'_>,
    catalogue: &Catalogue,
    customer_id: i64,
    address: &Address,
) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    sql.execute(
        "INSERT INTO customer_address (tenant_id, id, customer_id, country_id, region, region_id, street, company, telephone, \
         fax, postcode, city, firstname, lastname, middlename, prefix, suffix, vat_id, region_folded, company_folded, \
         telephone_folded, postcode_folded, city_folded) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23) \
         ON CONFLICT (tenant_id, id) DO UPDATE SET country_id = excluded.country_id, region = excluded.region, \
         region_id = excluded.region_id, street = excluded.street, company = excluded.company, telephone = excluded.telephone, \
         fax = excluded.fax, postcode = excluded.postcode, city = excluded.city, firstname = excluded.firstname, \
         lastname = excluded.lastname, middlename = excluded.middlename, prefix = excluded.prefix, suffix = excluded.suffix, \
         vat_id = excluded.vat_id, region_folded = excluded.region_folded, company_folded = excluded.company_folded, \
         telephone_folded = excluded.telephone_folded, postcode_folded = excluded.postcode_folded, \
         city_folded = excluded.city_folded",
        params![
            tenant,
            address.id,
            customer_id,
            &address.country_id,
            &address.region,
            address.region_id,
            address.street.join("\n"),
            &address.company,
            &address.telephone,
            &address.fax,
            &address.postcode,
            &address.city,
            &address.firstname,
            &address.lastname,
            &address.middlename,
            &address.prefix,
            &address.suffix,
            &address.vat_id,
            folded(&address.region),
            folded(&address.company),
            folded(&address.telephone),
            folded(&address.postcode),
            fold(&address.city)
        ],
    )?;
    delete_address_attributes(sql, tenant, address.id)?;
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

/// Deletes an address.
pub fn delete_address(sql: Session<'_>, tenant: i64, id: i64) -> Result<()> {
    delete_address_attributes(sql, tenant, id)?;
    sql.execute("DELETE FROM customer_address WHERE tenant_id = ?1 AND id = ?2", params![tenant, id])?;
    Ok(())
}

fn delete_address_attributes(sql: Session<'_>, tenant: i64, address_id: i64) -> Result<()> {
    sql.execute(
        "DELETE FROM customer_address_attribute WHERE tenant_id = ?1 AND address_id = ?2",
        params![tenant, address_id],
    )?;
    Ok(())
}

fn address_attributes(sql: Session<'_>, tenant: i64, address_id: i64) -> Result<Vec<AttributeValue>> {
    let query = "SELECT attribute_id, value FROM customer_address_attribute WHERE tenant_id = ?1 AND address_id = ?2 \
                 ORDER BY attribute_id";
    Ok(sql.all(query, params![tenant, address_id], attribute_value)?)
}

/// The scope in which an e-mail address is unique.
pub fn email_scope(catalogue: &Catalogue, website_id: i64) -> i64 {
    if catalogue.shares_accounts() { 0 } else { website_id }
}

/// The refusal of an e-mail address that is taken.
pub fn email_is_taken() -> Fault {
    Fault::bad_request("A customer with the same email address already exists in an associated website.")
}

fn duplicate(error: Error) -> crate::Failure {
    if error.is_unique("customer") { email_is_taken().into() } else { error.into() }
}

/// The order of addresses on the wire: the default shipping address first, then by id.
pub fn wire_order(customer: &Customer) -> Vec<&model::Address> {
    let mut addresses: Vec<&model::Address> = customer.addresses.iter().collect();
    addresses.sort_by_key(|address| (customer.default_shipping != Some(address.id), address.id));
    addresses
}
