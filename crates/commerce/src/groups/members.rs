//! The members of a group that is deleted: they move to the default group of their store.

use patron_sql::{Session, params};

use super::api;
use crate::{
    Call,
    customers::counts::{self, Dimension},
    failure::Result,
};

/// Moves every member to the default group of its store, store by store: the work of the database, not one write a customer.
pub fn move_to_default(call: &Call<'_>, group_id: i64) -> Result<()> {
    for (store_id, members) in by_store(call.sql, call.tenant(), group_id)? {
        let default = api::default_group_of(call, store_id)?;
        move_members(call, group_id, store_id, default.id)?;
        counts::shift(call.sql, call.tenant(), Dimension::Group(group_id), -members)?;
        counts::shift(call.sql, call.tenant(), Dimension::Group(default.id), members)?;
    }
    Ok(())
}

/// How many members each store view has.
fn by_store(sql: Session<'_>, tenant: i64, group_id: i64) -> Result<Vec<(i64, i64)>> {
    let query = "SELECT store_id, COUNT(*) FROM customer WHERE tenant_id = ?1 AND group_id = ?2 GROUP BY store_id \
                 ORDER BY store_id";
    Ok(sql.all(query, params![tenant, group_id], |row| {
        Ok::<_, patron_sql::Error>((row.int(0)?, row.int(1)?))
    })?)
}

/// The kept documents show the old group, so they go; the next GET renders anew.
fn move_members(call: &Call<'_>, from: i64, store_id: i64, to: i64) -> Result<()> {
    call.sql.execute(
        "DELETE FROM customer_document WHERE tenant_id = ?1 AND customer_id IN \
         (SELECT id FROM customer WHERE tenant_id = ?1 AND group_id = ?2 AND store_id = ?3)",
        params![call.tenant(), from, store_id],
    )?;
    call.sql.execute(
        "UPDATE customer SET group_id = ?4, updated_at = ?5 WHERE tenant_id = ?1 AND group_id = ?2 AND store_id = ?3",
        params![call.tenant(), from, store_id, to, call.moment.text()],
    )?;
    Ok(())
}
