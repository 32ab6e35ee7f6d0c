//! PostgreSQL: a pool of snapshots for reading, a few threads for units of work, and any number of other nodes.
//!
//! Knows connections, transactions and PostgreSQL's habits; no table but `schema_migration`.

mod cell;
mod connect;
mod connection;
mod failure;
mod lanes;
mod migrate;
mod pattern;
mod probe;
mod readers;
mod server;
mod socket;
mod store;
mod tls;
mod translate;
mod wire;
mod writers;

pub(crate) use cell::Cell;
pub(crate) use connection::{Connection, each, execute, first, savepoint};
pub use server::Postgres;
pub(crate) use store::Store;

/// A number that differs between nodes and from call to call: for spreading waits and choosing hosts, no secret.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
