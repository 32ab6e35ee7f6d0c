//! Connections for reading, used in place by whichever thread reads.
//!
//! Idle ones lie on several small stacks, one per core or so; a thread keeps going to the same stack, so that cores
//! seldom meet at a lock and a thread finds the connection it has warmed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rusqlite::Connection;

use super::connection::{PATIENCE, open_reader};
use super::statement::control;
use crate::{Error, Session};

/// Connections that may be open, at least: one for each of many long searches. On large machines four a core.
const LIMIT: usize = 64;

/// The pool.
pub(super) struct Readers {
    path: PathBuf,
    stacks: Box<[Stack]>,
    limit: usize,
    open: AtomicUsize,
    closed: AtomicBool,
    waiting: AtomicUsize,
    turn: Mutex<()>,
    freed: Condvar,
}

/// Idle connections, last in first out. Aligned so that two cores do not share a cache line.
#[derive(Default)]
#[repr(align(64))]
struct Stack {
    idle: Mutex<Vec<Connection>>,
    reads: AtomicU64,
}

impl Stack {
    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readers {
    /// A pool for the database at `path`. Opens one connection, so that trouble shows now.
    pub(super) fn new(path: PathBuf) -> Result<Readers, Error> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let readers = Readers {
            stacks: (0..cores.next_power_of_two()).map(|_| Stack::default()).collect(),
            limit: LIMIT.max(4 * cores),
            open: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            turn: Mutex::new(()),
            freed: Condvar::new(),
            path,
        };
        drop(readers.take()?);
        Ok(readers)
    }

    /// Runs `work` on one snapshot.
    pub(super) fn read<T, E: From<Error>>(
        &self,
        work: impl FnOnce(Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let reader = self.take()?;
        // Costs nothing measurable with one statement, and saves a quarter of the time with two: the log is locked once.
        control(&reader, "BEGIN")?;
        reader.stack.reads.fetch_add(1, Relaxed);
        work(Session::sqlite(&reader))
    }

    /// A connection; it goes back when dropped, and any transaction on it ends.
    pub(super) fn take(&self) -> Result<Reader<'_>, Error> {
        let home = self.home();
        let connection = match self.idle(home)? {
            Some(connection) => connection,
            None => self.wait(home)?,
        };
        Ok(Reader { pool: self, stack: &self.stacks[home], connection: Some(connection) })
    }

    /// Closes idle connections now and busy ones as they come back.
    pub(super) fn close(&self) {
        self.closed.store(true, SeqCst);
        for stack in &self.stacks {
            let idle = std::mem::take(&mut *stack.idle());
            self.open.fetch_sub(idle.len(), SeqCst);
        }
        self.wake();
    }

    /// Open connections, and snapshots read.
    pub(super) fn counts(&self) -> (u64, u64) {
        let reads = self.stacks.iter().map(|stack| stack.reads.load(Relaxed)).sum();
        (self.open.load(Relaxed) as u64, reads)
    }

    /// An idle connection, from `home` if possible, or a new one while there may be more.
    fn idle(&self, home: usize) -> Result<Option<Connection>, Error> {
        if self.closed.load(SeqCst) {
            return Err(Error::Closed);
        }
        for offset in 0..self.stacks.len() {
            let stack = &self.stacks[(home + offset) & (self.stacks.len() - 1)];
            if let Some(connection) = stack.idle().pop() {
                return Ok(Some(connection));
            }
        }
        let room = |open| if open < self.limit { Some(open + 1) } else { None };
        if self.open.fetch_update(SeqCst, SeqCst, room).is_err() {
            return Ok(None);
        }
        // Rings nobody: `wait` calls this with its turn in hand.
        open_reader(&self.path).map(Some).inspect_err(|_| {
            self.open.fetch_sub(1, SeqCst);
        })
    }

    fn wait(&self, home: usize) -> Result<Connection, Error> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_add(1, SeqCst);
        let connection = loop {
            // Looked at only after `waiting` was raised: whoever frees one from now on rings.
            match self.idle(home) {
                Ok(None) => {}
                Ok(Some(connection)) => break Ok(connection),
                Err(error) => break Err(error),
            }
            let woken = self.freed.wait_timeout(turn, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            turn = woken.0;
            if woken.1.timed_out() {
                break Err(Error::Busy);
            }
        };
        self.waiting.fetch_sub(1, SeqCst);
        connection
    }

    fn give_back(&self, stack: &Stack, connection: Connection) {
        let mut idle = stack.idle();
        // Looked at under the stack's lock: `close` empties the stack after it has said so.
        if self.closed.load(SeqCst) {
            drop(idle);
            drop(connection);
            return self.gone();
        }
        idle.push(connection);
        drop(idle);
        self.wake();
    }

    fn gone(&self) {
        self.open.fetch_sub(1, SeqCst);
        self.wake();
    }

    fn wake(&self) {
        if self.waiting.load(SeqCst) > 0 {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            self.freed.notify_all();
        }
    }

    /// The stack that this thread keeps going to.
    fn home(&self) -> usize {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static NUMBER: usize = THREADS.fetch_add(1, Relaxed));
        NUMBER.with(|number| *number) & (self.stacks.len() - 1)
    }
}

/// A connection on loan.
pub(super) struct Reader<'p> {
    pool: &'p Readers,
    stack: &'p Stack,
    connection: Option<Connection>,
}

impl std::ops::Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a reader has its connection until it is dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let ended = if connection.is_autocommit() { Ok(()) } else { control(&connection, "COMMIT") };
        match ended {
            Ok(()) => self.pool.give_back(self.stack, connection),
            Err(error) => {
                tracing::warn!(%error, "A reading connection could not end its snapshot; it is closed.");
                drop(connection);
                self.pool.gone();
            }
        }
    }
}
