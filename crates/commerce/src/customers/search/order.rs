//! The order of a search's rows, and as SQL.
//!
//! The original's database takes NULL for smaller than any value, and so does SQLite; PostgreSQL takes it for greater. So keys that
//! may be NULL say where it goes. Keys that never are do not: PostgreSQL would pass over an index for words that change nothing.

use super::{
    columns::{Column, Kind, Source},
    render::Statement,
};

/// A key to sort by.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// The column.
    pub column: Column,
    /// Which way.
    pub direction: Direction,
}

/// Which way rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first; NULL is smallest.
    Ascending,
    /// Greatest first.
    Descending,
}

impl Direction {
    /// What stands after a key that is never NULL in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Ascending => "",
            Self::Descending => " DESC",
        }
    }

    /// What stands after a key that may be NULL.
    pub fn with_nulls(self) -> &'static str {
        match self {
            Self::Ascending => " NULLS FIRST",
            Self::Descending => " DESC NULLS LAST",
        }
    }
}

/// Sort keys up to the id, which no two customers share.
pub fn relevant(order: &[SortKey]) -> &[SortKey] {
    let id = order.iter().position(|key| key.column.source == Source::Primary);
    id.map_or(order, |at| &order[..=at])
}

/// How rows that are equal in every key are sorted by id: a later id is the newer customer of one moment, else by id alone.
pub fn of_equals(order: &[SortKey]) -> Direction {
    match order.last() {
        Some(key) if key.column.kind == Kind::Moment => key.direction,
        _ => Direction::Ascending,
    }
}

/// Adds the order, to the end: rows that are equal in every key come by id.
pub fn push_order(statement: &mut Statement, order: &[SortKey]) {
    statement.push(" ORDER BY ");
    for SortKey { column, direction } in order {
        // What has an index with every customer in it has a value for every customer.
        let is_never_null = column.full_index().is_some();
        let way = if is_never_null { direction.sql() } else { direction.with_nulls() };
        statement.push(&column.key).push(way).push(", ");
    }
    if order.last().is_some_and(|key| key.column.source == Source::Primary) {
        statement.sql.truncate(statement.sql.len() - ", ".len());
    } else {
        statement.push("c.id").push(of_equals(order).sql());
    }
}
