//! All SQL of tax classes but for their search. Their table is in the groups' schema: a group cannot be without one.

use patron_sql::{Error, Row, Session, params};
use patron_webapi::{Fault, collation::fold};

use super::{CUSTOMER, PRODUCT, RETAIL_CUSTOMER, TaxClass};
use crate::{
    Failure,
    failure::Result,
    instances::counters::{self, Counter},
};

/// The columns that [`tax_class`] reads.
pub(super) const COLUMNS: &str = "id, name, type";

/// The tax classes of a fresh instance; id 1 is unused in the original too.
pub fn seed(sql: Session<'_>, tenant: i64) -> Result<()> {
    add(sql, tenant, 2, "Taxable Goods", PRODUCT)?;
    add(sql, tenant, RETAIL_CUSTOMER, "Retail Customer", CUSTOMER)?;
    counters::start_after(sql, tenant, Counter::TaxClass, RETAIL_CUSTOMER)
}

/// The tax class under this id.
pub fn find(sql: Session<'_>, tenant: i64, id: i64) -> Result<Option<TaxClass>> {
    let query = format!("SELECT {COLUMNS} FROM tax_class WHERE tenant_id = ?1 AND id = ?2");
    Ok(sql.first(&query, params![tenant, id], tax_class)?)
}

/// Adds a tax class under an id of its own; a name that is taken within the type is refused by the index.
pub fn add(sql: Session<'_>, tenant: i64, id: i64, name: &str, class_type: &str) -> Result<()> {
    let added = sql.execute(
        "INSERT INTO tax_class (tenant_id, id, name, name_folded, type) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![tenant, id, name, fold(name), class_type],
    );
    added.map(drop).map_err(|error| already_exists(error, class_type))
}

/// Renames a tax class; a name that another of its type has is refused by the index.
pub fn rename(sql: Session<'_>, tenant: i64, class: &TaxClass, name: &str) -> Result<()> {
    let changed = sql.execute(
        "UPDATE tax_class SET name = ?3, name_folded = ?4 WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, class.id, name, fold(name)],
    );
    changed.map(drop).map_err(|error| already_exists(error, &class.class_type))
}

/// Deletes a tax class.
pub fn delete(sql: Session<'_>, tenant: i64, id: i64) -> Result<()> {
    sql.execute("DELETE FROM tax_class WHERE tenant_id = ?1 AND id = ?2", params![tenant, id])?;
    Ok(())
}

pub(super) fn tax_class(row: &Row<'_>) -> Result<TaxClass, Error> {
    Ok(TaxClass { id: row.int(0)?, name: row.string(1)?, class_type: row.string(2)? })
}

fn already_exists(error: Error, class_type: &str) -> Failure {
    if error.is_unique("tax_class") {
        let text = "A class with the same name already exists for ClassType %1.";
        return Fault::bad_request(text).positional([class_type.into()]).into();
    }
    error.into()
}
