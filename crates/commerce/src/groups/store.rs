//! All SQL of customer groups but for their search and their members.

use std::collections::HashMap;

use patron_sql::{Error, Row, Session, params};
use patron_webapi::{Fault, collation::fold};

use super::{Group, model::GroupExtension};
use crate::{
    Failure,
    failure::Result,
    instances::counters::{self, Counter},
    tax::RETAIL_CUSTOMER,
};

/// The columns that [`group`] reads, of [`TABLES`].
pub(super) const COLUMNS: &str =
    "customer_group.id, customer_group.code, customer_group.tax_class_id, tax_class.name";

/// A group with its tax class.
pub(super) const TABLES: &str = "customer_group LEFT JOIN tax_class ON tax_class.tenant_id = customer_group.tenant_id \
                                 AND tax_class.id = customer_group.tax_class_id";

/// The groups of a fresh instance.
pub fn seed(sql: Session<'_>, tenant: i64) -> Result<()> {
    for (id, code) in [(0, "NOT LOGGED IN"), (1, "General"), (2, "Wholesale"), (3, "Retailer")] {
        add(sql, tenant, id, code, RETAIL_CUSTOMER)?;
    }
    counters::start_after(sql, tenant, Counter::Group, 3)
}

/// The group under this id, without its exclusions.
pub fn find(sql: Session<'_>, tenant: i64, id: i64) -> Result<Option<Group>> {
    let query = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE customer_group.tenant_id = ?1 AND customer_group.id = ?2"
    );
    Ok(sql.first(&query, params![tenant, id], group)?)
}

/// The group under this id as GET shows it.
pub fn find_whole(sql: Session<'_>, tenant: i64, id: i64) -> Result<Option<Group>> {
    let Some(mut group) = find(sql, tenant, id)? else { return Ok(None) };
    let query = "SELECT website_id FROM customer_group_excluded_website WHERE tenant_id = ?1 AND group_id = ?2 \
                 ORDER BY website_id";
    let excluded = sql.all(query, params![tenant, id], |row| row.int(0))?;
    group.extension_attributes = GroupExtension::of_stored(excluded);
    Ok(Some(group))
}

/// Is there such a group?
pub fn exists(sql: Session<'_>, tenant: i64, id: i64) -> Result<bool> {
    let query = "SELECT 1 FROM customer_group WHERE tenant_id = ?1 AND id = ?2";
    Ok(sql.first(query, params![tenant, id], |row| row.int(0))?.is_some())
}

/// Is any group taxed by this class?
pub fn any_of_tax_class(sql: Session<'_>, tenant: i64, tax_class_id: i64) -> Result<bool> {
    let query = "SELECT 1 FROM customer_group WHERE tenant_id = ?1 AND tax_class_id = ?2";
    Ok(sql.first(query, params![tenant, tax_class_id], |row| row.int(0))?.is_some())
}

/// Adds a group under an id of its own; a name that is taken is refused by the index.
pub fn add(sql: Session<'_>, tenant: i64, id: i64, code: &str, tax_class_id: i64) -> Result<()> {
    let added = sql.execute(
        "INSERT INTO customer_group (tenant_id, id, code, code_folded, tax_class_id) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![tenant, id, code, fold(code), tax_class_id],
    );
    added.map(drop).map_err(already_exists)
}

/// Overwrites a group; a name that another has is refused by the index.
pub fn change(sql: Session<'_>, tenant: i64, id: i64, code: &str, tax_class_id: i64) -> Result<()> {
    let changed = sql.execute(
        "UPDATE customer_group SET code = ?3, code_folded = ?4, tax_class_id = ?5 WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, id, code, fold(code), tax_class_id],
    );
    changed.map(drop).map_err(already_exists)
}

/// Deletes a group and its exclusions; its members were moved before.
pub fn delete(sql: Session<'_>, tenant: i64, id: i64) -> Result<()> {
    clear_excluded(sql, tenant, id)?;
    sql.execute("DELETE FROM customer_group WHERE tenant_id = ?1 AND id = ?2", params![tenant, id])?;
    Ok(())
}

/// Replaces the websites that a group's members may not use.
pub fn put_excluded(sql: Session<'_>, tenant: i64, id: i64, website_ids: &[i64]) -> Result<()> {
    clear_excluded(sql, tenant, id)?;
    for website_id in website_ids {
        sql.execute(
            "INSERT INTO customer_group_excluded_website (tenant_id, group_id, website_id) VALUES (?1, ?2, ?3) \
             ON CONFLICT (tenant_id, group_id, website_id) DO NOTHING",
            params![tenant, id, *website_id],
        )?;
    }
    Ok(())
}

/// The exclusions of all groups.
pub fn excluded_by_group(sql: Session<'_>, tenant: i64) -> Result<HashMap<i64, Vec<i64>>> {
    let mut excluded: HashMap<i64, Vec<i64>> = HashMap::new();
    let query = "SELECT group_id, website_id FROM customer_group_excluded_website WHERE tenant_id = ?1 \
                 ORDER BY group_id, website_id";
    sql.each(query, params![tenant], |row| -> Result<(), Error> {
        excluded.entry(row.int(0)?).or_default().push(row.int(1)?);
        Ok(())
    })?;
    Ok(excluded)
}

pub(super) fn group(row: &Row<'_>) -> Result<Group, Error> {
    Ok(Group {
        id: row.int(0)?,
        code: row.string(1)?,
        tax_class_id: row.int(2)?,
        tax_class_name: row.opt_string(3)?,
        extension_attributes: None,
    })
}

fn clear_excluded(sql: Session<'_>, tenant: i64, id: i64) -> Result<()> {
    sql.execute(
        "DELETE FROM customer_group_excluded_website WHERE tenant_id = ?1 AND group_id = ?2",
        params![tenant, id],
    )?;
    Ok(())
}

fn already_exists(error: Error) -> Failure {
    if error.is_unique("customer_group") {
        return Fault::bad_request("Customer Group already exists.").into();
    }
    error.into()
}
