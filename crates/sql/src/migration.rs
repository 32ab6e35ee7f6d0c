//! Numbered steps of the schema, forward only. Knows which are due, not how to run them.

use crate::Error;

/// One step of the schema. Once released it never changes: a mistake is mended by the next number.
///
/// A text that begins with the line `-- addition` promises that programs which do not know the migration go on working: it adds
/// tables, indexes, or columns that may be left out, and changes nothing that is there. Such programs may still start on the
/// database; after any other migration they are refused. `docs/scale.md` has the whole rule.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its place in the order, from 1; numbers may have gaps.
    pub number: i64,
    /// What it does, for people: `customers` or `add-company-credit`.
    pub name: &'static str,
    /// Its statements, separated by `;`.
    pub sql: &'static str,
}

/// How the text of a migration begins that older programs can live with.
const ADDITION: &str = "-- addition";

impl Migration {
    /// Whether programs that do not know it may go on using the database.
    pub(crate) fn is_addition(&self) -> bool {
        self.sql.lines().next().is_some_and(|line| line.trim_end() == ADDITION)
    }
}

/// A migration that has run.
pub(crate) struct Applied {
    pub(crate) number: i64,
    pub(crate) name: String,
    /// Was it marked as an addition by the program that ran it?
    pub(crate) is_addition: bool,
}

/// The name of the table that remembers what has run.
pub(crate) const NAME: &str = "schema_migration";

/// That table.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration \
     (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)";

/// The name of the table that remembers which of them were additions. One of its own, as the other is older.
pub(crate) const ADDITIONS_NAME: &str = "schema_addition";

/// That table.
pub(crate) const ADDITIONS: &str =
    "CREATE TABLE IF NOT EXISTS schema_addition (number BIGINT NOT NULL PRIMARY KEY)";

/// What has run: number, name, and whether it was an addition.
pub(crate) const APPLIED: &str = "SELECT m.number, m.name, a.number IS NOT NULL FROM schema_migration m \
     LEFT JOIN schema_addition a ON a.number = m.number";

/// Remembers that a migration was an addition.
pub(crate) const ADD_ADDITION: &str = "INSERT INTO schema_addition (number) VALUES (?1)";

/// Those of `known` that have not run, in order.
///
/// Fails if a newer program has changed the database beyond what this one can live with ([`Error::TooNew`]), if `known` is not in
/// ascending order, or if both disagree about a migration ([`Error::Migration`]).
pub(crate) fn due<'m>(known: &'m [Migration], applied: &[Applied]) -> Result<Vec<&'m Migration>, Error> {
    let mut newest = 0;
    for migration in known {
        if migration.number <= newest {
            return Err(wrong(migration.number, format!("stands after {newest} in the list")));
        }
        newest = migration.number;
    }
    let (old, new): (Vec<_>, Vec<_>) = applied.iter().partition(|one| one.number <= newest);
    if let Some(found) = new.iter().filter(|one| !one.is_addition).map(|one| one.number).max() {
        return Err(Error::TooNew { found, known: newest });
    }
    for Applied { number, name, .. } in old {
        match known.iter().find(|migration| migration.number == *number) {
            Some(same) if same.name == name => {}
            Some(other) => {
                return Err(wrong(*number, format!("is {name:?} in the database, {:?} here", other.name)));
            }
            None => return Err(wrong(*number, format!("({name:?}) is in the database, but not known here"))),
        }
    }
    Ok(known.iter().filter(|migration| applied.iter().all(|one| one.number != migration.number)).collect())
}

fn wrong(number: i64, reason: String) -> Error {
    Error::Migration { number, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Migration = Migration { number: 1, name: "one", sql: "" };
    const TWO: Migration = Migration { number: 2, name: "two", sql: "" };

    fn ran(number: i64, name: &str) -> Applied {
        Applied { number, name: name.to_owned(), is_addition: false }
    }

    fn numbers(due: Result<Vec<&Migration>, Error>) -> Vec<i64> {
        due.unwrap().iter().map(|migration| migration.number).collect()
    }

    #[test]
    fn only_what_has_not_run_is_due() {
        assert_eq!(numbers(due(&[ONE, TWO], &[])), [1, 2]);
        assert_eq!(numbers(due(&[ONE, TWO], &[ran(1, "one")])), [2]);
        assert_eq!(numbers(due(&[ONE, TWO], &[ran(1, "one"), ran(2, "two")])), [] as [i64; 0]);
    }

    #[test]
    fn a_list_out_of_order_is_refused() {
        assert!(matches!(due(&[TWO, ONE], &[]), Err(Error::Migration { number: 1, .. })));
        assert!(matches!(due(&[ONE, ONE], &[]), Err(Error::Migration { number: 1, .. })));
    }

    #[test]
    fn a_database_from_the_future_or_from_another_history_is_refused() {
        let three = [ran(1, "one"), ran(3, "three")];
        assert!(matches!(due(&[ONE], &three), Err(Error::TooNew { found: 3, known: 1 })));
        assert!(matches!(due(&[ONE], &[ran(1, "uno")]), Err(Error::Migration { number: 1, .. })));
        assert!(matches!(due(&[TWO], &[ran(1, "one")]), Err(Error::Migration { number: 1, .. })));
    }

    #[test]
    fn additions_of_a_newer_program_are_lived_with_and_nothing_else_is() {
        let added = |number| Applied { is_addition: true, ..ran(number, "added") };
        assert_eq!(numbers(due(&[ONE, TWO], &[ran(1, "one"), added(5)])), [2]);
        let between = [ran(1, "one"), added(5), ran(6, "changed"), added(7)];
        assert!(matches!(due(&[ONE], &between), Err(Error::TooNew { found: 6, known: 1 })));
        let sql = |sql| Migration { sql, ..ONE };
        assert!(sql("-- addition\nCREATE TABLE t (id BIGINT)").is_addition());
        assert!(!sql("CREATE TABLE t (id BIGINT)\n-- addition\n").is_addition());
        assert!(!sql("-- additions: none\n").is_addition());
    }
}
