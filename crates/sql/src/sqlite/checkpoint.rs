//! Keeping the write-ahead log short: a thread copies it into the file, the writer starts it again from the beginning.
//!
//! The log is never truncated while the store is open: overwriting it in place syncs 1.4 times as fast as appending to
//! it. It is kept from growing in two steps. The thread copies without blocking anyone (`PASSIVE`); that lets the
//! log start over whenever no reader is in it. Where writers and readers never pause, it would not: so beyond
//! [`LIMIT`] the writer itself, between two batches and right after such a copy, waits a moment for the readers to move
//! on (`RESTART`). Only a snapshot held all the while makes the log grow; the wait gets longer with it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, MAIN_DB};

use super::connection::PATIENCE;
use super::failure::Translate;
use super::readers::Readers;
use crate::{Error, crash};

/// Pages (of 4 KiB) that the log may be ahead before the thread copies at once.
const BEHIND: u64 = 1000;

/// Pages in the log beyond which it is made to start over: 64 MiB.
const LIMIT: u64 = 16_384;

/// How long a commit stays in the log alone when little is written.
const LAZY: Duration = Duration::from_secs(1);

/// The least time between two copies, so that one which an old snapshot holds up is not tried in a loop.
const PAUSE: Duration = Duration::from_millis(50);

/// What writer and checkpoint thread know about the log.
pub(super) struct Log {
    readers: Arc<Readers>,
    pages: AtomicU64,
    copied: AtomicU64,
    restart_due: AtomicBool,
    restart_beyond: AtomicU64,
    copies: AtomicU64,
    restarts: AtomicU64,
    wake: Mutex<Wake>,
    bell: Condvar,
}

#[derive(Default)]
struct Wake {
    dirty: bool,
    urgent: bool,
    closing: bool,
}

impl Log {
    /// Has the writer's connection tell of every commit, the readers too.
    pub(super) fn watch(connection: &mut Connection, readers: Arc<Readers>) -> Result<Arc<Log>, Error> {
        let log = Arc::new(Log {
            readers,
            pages: AtomicU64::default(),
            copied: AtomicU64::default(),
            restart_due: AtomicBool::default(),
            restart_beyond: LIMIT.into(),
            copies: AtomicU64::default(),
            restarts: AtomicU64::default(),
            wake: Mutex::default(),
            bell: Condvar::default(),
        });
        let watching = log.clone();
        connection
            .wal_hook(Some(move |_: &mut _, pages| {
                watching.readers.committed();
                watching.grew(u64::try_from(pages).unwrap_or(0));
                Ok(())
            }))
            .translate()?;
        Ok(log)
    }

    /// Starts the thread that copies.
    pub(super) fn copy_on_thread(self: &Arc<Self>, connection: Connection) -> Result<JoinHandle<()>, Error> {
        let log = self.clone();
        let thread = thread::Builder::new().name("sql-checkpoint".into());
        thread
            .spawn(move || {
                while log.wait() {
                    log.copy(&connection)
                }
            })
            .map_err(Error::unavailable)
    }

    /// Lets the thread end.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.bell.notify_all();
    }

    /// Pages in the log, copies made, times it was made to start over.
    pub(super) fn counts(&self) -> (u64, u64, u64) {
        (self.pages.load(Relaxed), self.copies.load(Relaxed), self.restarts.load(Relaxed))
    }

    /// Whether [`Self::restart_if_due`] has something to do.
    pub(super) fn is_restart_due(&self) -> bool {
        self.restart_due.load(Relaxed)
    }

    /// For the writer, between two batches: starts the log over if the thread asked for it.
    pub(super) fn restart_if_due(&self, connection: &Connection) {
        if !self.is_restart_due() {
            return;
        }
        let pages = self.pages.load(Relaxed);
        // Writers wait while we do: a blink at first, longer once a snapshot has let the log grow large.
        let patience = Duration::from_millis(if pages > 8 * LIMIT { 500 } else { 20 });
        let restarted = self.readers.keeping_none(|| {
            connection.busy_timeout(patience)?;
            connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::RESTART)
        });
        match restarted {
            Ok(_) => {
                self.restarts.fetch_add(1, Relaxed);
                self.restart_beyond.store(LIMIT, Relaxed);
            }
            Err(error) => {
                tracing::debug!(%error, pages, "A reader kept the log from starting over.");
                self.restart_beyond.store(pages + LIMIT / 4, Relaxed);
            }
        }
        if let Err(error) = connection.busy_timeout(PATIENCE) {
            tracing::warn!(%error, "The writer's patience could not be set.");
        }
        let _wake = self.lock();
        self.restart_due.store(false, Relaxed);
        self.bell.notify_all();
    }

    fn grew(&self, pages: u64) {
        if pages < self.pages.swap(pages, Relaxed) {
            self.copied.store(0, Relaxed);
        }
        let urgent = pages.saturating_sub(self.copied.load(Relaxed)) >= BEHIND;
        let mut wake = self.lock();
        if !wake.dirty || (urgent && !wake.urgent) {
            wake.dirty = true;
            wake.urgent |= urgent;
            self.bell.notify_all();
        }
    }

    /// Waits until a copy is worth making; `false` when closing.
    fn wait(&self) -> bool {
        let paused = self.bell.wait_timeout_while(self.lock(), PAUSE, |wake| !wake.closing);
        let (wake, _) = paused.unwrap_or_else(PoisonError::into_inner);
        // The writer's restart fails while a copy is being made, so it goes first.
        let left =
            self.bell.wait_timeout_while(wake, LAZY, |wake| self.restart_due.load(Relaxed) && !wake.closing);
        let (wake, _) = left.unwrap_or_else(PoisonError::into_inner);
        let dirty = self.bell.wait_while(wake, |wake| !wake.dirty && !wake.closing);
        let wake = dirty.unwrap_or_else(PoisonError::into_inner);
        let lazy = self.bell.wait_timeout_while(wake, LAZY, |wake| !wake.urgent && !wake.closing);
        let (mut wake, _) = lazy.unwrap_or_else(PoisonError::into_inner);
        wake.dirty = false;
        wake.urgent = false;
        !wake.closing
    }

    fn copy(&self, connection: &Connection) {
        crash::point("checkpoint");
        let outcome = self
            .readers
            .keeping_none(|| connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::PASSIVE));
        match outcome {
            Ok((pages, copied)) => {
                let (pages, copied) = (u64::try_from(pages).unwrap_or(0), u64::try_from(copied).unwrap_or(0));
                self.copied.store(copied, Relaxed);
                self.copies.fetch_add(1, Relaxed);
                self.restart_due.store(pages > self.restart_beyond.load(Relaxed), Relaxed);
                // A reader's snapshot held us up: try again without waiting for another commit.
                self.lock().dirty |= copied < pages;
            }
            Err(error) => {
                tracing::warn!(%error, "The write-ahead log could not be copied into the database file.");
                self.lock().dirty = true;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Wake> {
        self.wake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
