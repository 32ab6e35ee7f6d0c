//! One number in the database that is another after every change that makes a token good or bad: what a node remembers of tokens
//! and keys is true for one value only, so a deletion counts at once on every node, for the price of one point read a call on PostgreSQL
//! and of none on SQLite.
//!
//! The step is random. A writer may see a value that is rolled back afterwards; counting by ones, another change would reach the
//! same value, and what was remembered of the one that never happened would be believed.

use patron_sql::Session;

use super::store;
use crate::{Moment, failure::Result};

/// Its table.
pub const TABLE: &str = store::EPOCH.table;

/// The value as this unit of work sees it.
pub fn read(sql: Session<'_>) -> Result<i64> {
    store::epoch(sql)
}

/// How far a change moves it: 1 to 2^32.
pub fn step(moment: Moment<'_>) -> i64 {
    1 + i64::from(u32::from_le_bytes(moment.bytes()))
}

/// Says that something changed, in the unit of work that changes it.
pub fn advance(sql: Session<'_>, moment: Moment<'_>) -> Result<()> {
    store::advance_epoch(sql, step(moment))
}
