//! Whole databases, seen from outside the service: moved to another engine, backed up, restored.
//!
//! | file | thought |
//! |---|---|
//! | [`place`] | where a database is, as the command line names it |
//! | [`moving`] | `patron move`: from the first look to the last comparison |
//! | [`copying`] | one table from here to there, in pages, resumable |
//! | [`page`] | rows of any table: read in key order, written, summed up |
//! | [`backup`] | `patron backup` and `patron restore` |
//!
//! Knows no table by name: what there is to copy, the schema says.

pub mod backup;
mod copying;
pub mod moving;
mod page;
mod place;
