//! Numbered steps of the schema, forward only. Knows which are due, not how to run them.

use crate::Error;

/// One step of the schema. Once released it never changes: a mistake is mended by the next number.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its place in the order, from 1; numbers may have gaps.
    pub number: i64,
    /// What it does, for people: `customers` or `add-company-credit`.
    pub name: &'static str,
    /// Its statements, separated by `;`.
    pub sql: &'static str,
}

/// The name of the table that remembers what has run.
pub(crate) const NAME: &str = "schema_migration";

/// That table.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration \
     (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)";

/// Those of `known` that have not run, in order. `applied` holds number and name of those that have.
///
/// Fails if a newer program has used the database ([`Error::TooNew`]), if `known` is not in ascending order, or if
/// both disagree about a migration ([`Error::Migration`]).
pub(crate) fn due<'m>(
    known: &'m [Migration],
    applied: &[(i64, String)],
) -> Result<Vec<&'m Migration>, Error> {
    let mut newest = 0;
    for migration in known {
        if migration.number <= newest {
            return Err(wrong(migration.number, format!("stands after {newest} in the list")));
        }
        newest = migration.number;
    }
    let found = applied.iter().map(|(number, _)| *number).max().unwrap_or(0);
    if found > newest {
        return Err(Error::TooNew { found, known: newest });
    }
    for (number, name) in applied {
        match known.iter().find(|migration| migration.number == *number) {
            Some(same) if same.name == name => {}
            Some(other) => {
                return Err(wrong(*number, format!("is {name:?} in the database, {:?} here", other.name)));
            }
            None => return Err(wrong(*number, format!("({name:?}) is in the database, but not known here"))),
        }
    }
    Ok(known
        .iter()
        .filter(|migration| applied.iter().all(|(number, _)| *number != migration.number))
        .collect())
}

fn wrong(number: i64, reason: String) -> Error {
    Error::Migration { number, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Migration = Migration { number: 1, name: "one", sql: "" };
    const TWO: Migration = Migration { number: 2, name: "two", sql: "" };

    fn numbers(due: Result<Vec<&Migration>, Error>) -> Vec<i64> {
        due.unwrap().iter().map(|migration| migration.number).collect()
    }

    #[test]
    fn only_what_has_not_run_is_due() {
        assert_eq!(numbers(due(&[ONE, TWO], &[])), [1, 2]);
        assert_eq!(numbers(due(&[ONE, TWO], &[(1, "one".into())])), [2]);
        assert_eq!(numbers(due(&[ONE, TWO], &[(1, "one".into()), (2, "two".into())])), [] as [i64; 0]);
    }

    #[test]
    fn a_list_out_of_order_is_refused() {
        assert!(matches!(due(&[TWO, ONE], &[]), Err(Error::Migration { number: 1, .. })));
        assert!(matches!(due(&[ONE, ONE], &[]), Err(Error::Migration { number: 1, .. })));
    }

    #[test]
    fn a_database_from_the_future_or_from_another_history_is_refused() {
        assert!(matches!(due(&[ONE], &[(3, "three".into())]), Err(Error::TooNew { found: 3, known: 1 })));
        assert!(matches!(due(&[ONE], &[(1, "uno".into())]), Err(Error::Migration { number: 1, .. })));
        assert!(matches!(due(&[TWO], &[(1, "one".into())]), Err(Error::Migration { number: 1, .. })));
    }
}
