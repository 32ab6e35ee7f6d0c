//! Undoing a part of a transaction, and doing without the means for it.
//!
//! What stands in a savepoint hardly ever fails, and hardly ever after it has written. But a savepoint has SQLite copy every page that is
//! touched in it, which costs a bulk's create a seventh of its time. So a writer first goes without: where a part fails that has
//! written, the transaction is begun anew with savepoints, and so are the next ones. A unit of work may be run more than once anyway.

use std::cell::Cell;

use rusqlite::Connection;

use super::statement::{control, execute};
use crate::Error;

/// Transactions that have savepoints after one was missed: where there is one, others follow.
const WARY: u32 = 64;

/// Whether the savepoints of a writer's transaction are real.
#[derive(Default)]
pub(crate) struct Savepoints {
    /// Those of this transaction.
    are_real: Cell<bool>,
    /// A part that has written was to be undone, and could not be.
    was_missed: Cell<bool>,
    /// How many of the next transactions have real ones.
    wary: Cell<u32>,
}

impl Savepoints {
    /// A transaction begins.
    pub(super) fn begun(&self) {
        let wary = self.wary.get();
        self.are_real.set(wary > 0);
        self.wary.set(wary.saturating_sub(1));
        self.was_missed.set(false);
    }

    pub(super) fn are_real(&self) -> bool {
        self.are_real.get()
    }

    /// Something is still there that should be undone: the transaction is to be rolled back and begun anew.
    pub(super) fn was_missed(&self) -> bool {
        self.was_missed.get()
    }

    /// The next transactions have real savepoints.
    pub(super) fn be_wary(&self) {
        self.wary.set(WARY);
    }
}

/// Runs `work`; undoes it if it fails or panics. With `savepoints` that are not real, those say instead that it
/// [should have been](Savepoints::was_missed).
pub(crate) fn savepoint<T, E: From<Error>>(
    connection: &Connection,
    savepoints: Option<&Savepoints>,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    match savepoints {
        Some(savepoints) if !savepoints.are_real() => {
            let noticed = Notice { connection, savepoints, before: connection.total_changes() };
            let value = work()?;
            std::mem::forget(noticed);
            Ok(value)
        }
        _ => {
            execute(connection, "SAVEPOINT nested", &[])?;
            let undo = Undo(connection);
            let value = work()?;
            // Inside a savepoint of the same name this releases the innermost, which is ours.
            execute(connection, "RELEASE nested", &[])?;
            std::mem::forget(undo);
            Ok(value)
        }
    }
}

/// Says, when dropped, whether something has been written that should be undone.
struct Notice<'c> {
    connection: &'c Connection,
    savepoints: &'c Savepoints,
    before: u64,
}

impl Drop for Notice<'_> {
    fn drop(&mut self) {
        if self.connection.total_changes() != self.before {
            self.savepoints.was_missed.set(true);
        }
    }
}

/// Undoes the innermost savepoint when dropped.
struct Undo<'c>(&'c Connection);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        for sql in ["ROLLBACK TO nested", "RELEASE nested"] {
            // Fails only if SQLite has already rolled the whole transaction back, savepoint included.
            if let Err(error) = control(self.0, sql) {
                tracing::debug!(%error, sql, "A savepoint was gone before it could be undone.");
            }
        }
    }
}
