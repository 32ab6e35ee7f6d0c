//! Looks into a database, past the service: nothing may be half there, and every number that is kept must be the number that is.
//!
//! The statements run on both engines: through SQLite's library, or through `psql`. They know the schema, so a migration that
//! changes it may have to change them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OpenFlags};

use crate::{Data, Patron, postgres};

/// What must not be, and a statement that gives a line for each time it is.
const RULES: &[(&str, &str)] = &[
    (
        "a document without its customer",
        "SELECT d.customer_id FROM customer_document d LEFT JOIN customer c \
         ON c.tenant_id = d.tenant_id AND c.id = d.customer_id WHERE c.id IS NULL",
    ),
    (
        "a document that is not what its customer's row says",
        "SELECT d.customer_id FROM customer_document d JOIN customer c ON c.tenant_id = d.tenant_id AND c.id = d.customer_id \
         WHERE d.body NOT LIKE '%\"email\":\"' || c.email || '\"%' \
         OR d.body NOT LIKE '%\"updated_at\":\"' || c.updated_at || '\"%' \
         OR d.body NOT LIKE '%\"group_id\":' || c.group_id || ',%'",
    ),
    (
        "an address that its customer's document lacks",
        "SELECT a.id FROM customer_address a JOIN customer_document d ON d.tenant_id = a.tenant_id AND d.customer_id = a.customer_id \
         WHERE d.body NOT LIKE '%{\"id\":' || a.id || ',\"customer_id\":' || a.customer_id || ',%'",
    ),
    (
        "an address without its customer",
        "SELECT a.id FROM customer_address a LEFT JOIN customer c ON c.tenant_id = a.tenant_id AND c.id = a.customer_id \
         WHERE c.id IS NULL",
    ),
    (
        "a default address that is not the customer's",
        "SELECT c.id FROM customer c WHERE (c.default_billing IS NOT NULL AND NOT EXISTS (SELECT 1 FROM customer_address a \
         WHERE a.tenant_id = c.tenant_id AND a.id = c.default_billing AND a.customer_id = c.id)) \
         OR (c.default_shipping IS NOT NULL AND NOT EXISTS (SELECT 1 FROM customer_address a \
         WHERE a.tenant_id = c.tenant_id AND a.id = c.default_shipping AND a.customer_id = c.id))",
    ),
    (
        "an attribute's value beside another time than its customer's",
        "SELECT v.customer_id FROM customer_attribute v JOIN customer c \
         ON c.tenant_id = v.tenant_id AND c.id = v.customer_id WHERE c.created_at <> v.customer_created_at",
    ),
    (
        "an attribute's value without its customer",
        "SELECT v.customer_id FROM customer_attribute v LEFT JOIN customer c \
         ON c.tenant_id = v.tenant_id AND c.id = v.customer_id WHERE c.id IS NULL",
    ),
    (
        "an attribute's value without its address",
        "SELECT v.address_id FROM customer_address_attribute v LEFT JOIN customer_address a \
         ON a.tenant_id = v.tenant_id AND a.id = v.address_id WHERE a.id IS NULL",
    ),
    (
        "a token without its customer",
        "SELECT t.customer_id FROM customer_token t LEFT JOIN customer c \
         ON c.tenant_id = t.tenant_id AND c.id = t.customer_id WHERE c.id IS NULL",
    ),
    (
        "a customer of a group that is not there",
        "SELECT c.id FROM customer c LEFT JOIN customer_group g ON g.tenant_id = c.tenant_id AND g.id = c.group_id \
         WHERE g.id IS NULL",
    ),
    (
        "a customer of a website that is not there",
        "SELECT c.id FROM customer c LEFT JOIN website w ON w.tenant_id = c.tenant_id AND w.id = c.website_id WHERE w.id IS NULL",
    ),
    (
        "a number of customers that is not their number",
        "SELECT k.dimension || ' ' || k.value || ': ' || k.customers FROM customer_count k WHERE k.customers <> \
         (SELECT COUNT(*) FROM customer c WHERE c.tenant_id = k.tenant_id AND (k.dimension = 'all' \
         OR (k.dimension = 'website' AND c.website_id = k.value) OR (k.dimension = 'store' AND c.store_id = k.value) \
         OR (k.dimension = 'group' AND c.group_id = k.value)))",
    ),
    (
        "a customer whom nobody counts",
        "SELECT c.id FROM customer c WHERE 4 <> (SELECT COUNT(*) FROM customer_count k WHERE k.tenant_id = c.tenant_id AND \
         ((k.dimension = 'all' AND k.value = 0) OR (k.dimension = 'website' AND k.value = c.website_id) \
         OR (k.dimension = 'store' AND k.value = c.store_id) OR (k.dimension = 'group' AND k.value = c.group_id)))",
    ),
    (
        "an id of a customer that can be given again",
        "SELECT c.id FROM customer c LEFT JOIN counter n ON n.tenant_id = c.tenant_id AND n.name = 'customer' \
         WHERE n.value IS NULL OR n.value < c.id",
    ),
    (
        "an id of an address that can be given again",
        "SELECT a.id FROM customer_address a LEFT JOIN counter n ON n.tenant_id = a.tenant_id AND n.name = 'address' \
         WHERE n.value IS NULL OR n.value < a.id",
    ),
    (
        "a bulk whose numbers are not its operations'",
        "SELECT b.id FROM bulk b WHERE b.is_whole = 1 AND \
         (b.open_operations <> (SELECT COUNT(*) FROM bulk_operation o WHERE o.tenant_id = b.tenant_id AND o.bulk_id = b.id AND o.status = 4) \
         OR b.retriable_operations <> (SELECT COUNT(*) FROM bulk_operation o WHERE o.tenant_id = b.tenant_id AND o.bulk_id = b.id AND o.status = 2) \
         OR b.completed_operations <> (SELECT COUNT(*) FROM bulk_operation o WHERE o.tenant_id = b.tenant_id AND o.bulk_id = b.id AND o.status = 1) \
         OR (b.due_at IS NULL AND b.open_operations + b.retriable_operations > 0))",
    ),
    (
        "a complete operation without its answer",
        "SELECT o.bulk_id || '.' || o.number FROM bulk_operation o LEFT JOIN bulk_result r \
         ON r.tenant_id = o.tenant_id AND r.bulk_id = o.bulk_id AND r.number = o.number \
         WHERE (o.status = 1) <> (r.number IS NOT NULL)",
    ),
    (
        "an idempotent request that never ends",
        "SELECT tenant_id FROM idempotent_request WHERE status = 0 AND body <> ''",
    ),
];

/// What is wrong in the SQLite database at `path`, a sentence each; a running server may have it open.
///
/// # Errors
/// It cannot be read.
pub fn of_file(path: &Path) -> Result<Vec<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).with_context(|| format!("opening {}", path.display()))?;
    connection.execute_batch("BEGIN")?;
    let mut wrong = Vec::new();
    let said = lines(&connection, "PRAGMA integrity_check")?;
    if said != ["ok"] {
        wrong.extend(said.into_iter().map(|line| format!("integrity_check: {line}")));
    }
    for line in lines(&connection, "SELECT \"table\" || ' ' || rowid FROM pragma_foreign_key_check")? {
        wrong.push(format!("a reference to nothing: {line}"));
    }
    for (rule, sql) in RULES {
        let found = lines(&connection, sql).with_context(|| format!("looking for {rule}"))?;
        wrong.extend(found.into_iter().map(|line| format!("{rule}: {line}")));
    }
    Ok(wrong)
}

/// What is wrong in the PostgreSQL database at `url`.
///
/// # Errors
/// It cannot be read.
pub fn of_postgres(url: &str) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (rule, sql) in RULES {
        let found = postgres::query(url, sql).with_context(|| format!("looking for {rule}"))?;
        wrong.extend(found.lines().map(|line| format!("{rule}: {line}")));
    }
    Ok(wrong)
}

/// Fails the test when something is wrong in what a server has stored; it may be running, but nobody should be writing.
#[track_caller]
pub fn assert_whole(server: &Patron) {
    let wrong = match server.kept_in() {
        Data::Folder => of_file(&server.data_folder().join("patron.sqlite")),
        Data::Database(url) => of_postgres(url),
        Data::Ephemeral => Err(anyhow::anyhow!("a server that keeps nothing cannot be looked into")),
    };
    let wrong = wrong.and_then(|wrong| {
        ensure!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
        Ok(())
    });
    wrong.unwrap_or_else(|error| panic!("the database is not whole: {error:#}"));
}

/// Changes what a server has stored, past the service, while it runs: for tests of what it then says.
#[track_caller]
pub fn tamper(server: &Patron, sql: &str) {
    let changed = match server.kept_in() {
        Data::Folder => change_file(&server.data_folder().join("patron.sqlite"), sql),
        Data::Database(url) => postgres::query(url, sql).map(drop),
        Data::Ephemeral => Err(anyhow::anyhow!("a server that keeps nothing cannot be tampered with")),
    };
    changed.unwrap_or_else(|error| panic!("the data could not be changed: {error:#}"));
}

fn change_file(path: &Path, sql: &str) -> Result<()> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection.execute_batch(sql)?)
}

fn lines(connection: &Connection, sql: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let value: rusqlite::types::Value = row.get(0)?;
        Ok(match value {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(number) => number.to_string(),
            other => format!("{other:?}"),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
