//! One SQL text, two engines: what a slice writes in its `store.rs` runs on the database that the operator chose.
//!
//! A [`Database`] gives out [`Session`]s: for reading, in place on the calling thread, one snapshot each; for writing,
//! one at a time, answered only after the commit is durable. Statements are text with `?1, ?2, …` for parameters and
//! know only `BIGINT`, `TEXT` and `DOUBLE PRECISION` columns.
//!
//! This crate knows no table but its own `schema_migration`, `schema_addition` and `schema_move`, no clock and no configuration.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod aside;
pub mod crash;
mod database;
mod error;
mod filling;
mod migration;
mod number;
mod postgres;
mod rehearsal;
mod row;
mod session;
mod sqlite;
mod statements;
mod stats;
mod table;
mod unit;
mod value;

pub use database::{Database, Engine, Location};
pub use error::Error;
pub use filling::{Filling, Opening};
pub use migration::Migration;
pub use number::Number;
pub use postgres::Postgres;
pub use row::Row;
pub use session::Session;
pub use sqlite::{backup, restore};
pub use stats::Stats;
pub use table::{Column, Kind, Table};
pub use value::Value;
