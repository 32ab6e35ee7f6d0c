//! The threads that run units of work: each on a connection of its own, serializable, again after a conflict.
//!
//! Serializable, because a unit is written as if it were alone: it reads a rule's ground and writes by it, as on
//! SQLite. Under anything less, two that read the same ground could both be right and together wrong.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::connect::{self, Purpose};
use super::connection::{Connection, swallowed};
use super::failure::Damage;
use super::lanes::Lanes;
use super::server::Postgres;
use crate::unit::Unit;
use crate::{Error, Session, crash};

/// Units that may wait. Who comes later is better told at once.
const QUEUE: usize = 4096;

/// How often a unit is run before it is given up.
const ATTEMPTS: u32 = 12;

/// The way to the threads.
pub(super) struct Writers {
    server: Postgres,
    queue: Mutex<Queue>,
    changed: Condvar,
    pub(super) turned_away: AtomicU64,
    pub(super) transactions: AtomicU64,
    pub(super) committed: AtomicU64,
    pub(super) rolled_back: AtomicU64,
    pub(super) conflicts: AtomicU64,
}

struct Queue {
    waiting: VecDeque<Box<dyn Unit>>,
    running: usize,
    lanes: Lanes,
    closed: bool,
}

impl Queue {
    fn has_lane(&self) -> bool {
        self.running < self.lanes.open()
    }
}

impl Writers {
    /// Starts the threads. They connect when there is something to do.
    pub(super) fn start(server: Postgres) -> Result<(Arc<Writers>, Vec<JoinHandle<()>>), Error> {
        let count = server.writers;
        let queue = Queue { waiting: VecDeque::new(), running: 0, lanes: Lanes::new(count), closed: false };
        let writers = Arc::new(Writers {
            server,
            queue: Mutex::new(queue),
            changed: Condvar::new(),
            turned_away: AtomicU64::new(0),
            transactions: AtomicU64::new(0),
            committed: AtomicU64::new(0),
            rolled_back: AtomicU64::new(0),
            conflicts: AtomicU64::new(0),
        });
        let start = |number| {
            let writers = writers.clone();
            thread::Builder::new().name(format!("sql-writer-{number}")).spawn(move || writers.serve())
        };
        let threads = (0..count).map(start).collect::<Result<_, _>>();
        let threads = threads.inspect_err(|_| writers.close()).map_err(Error::unavailable)?;
        Ok((writers, threads))
    }

    /// Puts a unit in the queue; fails at once if that is full or closed.
    pub(super) fn submit(&self, unit: Box<dyn Unit>) -> Result<(), Error> {
        let mut queue = self.queue();
        if queue.closed {
            return Err(Error::Closed);
        }
        if queue.waiting.len() >= QUEUE {
            self.turned_away.fetch_add(1, Relaxed);
            return Err(Error::Busy);
        }
        queue.waiting.push_back(unit);
        let has_lane = queue.has_lane();
        drop(queue);
        if has_lane {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Lets the threads finish what waits and end. Does not wait for them.
    pub(super) fn close(&self) {
        self.queue().closed = true;
        self.changed.notify_all();
    }

    /// Units that wait.
    pub(super) fn queued(&self) -> u64 {
        self.queue().waiting.len() as u64
    }

    fn serve(&self) {
        let mut connection = None;
        let mut next = self.next(self.queue());
        while let Some(mut unit) = next {
            match self.run(&mut *unit, &mut connection) {
                Outcome::Committed => &self.committed,
                Outcome::RolledBack => &self.rolled_back,
            }
            .fetch_add(1, Relaxed);
            // A value that panics when it is dropped unheard must not end the thread.
            let _ = catch_unwind(AssertUnwindSafe(|| unit.answer()));
            // Under one lock, so that a lane stays with the thread and the server's process that are warm.
            let mut queue = self.queue();
            queue.running -= 1;
            next = self.next(queue);
        }
        // The others may be waiting for a lane that this one leaves.
        self.changed.notify_all();
    }

    /// The next unit, once there is a lane for it; nothing once the queue is closed and empty.
    fn next(&self, mut queue: MutexGuard<'_, Queue>) -> Option<Box<dyn Unit>> {
        loop {
            let unit = if queue.has_lane() { queue.waiting.pop_front() } else { None };
            if unit.is_some() {
                queue.running += 1;
                if queue.has_lane() && !queue.waiting.is_empty() {
                    self.changed.notify_one();
                }
                return unit;
            }
            if queue.closed && queue.waiting.is_empty() {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Runs a unit until it is committed, refuses by itself, or has met others too often.
    fn run(&self, unit: &mut dyn Unit, connection: &mut Option<Connection>) -> Outcome {
        for attempt in 0..ATTEMPTS {
            match self.attempt(unit, connection) {
                Ok(outcome) => {
                    if attempt == 0 {
                        self.queue().lanes.went_through();
                    }
                    return outcome;
                }
                Err(Damage::Lost) => *connection = None,
                Err(_) => {
                    self.conflicts.fetch_add(1, Relaxed);
                    self.queue().lanes.collided();
                }
            }
            thread::sleep(pause(attempt));
        }
        unit.fail(Error::Busy);
        Outcome::RolledBack
    }

    /// One transaction. Fails if it may be tried again: it is certain that nothing was kept.
    fn attempt(&self, unit: &mut dyn Unit, kept: &mut Option<Connection>) -> Result<Outcome, Damage> {
        let refuse = |unit: &mut dyn Unit, error| {
            unit.fail(error);
            Ok(Outcome::RolledBack)
        };
        if kept.as_ref().is_some_and(|connection| !connection.is_alive()) {
            *kept = None;
        }
        let connection = match kept {
            Some(connection) => connection,
            None => match connect::open(&self.server, Purpose::Writing) {
                Ok(connection) => kept.insert(connection),
                Err(error) => {
                    if matches!(error, Error::Unavailable(_)) {
                        self.turn_away(&error);
                    }
                    return refuse(unit, error);
                }
            },
        };
        self.transactions.fetch_add(1, Relaxed);
        if let Err(error) = connection.begin() {
            let damage = connection.damage();
            return if damage == Damage::Lost { Err(damage) } else { refuse(unit, error) };
        }
        let wanted = unit.run(Session::postgres(connection));
        match connection.damage() {
            damage @ (Damage::Conflict | Damage::Lost) => {
                connection.roll_back();
                return Err(damage);
            }
            // Ended while the unit was computing: as long as no `COMMIT` was sent, it is certain that nothing was kept.
            _ if wanted && !connection.is_alive() => return Err(Damage::Lost),
            // PostgreSQL would answer a `COMMIT` with a rollback.
            Damage::Aborted if wanted => unit.fail(swallowed()),
            _ if wanted => match commit(connection) {
                Ok(()) => return Ok(Outcome::Committed),
                Err(_) if connection.damage() == Damage::Conflict => return Err(Damage::Conflict),
                Err(_) if connection.damage() == Damage::Lost => {
                    *kept = None;
                    return refuse(unit, Error::Uncertain);
                }
                Err(error) => return refuse(unit, error),
            },
            _ => {}
        }
        connection.roll_back();
        Ok(Outcome::RolledBack)
    }

    /// Refuses whoever waits: without a server nobody gets a turn, and each would wait for the attempts of all before.
    fn turn_away(&self, error: &Error) {
        let waiting = std::mem::take(&mut self.queue().waiting);
        self.rolled_back.fetch_add(waiting.len() as u64, Relaxed);
        for mut unit in waiting {
            unit.fail(error.again());
            let _ = catch_unwind(AssertUnwindSafe(|| unit.answer()));
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Commits, between two points at which a test may kill the process.
fn commit(connection: &Connection) -> Result<(), Error> {
    crash::point("unit");
    connection.commit()?;
    crash::point("committed");
    Ok(())
}

enum Outcome {
    Committed,
    RolledBack,
}

/// Up to 1, 2, 4 … 64 ms: whoever met once should not meet again at the same moment.
fn pause(attempt: u32) -> Duration {
    let most = 1000 << attempt.min(6);
    Duration::from_micros(super::random() % most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_no_two_nodes_have_the_same() {
        for attempt in 0..ATTEMPTS {
            let pauses: Vec<Duration> = (0..50).map(|_| pause(attempt)).collect();
            let most = Duration::from_millis(1 << attempt.min(6));
            assert!(pauses.iter().all(|one| *one < most), "{attempt}: {pauses:?}");
            assert!(pauses.iter().any(|one| *one > most / 4), "{attempt}: {pauses:?}");
            assert!(pauses.iter().any(|one| *one != pauses[0]), "{attempt}: {pauses:?}");
        }
    }
}
