//! Criteria as groups of tests and keys to sort by.

use patron_webapi::{Fault, SearchCriteria};

use super::{
    columns::{self, Column, Kind},
    conditions::Test,
    order::{Direction, SortKey},
};
use crate::instances::Catalogue;

/// A test of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column.
    pub column: Column,
    /// The test.
    pub test: Test,
}

impl Condition {
    /// Can an index on the column's keys find what passes? Numbers are only like a pattern as texts, which have no index.
    pub fn is_range(&self) -> bool {
        let is_like = matches!(self.test, Test::Like(..));
        self.test.is_range() && !(is_like && matches!(self.column.kind, Kind::Int | Kind::Real))
    }
}

/// Conditions of which one must hold.
pub type Group = Vec<Condition>;

/// What is searched, and in which order it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Groups that must all hold.
    pub groups: Vec<Group>,
    /// Sort keys, most significant first; rows that are equal in all of them come by id.
    pub order: Vec<SortKey>,
    /// Rows to skip.
    pub offset: i64,
    /// Rows to show, None for all.
    pub limit: Option<i64>,
}

impl Search {
    /// Compiles criteria; refuses fields that cannot be searched by, in the order in which they were sent.
    pub fn of(catalogue: &Catalogue, criteria: &SearchCriteria) -> Result<Self, Fault> {
        let mut groups = Vec::new();
        for filters in &criteria.filter_groups {
            let mut group = Group::new();
            for filter in filters {
                let column = columns::filtered(catalogue, filter.field.as_deref())?;
                let test = Test::of(filter, column.kind)?;
                group.push(Condition { column, test });
            }
            if !group.is_empty() {
                groups.push(group);
            }
        }
        let order = order(catalogue, criteria, &groups)?;
        Ok(Self { groups, order, offset: criteria.offset(), limit: criteria.limit() })
    }
}

/// Without sort keys the original shows rows as its database finds them: by the index that a single range of names or addresses was
/// found with (recorded: `customers/search/condition-5`), else by id. Times are like names here, which lets a page of them be found at
/// once; the original sorts nothing.
fn order(catalogue: &Catalogue, criteria: &SearchCriteria, groups: &[Group]) -> Result<Vec<SortKey>, Fault> {
    let mut order: Vec<SortKey> = Vec::new();
    for sent in &criteria.sort_orders {
        let Some(field) = &sent.field else { continue };
        let Some(column) = columns::sorted(catalogue, field)? else { continue };
        let direction = if sent.direction.as_deref() == Some("ASC") {
            Direction::Ascending
        } else {
            Direction::Descending
        };
        if order.iter().all(|earlier| earlier.column != column) {
            order.push(SortKey { column, direction });
        }
    }
    if let ([], [group]) = (order.as_slice(), groups)
        && let [condition] = group.as_slice()
        && condition.column.orders_ranges()
        && condition.is_range()
        && !condition.test.is_one_key()
    {
        order.push(SortKey { column: condition.column.clone(), direction: Direction::Ascending });
    }
    Ok(order)
}
