//! Searches of flat repositories: those whose rows are one row of a table (groups, tax classes, bulk operations), unlike
//! customers. Search criteria are compiled to SQL over the slice's list of searchable columns
//! (`spec/magento-rest-conventions.md` 2.10).
//!
//! Knows no table: a slice declares a [`Repository`] and reads its rows from [`page`].

mod column;
mod compile;
mod condition;
mod dialect;
pub mod expression;
mod page;
#[cfg(test)]
mod tests;
mod value;

pub use column::{Column, Kind, Repository, require_known};
pub use page::{Page, page};
