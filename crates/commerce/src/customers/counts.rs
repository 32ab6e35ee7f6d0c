//! Exact numbers of customers, kept in the transaction of every write, so that counting never reads customers.

use patron_sql::{Session, params};

use super::Customer;
use crate::failure::Result;

/// What customers are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// All of an instance.
    All,
    /// Of a website.
    Website(i64),
    /// Of a store view.
    Store(i64),
    /// Of a group.
    Group(i64),
}

impl Dimension {
    fn columns(self) -> (&'static str, i64) {
        match self {
            Self::All => ("all", 0),
            Self::Website(id) => ("website", id),
            Self::Store(id) => ("store", id),
            Self::Group(id) => ("group", id),
        }
    }

    /// Those that a customer counts in.
    pub fn of(customer: &Customer) -> [Self; 4] {
        [
            Self::All,
            Self::Website(customer.website_id),
            Self::Store(customer.store_id),
            Self::Group(customer.group_id),
        ]
    }
}

/// The number of customers in a dimension.
pub fn count(sql: Session<'_>, tenant: i64, dimension: Dimension) -> Result<i64> {
    let (name, value) = dimension.columns();
    let query = "SELECT customers FROM customer_count WHERE tenant_id = ?1 AND dimension = ?2 AND value = ?3";
    Ok(sql.first(query, params![tenant, name, value], |row| row.int(0))?.unwrap_or(0))
}

/// A customer was added.
pub fn added(sql: Session<'_>, tenant: i64, customer: &Customer) -> Result<()> {
    let [(d1, v1), (d2, v2), (d3, v3), (d4, v4)] = Dimension::of(customer).map(Dimension::columns);
    sql.execute(
        "INSERT INTO customer_count (tenant_id, dimension, value, customers) \
         VALUES (?1, ?2, ?3, 1), (?1, ?4, ?5, 1), (?1, ?6, ?7, 1), (?1, ?8, ?9, 1) \
         ON CONFLICT (tenant_id, dimension, value) DO UPDATE SET customers = customer_count.customers + excluded.customers",
        params![tenant, d1, v1, d2, v2, d3, v3, d4, v4],
    )?;
    Ok(())
}

/// A customer was deleted.
pub fn deleted(sql: Session<'_>, tenant: i64, customer: &Customer) -> Result<()> {
    Dimension::of(customer).into_iter().try_for_each(|dimension| shift(sql, tenant, dimension, -1))
}

/// A customer was changed; only what it moved between is touched.
pub fn changed(sql: Session<'_>, tenant: i64, old: &Customer, new: &Customer) -> Result<()> {
    for (before, after) in Dimension::of(old).into_iter().zip(Dimension::of(new)) {
        if before != after {
            shift(sql, tenant, before, -1)?;
            shift(sql, tenant, after, 1)?;
        }
    }
    Ok(())
}

/// Adds `by` (which may be negative) to the number of a dimension.
pub fn shift(sql: Session<'_>, tenant: i64, dimension: Dimension, by: i64) -> Result<()> {
    let (name, value) = dimension.columns();
    sql.execute(
        "INSERT INTO customer_count (tenant_id, dimension, value, customers) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (tenant_id, dimension, value) DO UPDATE SET customers = customer_count.customers + excluded.customers",
        params![tenant, name, value, by],
    )?;
    Ok(())
}
