//! Statements of bulks and their operations.

use patron_sql::{Engine, Error, Row, Session, params};

use super::{
    Item,
    model::{Bulk, Counts, Due, Operation, Status, Summary, scope_from_column},
};
use crate::{
    failure::Result,
    identity::{Consumer, Resources},
};

/// What a bulk is written from.
pub struct NewBulk<'n> {
    /// The instance.
    pub tenant: i64,
    /// Its number.
    pub id: i64,
    /// Its name on the wire.
    pub uuid: &'n str,
    /// The row's verb.
    pub method: &'n str,
    /// The row's path.
    pub path: &'n str,
    /// The original's queue.
    pub topic: &'n str,
    /// What is said of an operation that is complete.
    pub success: &'n str,
    /// What the `Store` header selected.
    pub scope: &'n str,
    /// Who called.
    pub consumer: &'n Consumer,
    /// The caller's number.
    pub user_id: i64,
    /// When.
    pub start_time: &'n str,
    /// How many operations it will have.
    pub count: i64,
}

/// Writes a bulk that nobody sees yet.
pub fn add(sql: Session<'_>, new: &NewBulk<'_>) -> Result<()> {
    sql.execute(
        "INSERT INTO bulk (tenant_id, id, uuid, method, path, topic, success, scope, credential_id, client_id, caller, organisation_id, \
         resources, user_id, start_time, open_operations, retriable_operations, completed_operations, failed_operations, due_at, \
         is_whole) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 0, 0, 0, NULL, 0)",
        params![
            new.tenant,
            new.id,
            new.uuid,
            new.method,
            new.path,
            new.topic,
            new.success,
            new.scope,
            new.consumer.credential_id,
            &new.consumer.client_id,
            &new.consumer.user_id,
            new.consumer.organisation_id,
            new.consumer.resources.to_column(),
            new.user_id,
            new.start_time,
            new.count,
        ],
    )?;
    Ok(())
}

/// Writes operations of a bulk.
pub fn add_operations(sql: Session<'_>, tenant: i64, bulk: i64, items: &[Item]) -> Result<()> {
    for item in items {
        sql.execute(
            "INSERT INTO bulk_operation (tenant_id, bulk_id, number, status, attempts, arguments, secrets) \
             VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6)",
            params![tenant, bulk, item.number, Status::Open.number(), &item.arguments, item.secrets()],
        )?;
    }
    Ok(())
}

/// Lets a bulk be seen, and run from `now_ms` on; one without operations is done already.
pub fn seal(sql: Session<'_>, tenant: i64, bulk: i64, now_ms: i64) -> Result<()> {
    sql.execute(
        "UPDATE bulk SET is_whole = 1, due_at = CASE WHEN open_operations = 0 THEN NULL ELSE ?3 END \
         WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, bulk, now_ms],
    )?;
    Ok(())
}

/// Deletes a bulk that has no operations any more.
pub fn delete(sql: Session<'_>, tenant: i64, bulk: i64) -> Result<()> {
    sql.execute("DELETE FROM bulk WHERE tenant_id = ?1 AND id = ?2", params![tenant, bulk])?;
    Ok(())
}

/// The caller's number among the credentials of its organisation, from 1: what stands for the original's id of the integration.
pub fn number_of_credential(sql: Session<'_>, consumer: &Consumer) -> Result<i64> {
    Ok(sql.one::<_, Error>(
        "SELECT COUNT(*) FROM credential WHERE organisation_id = ?1 AND id <= ?2",
        params![consumer.organisation_id, consumer.credential_id],
        |row| row.int(0),
    )?)
}

/// When the next bulk is due, epoch milliseconds.
pub fn next_due(sql: Session<'_>) -> Result<Option<i64>> {
    let query = "SELECT MIN(due_at) FROM bulk WHERE due_at IS NOT NULL";
    Ok(sql.one::<_, Error>(query, params![], |row| row.opt_int(0))?)
}

/// How many operations of all instances are to be run, and since when the longest waiting bulk waits.
pub fn waiting(sql: Session<'_>) -> Result<(i64, Option<String>)> {
    let query = "SELECT CAST(COALESCE(SUM(open_operations + retriable_operations), 0) AS BIGINT), MIN(start_time) \
                 FROM bulk WHERE due_at IS NOT NULL";
    Ok(sql.one::<_, Error>(query, params![], |row| Ok((row.int(0)?, row.opt_string(1)?)))?)
}

/// A bulk that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// The instance.
    pub tenant: i64,
    /// The bulk.
    pub id: i64,
    /// How many of its operations are to be run.
    pub waiting: i64,
}

/// Takes bulks that are due, the longest waiting first; nobody else gets them before `until_ms`, when they come round again unless
/// they were given back or renewed. The one place where workers on several nodes meet.
pub fn claim(sql: Session<'_>, now_ms: i64, until_ms: i64, limit: i64) -> Result<Vec<Claimed>> {
    // PostgreSQL's workers pass over rows that another is just taking; SQLite has one writer.
    let skip = if sql.engine() == Engine::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let due = format!(
        "SELECT tenant_id, id, open_operations + retriable_operations FROM bulk WHERE due_at <= ?1 \
         ORDER BY due_at, tenant_id, id LIMIT ?2 {skip}"
    );
    let taken = sql.all::<_, Error>(&due, params![now_ms, limit], |row| {
        Ok(Claimed { tenant: row.int(0)?, id: row.int(1)?, waiting: row.int(2)? })
    })?;
    taken.iter().try_for_each(|bulk| move_due(sql, bulk.tenant, bulk.id, until_ms))?;
    Ok(taken)
}

/// Says when a bulk that is not done is looked at next.
pub fn move_due(sql: Session<'_>, tenant: i64, bulk: i64, due_ms: i64) -> Result<()> {
    sql.execute(
        "UPDATE bulk SET due_at = ?3 WHERE tenant_id = ?1 AND id = ?2 AND due_at IS NOT NULL",
        params![tenant, bulk, due_ms],
    )?;
    Ok(())
}

/// Makes every bulk that was taken due at once: for a process that is alone with its database and has just started.
pub fn release_all(sql: Session<'_>, now_ms: i64) -> Result<u64> {
    Ok(sql.execute("UPDATE bulk SET due_at = ?1 WHERE due_at > ?1", params![now_ms])?)
}

/// A bulk with what its operations need to run; None when it was deleted.
pub fn find_to_run(sql: Session<'_>, tenant: i64, bulk: i64) -> Result<Option<Bulk>> {
    Ok(sql.first::<_, Error>(
        "SELECT bulk.method, bulk.path, bulk.scope, bulk.credential_id, bulk.client_id, bulk.caller, bulk.organisation_id, \
         bulk.resources, instance.code FROM bulk JOIN instance ON instance.tenant_id = bulk.tenant_id \
         WHERE bulk.tenant_id = ?1 AND bulk.id = ?2",
        params![tenant, bulk],
        |row| {
            Ok(Bulk {
                tenant,
                id: bulk,
                row: (row.string(0)?, row.string(1)?),
                scope: scope_from_column(row.text(2)?),
                consumer: Consumer {
                    credential_id: row.int(3)?,
                    client_id: row.string(4)?,
                    user_id: row.string(5)?,
                    organisation_id: row.int(6)?,
                    resources: Resources::from_column(row.opt_text(7)?),
                },
                tenant_code: row.string(8)?,
            })
        },
    )?)
}

/// Operations of a bulk that are to be run, in order, after the one with number `after`.
pub fn due_operations(sql: Session<'_>, tenant: i64, bulk: i64, after: i64, limit: i64) -> Result<Vec<Due>> {
    Ok(sql.all::<_, Error>(
        "SELECT number, status, attempts, arguments, secrets FROM bulk_operation \
         WHERE tenant_id = ?1 AND bulk_id = ?2 AND number > ?3 AND status IN (2, 4) ORDER BY number LIMIT ?4",
        params![tenant, bulk, after, limit],
        |row| {
            Ok(Due {
                number: row.int(0)?,
                status: row.int(1)?,
                attempts: row.int(2)?,
                arguments: row.opt_text(3)?.unwrap_or("{}").to_owned(),
                secrets: row.opt_string(4)?,
            })
        },
    )?)
}

/// Which operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The instance.
    pub tenant: i64,
    /// The bulk.
    pub bulk: i64,
    /// Its place in the bulk.
    pub number: i64,
    /// The status it was found with; another worker may have moved it since.
    pub status: i64,
}

/// Writes the answer of an operation. False when it is no longer what it was found as: then it has run already, or its instance is
/// gone, and what it has just done must not stay.
pub fn complete(sql: Session<'_>, key: Key, answer: &str) -> Result<bool> {
    let changed = sql.execute(
        "UPDATE bulk_operation SET status = 1, message = NULL, error_code = NULL, arguments = NULL, secrets = NULL \
         WHERE tenant_id = ?1 AND bulk_id = ?2 AND number = ?3 AND status = ?4",
        params![key.tenant, key.bulk, key.number, key.status],
    )?;
    if changed == 0 {
        return Ok(false);
    }
    sql.execute(
        "INSERT INTO bulk_result (tenant_id, bulk_id, number, body) VALUES (?1, ?2, ?3, ?4)",
        params![key.tenant, key.bulk, key.number, answer],
    )?;
    Ok(true)
}

/// Writes why an operation failed for good; its secrets are forgotten. False as for [`complete`].
pub fn fail(sql: Session<'_>, key: Key, message: &str) -> Result<bool> {
    let changed = sql.execute(
        "UPDATE bulk_operation SET status = 3, message = ?5, error_code = 0, secrets = NULL, attempts = attempts + 1 \
         WHERE tenant_id = ?1 AND bulk_id = ?2 AND number = ?3 AND status = ?4",
        params![key.tenant, key.bulk, key.number, key.status, message],
    )?;
    Ok(changed == 1)
}

/// Writes why an operation failed this time. False as for [`complete`].
pub fn put_off(sql: Session<'_>, key: Key, message: &str) -> Result<bool> {
    let changed = sql.execute(
        "UPDATE bulk_operation SET status = 2, message = ?5, error_code = 0, attempts = attempts + 1 \
         WHERE tenant_id = ?1 AND bulk_id = ?2 AND number = ?3 AND status = ?4",
        params![key.tenant, key.bulk, key.number, key.status, message],
    )?;
    Ok(changed == 1)
}

/// Adds `moved` (which holds negative numbers too) to a bulk's counts; one that nothing is left of is never due again.
pub fn count(sql: Session<'_>, tenant: i64, bulk: i64, moved: Counts) -> Result<()> {
    sql.execute(
        "UPDATE bulk SET open_operations = open_operations + ?3, retriable_operations = retriable_operations + ?4, \
         completed_operations = completed_operations + ?5, failed_operations = failed_operations + ?6, \
         due_at = CASE WHEN open_operations + retriable_operations + ?3 + ?4 = 0 THEN NULL ELSE due_at END \
         WHERE tenant_id = ?1 AND id = ?2",
        params![tenant, bulk, moved.open, moved.retriable, moved.complete, moved.failed],
    )?;
    Ok(())
}

/// A bulk by the name it has on the wire.
pub fn find(sql: Session<'_>, tenant: i64, uuid: &str) -> Result<Option<Summary>> {
    Ok(sql.first::<_, Error>(
        "SELECT id, topic, scope, user_id, start_time, open_operations, retriable_operations, completed_operations, \
         failed_operations, success FROM bulk WHERE tenant_id = ?1 AND uuid = ?2 AND is_whole = 1",
        params![tenant, uuid],
        |row| {
            Ok(Summary {
                id: row.int(0)?,
                uuid: uuid.to_owned(),
                topic: row.string(1)?,
                store_id: store_id(row.text(2)?).to_owned(),
                user_id: row.int(3)?,
                start_time: row.string(4)?,
                counts: Counts {
                    open: row.int(5)?,
                    retriable: row.int(6)?,
                    complete: row.int(7)?,
                    failed: row.int(8)?,
                },
                success: row.string(9)?,
            })
        },
    )?)
}

/// The number of the store that a stored scope stands for; without a store's code the original writes 0.
pub fn store_id(scope: &str) -> &str {
    if scope.bytes().all(|byte| byte.is_ascii_digit()) { scope } else { "0" }
}

/// Operations with their answers.
pub const OPERATIONS: &str = "bulk_operation LEFT JOIN bulk_result ON bulk_result.tenant_id = bulk_operation.tenant_id \
                              AND bulk_result.bulk_id = bulk_operation.bulk_id AND bulk_result.number = bulk_operation.number";

/// What [`operation`] reads.
pub const OPERATION: &str = "bulk_operation.number, bulk_operation.status, bulk_operation.arguments, bulk_result.body, \
                             bulk_operation.message, bulk_operation.error_code";

/// Reads an operation of which [`OPERATION`] was selected first.
pub fn operation(row: &Row<'_>) -> Result<Operation, Error> {
    Ok(Operation {
        number: row.int(0)?,
        status: row.int(1)?,
        arguments: row.opt_string(2)?,
        result: row.opt_string(3)?,
        message: row.opt_string(4)?,
        error_code: row.opt_int(5)?,
    })
}

/// Hands on a bulk's operations, in order.
pub fn each_operation(
    sql: Session<'_>,
    tenant: i64,
    bulk: i64,
    mut take: impl FnMut(Operation) -> Result<()>,
) -> Result<()> {
    let query = format!(
        "SELECT {OPERATION} FROM {OPERATIONS} WHERE bulk_operation.tenant_id = ?1 AND bulk_operation.bulk_id = ?2 \
         ORDER BY bulk_operation.number"
    );
    sql.each(&query, params![tenant, bulk], |row| take(operation(row)?))
}

/// Bulks that were accepted before `over` (the wire's form) and have nothing left to do, and those that were begun before `cut_off` and
/// never written whole.
pub fn over(sql: Session<'_>, over: &str, cut_off: &str, limit: i64) -> Result<Vec<(i64, i64)>> {
    let query = "SELECT tenant_id, id FROM bulk WHERE start_time < ?1 AND due_at IS NULL \
                 UNION SELECT tenant_id, id FROM bulk WHERE start_time < ?2 AND is_whole = 0 LIMIT ?3";
    Ok(sql.all::<_, Error>(query, params![over, cut_off, limit], |row| Ok((row.int(0)?, row.int(1)?)))?)
}

/// Deletes operations of a bulk with their answers, at most so many; how many there were.
pub fn delete_some(sql: Session<'_>, tenant: i64, bulk: i64, limit: i64) -> Result<u64> {
    let highest = sql.one::<_, Error>(
        "SELECT MAX(number) FROM (SELECT number FROM bulk_operation WHERE tenant_id = ?1 AND bulk_id = ?2 \
         ORDER BY number LIMIT ?3) AS first_ones",
        params![tenant, bulk, limit],
        |row| row.opt_int(0),
    )?;
    let Some(highest) = highest else { return Ok(0) };
    let up_to = params![tenant, bulk, highest];
    sql.execute("DELETE FROM bulk_result WHERE tenant_id = ?1 AND bulk_id = ?2 AND number <= ?3", up_to)?;
    Ok(sql.execute(
        "DELETE FROM bulk_operation WHERE tenant_id = ?1 AND bulk_id = ?2 AND number <= ?3",
        up_to,
    )?)
}
