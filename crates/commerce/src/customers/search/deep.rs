//! Where a deep page begins, found without reading or sorting what is before it.

use patron_sql::{Session, Value};

use super::{
    columns::{Kind, PRIMARY},
    driver::Driver,
    narrow::Narrowed,
    order::{Direction, SortKey, of_equals},
    render::Statement,
};
use crate::failure::Result;

/// Rows that are skipped one by one at most where that means sorting or reading them.
const DEEP: i64 = 100;

/// Rows before a key were counted and need not be looked at.
pub struct Jump {
    key: String,
    from: &'static str,
    value: Value<'static>,
    /// How many.
    pub skipped: i64,
}

impl Jump {
    /// Where a deep page begins, as a key. An index that does not give the order to the end (equal keys by id, while the keys go the
    /// other way) would have every skipped row sorted, and the one on e-mail addresses, which has no id, would have it read. Asking the
    /// index for the key at the offset, then how many come before that key, is two quick walks instead.
    pub fn of(
        sql: Session<'_>,
        tenant: i64,
        narrowed: &Narrowed,
        driver: &Driver,
        order: &[SortKey],
        offset: i64,
    ) -> Result<Option<Self>> {
        let Some(first) = order.first().filter(|_| offset >= DEEP) else { return Ok(None) };
        let Some(index) = first.column.full_index().filter(|index| *index != PRIMARY) else {
            return Ok(None);
        };
        let is_in_order =
            first.direction == of_equals(order) && order.len() == 1 && index != "customer_by_email";
        let is_index_only = narrowed.counted.is_empty()
            && match *driver {
                Driver::Scan(_) => narrowed.groups.is_empty(),
                Driver::Range(at) => {
                    narrowed.groups.len() == 1 && narrowed.groups[at][0].column == first.column
                }
                _ => false,
            };
        if is_in_order || !is_index_only {
            return Ok(None);
        }
        let key = first.column.key.to_string();
        let matches = |select: &str| {
            let mut statement = Statement::new(sql, tenant);
            statement.push("SELECT ").push(select).push(" FROM ").table("customer", "c", Some(index));
            statement.push(" WHERE c.tenant_id = ?1");
            narrowed.push(&mut statement, None);
            statement
        };
        let mut at_offset = matches(&key);
        at_offset
            .push(" ORDER BY ")
            .push(&key)
            .push(first.direction.sql())
            .push(" LIMIT 1 OFFSET ")
            .bind(offset.into());
        let value = sql.first(&at_offset.sql, &at_offset.params, |row| match first.column.kind {
            Kind::Int => row.int(0).map(Value::from),
            _ => row.string(0).map(Value::from),
        })?;
        let Some(value) = value else { return Ok(None) };
        let (before, from) = match first.direction {
            Direction::Ascending => (" < ", " >= "),
            Direction::Descending => (" > ", " <= "),
        };
        let mut counted = matches("count(*)");
        counted.push(" AND ").push(&key).push(before).bind(value.clone());
        let skipped = sql.one(&counted.sql, &counted.params, |row| row.int(0))?;
        Ok(Some(Jump { key, from, value, skipped }))
    }

    /// Adds that what is before the key is not looked at.
    pub fn push(&self, statement: &mut Statement) {
        statement.push(" AND ").push(&self.key).push(self.from).bind(self.value.clone());
    }
}
