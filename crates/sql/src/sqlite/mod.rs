//! SQLite, embedded: one writer thread with group commit, readers in place, a thread that keeps the log short.
//!
//! Knows files, threads and SQLite's habits; no table but `schema_migration`.

mod backup;
mod checkpoint;
mod connection;
mod failure;
mod home;
mod log_file;
mod migrate;
mod numbers;
mod readers;
mod regexp;
mod savepoint;
pub(crate) mod statement;
mod store;
mod writer;

pub use backup::{backup, restore};
pub(crate) use numbers::Remembered;
pub(crate) use savepoint::{Savepoints, savepoint};
pub(crate) use store::Store;
pub(crate) use writer::Place;
