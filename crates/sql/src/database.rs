//! The handle that everything else holds: opened once, cloned freely, closed with the last clone.

use std::path::PathBuf;

use crate::{Error, Migration, Opening, Postgres, Session, Stats, postgres, rehearsal, sqlite};

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// An SQLite database in this file. Its folder is created; `-wal`, `-shm` and `.lock` files stand beside it.
    File(PathBuf),
    /// A new, empty SQLite database that is gone when it is closed. Behaves as a file does, but never waits for a disk.
    Memory,
    /// A PostgreSQL server, which other nodes may use at the same time.
    Postgres(Postgres),
}

/// Which engine runs the statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, inside this process.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// A handle to the database; clones share everything. The last one to be dropped closes it, as [`Database::close`]
/// does.
#[derive(Clone)]
pub struct Database(Backend);

#[derive(Clone)]
enum Backend {
    Sqlite(sqlite::Store),
    Postgres(postgres::Store),
}

impl Database {
    /// Opens the database and runs the migrations it lacks.
    ///
    /// Fails with [`Error::InUse`] if another process (or handle) has it open, with [`Error::TooNew`] if a newer
    /// program has changed it beyond additions, with [`Error::HalfFilled`] if a move into it was cut off, with [`Error::Unavailable`] if it
    /// cannot be reached.
    pub fn open(location: &Location, migrations: &[Migration]) -> Result<Database, Error> {
        Self::open_as(Opening::Ordinary, location, migrations)
    }

    /// As [`Database::open`], for one that must be there, or must not.
    ///
    /// Fails as that does, and with [`Error::HalfFilled`], [`Error::Absent`] or [`Error::NotEmpty`] if the database is not what it
    /// should be.
    pub fn open_as(
        opening: Opening,
        location: &Location,
        migrations: &[Migration],
    ) -> Result<Database, Error> {
        let migrations = &*rehearsal::extended(migrations);
        Ok(Database(match location {
            Location::File(path) => Backend::Sqlite(sqlite::Store::open_file(opening, path, migrations)?),
            Location::Memory => Backend::Sqlite(sqlite::Store::open_memory(migrations)?),
            Location::Postgres(server) => {
                Backend::Postgres(postgres::Store::open(opening, server, migrations)?)
            }
        }))
    }

    /// The same, whose connections remember the [numbers](crate::Number) of these tables. To be said before it is used, and nobody may ever
    /// empty such a table by a `DELETE` without a condition: SQLite does not tell of that.
    ///
    /// Fails if SQLite tells of no change of a table: it is not there under this very name, or has no row ids.
    pub fn remembering(self, tables: &'static [&'static str]) -> Result<Self, Error> {
        if let Backend::Sqlite(store) = &self.0 {
            store.remember(tables)?;
        }
        Ok(self)
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.0 {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs `work` on one snapshot of the data, in place on the calling thread: it sees every write that was answered
    /// before, and none that comes after its first statement. Writing fails with [`Error::ReadOnly`].
    ///
    /// PostgreSQL is waited for; a worker of tokio's multi-threaded runtime hands its other tasks on meanwhile.
    ///
    /// Fails with [`Error::Busy`] if no connection is free for five seconds. Do not read inside a read: pass the session.
    pub fn read<T, E: From<Error>>(&self, work: impl FnOnce(Session<'_>) -> Result<T, E>) -> Result<T, E> {
        match &self.0 {
            Backend::Sqlite(store) => store.read(work),
            Backend::Postgres(store) => store.read(work),
        }
    }

    /// Runs `work` as one unit: `Ok` commits, and is answered only when it is safely on disk; `Err` or a panic rolls
    /// back this unit alone.
    ///
    /// `work` may run more than once (after a conflict, or when a neighbour took a shared transaction down), so it
    /// must change nothing but the database. Units run as if one after the other: on PostgreSQL, where they may meet,
    /// one that did not is run again. Dropping the future does not take the unit back.
    ///
    /// Fails with [`Error::Busy`] at once if too many units wait already, or if others were in the way every time. If
    /// the connection to PostgreSQL is lost in the middle of a commit, nobody knows whether it was kept: that is
    /// [`Error::Uncertain`], and the unit is not run again.
    pub async fn write<T, E>(
        &self,
        work: impl FnMut(Session<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0 {
            Backend::Sqlite(store) => store.write(sqlite::Place::Queue, work).await,
            Backend::Postgres(store) => store.write(work).await,
        }
    }

    /// [`Database::write`] for a short unit that somebody waits for: on SQLite, where nobody else writes, it runs and commits before this
    /// future is polled to its first `Pending`, on the calling thread (a runtime's other tasks are moved to another meanwhile). It is quicker,
    /// and no time that the caller sets ends it.
    pub async fn write_here<T, E>(
        &self,
        work: impl FnMut(Session<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0 {
            Backend::Sqlite(store) => store.write(sqlite::Place::Here, work).await,
            Backend::Postgres(store) => store.write(work).await,
        }
    }

    /// [`Database::write`] for code without a runtime: blocks the calling thread until the commit.
    pub fn write_now<T, E>(
        &self,
        work: impl FnMut(Session<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0 {
            Backend::Sqlite(store) => store.write_now(work),
            Backend::Postgres(store) => store.write_now(work),
        }
    }

    /// Whether the files that are written to are still where the next start will look for them. PostgreSQL looks after its own.
    pub fn is_in_place(&self) -> bool {
        match &self.0 {
            Backend::Sqlite(store) => store.is_in_place(),
            Backend::Postgres(_) => true,
        }
    }

    /// What the store has done so far.
    pub fn stats(&self) -> Stats {
        match &self.0 {
            Backend::Sqlite(store) => store.stats(),
            Backend::Postgres(store) => store.stats(),
        }
    }

    /// Runs what waits, then closes; other clones get [`Error::Closed`] from then on.
    pub fn close(self) {
        match self.0 {
            Backend::Sqlite(store) => store.close(),
            Backend::Postgres(store) => store.close(),
        }
    }
}
