//! What finds the rows of a search: the smallest of what could.

use patron_sql::Session;

use super::{
    columns::{PRIMARY, Source},
    compile::Condition,
    infix::Hits,
    narrow::Narrowed,
    render::{Statement, Tested},
};
use crate::failure::Result;

/// Rows counted at most to compare what could drive a search.
const PROBE: i64 = 2_000;

/// What finds the rows; every other condition is tested on each.
#[derive(Debug)]
pub enum Driver {
    /// All customers by id, or by the index of the only condition's column, which then need not be left.
    Scan(&'static str),
    /// The counted condition of this number.
    Counted(usize),
    /// The only condition of the group of this number.
    Range(usize),
    /// The trigram index, for the only condition of the group of this number.
    Infix(usize, Hits),
}

impl Driver {
    /// Chooses among what could find the rows.
    pub fn choose(sql: Session<'_>, tenant: i64, narrowed: &Narrowed) -> Result<Self> {
        let is_alone = narrowed.groups.len() + narrowed.counted.len() == 1;
        let mut best: Option<(i64, Driver)> = None;
        let mut offer = |customers: i64, driver: Driver| {
            if best.as_ref().is_none_or(|(least, _)| customers < *least) {
                best = Some((customers, driver));
            }
        };
        for (at, counted) in narrowed.counted.iter().enumerate() {
            offer(counted.customers, Driver::Counted(at));
        }
        for (at, group) in narrowed.groups.iter().enumerate() {
            let [condition] = group.as_slice() else { continue };
            if condition.is_range() && condition.column.source != Source::None {
                let customers = if is_alone { 0 } else { probe(sql, tenant, condition)? };
                offer(customers, Driver::Range(at));
            } else if let Some(hits) = Hits::of(sql, tenant, condition, is_alone.then_some(narrowed.all))? {
                offer((hits.indexed + hits.unknown).min(PROBE), Driver::Infix(at, hits));
            }
        }
        if let Some((_, driver)) = best {
            return Ok(driver);
        }
        let index = match narrowed.groups.as_slice() {
            [group] if is_alone => match group.as_slice() {
                [condition] => condition.column.full_index(),
                _ => None,
            },
            _ => None,
        };
        Ok(Driver::Scan(index.unwrap_or(PRIMARY)))
    }
}

/// The number of rows that a condition finds, up to the cap.
fn probe(sql: Session<'_>, tenant: i64, condition: &Condition) -> Result<i64> {
    let mut statement = Statement::new(sql, tenant);
    statement.push("SELECT count(*) FROM (SELECT 1 FROM ");
    push_source(&mut statement, condition, !matches!(condition.column.source, Source::Attribute(..)));
    statement.push(" LIMIT ").bind(PROBE.into()).push(")");
    Ok(sql.one(&statement.sql, &statement.params, |row| row.int(0))?)
}

/// Adds the table by whose index a condition finds its rows, the condition itself, and the customer's row if it is needed.
pub fn push_source(statement: &mut Statement, condition: &Condition, with_customer: bool) {
    let column = &condition.column;
    let (name, compared, value, table, index) = match column.source {
        Source::Attribute(_, compared, index) => ("a", compared, "value", "customer_attribute", index),
        Source::Billing(compared, index) => {
            ("b", compared, compared.trim_end_matches("_folded"), "customer_address", index)
        }
        _ => {
            statement.table("customer", "c", column.own_index()).push(" WHERE c.tenant_id = ?1 AND ");
            statement.test(column, &condition.test);
            return;
        }
    };
    statement.table(table, name, Some(index));
    if with_customer {
        statement.push(" CROSS JOIN ").table("customer", "c", Some(PRIMARY));
    }
    statement.push(&format!(" WHERE {name}.tenant_id = ?1 AND "));
    if let Source::Attribute(id, ..) = column.source {
        statement.push(&format!("a.attribute_id = {id} AND "));
    }
    let (key, value) = (format!("{name}.{compared}"), format!("{name}.{value}"));
    let tested = Tested { kind: column.kind, value: &value, key: &key, is_trimmed: column.is_trimmed };
    statement.test_of(&tested, &condition.test);
    if with_customer {
        statement.push(&format!(" AND c.tenant_id = ?1 AND c.id = {name}.customer_id"));
        if name == "b" {
            statement.push(" AND c.default_billing = b.id");
        }
    }
}
