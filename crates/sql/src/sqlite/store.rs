//! An open SQLite database: its threads, its pool, and the order in which they end.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::checkpoint::Log;
use super::connection::{Durability, open_checkpointer, open_writer};
use super::home::Home;
use super::migrate;
use super::numbers::Watch;
use super::readers::Readers;
use super::writer::{Place, Writer};
use crate::aside::{aside, wait};
use crate::unit::unit;
use crate::{Error, Migration, Opening, Session, Stats};

/// A handle; clones share everything.
#[derive(Clone)]
pub(crate) struct Store(Arc<Open>);

struct Open {
    readers: Arc<Readers>,
    writer: Writer,
    log: Arc<Log>,
    watch: Arc<Watch>,
    /// Taken when closing; the threads hold what they need themselves.
    running: Mutex<Option<Running>>,
}

struct Running {
    writer: JoinHandle<()>,
    checkpointer: JoinHandle<()>,
    home: Arc<Home>,
}

impl Store {
    pub(crate) fn open_file(opening: Opening, path: &Path, migrations: &[Migration]) -> Result<Store, Error> {
        if opening == Opening::Existing && !path.exists() {
            return Err(Error::Absent);
        }
        Store::open(opening, Home::file(path)?, Durability::Full, migrations)
    }

    pub(crate) fn open_memory(migrations: &[Migration]) -> Result<Store, Error> {
        Store::open(Opening::Ordinary, Home::scratch()?, Durability::None, migrations)
    }

    fn open(
        opening: Opening,
        home: Home,
        durability: Durability,
        migrations: &[Migration],
    ) -> Result<Store, Error> {
        let home = Arc::new(home);
        let mut connection = open_writer(home.path(), durability)?;
        migrate::run(opening, &connection, migrations)?;
        let watch = Arc::new(Watch::default());
        let readers = Arc::new(Readers::new(home.path().to_owned(), watch.clone())?);
        let log = Log::watch(&mut connection, readers.clone())?;
        let checkpointer = log.copy_on_thread(open_checkpointer(home.path(), durability)?)?;
        let (writer, thread) = Writer::start(connection, watch.clone(), log.clone(), home.clone())?;
        let running = Mutex::new(Some(Running { writer: thread, checkpointer, home }));
        Ok(Store(Arc::new(Open { readers, writer, log, watch, running })))
    }

    pub(crate) fn remember(&self, tables: &'static [&'static str]) -> Result<(), Error> {
        for table in tables {
            let query = "SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND name = ?1 AND type = 'table' AND wr = 0";
            let found = self.read(|sql| sql.first(query, &[(*table).into()], |row| row.int(0)))?;
            if found.is_none() {
                return Err(Error::other(format!("changes of the table {table} cannot be watched")));
            }
        }
        self.0.watch.tables(tables);
        Ok(())
    }

    pub(crate) fn read<T, E: From<Error>>(
        &self,
        work: impl FnOnce(Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.readers.read(work)
    }

    pub(crate) async fn write<T, E>(
        &self,
        place: Place,
        work: impl FnMut(Session<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        self.0.writer.submit(place, unit(work, move |outcome| drop(tell.send(outcome))))?;
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
        aside(|| wait(self.write(Place::Queue, work)))
    }

    pub(crate) fn is_in_place(&self) -> bool {
        let running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().is_some_and(|running| running.home.is_in_place())
    }

    pub(crate) fn stats(&self) -> Stats {
        use std::sync::atomic::Ordering::Relaxed;
        let writer = self.0.writer.counters();
        let (log_pages, checkpoints, log_restarts) = self.0.log.counts();
        Stats {
            queued: writer.queued.load(Relaxed),
            turned_away: writer.turned_away.load(Relaxed),
            batches: writer.batches.load(Relaxed),
            committed: writer.committed.load(Relaxed),
            rolled_back: writer.rolled_back.load(Relaxed),
            largest_batch: writer.largest_batch.load(Relaxed),
            retried_batches: writer.retried_batches.load(Relaxed),
            conflicts: 0,
            checkpoints,
            log_restarts,
            log_pages,
            ..self.0.readers.stats()
        }
    }

    pub(crate) fn close(self) {
        self.0.close();
    }
}

impl Open {
    fn close(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { writer, checkpointer, home }) = running else { return };
        // The writer's connection goes last: SQLite then copies the log into the file and removes it.
        self.log.close();
        ended(checkpointer);
        self.readers.close();
        self.writer.close();
        ended(writer);
        drop(home);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.close();
    }
}

/// Waits for a thread to end, unless it is this one: a unit of work may hold the last handle.
fn ended(thread: JoinHandle<()>) {
    if thread.thread().id() != thread::current().id() && thread.join().is_err() {
        tracing::error!("A thread of the database panicked.");
    }
}
