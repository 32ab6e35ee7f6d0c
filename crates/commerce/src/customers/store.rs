//! All SQL of customers. Their addresses and attribute values have files of their own below.

use patron_sql::{Error, Row, Session, params};
use patron_webapi::{Fault, collation::fold};

use super::{Customer, Subscription, account::reset::ResetToken, counts, model, search::infix};
use crate::{failure::Result, instances::Catalogue};

mod addresses;
mod attributes;

pub(crate) use addresses::ADDRESS;
pub(crate) use addresses::address;
pub use addresses::{addresses_of, delete_address, owner_of_address, put_address};

/// The columns that [`customer`] reads.
pub(crate) const COLUMNS: &str = "id, website_id, store_id, group_id, email, firstname, lastname, middlename, prefix, suffix, dob, gender, \
     taxvat, created_at, updated_at, created_in, confirmation, default_billing, default_shipping, \
     disable_auto_group_change, subscription, assistance_allowed, last_login_at";

/// The customer under this id, with addresses and attribute values.
pub fn find(sql: Session<'_>, tenant: i64, id: i64) -> Result<Option<Customer>> {
    let query = format!("SELECT {COLUMNS} FROM customer WHERE tenant_id = ?1 AND id = ?2");
    let Some(mut customer) = sql.first(&query, params![tenant, id], customer)? else { return Ok(None) };
    customer.addresses = addresses_of(sql, tenant, id)?;
    customer.attributes = attributes::of_customer(sql, tenant, id)?;
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

/// What opens a new customer's account.
#[derive(Clone, Copy, Default)]
pub struct Opens<'o> {
    /// The hash of its password, if it has one.
    pub password_hash: Option<&'o str>,
    /// What lets a password be set.
    pub reset_token: Option<&'o ResetToken>,
}

/// Adds a customer without its addresses; the unique index is the last guard against a second one of the same address.
pub fn add(sql: Session<'_>, catalogue: &Catalogue, new: &Customer, opens: Opens<'_>) -> Result<()> {
    add_uncounted(sql, catalogue, new, opens)?;
    counts::added(sql, catalogue.instance.tenant.0, new)
}

/// [`add`] for a caller who counts many at once.
pub fn add_uncounted(
    sql: Session<'_>,
    catalogue: &Catalogue,
    new: &Customer,
    opens: Opens<'_>,
) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    let added = sql.execute(
        "INSERT INTO customer (tenant_id, id, website_id, store_id, group_id, email, email_folded, email_scope, firstname, \
         firstname_folded, lastname, lastname_folded, middlename, prefix, suffix, dob, gender, taxvat, created_at, updated_at, \
         created_in, confirmation, default_billing, default_shipping, disable_auto_group_change, subscription, \
         assistance_allowed, password_hash, failures_num, middlename_folded, prefix_folded, suffix_folded, name_folded, \
         taxvat_folded, created_in_folded, confirmation_folded, reset_token_hash, reset_token_created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, \
         ?25, ?26, ?27, ?28, 0, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37)",
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
            opens.password_hash,
            folded(&new.middlename),
            folded(&new.prefix),
            folded(&new.suffix),
            fold(&new.name()),
            folded(&new.taxvat),
            fold(&new.created_in),
            folded(&new.confirmation),
            opens.reset_token.map(|token| token.hash.as_str()),
            opens.reset_token.map(|token| token.made_at.as_str())
        ],
    );
    added.map_err(duplicate)?;
    attributes::put(sql, catalogue, new)
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
    let is_renamed =
        old.firstname != new.firstname || old.lastname != new.lastname || old.name() != new.name();
    if is_renamed || old.email != new.email {
        infix::mark_stale(sql, tenant, new.id)?;
    }
    if old.attributes != new.attributes {
        sql.execute(
            "DELETE FROM customer_attribute WHERE tenant_id = ?1 AND customer_id = ?2",
            params![tenant, new.id],
        )?;
        attributes::put(sql, catalogue, new)?;
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

fn folded(text: &Option<String>) -> Option<String> {
    text.as_deref().map(fold)
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
