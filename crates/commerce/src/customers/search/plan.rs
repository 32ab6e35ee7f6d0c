//! By which index a search's customers are found, and in which order they are shown.
//!
//! SQLite keeps no statistics here (they would be one instance's, not all instances'), so the choice is ours: the smallest of what
//! could drive the search is counted up to a cap, and the exact number of matches, which the answer needs anyway, decides between
//! sorting the matches and walking the order until the page is full.

use patron_sql::Session;

use super::{
    columns::{PRIMARY, Source},
    compile::{Condition, Search},
    deep::Jump,
    driver::{Driver, push_source},
    infix::Hits,
    narrow::{Counted, Narrowed},
    order::{Direction, SortKey, push_order, relevant},
    render::Statement,
};
use crate::failure::Result;

/// Values whose rows are merged in order of id at most.
const MERGED: usize = 8;

/// A plan for a search that the counts did not answer.
#[derive(Debug)]
pub struct Plan {
    narrowed: Narrowed,
    driver: Driver,
}

impl Plan {
    /// Chooses what finds the rows.
    pub fn of(sql: Session<'_>, tenant: i64, narrowed: Narrowed) -> Result<Self> {
        let driver = Driver::choose(sql, tenant, &narrowed)?;
        Ok(Self { narrowed, driver })
    }

    /// The number of matches: from the counts if they know, else counted.
    pub fn total(&self, sql: Session<'_>, tenant: i64) -> Result<i64> {
        match (self.narrowed.counted.as_slice(), self.narrowed.groups.is_empty()) {
            ([], true) => return Ok(self.narrowed.all),
            ([counted], true) => return Ok(counted.customers),
            _ => {}
        }
        if let Some(total) = self.exact().and_then(|(hits, _)| hits.total()) {
            return Ok(total);
        }
        let statement = self.count(sql, tenant);
        Ok(sql.one(&statement.sql, &statement.params, |row| row.int(0))?)
    }

    /// The statement that counts the matches.
    pub fn count(&self, sql: Session<'_>, tenant: i64) -> Statement {
        let mut statement = Statement::new(sql, tenant);
        statement.push("SELECT count(*) FROM ");
        if let Some((hits, condition)) = self.exact() {
            statement.push("(");
            hits.push_exact(&mut statement, condition);
            statement.push(")");
        } else {
            self.push_matches(&mut statement, Joined::WhenNeeded);
        }
        statement
    }

    /// The statement that gives the ids of a page, in order.
    pub fn page(&self, sql: Session<'_>, tenant: i64, search: &Search, total: i64) -> Result<Statement> {
        let mut statement = Statement::new(sql, tenant);
        let order = relevant(&search.order);
        let by_id = match order {
            [] => Some(Direction::Ascending),
            [SortKey { column, direction }] if column.source == Source::Primary => Some(*direction),
            _ => None,
        };
        let jump = Jump::of(sql, tenant, &self.narrowed, &self.driver, order, search.offset)?;
        if let (Some(direction), Some(counted)) = (by_id, self.merged()) {
            push_merged(&mut statement, counted, direction);
        } else if let (Some(direction), Some((hits, condition))) = (by_id, self.exact()) {
            hits.push_exact(&mut statement, condition);
            hits.push_order(&mut statement, direction);
        } else if let Some(index) = self.walk(order, by_id, search, total) {
            statement
                .push("SELECT c.id FROM ")
                .table("customer", "c", Some(index))
                .push(" WHERE c.tenant_id = ?1");
            self.narrowed.push(&mut statement, None);
            if let Some(jump) = &jump {
                jump.push(&mut statement);
            }
            push_order(&mut statement, order);
        } else if let Some(direction) = self.by_creation_of_values(order) {
            statement.push("SELECT a.customer_id FROM ");
            self.push_matches(&mut statement, Joined::WhenNeeded);
            let way = direction.sql();
            statement.push(&format!(" ORDER BY a.customer_created_at{way}, a.customer_id{way}"));
        } else {
            let joined = if by_id.is_some() { Joined::WhenNeeded } else { Joined::Always };
            let id = if self.needs_customer(joined) { "c.id" } else { "a.customer_id" };
            statement.push("SELECT ").push(id).push(" FROM ");
            self.push_matches(&mut statement, joined);
            if let Some(jump) = &jump {
                jump.push(&mut statement);
            }
            match by_id {
                Some(direction) => {
                    statement.push(" ORDER BY ").push(id).push(direction.sql());
                }
                None => push_order(&mut statement, order),
            }
        }
        if let Some(limit) = search.limit {
            let skipped = jump.map_or(0, |jump| jump.skipped);
            statement
                .push(" LIMIT ")
                .bind(limit.into())
                .push(" OFFSET ")
                .bind((search.offset - skipped).into());
        }
        Ok(statement)
    }

    /// A counted condition that is all there is, with few values.
    fn merged(&self) -> Option<&Counted> {
        match (self.narrowed.counted.as_slice(), self.narrowed.groups.is_empty()) {
            ([counted], true) if counted.values.len() <= MERGED => Some(counted),
            _ => None,
        }
    }

    /// Hits that are all there is, with the condition whose they are, where no other rows need be looked at.
    fn exact(&self) -> Option<(&Hits, &Condition)> {
        let Driver::Infix(at, hits) = &self.driver else { return None };
        let is_alone = self.narrowed.groups.len() == 1 && self.narrowed.counted.is_empty();
        (is_alone && hits.is_exact()).then(|| (hits, &self.narrowed.groups[*at][0]))
    }

    /// The index whose order is the search's, when walking it until the page is full costs less than finding and sorting all matches.
    fn walk(
        &self,
        order: &[SortKey],
        by_id: Option<Direction>,
        search: &Search,
        total: i64,
    ) -> Option<&'static str> {
        let index = match order.first() {
            None => PRIMARY,
            Some(key) => key.column.full_index()?,
        };
        let keeps_order = match &self.driver {
            Driver::Scan(_) => return Some(index),
            Driver::Infix(..) => by_id.is_some(),
            Driver::Counted(at) => by_id.is_some() && self.narrowed.counted[*at].values.len() == 1,
            Driver::Range(at) => {
                let condition = &self.narrowed.groups[*at][0];
                order.first().is_some_and(|key| key.column == condition.column)
                    || (by_id.is_some() && condition.test.is_one_key())
            }
        };
        if keeps_order {
            return None;
        }
        let wanted = search.limit.map_or(total, |limit| limit.saturating_add(search.offset).min(total));
        let walked = i128::from(wanted) * i128::from(self.narrowed.all) / i128::from(total.max(1));
        // Matches may lie all at the far end of the order, so walking must look clearly better.
        (walked * 4 < i128::from(total) * 2).then_some(index)
    }

    /// The direction of a search for a value of an added attribute by when its customers were made, which stands beside the values.
    fn by_creation_of_values(&self, order: &[SortKey]) -> Option<Direction> {
        let [SortKey { column, direction }] = order else { return None };
        let is_beside = column.source == Source::Own("customer_by_created_at");
        (is_beside && !self.needs_customer(Joined::WhenNeeded)).then_some(*direction)
    }

    /// Adds tables and conditions, without the order.
    fn push_matches(&self, statement: &mut Statement, joined: Joined) {
        match &self.driver {
            Driver::Scan(index) => {
                statement.table("customer", "c", Some(index)).push(" WHERE c.tenant_id = ?1");
                self.narrowed.push(statement, None);
            }
            Driver::Counted(at) => {
                let index = self.narrowed.counted[*at].index;
                statement.table("customer", "c", Some(index)).push(" WHERE c.tenant_id = ?1");
                self.narrowed.push(statement, None);
            }
            Driver::Infix(_, hits) => {
                statement.table("customer", "c", Some(PRIMARY)).push(" WHERE c.tenant_id = ?1 AND ");
                hits.push_candidates(statement);
                self.narrowed.push(statement, None);
            }
            Driver::Range(at) => {
                let condition = &self.narrowed.groups[*at][0];
                push_source(statement, condition, self.needs_customer(joined));
                self.narrowed.push(statement, Some(*at));
            }
        }
    }

    /// Must the customer's own row be read? Not to find who has a value of an added attribute.
    fn needs_customer(&self, joined: Joined) -> bool {
        let Driver::Range(at) = self.driver else { return true };
        let is_attribute = matches!(self.narrowed.groups[at][0].column.source, Source::Attribute(..));
        let is_alone = self.narrowed.groups.len() == 1 && self.narrowed.counted.is_empty();
        !(is_attribute && is_alone && joined == Joined::WhenNeeded)
    }
}

/// Whether the customer's own row must be there to be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joined {
    Always,
    WhenNeeded,
}

/// The rows of each value come in order of id; merging them is no sorting.
fn push_merged(statement: &mut Statement, counted: &Counted, direction: Direction) {
    for (at, value) in counted.values.iter().enumerate() {
        statement.push(if at == 0 { "" } else { " UNION ALL " }).push("SELECT c.id FROM ");
        statement.table("customer", "c", Some(counted.index)).push(" WHERE c.tenant_id = ?1 AND ");
        counted.push(statement, &[*value]);
    }
    statement
        .push(if counted.values.len() == 1 { " ORDER BY c.id" } else { " ORDER BY 1" })
        .push(direction.sql());
}
