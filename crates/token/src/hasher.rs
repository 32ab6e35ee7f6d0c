//! The bounded pool in which passwords are hashed.
//!
//! A hash is 20 ms of a core and 19 MiB. Left to an unbounded pool of blocking threads, hashing takes everybody else's
//! reads to one hundredth (`spec/measurements.md` 5); by a [crew](patron_crew) of as many threads as there are cores, at low priority,
//! reads do not notice it. What does not fit into the queue is refused at once, so that the server can say when to come
//! back instead of answering after the client has given up.
//!
//! This module does not know what is hashed; that is [`crate::password`].

use std::num::NonZero;
use std::thread;
use std::time::Duration;

use patron_crew::{Crew, Stats};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::memory::Memory;
use crate::password::{self, SALT_LENGTH, Verdict};

/// Passwords that may wait for each thread, by default: half a second of work. Who waited for longer would find nobody there any more.
const WAITING: usize = 32;

/// The queue is full, or no thread could be had: ask again in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be hashed")]
pub struct Busy;

/// The pool. Dropping it lets the threads finish what waits.
pub struct HashPool(Crew<Memory>);

impl HashPool {
    /// A pool of so many threads; it has none yet.
    pub fn of(threads: usize) -> Self {
        Self::with(patron_crew::Settings {
            name: "hash",
            threads,
            waiting: threads * WAITING,
            // Reads come first, and yet on a busy machine a tenth of a core is left, where 19 would starve logins.
            nice: 10,
            // A thread takes its memory with it, and starting again costs less than a hash.
            linger: Duration::from_secs(2),
        })
    }

    fn with(settings: patron_crew::Settings) -> Self {
        Self(Crew::new(settings))
    }

    /// Hashes a password for storage. Dropping the future gives up work that has not begun.
    pub async fn hash(&self, password: Zeroizing<String>, salt: [u8; SALT_LENGTH]) -> Result<String, Busy> {
        self.submit(move |memory| password::hash(&password, &salt, memory))?.await.map_err(|_| Busy)
    }

    /// Verifies a password against a stored hash. Dropping the future gives up work that has not begun.
    pub async fn verify(&self, password: Zeroizing<String>, stored: String) -> Result<Verdict, Busy> {
        self.submit(move |memory| password::verify(&password, &stored, memory))?.await.map_err(|_| Busy)
    }

    /// [`Self::hash`] for a thread that may block; panics inside an asynchronous task.
    pub fn hash_blocking(
        &self,
        password: Zeroizing<String>,
        salt: [u8; SALT_LENGTH],
    ) -> Result<String, Busy> {
        self.submit(move |memory| password::hash(&password, &salt, memory))?.blocking_recv().map_err(|_| Busy)
    }

    /// [`Self::verify`] for a thread that may block; panics inside an asynchronous task.
    pub fn verify_blocking(&self, password: Zeroizing<String>, stored: String) -> Result<Verdict, Busy> {
        self.submit(move |memory| password::verify(&password, &stored, memory))?
            .blocking_recv()
            .map_err(|_| Busy)
    }

    /// What the pool is doing now.
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    fn submit<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> R + Send + 'static,
    ) -> Result<oneshot::Receiver<R>, Busy> {
        self.0.ask(work).ok_or(Busy)
    }
}

/// With a thread for each core.
impl Default for HashPool {
    fn default() -> Self {
        Self::of(thread::available_parallelism().map_or(1, NonZero::get))
    }
}

#[cfg(test)]
mod tests;
