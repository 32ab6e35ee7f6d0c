//! Enough randomness for moments: the seed is printed, `PATRON_SEED` repeats it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // the seed is the real clock's

use std::{
    env,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A sequence of numbers.
pub struct Random(u64);

impl Random {
    /// One that nobody has seen, or that of `PATRON_SEED`.
    pub fn seeded() -> Self {
        let given = env::var("PATRON_SEED").ok().and_then(|text| text.parse().ok());
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed = given.unwrap_or_else(clock);
        println!("PATRON_SEED={seed}");
        Self(seed | 1)
    }

    /// Another sequence of the same seed for each number.
    pub fn apart(self, number: u64) -> Self {
        Self(self.0 ^ number << 32)
    }

    /// A number below the limit; 0 when that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % limit.max(1)
    }

    /// A pause of up to so many milliseconds.
    pub fn pause(&mut self, most: u64) -> Duration {
        Duration::from_micros(self.below(most * 1000))
    }
}
