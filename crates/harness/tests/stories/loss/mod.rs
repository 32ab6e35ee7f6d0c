//! What may be lost: a node, the primary, the network between them, the room on the disk. In each case no acknowledged write is.
//!
//! The stories name their database themselves, so they run once, whatever the engine under test is.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

mod clients;
mod disk;
mod nodes;
mod partition;
mod primary;

use std::{env, time};

use patron_harness::{Data, Options, Patron};

/// A node on this database.
fn node(url: &str) -> Patron {
    Patron::start(Options { data: Data::Database(url.to_owned()), ..Options::default() })
}

/// Enough randomness for moments; the seed is printed, `PATRON_SEED` repeats it.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let given = env::var("PATRON_SEED").ok().and_then(|text| text.parse().ok());
        let clock = || time::SystemTime::now().duration_since(time::UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed = given.unwrap_or_else(clock);
        println!("PATRON_SEED={seed}");
        Self(seed | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % limit
    }

    /// A pause of up to so many milliseconds.
    fn pause(&mut self, most: u64) -> time::Duration {
        time::Duration::from_micros(self.below(most * 1000))
    }
}
