//! What may be lost: a node, the primary, the network between them, the room on the disk. In each case no acknowledged write is.
//!
//! The stories name their database themselves, so they run once, whatever the engine under test is.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

mod clients;
mod disk;
mod nodes;
mod partition;
mod primary;

use patron_harness::{Data, Options, Patron};

/// A node on this database.
fn node(url: &str) -> Patron {
    Patron::start(Options { data: Data::Database(url.to_owned()), ..Options::default() })
}
