//! Writing: one unit of work or one batch of them at a time.
//!
//! A thread takes whatever waits, commits it together, then answers. A unit that somebody waits for, and that finds nobody writing and
//! nobody waiting, is not handed over to it: waking a thread and being woken by it takes longer than the unit itself. It runs where it
//! is, and what comes meanwhile waits for the thread.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::checkpoint::Log;
use super::failure::Translate;
use super::home::Home;
use super::numbers::{Numbers, Remembered, Watch};
use super::savepoint::Savepoints;
use super::statement::control;
use crate::aside::{aside, others_go_on};
use crate::unit::Unit;
use crate::{Error, Session, crash};

/// Units that may wait. At some 20 000 a second this is a fifth of a second: who comes later is better told at once.
const QUEUE: usize = 4096;

/// Units in one transaction. From 128 on the rate hardly grows, only the time to the answer.
const BATCH: usize = 256;

/// Where a unit of work runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the writer's thread, when its turn comes.
    Queue,
    /// On the thread that brings it, if it need not wait.
    Here,
}

/// The way to be written.
pub(super) struct Writer {
    /// `None` when closed: the thread ends once the queue is empty and nobody can add to it.
    queue: RwLock<Option<SyncSender<Box<dyn Unit>>>>,
    work: Arc<Shared>,
    log: Arc<Log>,
    counters: Arc<Counters>,
}

/// What whoever writes holds; `None` once the thread has ended.
type Shared = Mutex<Option<Work>>;

/// What the writer has done; only ever grows, but for `queued`.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) queued: AtomicU64,
    pub(super) turned_away: AtomicU64,
    pub(super) batches: AtomicU64,
    pub(super) committed: AtomicU64,
    pub(super) rolled_back: AtomicU64,
    pub(super) largest_batch: AtomicU64,
    pub(super) retried_batches: AtomicU64,
}

impl Writer {
    /// Starts the thread. It holds on to `home` until its connection is closed.
    pub(super) fn start(
        mut connection: Connection,
        watch: Arc<Watch>,
        log: Arc<Log>,
        home: Arc<Home>,
    ) -> Result<(Writer, JoinHandle<()>), Error> {
        let (queue, waiting) = sync_channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let watching = watch.clone();
        let told = move |_, _: &str, table: &str, _| watching.row_changes(table);
        connection.update_hook(Some(told)).translate()?;
        let foreign = foreign_commits(&connection)?;
        let work = Work {
            connection,
            counters: counters.clone(),
            numbers: Numbers::default(),
            watch,
            foreign: Cell::new(foreign),
            savepoints: Savepoints::default(),
            _home: home,
        };
        let work = Arc::new(Mutex::new(Some(work)));
        let (shared, its_log) = (work.clone(), log.clone());
        let thread = thread::Builder::new().name("sql-writer".into());
        let thread = thread.spawn(move || serve(&shared, &its_log, &waiting)).map_err(Error::unavailable)?;
        let queue = RwLock::new(Some(queue));
        Ok((Writer { queue, work, log, counters }, thread))
    }

    /// Puts a unit in the queue; fails at once if that is full or closed. One that is to be run [here](Place::Here) is run and answered
    /// instead if nobody else writes or waits.
    pub(super) fn submit(&self, place: Place, unit: Box<dyn Unit>) -> Result<(), Error> {
        // Held meanwhile: who closes waits for us.
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = &*queue else { return Err(Error::Closed) };
        if place == Place::Here
            && others_go_on()
            && let Some(mut work) = self.nobody_writes()
            && let Some(work) = &mut *work
        {
            self.counters.queued.fetch_add(1, Relaxed);
            aside(|| {
                crash::point("unit in place");
                work.run(&mut vec![unit]);
            });
            return Ok(());
        }
        self.counters.queued.fetch_add(1, Relaxed);
        queue.try_send(unit).map_err(|refused| {
            self.counters.queued.fetch_sub(1, Relaxed);
            match refused {
                TrySendError::Full(_) => {
                    self.counters.turned_away.fetch_add(1, Relaxed);
                    Error::Busy
                }
                TrySendError::Disconnected(_) => Error::Closed,
            }
        })
    }

    /// Lets the thread finish what waits and end. Does not wait for it.
    pub(super) fn close(&self) {
        *self.queue.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The right to write, if it can be had at once without going before others. Starting the log over may take long, so that is left
    /// to the thread.
    fn nobody_writes(&self) -> Option<MutexGuard<'_, Option<Work>>> {
        if self.counters.queued.load(Relaxed) > 0 || self.log.is_restart_due() {
            return None;
        }
        match self.work.try_lock() {
            Ok(work) => Some(work),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// The thread's life.
fn serve(shared: &Shared, log: &Log, waiting: &Receiver<Box<dyn Unit>>) {
    let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut batch = Vec::with_capacity(BATCH);
    // Waits for the first, then takes who else is there: a lone unit is never kept waiting for company.
    while let Ok(first) = waiting.recv() {
        let mut work = lock();
        let Some(work) = &mut *work else { break };
        batch.push(first);
        batch.extend(waiting.try_iter().take(BATCH - 1));
        work.run(&mut batch);
        log.restart_if_due(&work.connection);
    }
    let ended = lock().take();
    drop(ended);
}

/// What writing takes.
struct Work {
    // Fields are dropped in this order: SQLite's last checkpoint happens when the connection goes, still at home.
    connection: Connection,
    counters: Arc<Counters>,
    numbers: Numbers,
    watch: Arc<Watch>,
    /// Of the last transaction.
    foreign: Cell<i64>,
    /// Of the transaction under way; where they are real, each unit of a batch has one around it.
    savepoints: Savepoints,
    _home: Arc<Home>,
}

impl Work {
    /// Runs and answers the batch, leaving it empty.
    fn run(&mut self, batch: &mut Vec<Box<dyn Unit>>) {
        let size = batch.len() as u64;
        self.counters.queued.fetch_sub(size, Relaxed);
        self.counters.largest_batch.fetch_max(size, Relaxed);
        let committed = match batch.as_mut_slice() {
            [unit] => self.run_alone(&mut **unit),
            units => self.run_together(units),
        };
        self.counters.committed.fetch_add(committed, Relaxed);
        self.counters.rolled_back.fetch_add(size - committed, Relaxed);
        crash::point("committed");
        for unit in batch.drain(..) {
            // A value that panics when it is dropped unheard must not end the thread.
            let _ = catch_unwind(AssertUnwindSafe(|| unit.answer()));
        }
    }

    /// One transaction for one unit; how many were committed.
    fn run_alone(&self, unit: &mut dyn Unit) -> u64 {
        let transaction = match self.begin() {
            Ok(transaction) => transaction,
            Err(error) => {
                unit.fail(error);
                return 0;
            }
        };
        let is_kept = unit.run(self.session());
        if self.savepoints.was_missed() {
            drop(transaction);
            self.savepoints.be_wary();
            return self.run_alone(unit);
        }
        if !is_kept {
            return 0;
        }
        crash::point("unit");
        match transaction.commit() {
            Ok(()) => 1,
            Err(error) => {
                unit.fail(error);
                0
            }
        }
    }

    /// One transaction for all; how many were committed. If it is lost, whoever's fault that is (a full disk, a
    /// deferred reference that only `COMMIT` looks at), each unit gets one of its own: nobody has been told anything yet.
    fn run_together(&self, units: &mut [Box<dyn Unit>]) -> u64 {
        let transaction = match self.begin() {
            Ok(transaction) => transaction,
            Err(error) => {
                units.iter_mut().for_each(|unit| unit.fail(error.again()));
                return 0;
            }
        };
        match self.share(transaction, units) {
            Ok(committed) => committed,
            Err(Lost::ToARefusal) => {
                self.savepoints.be_wary();
                self.run_together(units)
            }
            Err(Lost::To(error)) => {
                tracing::warn!(%error, units = units.len(), "A batch was lost; running its units one by one.");
                self.counters.retried_batches.fetch_add(1, Relaxed);
                units.iter_mut().map(|unit| self.run_alone(&mut **unit)).sum()
            }
        }
    }

    /// Runs the units one after the other, then commits what was kept.
    ///
    /// A unit that is refused has hardly ever written by then. So units are trusted to leave nothing behind when they are refused; where
    /// one does, or a part of one, the batch is begun anew with savepoints, and so are the next ones ([`Savepoints`]).
    fn share(&self, transaction: Transaction<'_>, units: &mut [Box<dyn Unit>]) -> Result<u64, Lost> {
        let mut kept = 0;
        if self.savepoints.are_real() {
            for unit in units {
                kept += u64::from(self.run_in_savepoint(&mut **unit)?);
            }
        } else {
            for unit in units {
                let before = self.connection.total_changes();
                let is_kept = unit.run(self.session());
                let left = !is_kept
                    && (self.connection.total_changes() != before || self.connection.is_autocommit());
                if left || self.savepoints.was_missed() {
                    return Err(Lost::ToARefusal);
                }
                if is_kept {
                    crash::point("unit");
                    kept += 1;
                }
            }
        }
        transaction.commit()?;
        Ok(kept)
    }

    /// Whether the unit is kept; if not, nothing of it is left.
    fn run_in_savepoint(&self, unit: &mut dyn Unit) -> Result<bool, Error> {
        control(&self.connection, "SAVEPOINT unit")?;
        let is_kept = unit.run(self.session());
        if is_kept {
            crash::point("unit");
        } else {
            control(&self.connection, "ROLLBACK TO unit")?;
        }
        // Fails if the transaction is gone, savepoint and all.
        control(&self.connection, "RELEASE unit")?;
        Ok(is_kept)
    }

    fn session(&self) -> Session<'_> {
        let remembered = Remembered { numbers: &self.numbers, watch: &self.watch, writes: true };
        Session::sqlite(&self.connection, remembered, Some(&self.savepoints))
    }

    fn begin(&self) -> Result<Transaction<'_>, Error> {
        self.watch.begun();
        control(&self.connection, "BEGIN IMMEDIATE")?;
        let transaction = Transaction(&self.connection);
        let foreign = foreign_commits(&self.connection)?;
        if self.foreign.replace(foreign) != foreign {
            self.watch.changed_elsewhere();
        }
        self.numbers.refresh(&self.watch);
        self.savepoints.begun();
        self.counters.batches.fetch_add(1, Relaxed);
        Ok(transaction)
    }
}

/// A number that is another after a commit of somebody else's.
fn foreign_commits(connection: &Connection) -> Result<i64, Error> {
    let mut statement = connection.prepare_cached("PRAGMA data_version").translate()?;
    statement.query_row([], |row| row.get(0)).translate()
}

/// Why a batch could not be committed as it was run.
enum Lost {
    /// A unit was refused after it had written.
    ToARefusal,
    /// Whatever the reason, it can be tried unit by unit.
    To(Error),
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        Self::To(error)
    }
}

/// A transaction that is rolled back unless it is committed.
struct Transaction<'c>(&'c Connection);

impl Transaction<'_> {
    fn commit(self) -> Result<(), Error> {
        control(self.0, "COMMIT")
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.0.is_autocommit() {
            return;
        }
        if let Err(error) = control(self.0, "ROLLBACK") {
            tracing::error!(%error, "A transaction could not be rolled back.");
        }
    }
}
