//! Connections for reading, used in place by whichever thread reads.
//!
//! Idle ones lie on several small stacks, one per core or so; a thread keeps going to the same stack, so that cores
//! seldom meet at a lock and a thread finds the connection it has warmed.
//!
//! An idle connection keeps its snapshot, and the next read takes it over if nothing was committed since: opening and closing one
//! asks the system four times (locks, file size). Each commit begins a new *generation* before it is answered, and a snapshot bears the
//! generation from before it was opened: it is never taken for newer than it is. Kept snapshots would keep the log from starting
//! over, so [none is kept](Readers::keeping_none) while it is copied.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rusqlite::Connection;

use super::connection::{PATIENCE, open_reader};
use super::numbers::{Numbers, Remembered, Watch};
use super::statement::control;
use crate::{Error, Session, Stats};

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
    generation: AtomicU64,
    watch: Arc<Watch>,
    /// How many want that no snapshot is kept just now.
    keeping_none: AtomicUsize,
}

/// A connection that nobody uses.
struct Idle {
    connection: Connection,
    /// The generation in which the snapshot that it keeps was opened.
    snapshot: Option<u64>,
    /// What need not be read again.
    numbers: Numbers,
}

impl Idle {
    /// Ends the snapshot, if it keeps one.
    fn end_snapshot(&mut self) -> Result<(), Error> {
        self.snapshot = None;
        if self.connection.is_autocommit() { Ok(()) } else { control(&self.connection, "COMMIT") }
    }
}

/// Idle connections, last in first out. Aligned so that two cores do not share a cache line.
#[derive(Default)]
#[repr(align(64))]
struct Stack {
    idle: Mutex<Vec<Idle>>,
    reads: AtomicU64,
}

impl Stack {
    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readers {
    /// A pool for the database at `path`. Opens one connection, so that trouble shows now.
    pub(super) fn new(path: PathBuf, watch: Arc<Watch>) -> Result<Readers, Error> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let readers = Readers {
            stacks: (0..cores.next_power_of_two()).map(|_| Stack::default()).collect(),
            limit: LIMIT.max(4 * cores),
            open: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            turn: Mutex::new(()),
            freed: Condvar::new(),
            generation: AtomicU64::new(0),
            watch,
            keeping_none: AtomicUsize::new(0),
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
        let mut reader = self.lend()?;
        reader.see_everything()?;
        reader.stack.reads.fetch_add(1, Relaxed);
        work(Session::sqlite(&reader, reader.remembered(), None))
    }

    /// A connection without a transaction; it goes back when dropped, and any transaction on it ends.
    fn take(&self) -> Result<Reader<'_>, Error> {
        let mut reader = self.lend()?;
        reader.idle_mut().end_snapshot()?;
        Ok(reader)
    }

    /// To be told after every commit, before it is answered.
    pub(super) fn committed(&self) {
        // First: who sees the new generation must not use numbers from before it.
        self.watch.committed();
        self.generation.fetch_add(1, SeqCst);
    }

    /// Does `work` while no connection keeps a snapshot: those kept now end first, and none that is open now or opened meanwhile is
    /// taken over.
    pub(super) fn keeping_none<T>(&self, work: impl FnOnce() -> T) -> T {
        self.keeping_none.fetch_add(1, SeqCst);
        for stack in &self.stacks {
            let mut failed = Vec::new();
            stack.idle().retain_mut(|idle| idle.end_snapshot().map_err(|error| failed.push(error)).is_ok());
            failed.iter().for_each(|error| self.give_up(error));
        }
        let outcome = work();
        self.generation.fetch_add(1, SeqCst);
        self.keeping_none.fetch_sub(1, SeqCst);
        outcome
    }

    /// Whether a read that begins now may use the snapshot of this connection.
    fn is_current(&self, idle: &Idle) -> bool {
        idle.snapshot == Some(self.generation.load(SeqCst)) && self.keeping_none.load(SeqCst) == 0
    }

    /// A connection, perhaps with a snapshot.
    fn lend(&self) -> Result<Reader<'_>, Error> {
        let home = self.home();
        let idle = match self.idle(home)? {
            Some(idle) => idle,
            None => self.wait(home)?,
        };
        Ok(Reader { pool: self, stack: &self.stacks[home], idle: Some(idle) })
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

    /// What the pool has open and has done.
    pub(super) fn stats(&self) -> Stats {
        let idle: usize = self.stacks.iter().map(|stack| stack.idle().len()).sum();
        let open = self.open.load(Relaxed);
        Stats {
            readers: open as u64,
            busy_readers: open.saturating_sub(idle) as u64,
            most_readers: self.limit as u64,
            reads: self.stacks.iter().map(|stack| stack.reads.load(Relaxed)).sum(),
            ..Stats::default()
        }
    }

    /// An idle connection, from `home` if possible, or a new one while there may be more.
    fn idle(&self, home: usize) -> Result<Option<Idle>, Error> {
        if self.closed.load(SeqCst) {
            return Err(Error::Closed);
        }
        for offset in 0..self.stacks.len() {
            let stack = &self.stacks[(home + offset) & (self.stacks.len() - 1)];
            if let Some(idle) = stack.idle().pop() {
                return Ok(Some(idle));
            }
        }
        let room = |open| if open < self.limit { Some(open + 1) } else { None };
        if self.open.fetch_update(SeqCst, SeqCst, room).is_err() {
            return Ok(None);
        }
        // Rings nobody: `wait` calls this with its turn in hand.
        let opened = open_reader(&self.path).inspect_err(|_| {
            self.open.fetch_sub(1, SeqCst);
        });
        Ok(Some(Idle { connection: opened?, snapshot: None, numbers: Numbers::default() }))
    }

    fn wait(&self, home: usize) -> Result<Idle, Error> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_add(1, SeqCst);
        let found = loop {
            // Looked at only after `waiting` was raised: whoever frees one from now on rings.
            match self.idle(home) {
                Ok(None) => {}
                Ok(Some(idle)) => break Ok(idle),
                Err(error) => break Err(error),
            }
            let woken = self.freed.wait_timeout(turn, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            turn = woken.0;
            if woken.1.timed_out() {
                break Err(Error::Busy);
            }
        };
        self.waiting.fetch_sub(1, SeqCst);
        found
    }

    fn give_back(&self, stack: &Stack, mut returned: Idle) -> Result<(), Error> {
        // An error inside may have ended the transaction. Asked again below, where `keeping_none` cannot overlook it.
        if returned.connection.is_autocommit() || !self.is_current(&returned) {
            returned.end_snapshot()?;
        }
        let mut idle = stack.idle();
        // Looked at under the stack's lock: `close` empties the stack after it has said so.
        if self.closed.load(SeqCst) {
            drop(idle);
            drop(returned);
            self.gone();
            return Ok(());
        }
        if returned.snapshot.is_some() && !self.is_current(&returned) {
            returned.end_snapshot()?;
        }
        idle.push(returned);
        drop(idle);
        self.wake();
        Ok(())
    }

    fn give_up(&self, error: &Error) {
        tracing::warn!(%error, "A reading connection could not end its snapshot; it is closed.");
        self.gone();
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
    idle: Option<Idle>,
}

impl Reader<'_> {
    /// Opens a snapshot of all that was committed until now, unless it has one.
    fn see_everything(&mut self) -> Result<(), Error> {
        let pool = self.pool;
        let idle = self.idle_mut();
        if pool.is_current(idle) {
            return Ok(());
        }
        idle.end_snapshot()?;
        let generation = pool.generation.load(SeqCst);
        idle.numbers.refresh(&pool.watch);
        control(&idle.connection, "BEGIN")?;
        idle.snapshot = Some(generation);
        Ok(())
    }

    fn remembered(&self) -> Remembered<'_> {
        Remembered { numbers: &self.idle().numbers, watch: &self.pool.watch, writes: false }
    }

    fn idle(&self) -> &Idle {
        self.idle.as_ref().expect("a reader has its connection until it is dropped")
    }

    fn idle_mut(&mut self) -> &mut Idle {
        self.idle.as_mut().expect("a reader has its connection until it is dropped")
    }
}

impl std::ops::Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.idle().connection
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(idle) = self.idle.take() else { return };
        if let Err(error) = self.pool.give_back(self.stack, idle) {
            self.pool.give_up(&error);
        }
    }
}
