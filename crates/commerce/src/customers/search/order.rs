//! The order of a search's rows, and as SQL.

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
    /// What stands after a key in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Ascending => "",
            Self::Descending => " DESC",
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
        statement.push(&column.key).push(direction.sql()).push(", ");
    }
    if order.last().is_some_and(|key| key.column.source == Source::Primary) {
        statement.sql.truncate(statement.sql.len() - ", ".len());
    } else {
        statement.push("c.id").push(of_equals(order).sql());
    }
}
