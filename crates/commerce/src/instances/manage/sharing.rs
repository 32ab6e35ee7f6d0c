//! What changes for all customers at once when a setting does: the scope in which an e-mail address is unique, and kept documents.

use patron_sql::{Session, params};
use patron_webapi::Value;

use super::refused;
use crate::failure::Result;

/// Groups of colliding customers that a refusal names at most.
const SHOWN: usize = 100;

/// Makes e-mail addresses unique over all websites (`shared`), or in each. Refused when customers of different websites have the same
/// address: `collisions` lists their ids, a list for each address.
pub fn set(sql: Session<'_>, tenant: i64, shared: bool) -> Result<()> {
    if shared {
        let collisions = collisions(sql, tenant)?;
        if !collisions.is_empty() {
            let message = "Accounts cannot be shared while customers of different websites have the same e-mail address.";
            let shown: Vec<Value> = collisions.into_iter().take(SHOWN).map(Value::from).collect();
            return Err(refused("value", message).with("collisions", shown).into());
        }
    }
    let scope = if shared { "0" } else { "website_id" };
    sql.execute(&format!("UPDATE customer SET email_scope = {scope} WHERE tenant_id = ?1"), params![tenant])?;
    Ok(())
}

/// The ids of customers that have the same e-mail address, a list for each address.
fn collisions(sql: Session<'_>, tenant: i64) -> Result<Vec<Vec<i64>>> {
    let query = "SELECT id, email_folded FROM customer WHERE tenant_id = ?1 AND email_folded IN \
                 (SELECT email_folded FROM customer WHERE tenant_id = ?1 GROUP BY email_folded HAVING COUNT(*) > 1) \
                 ORDER BY email_folded, id";
    let mut collisions: Vec<Vec<i64>> = Vec::new();
    let mut last = String::new();
    sql.each(query, params![tenant], |row| {
        let email = row.text(1)?;
        if collisions.is_empty() || email != last {
            collisions.push(Vec::new());
            last = email.to_owned();
        }
        let group = collisions.last_mut().expect("one was pushed");
        group.push(row.int(0)?);
        Ok::<_, crate::Failure>(())
    })?;
    Ok(collisions)
}

/// Forgets the kept answers of all customers; each is rendered anew from then on.
pub fn forget_documents(sql: Session<'_>, tenant: i64) -> Result<()> {
    sql.execute("DELETE FROM customer_document WHERE tenant_id = ?1", params![tenant])?;
    Ok(())
}
