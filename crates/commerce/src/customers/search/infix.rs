//! Customers whose e-mail address or name contains a text, found by trigrams.
//!
//! Indexing with the write costs a new customer far more than indexing later, many at once (`docs/performance.md`): the index writes a
//! piece of itself at every savepoint, and each unit of work has one. So a write only notes what the index does not know: nothing at all
//! for a new customer, whose id is beyond [`indexed_to`], one small row for a renamed or deleted one. A search looks at those one by one,
//! and [`catch_up`] indexes them when the writer has time. Either way answers are exact: whom the index knows it knows by itself where
//! the [query](Query) is exact, and everybody else's row is tested.
//!
//! This is SQLite's own (FTS5); on another engine [`Hits::of`] has none, and the column's index is read instead.

use patron_sql::{Engine, Session, params};

use super::{columns::PRIMARY, compile::Condition, order::Direction, render::Statement, trigrams::Query};
use crate::failure::Result;

/// Customers that are worth finding by trigram: one costs a jump to its row, where reading an index in order costs a step.
const RARE: i64 = 5_000;

/// Where no row is read, one in so many customers is worth finding by trigram too.
const SHARE: i64 = 100;

/// A row id of the index is the tenant, then the customer in so many bits.
const CUSTOMER_BITS: u32 = 40;

/// What the index finds for a condition, when that is little enough.
#[derive(Debug)]
pub struct Hits {
    tenant: i64,
    query: Query,
    indexed_to: i64,
    /// Customers that the index finds.
    pub indexed: i64,
    /// Customers whom the index does not know as they are.
    pub unknown: i64,
}

impl Hits {
    /// The hits for a condition; None when they are too many, or cannot be asked for. When no other condition is there, nothing but the
    /// index may have to be read for `all` customers.
    pub fn of(
        sql: Session<'_>,
        tenant: i64,
        condition: &Condition,
        alone: Option<i64>,
    ) -> Result<Option<Self>> {
        let Some(query) = Query::of(condition).filter(|_| sql.engine() == Engine::Sqlite) else {
            return Ok(None);
        };
        let counted = "SELECT (SELECT count(*) FROM (SELECT 1 FROM customer WHERE tenant_id = ?1 AND id > ?2 LIMIT ?3)), \
                       (SELECT count(*) FROM (SELECT 1 FROM customer_search_stale WHERE tenant_id = ?1 LIMIT ?3))";
        let indexed_to = indexed_to(sql, tenant)?;
        let unknown = sql.one(counted, params![tenant, indexed_to, RARE + 1], |row| {
            Ok::<_, patron_sql::Error>(row.int(0)? + row.int(1)?)
        })?;
        if unknown > RARE {
            return Ok(None);
        }
        let most = alone.filter(|_| query.is_exact).map_or(RARE, |all| RARE.max(all / SHARE));
        let found = "SELECT count(*) FROM (SELECT 1 FROM customer_search WHERE customer_search MATCH ?1 AND rowid BETWEEN ?2 AND ?3 LIMIT ?4)";
        let (first, last) = row_ids(tenant);
        let indexed =
            sql.one(found, params![query.text.as_str(), first, last, most + 1], |row| row.int(0))?;
        Ok((indexed <= most).then_some(Self { tenant, query, indexed_to, indexed, unknown }))
    }

    /// Are those who pass the condition known without a look at the rows of those whom the index knows?
    pub fn is_exact(&self) -> bool {
        self.query.is_exact
    }

    /// The number of those who pass, if it is known already.
    pub fn total(&self) -> Option<i64> {
        (self.query.is_exact && self.unknown == 0).then_some(self.indexed)
    }

    /// Adds the condition that a customer is among those to look at.
    pub fn push_candidates(&self, statement: &mut Statement) {
        let (first, last) = row_ids(self.tenant);
        statement.push("c.id IN (SELECT rowid - ").bind(first.into());
        statement
            .push(" FROM customer_search WHERE customer_search MATCH ")
            .bind(self.query.text.clone().into());
        statement.push(" AND rowid BETWEEN ").bind(first.into()).push(" AND ").bind(last.into());
        statement.push(" UNION ALL SELECT ");
        self.push_unknown(statement);
        statement.push(")");
    }

    /// Adds a query for the ids of those who pass, for [exact](Self::is_exact) hits; each once.
    pub fn push_exact(&self, statement: &mut Statement, condition: &Condition) {
        let (first, last) = row_ids(self.tenant);
        statement.push("SELECT rowid - ").bind(first.into()).push(" AS id");
        statement
            .push(" FROM customer_search WHERE customer_search MATCH ")
            .bind(self.query.text.clone().into());
        statement.push(" AND rowid BETWEEN ").bind(first.into()).push(" AND ").bind(last.into());
        if self.unknown == 0 {
            return;
        }
        statement.push(" AND rowid - ").bind(first.into());
        statement.push(" NOT IN (SELECT customer_id FROM customer_search_stale WHERE tenant_id = ?1) UNION ALL SELECT c.id FROM ");
        statement.table("customer", "c", Some(PRIMARY)).push(" WHERE c.tenant_id = ?1 AND c.id IN (SELECT ");
        self.push_unknown(statement);
        statement.push(") AND ").test(&condition.column, &condition.test);
    }

    /// Adds the order by id of [`Self::push_exact`]. The index gives it by itself, if asked for its row ids.
    pub fn push_order(&self, statement: &mut Statement, direction: Direction) {
        statement
            .push(if self.unknown == 0 { " ORDER BY rowid" } else { " ORDER BY 1" })
            .push(direction.sql());
    }

    /// Adds what stands after SELECT in a query for the ids of those whom the index does not know as they are.
    fn push_unknown(&self, statement: &mut Statement) {
        statement.push("id FROM customer WHERE tenant_id = ?1 AND id > ").bind(self.indexed_to.into());
        statement.push(" UNION ALL SELECT customer_id FROM customer_search_stale WHERE tenant_id = ?1");
    }
}

/// Notes that what the index knows of a customer is no longer so.
pub fn mark_stale(sql: Session<'_>, tenant: i64, customer_id: i64) -> Result<()> {
    sql.execute(
        "INSERT INTO customer_search_stale (tenant_id, customer_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![tenant, customer_id],
    )?;
    Ok(())
}

/// Instances that have something to index.
pub fn behind(sql: Session<'_>) -> Result<Vec<i64>> {
    let query = "SELECT i.tenant_id FROM instance i WHERE EXISTS (SELECT 1 FROM customer_search_stale s WHERE s.tenant_id = i.tenant_id) \
                 OR EXISTS (SELECT 1 FROM customer c WHERE c.tenant_id = i.tenant_id AND c.id > \
                 COALESCE((SELECT indexed_to FROM customer_search_state t WHERE t.tenant_id = i.tenant_id), 0)) ORDER BY i.tenant_id";
    Ok(sql.all(query, params![], |row| row.int(0))?)
}

/// Brings at most `limit` customers of an instance into the index, in the caller's unit of work; answers how many it did, so that less
/// than `limit` means done. Some 1000 at a time keep other writes waiting for about 20 ms.
pub fn catch_up(sql: Session<'_>, tenant: i64, limit: i64) -> Result<i64> {
    if sql.engine() != Engine::Sqlite {
        return Ok(0);
    }
    let query =
        "SELECT customer_id FROM customer_search_stale WHERE tenant_id = ?1 ORDER BY customer_id LIMIT ?2";
    let stale: Vec<i64> = sql.all(query, params![tenant, limit], |row| row.int(0))?;
    let indexed_to = indexed_to(sql, tenant)?;
    let (base, _) = row_ids(tenant);
    for id in stale.iter().copied() {
        if id <= indexed_to {
            sql.execute("DELETE FROM customer_search WHERE rowid = ?1", params![base + id])?;
            insert(sql, tenant, id, id)?;
        }
        sql.execute(
            "DELETE FROM customer_search_stale WHERE tenant_id = ?1 AND customer_id = ?2",
            params![tenant, id],
        )?;
    }
    let done = stale.len() as i64;
    let query = "SELECT max(id), count(*) FROM (SELECT id FROM customer WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3)";
    let next = sql.one(query, params![tenant, indexed_to, limit - done], |row| {
        Ok::<_, patron_sql::Error>((row.opt_int(0)?, row.int(1)?))
    })?;
    let (Some(last), added) = next else { return Ok(done) };
    insert(sql, tenant, indexed_to + 1, last)?;
    sql.execute(
        "INSERT INTO customer_search_state (tenant_id, indexed_to) VALUES (?1, ?2) \
         ON CONFLICT (tenant_id) DO UPDATE SET indexed_to = excluded.indexed_to",
        params![tenant, last],
    )?;
    Ok(done + added)
}

/// Forgets an instance that is deleted.
pub fn forget(sql: Session<'_>, tenant: i64) -> Result<()> {
    if sql.engine() == Engine::Sqlite {
        let (first, last) = row_ids(tenant);
        sql.execute("DELETE FROM customer_search WHERE rowid BETWEEN ?1 AND ?2", params![first, last])?;
    }
    Ok(())
}

fn insert(sql: Session<'_>, tenant: i64, first: i64, last: i64) -> Result<()> {
    sql.execute(
        "INSERT INTO customer_search (rowid, email, firstname, lastname, name) \
         SELECT ?2 + id, email_folded, firstname_folded, lastname_folded, name_folded FROM customer \
         WHERE tenant_id = ?1 AND id BETWEEN ?3 AND ?4 ORDER BY id",
        params![tenant, row_ids(tenant).0, first, last],
    )?;
    Ok(())
}

fn indexed_to(sql: Session<'_>, tenant: i64) -> Result<i64> {
    let query = "SELECT indexed_to FROM customer_search_state WHERE tenant_id = ?1";
    Ok(sql.first(query, params![tenant], |row| row.int(0))?.unwrap_or(0))
}

fn row_ids(tenant: i64) -> (i64, i64) {
    let first = tenant << CUSTOMER_BITS;
    (first, first + (1 << CUSTOMER_BITS) - 1)
}
