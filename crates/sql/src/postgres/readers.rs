//! Connections for snapshots, used in place by whichever thread reads.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::connect::{self, Purpose};
use super::connection::Connection;
use super::failure::Damage;
use super::server::Postgres;
use crate::{Error, Session, Stats};

/// How long a reader waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pool. Behind each connection is a process of the server, so idle ones are used again, last in first out.
pub(super) struct Readers {
    server: Postgres,
    shelf: Mutex<Shelf>,
    freed: Condvar,
    reads: AtomicU64,
}

#[derive(Default)]
struct Shelf {
    idle: Vec<Connection>,
    open: usize,
    closed: bool,
}

impl Readers {
    /// A pool. Opens one connection, so that trouble shows now.
    pub(super) fn new(server: Postgres) -> Result<Readers, Error> {
        let readers =
            Readers { server, shelf: Mutex::default(), freed: Condvar::new(), reads: AtomicU64::new(0) };
        let first = connect::open(&readers.server, Purpose::Reading)?;
        *readers.shelf() = Shelf { idle: vec![first], open: 1, closed: false };
        Ok(readers)
    }

    /// Runs `work` on one snapshot.
    pub(super) fn read<T, E: From<Error>>(
        &self,
        work: impl FnOnce(Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let reader = self.take()?;
        self.reads.fetch_add(1, Relaxed);
        let connection = reader.connection.as_ref().expect("a reader has its connection until it is dropped");
        connection.begin_snapshot();
        work(Session::postgres(connection))
    }

    /// Closes idle connections now and busy ones as they come back.
    pub(super) fn close(&self) {
        let mut shelf = self.shelf();
        shelf.closed = true;
        shelf.open -= shelf.idle.len();
        let idle = std::mem::take(&mut shelf.idle);
        drop(shelf);
        drop(idle);
        self.freed.notify_all();
    }

    /// What the pool has open and has done.
    pub(super) fn stats(&self) -> Stats {
        let shelf = self.shelf();
        Stats {
            readers: shelf.open as u64,
            busy_readers: shelf.open.saturating_sub(shelf.idle.len()) as u64,
            most_readers: self.server.readers as u64,
            reads: self.reads.load(Relaxed),
            ..Stats::default()
        }
    }

    fn take(&self) -> Result<Reader<'_>, Error> {
        let mut shelf = self.shelf();
        loop {
            if shelf.closed {
                return Err(Error::Closed);
            }
            if let Some(connection) = shelf.idle.pop() {
                drop(shelf);
                if connection.is_alive() {
                    return Ok(Reader { pool: self, connection: Some(connection) });
                }
                drop(connection);
                shelf = self.shelf();
                shelf.open -= 1;
                continue;
            }
            if shelf.open < self.server.readers {
                shelf.open += 1;
                drop(shelf);
                let connection =
                    connect::open(&self.server, Purpose::Reading).inspect_err(|_| self.gone())?;
                return Ok(Reader { pool: self, connection: Some(connection) });
            }
            let waited = self.freed.wait_timeout(shelf, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            shelf = waited.0;
            if waited.1.timed_out() && shelf.idle.is_empty() {
                return Err(Error::Busy);
            }
        }
    }

    fn gone(&self) {
        self.shelf().open -= 1;
        self.freed.notify_one();
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on loan.
struct Reader<'p> {
    pool: &'p Readers,
    connection: Option<Connection>,
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // Not waited for: the next reader takes the answer in. A snapshot left open would hold the server's cleaning up.
        connection.roll_back();
        let mut shelf = self.pool.shelf();
        let mut surplus = Vec::new();
        if connection.damage() == Damage::Lost {
            // The others are from the same time: nobody should have to wait for each of them to find out.
            surplus = std::mem::take(&mut shelf.idle);
            surplus.push(connection);
        } else if shelf.closed {
            surplus.push(connection);
        } else {
            shelf.idle.push(connection);
        }
        shelf.open -= surplus.len();
        drop(shelf);
        drop(surplus);
        self.pool.freed.notify_one();
    }
}
