//! Numbers that every call asks for, read once in a snapshot.

use std::cell::RefCell;

use crate::{Error, Value};

/// Numbers that are kept for one snapshot: more than a busy node has instances under way between two commits.
const MOST: usize = 64;

/// What was read in one snapshot of one connection, and is true as long as that lasts.
#[derive(Default)]
pub(crate) struct Numbers(RefCell<Vec<Kept>>);

struct Kept {
    sql: &'static str,
    key: Value<'static>,
    number: Option<i64>,
}

impl Numbers {
    /// What the statement answers for the key: remembered, or else read now.
    pub(crate) fn get(
        &self,
        sql: &'static str,
        key: &Value<'_>,
        read: impl FnOnce() -> Result<Option<i64>, Error>,
    ) -> Result<Option<i64>, Error> {
        // The same text stands in one place of the program, so its address names it.
        let is_it = |kept: &&Kept| std::ptr::eq(kept.sql, sql) && kept.key == *key;
        if let Some(kept) = self.0.borrow().iter().find(is_it) {
            return Ok(kept.number);
        }
        let number = read()?;
        let mut kept = self.0.borrow_mut();
        if kept.len() == MOST {
            kept.clear();
        }
        kept.push(Kept { sql, key: key.clone().into_owned(), number });
        Ok(number)
    }

    /// The snapshot is over.
    pub(super) fn forget(&mut self) {
        self.0.get_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_once_until_the_snapshot_ends() {
        let mut numbers = Numbers::default();
        let (statement, key) = ("SELECT 1", Value::from("a"));
        assert_eq!(numbers.get(statement, &key, || Ok(Some(1))).unwrap(), Some(1));
        assert_eq!(numbers.get(statement, &key, || panic!("read again")).unwrap(), Some(1));
        assert_eq!(numbers.get(statement, &Value::from("b"), || Ok(None)).unwrap(), None);
        numbers.forget();
        assert_eq!(numbers.get(statement, &key, || Ok(Some(2))).unwrap(), Some(2));
    }

    #[test]
    fn what_could_not_be_read_is_not_kept_and_many_are_not_kept_for_ever() {
        let numbers = Numbers::default();
        numbers.get("SELECT 1", &Value::from(1), || Err(Error::NoRow)).unwrap_err();
        for key in 1..=i64::try_from(3 * MOST).unwrap() {
            assert_eq!(numbers.get("SELECT 1", &Value::from(key), || Ok(Some(key))).unwrap(), Some(key));
            assert!(numbers.0.borrow().len() <= MOST);
        }
    }
}
