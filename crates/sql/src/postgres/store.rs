//! A PostgreSQL database in use: its pool, its threads, and the order in which they end.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::migrate;
use super::readers::Readers;
use super::server::Postgres;
use super::writers::Writers;
use crate::aside::{aside, wait};
use crate::unit::unit;
use crate::{Error, Migration, Opening, Session, Stats};

/// A handle; clones share everything.
#[derive(Clone)]
pub(crate) struct Store(Arc<Open>);

struct Open {
    readers: Readers,
    writers: Arc<Writers>,
    /// Taken when closing.
    running: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    pub(crate) fn open(
        opening: Opening,
        server: &Postgres,
        migrations: &[Migration],
    ) -> Result<Store, Error> {
        aside(|| {
            migrate::run(opening, server, migrations)?;
            let readers = Readers::new(server.clone())?;
            let (writers, threads) = Writers::start(server.clone())?;
            Ok(Store(Arc::new(Open { readers, writers, running: Mutex::new(threads) })))
        })
    }

    pub(crate) fn read<T, E: From<Error>>(
        &self,
        work: impl FnOnce(Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        aside(|| self.0.readers.read(work))
    }

    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnMut(Session<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        self.0.writers.submit(unit(work, move |outcome| drop(tell.send(outcome))))?;
        told.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    pub(crate) fn write_now<T, E>(
        &self,
        work: impl FnMut(Session<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        aside(|| wait(self.write(work)))
    }

    pub(crate) fn stats(&self) -> Stats {
        let Open { readers, writers, .. } = &*self.0;
        let batches = writers.transactions.load(Relaxed);
        Stats {
            queued: writers.queued(),
            turned_away: writers.turned_away.load(Relaxed),
            batches,
            committed: writers.committed.load(Relaxed),
            rolled_back: writers.rolled_back.load(Relaxed),
            largest_batch: batches.min(1),
            conflicts: writers.conflicts.load(Relaxed),
            ..readers.stats()
        }
    }

    pub(crate) fn close(self) {
        aside(|| self.0.close());
    }
}

impl Open {
    fn close(&self) {
        self.readers.close();
        self.writers.close();
        let running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        // A unit of work may hold the last handle: its thread cannot wait for itself.
        for thread in running.into_iter().filter(|thread| thread.thread().id() != thread::current().id()) {
            if thread.join().is_err() {
                tracing::error!("A thread of the database panicked.");
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.close();
    }
}
