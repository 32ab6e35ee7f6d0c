//! Numbers that every call asks for, read once until one of them changes.

use std::cell::{Cell, RefCell};
use std::sync::OnceLock;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

use crate::{Error, Number, Value};

/// Numbers that one connection keeps: more than a busy node has instances under way.
const MOST: usize = 64;

/// Whether the numbers of some tables have changed: told by the connection that writes, asked by all of them.
#[derive(Default)]
pub(crate) struct Watch {
    /// Nothing is kept before they are named.
    tables: OnceLock<&'static [&'static str]>,
    /// Commits that changed a row of one.
    generation: AtomicU64,
    /// Has the transaction under way done that?
    is_changing: AtomicBool,
}

impl Watch {
    /// Names the tables, once.
    pub(super) fn tables(&self, tables: &'static [&'static str]) {
        // A second time it is the same program, and the same tables.
        let _ = self.tables.set(tables);
    }

    /// A row of this table is being inserted, changed or deleted.
    pub(super) fn row_changes(&self, table: &str) {
        if self.is_watched(table) {
            self.is_changing.store(true, Relaxed);
        }
    }

    /// A transaction begins.
    pub(super) fn begun(&self) {
        self.is_changing.store(false, Relaxed);
    }

    /// Somebody else wrote into the database. Nobody should; but who repairs a row by hand, while it is in use, is heeded
    /// from the next change on.
    pub(super) fn changed_elsewhere(&self) {
        self.generation.fetch_add(1, Release);
    }

    /// The transaction was committed; nobody has been told yet.
    pub(super) fn committed(&self) {
        if self.is_changing.swap(false, Relaxed) {
            self.generation.fetch_add(1, Release);
        }
    }

    fn is_watched(&self, table: &str) -> bool {
        self.tables.get().is_some_and(|tables| tables.contains(&table))
    }
}

/// What one connection has read.
///
/// It is true for as long as the generation of the [`Watch`] is what it was before the snapshot was opened in which it was read. A number is
/// never newer than the snapshot, but may be older where a change was committed between the look at the generation and the first statement,
/// which opens the snapshot: the read began before that change was answered.
#[derive(Default)]
pub(crate) struct Numbers {
    generation: Cell<u64>,
    kept: RefCell<Vec<Kept>>,
}

struct Kept {
    sql: &'static str,
    key: Value<'static>,
    number: i64,
}

impl Numbers {
    /// Forgets what is out of date. To be called before a snapshot is opened or a transaction begins.
    pub(super) fn refresh(&self, watch: &Watch) {
        let generation = watch.generation.load(Acquire);
        if self.generation.replace(generation) != generation {
            self.kept.borrow_mut().clear();
        }
    }

    /// What the statement answers for the key: remembered, or else read now.
    fn get(
        &self,
        sql: &'static str,
        key: &Value<'_>,
        read: impl FnOnce() -> Result<Option<i64>, Error>,
    ) -> Result<Option<i64>, Error> {
        // A text is named by its address; where the compiler has made two of it, it is read twice.
        let is_it = |kept: &&Kept| std::ptr::eq(kept.sql, sql) && kept.key == *key;
        if let Some(kept) = self.kept.borrow().iter().find(is_it) {
            return Ok(Some(kept.number));
        }
        // Whoever asks for what is not there could ask for anything.
        let Some(number) = read()? else { return Ok(None) };
        let mut kept = self.kept.borrow_mut();
        if kept.len() == MOST {
            kept.clear();
        }
        kept.push(Kept { sql, key: key.clone().into_owned(), number });
        Ok(Some(number))
    }
}

/// The numbers of a connection that is being used.
#[derive(Clone, Copy)]
pub(crate) struct Remembered<'n> {
    pub(super) numbers: &'n Numbers,
    pub(super) watch: &'n Watch,
    /// Of the connection that writes: what it has changed itself is read again until it is committed.
    pub(super) writes: bool,
}

impl Remembered<'_> {
    /// What the number is for the key: remembered, or else read now.
    pub(crate) fn get(
        self,
        number: &Number,
        key: &Value<'_>,
        read: impl FnOnce() -> Result<Option<i64>, Error>,
    ) -> Result<Option<i64>, Error> {
        let is_changing = self.writes && self.watch.is_changing.load(Relaxed);
        match self.watch.is_watched(number.table) && !is_changing {
            true => self.numbers.get(number.sql, key, read),
            false => read(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: Number = Number { table: "counted", sql: "SELECT 1" };

    fn watch() -> Watch {
        let watch = Watch::default();
        watch.tables(&["counted"]);
        watch
    }

    fn read(numbers: &Numbers, watch: &Watch, writes: bool, key: &'static str, now: i64) -> Option<i64> {
        Remembered { numbers, watch, writes }.get(&NUMBER, &key.into(), || Ok(Some(now))).unwrap()
    }

    #[test]
    fn a_number_is_read_once_until_a_change_is_committed() {
        let (numbers, watch) = (Numbers::default(), watch());
        assert_eq!(read(&numbers, &watch, false, "a", 1), Some(1));
        watch.begun();
        watch.row_changes("another");
        watch.committed();
        numbers.refresh(&watch);
        assert_eq!(read(&numbers, &watch, false, "a", 2), Some(1), "remembered");
        assert_eq!(read(&numbers, &watch, false, "b", 2), Some(2), "another key");
        watch.begun();
        watch.row_changes("counted");
        numbers.refresh(&watch);
        assert_eq!(read(&numbers, &watch, false, "a", 3), Some(1), "not committed");
        watch.committed();
        numbers.refresh(&watch);
        assert_eq!(read(&numbers, &watch, false, "a", 3), Some(3));
        watch.changed_elsewhere();
        numbers.refresh(&watch);
        assert_eq!(read(&numbers, &watch, false, "a", 4), Some(4));
    }

    #[test]
    fn whoever_changes_a_number_sees_its_own_change_and_not_one_that_was_undone() {
        let (numbers, watch) = (Numbers::default(), watch());
        assert_eq!(read(&numbers, &watch, true, "a", 1), Some(1));
        watch.row_changes("counted");
        assert_eq!(read(&numbers, &watch, true, "a", 2), Some(2));
        // Rolled back: the next transaction begins.
        watch.begun();
        numbers.refresh(&watch);
        assert_eq!(read(&numbers, &watch, true, "a", 3), Some(1), "what it was before");
    }

    #[test]
    fn numbers_of_tables_that_nobody_named_are_not_kept() {
        let (numbers, watch) = (Numbers::default(), Watch::default());
        assert_eq!(read(&numbers, &watch, false, "a", 1), Some(1));
        assert_eq!(read(&numbers, &watch, false, "a", 2), Some(2));
    }

    #[test]
    fn what_could_not_be_read_is_not_kept_and_many_are_not_kept_for_ever() {
        let numbers = Numbers::default();
        numbers.get("SELECT 1", &Value::from(1), || Err(Error::NoRow)).unwrap_err();
        for key in 1..=i64::try_from(3 * MOST).unwrap() {
            assert_eq!(numbers.get("SELECT 1", &Value::from(key), || Ok(Some(key))).unwrap(), Some(key));
            assert!(numbers.kept.borrow().len() <= MOST);
        }
    }
}
