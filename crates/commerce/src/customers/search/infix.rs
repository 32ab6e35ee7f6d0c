//! Customers whose e-mail address or name contains a text, found by trigrams.
//!
//! Indexing with the write costs a new customer far more than indexing later, many at once (`docs/performance.md`): the index writes a
//! piece of itself at every savepoint, and each unit of work has one. So a write only notes what the index does not know: nothing at all for a new customer, whose id is beyond [`indexed_to`], one small row
//! for a renamed or deleted one. A search looks at those one by one, and [`catch_up`] indexes them when the writer has time. Either
//! way answers are exact: the index only says where to look, and every row is tested again.
//!
//! This is SQLite's own (FTS5); on another engine [`is_rare`] says no, and the column's index is read instead.

use patron_sql::{Engine, Session, params};

use super::{compile::Condition, render::Statement};
use crate::failure::Result;

/// Customers that are worth finding by trigram: one costs a jump to its row, where reading an index in order costs a step.
const RARE: i64 = 5_000;

/// Trigrams asked for at most: each halves what is left at least, and costs a list.
const TRIGRAMS: usize = 12;

/// A row id of the index is the tenant, then the customer in so many bits.
const CUSTOMER_BITS: u32 = 40;

/// What the index can be asked for on behalf of a condition: None when its text is too short, or none.
pub fn query_of(condition: &Condition) -> Option<String> {
    let text = condition.test.contained().filter(|_| condition.column.has_trigrams)?;
    let characters: Vec<char> = text.chars().collect();
    if characters.len() < 3 || characters.iter().any(|character| character.is_control()) {
        return None;
    }
    let trigrams = characters.windows(3);
    let step = trigrams.len().div_ceil(TRIGRAMS);
    let quoted =
        |trigram: &[char]| format!("\"{}\"", trigram.iter().collect::<String>().replace('"', "\"\""));
    Some(trigrams.step_by(step).map(quoted).collect::<Vec<_>>().join(" AND "))
}

/// Is what a query finds, with what the index does not know yet, little enough to be looked at row by row?
pub fn is_rare(sql: Session<'_>, tenant: i64, query: &str) -> Result<bool> {
    if sql.engine() != Engine::Sqlite {
        return Ok(false);
    }
    let counted = "SELECT (SELECT count(*) FROM (SELECT 1 FROM customer WHERE tenant_id = ?1 AND id > ?2 LIMIT ?3)), \
                   (SELECT count(*) FROM (SELECT 1 FROM customer_search_stale WHERE tenant_id = ?1 LIMIT ?3))";
    let indexed_to = indexed_to(sql, tenant)?;
    let unknown = sql.one(counted, params![tenant, indexed_to, RARE + 1], |row| {
        Ok::<_, patron_sql::Error>(row.int(0)? + row.int(1)?)
    })?;
    if unknown > RARE {
        return Ok(false);
    }
    let found = "SELECT count(*) FROM (SELECT 1 FROM customer_search WHERE customer_search MATCH ?1 AND rowid BETWEEN ?2 AND ?3 LIMIT ?4)";
    let (first, last) = row_ids(tenant);
    let found = sql.one(found, params![query, first, last, RARE + 1], |row| row.int(0))?;
    Ok(found <= RARE)
}

/// Adds the condition that a customer is among those to look at.
pub fn push_candidates(statement: &mut Statement, sql: Session<'_>, tenant: i64, query: &str) -> Result<()> {
    let (first, last) = row_ids(tenant);
    statement.push("c.id IN (SELECT rowid - ").bind(first.into());
    statement.push(" FROM customer_search WHERE customer_search MATCH ").bind(query.to_owned().into());
    statement.push(" AND rowid BETWEEN ").bind(first.into()).push(" AND ").bind(last.into());
    statement
        .push(" UNION ALL SELECT id FROM customer WHERE tenant_id = ?1 AND id > ")
        .bind(indexed_to(sql, tenant)?.into());
    statement.push(" UNION ALL SELECT customer_id FROM customer_search_stale WHERE tenant_id = ?1)");
    Ok(())
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
    // The line end keeps the two apart; no query holds one.
    sql.execute(
        "INSERT INTO customer_search (rowid, text) SELECT ?2 + id, email_folded || char(10) || name_folded FROM customer \
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
