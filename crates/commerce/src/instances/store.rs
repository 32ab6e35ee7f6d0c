//! All SQL of instances, websites, stores and settings.

use std::collections::HashMap;

use patron_sql::{Engine, Error, Number, Row, Session, params};

use super::{Instance, StoreGroup, StoreView, TenantId, Website, catalogue::StoredScope};
use crate::{customers::search::infix, failure::Result, schema};

const INSTANCE: &str = "tenant_id, code, organisation_id, name, region, environment, created_at, version";

/// How often an instance was changed, by its tenant code.
pub const VERSION: Number = Number { table: "instance", sql: "SELECT version FROM instance WHERE code = ?1" };

/// The version of the instance with this tenant code.
pub fn version(sql: Session<'_>, code: &str) -> Result<Option<i64>> {
    Ok(sql.number(&VERSION, code.into())?)
}

/// The instance with this tenant code.
pub fn find(sql: Session<'_>, code: &str) -> Result<Option<Instance>> {
    let query = select(INSTANCE, "WHERE code = ?1");
    Ok(sql.first(&query, params![code], instance)?)
}

/// Every instance, oldest first.
pub fn all(sql: Session<'_>) -> Result<Vec<Instance>> {
    Ok(sql.all(&select(INSTANCE, "ORDER BY tenant_id"), params![], instance)?)
}

/// The instances of an organisation, oldest first.
pub fn of_organisation(sql: Session<'_>, organisation_id: i64) -> Result<Vec<Instance>> {
    let query = select(INSTANCE, "WHERE organisation_id = ?1 ORDER BY tenant_id");
    Ok(sql.all(&query, params![organisation_id], instance)?)
}

fn select(columns: &str, rest: &str) -> String {
    format!("SELECT {columns} FROM instance {rest}")
}

fn instance(row: &Row<'_>) -> std::result::Result<Instance, Error> {
    Ok(Instance {
        tenant: TenantId(row.int(0)?),
        code: row.string(1)?,
        organisation_id: row.int(2)?,
        name: row.string(3)?,
        region: row.string(4)?,
        environment: row.string(5)?,
        created_at: row.string(6)?,
        version: row.int(7)?,
    })
}

/// Adds an instance.
pub fn add(sql: Session<'_>, new: &Instance) -> Result<()> {
    sql.execute(
        "INSERT INTO instance (tenant_id, code, organisation_id, name, region, environment, created_at, version) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            new.tenant.0,
            &new.code,
            new.organisation_id,
            &new.name,
            &new.region,
            &new.environment,
            &new.created_at,
            new.version
        ],
    )?;
    Ok(())
}

/// Tells every cached catalogue of this instance that it is out of date.
///
/// The step is random, up to 2^32: a change may be rolled back after its own unit has read the catalogue, and counting by ones, the
/// next change would reach the version that the cache has of the one that never happened.
pub fn touch(sql: Session<'_>, tenant: i64) -> Result<()> {
    let change = match sql.engine() {
        Engine::Sqlite => {
            "UPDATE instance SET version = version + 1 + (random() & 4294967295) WHERE tenant_id = ?1"
        }
        Engine::Postgres => {
            "UPDATE instance SET version = version + 1 + CAST(random() * 4294967295 AS BIGINT) WHERE tenant_id = ?1"
        }
    };
    sql.execute(change, params![tenant])?;
    Ok(())
}

/// Deletes an instance and every row of its.
pub fn delete(sql: Session<'_>, tenant: i64) -> Result<()> {
    infix::forget(sql, tenant)?;
    for table in schema::TENANT_TABLES {
        sql.execute(&format!("DELETE FROM {table} WHERE tenant_id = ?1"), params![tenant])?;
    }
    sql.execute("DELETE FROM instance WHERE tenant_id = ?1", params![tenant])?;
    Ok(())
}

/// The websites by id.
pub fn websites(sql: Session<'_>, tenant: i64) -> Result<Vec<Website>> {
    let query = "SELECT id, code, name, default_group_id FROM website WHERE tenant_id = ?1 ORDER BY id";
    Ok(sql.all(query, params![tenant], |row| {
        Ok::<_, Error>(Website {
            id: row.int(0)?,
            code: row.string(1)?,
            name: row.string(2)?,
            default_group_id: row.int(3)?,
        })
    })?)
}

/// The stores by id.
pub fn store_groups(sql: Session<'_>, tenant: i64) -> Result<Vec<StoreGroup>> {
    let query = "SELECT id, website_id, root_category_id, default_store_id, name, code FROM store_group \
                 WHERE tenant_id = ?1 ORDER BY id";
    Ok(sql.all(query, params![tenant], |row| {
        Ok::<_, Error>(StoreGroup {
            id: row.int(0)?,
            website_id: row.int(1)?,
            root_category_id: row.int(2)?,
            default_store_id: row.int(3)?,
            name: row.string(4)?,
            code: row.string(5)?,
        })
    })?)
}

/// The store views by id.
pub fn store_views(sql: Session<'_>, tenant: i64) -> Result<Vec<StoreView>> {
    let query = "SELECT id, code, name, website_id, group_id, is_active, sort_order FROM store_view \
                 WHERE tenant_id = ?1 ORDER BY id";
    Ok(sql.all(query, params![tenant], |row| {
        Ok::<_, Error>(StoreView {
            id: row.int(0)?,
            code: row.string(1)?,
            name: row.string(2)?,
            website_id: row.int(3)?,
            store_group_id: row.int(4)?,
            is_active: row.int(5)?,
            sort_order: row.int(6)?,
        })
    })?)
}

/// Adds a website.
pub fn add_website(sql: Session<'_>, tenant: i64, new: &Website, sort_order: i64) -> Result<()> {
    sql.execute(
        "INSERT INTO website (tenant_id, id, code, name, default_group_id, sort_order) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![tenant, new.id, &new.code, &new.name, new.default_group_id, sort_order],
    )?;
    Ok(())
}

/// Adds a store.
pub fn add_store_group(sql: Session<'_>, tenant: i64, new: &StoreGroup) -> Result<()> {
    sql.execute(
        "INSERT INTO store_group (tenant_id, id, website_id, code, name, root_category_id, default_store_id) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            tenant,
            new.id,
            new.website_id,
            &new.code,
            &new.name,
            new.root_category_id,
            new.default_store_id
        ],
    )?;
    Ok(())
}

/// Adds a store view.
pub fn add_store_view(sql: Session<'_>, tenant: i64, new: &StoreView) -> Result<()> {
    sql.execute(
        "INSERT INTO store_view (tenant_id, id, code, name, website_id, group_id, is_active, sort_order) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            tenant,
            new.id,
            &new.code,
            &new.name,
            new.website_id,
            new.store_group_id,
            new.is_active,
            new.sort_order
        ],
    )?;
    Ok(())
}

/// Overwrites a website's name and default store.
pub fn change_website(sql: Session<'_>, tenant: i64, website: &Website) -> Result<()> {
    sql.execute(
        "UPDATE website SET name = ?3, default_group_id = ?4 WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, website.id, &website.name, website.default_group_id],
    )?;
    Ok(())
}

/// Overwrites a store's name, root category and default store view.
pub fn change_store_group(sql: Session<'_>, tenant: i64, group: &StoreGroup) -> Result<()> {
    sql.execute(
        "UPDATE store_group SET name = ?3, root_category_id = ?4, default_store_id = ?5 WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, group.id, &group.name, group.root_category_id, group.default_store_id],
    )?;
    Ok(())
}

/// Overwrites a store view's name, state and position.
pub fn change_store_view(sql: Session<'_>, tenant: i64, view: &StoreView) -> Result<()> {
    sql.execute(
        "UPDATE store_view SET name = ?3, is_active = ?4, sort_order = ?5 WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, view.id, &view.name, view.is_active, view.sort_order],
    )?;
    Ok(())
}

/// Deletes a website with its settings; its stores went before.
pub fn delete_website(sql: Session<'_>, tenant: i64, id: i64) -> Result<()> {
    drop_settings(sql, tenant, StoredScope::Website(id))?;
    sql.execute(
        "DELETE FROM customer_group_excluded_website WHERE tenant_id = ?1 AND website_id = ?2",
        params![tenant, id],
    )?;
    sql.execute("DELETE FROM website WHERE tenant_id = ?1 AND id = ?2", params![tenant, id])?;
    Ok(())
}

/// Deletes a store; its store views went before.
pub fn delete_store_group(sql: Session<'_>, tenant: i64, id: i64) -> Result<()> {
    sql.execute("DELETE FROM store_group WHERE tenant_id = ?1 AND id = ?2", params![tenant, id])?;
    Ok(())
}

/// Deletes a store view with its settings.
pub fn delete_store_view(sql: Session<'_>, tenant: i64, id: i64) -> Result<()> {
    drop_settings(sql, tenant, StoredScope::Store(id))?;
    sql.execute("DELETE FROM store_view WHERE tenant_id = ?1 AND id = ?2", params![tenant, id])?;
    Ok(())
}

fn drop_settings(sql: Session<'_>, tenant: i64, scope: StoredScope) -> Result<()> {
    let (word, id) = scope_columns(scope);
    sql.execute(
        "DELETE FROM setting WHERE tenant_id = ?1 AND scope = ?2 AND scope_id = ?3",
        params![tenant, word, id],
    )?;
    Ok(())
}

/// The values that differ from the defaults.
pub fn settings(sql: Session<'_>, tenant: i64) -> Result<HashMap<(String, StoredScope), String>> {
    let query = "SELECT path, scope, scope_id, value FROM setting WHERE tenant_id = ?1";
    let rows = sql.all(query, params![tenant], |row| {
        let id = row.int(2)?;
        let scope = match row.text(1)? {
            "website" => StoredScope::Website(id),
            "store" => StoredScope::Store(id),
            _ => StoredScope::Default,
        };
        Ok::<_, Error>(((row.string(0)?, scope), row.string(3)?))
    })?;
    Ok(rows.into_iter().collect())
}

/// Stores a setting's value; the caller has checked it and touches the instance.
pub fn put_setting(sql: Session<'_>, tenant: i64, path: &str, scope: StoredScope, value: &str) -> Result<()> {
    let (word, id) = scope_columns(scope);
    sql.execute(
        "INSERT INTO setting (tenant_id, path, scope, scope_id, value) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (tenant_id, path, scope, scope_id) DO UPDATE SET value = excluded.value",
        params![tenant, path, word, id, value],
    )?;
    Ok(())
}

/// Forgets a setting's value: the wider scope's holds again.
pub fn drop_setting(sql: Session<'_>, tenant: i64, path: &str, scope: StoredScope) -> Result<()> {
    let (word, id) = scope_columns(scope);
    sql.execute(
        "DELETE FROM setting WHERE tenant_id = ?1 AND path = ?2 AND scope = ?3 AND scope_id = ?4",
        params![tenant, path, word, id],
    )?;
    Ok(())
}

fn scope_columns(scope: StoredScope) -> (&'static str, i64) {
    match scope {
        StoredScope::Default => ("default", 0),
        StoredScope::Website(id) => ("website", id),
        StoredScope::Store(id) => ("store", id),
    }
}
