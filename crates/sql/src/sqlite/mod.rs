//! SQLite, embedded: one writer thread with group commit, readers in place, a thread that keeps the log short.
//!
//! Knows files, threads and SQLite's habits; no table but `schema_migration`.

mod backup;
mod checkpoint;
mod connection;
mod failure;
mod home;
mod migrate;
mod readers;
mod regexp;
pub(crate) mod statement;
mod store;
mod writer;

pub use backup::{backup, restore};
pub(crate) use store::Store;
