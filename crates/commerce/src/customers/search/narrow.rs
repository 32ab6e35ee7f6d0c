//! What the kept counts tell of a search: conditions on website, store and group become lists of the values that have customers, with
//! exact numbers; those that every customer passes go away, and one that nobody passes answers the search.

use patron_sql::Session;

use super::{
    columns::{Kind, Source},
    compile::Group,
    render::{Statement, Tested, one_of},
};
use crate::{
    customers::counts::{self, Dimension},
    failure::Result,
};

/// A search as far as the counts could take it.
#[derive(Debug)]
pub struct Narrowed {
    /// Customers of the instance.
    pub all: i64,
    /// Conditions on counted columns.
    pub counted: Vec<Counted>,
    /// The other groups.
    pub groups: Vec<Group>,
}

/// A condition on a counted column, as the values that pass it.
#[derive(Debug, Clone)]
pub struct Counted {
    /// The column.
    pub column: String,
    /// Its index.
    pub index: &'static str,
    /// The values that pass, by size.
    pub values: Vec<i64>,
    /// Customers that have one of them.
    pub customers: i64,
}

impl Narrowed {
    /// Adds all conditions but the one that drives.
    pub fn push(&self, statement: &mut Statement, but: Option<usize>) {
        for counted in &self.counted {
            counted.push(statement.push(" AND "), &counted.values);
        }
        for (_, group) in self.groups.iter().enumerate().filter(|(at, _)| Some(*at) != but) {
            statement.push(" AND (");
            for (at, condition) in group.iter().enumerate() {
                statement.push(if at == 0 { "" } else { " OR " }).test(&condition.column, &condition.test);
            }
            statement.push(")");
        }
    }
}

impl Counted {
    /// Adds that the column has one of these values.
    pub fn push(&self, statement: &mut Statement, values: &[i64]) {
        let tested = Tested { kind: Kind::Int, value: &self.column, key: &self.column, is_trimmed: true };
        statement.test_of(&tested, &one_of(values));
    }
}

/// Narrows a search; None when nobody can match.
pub fn narrow(sql: Session<'_>, tenant: i64, groups: Vec<Group>) -> Result<Option<Narrowed>> {
    let all = counts::count(sql, tenant, Dimension::All)?;
    let mut narrowed = Narrowed { all, counted: Vec::new(), groups: Vec::new() };
    for group in groups {
        let Some(counted) = resolve(sql, tenant, &group)? else {
            narrowed.groups.push(group);
            continue;
        };
        if counted.customers == 0 {
            return Ok(None);
        }
        if counted.customers < all {
            narrowed.counted.push(counted);
        }
    }
    Ok((all > 0).then_some(narrowed))
}

/// The values that pass a group all of whose conditions are on the same counted column; None for any other group.
fn resolve(sql: Session<'_>, tenant: i64, group: &Group) -> Result<Option<Counted>> {
    let Some(first) = group.first() else { return Ok(None) };
    let Source::Counted(index, dimension) = first.column.source else { return Ok(None) };
    if group.iter().any(|condition| condition.column.source != first.column.source) {
        return Ok(None);
    }
    let mut statement = Statement::new(sql, tenant);
    statement
        .push("SELECT n.value, n.customers FROM customer_count n WHERE n.tenant_id = ?1 AND n.dimension = ");
    statement.bind(dimension.into()).push(" AND n.customers > 0 AND (");
    for (at, condition) in group.iter().enumerate() {
        let tested =
            Tested { kind: condition.column.kind, value: "n.value", key: "n.value", is_trimmed: true };
        statement.push(if at == 0 { "" } else { " OR " }).test_of(&tested, &condition.test);
    }
    statement.push(") ORDER BY n.value");
    let mut counted =
        Counted { column: first.column.key.to_string(), index, values: Vec::new(), customers: 0 };
    sql.each(&statement.sql, &statement.params, |row| {
        counted.values.push(row.int(0)?);
        counted.customers += row.int(1)?;
        Ok::<_, patron_sql::Error>(())
    })?;
    Ok(Some(counted))
}
