//! A database that is being filled from another: marked from before its first table until the last row is in, so that nobody takes the
//! half for the whole. The mark is a table, which also holds how far the filling has come.

use crate::{Error, Session, params};

/// What a database must be like to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Whatever is there, or a new one; but nothing that is half filled.
    Ordinary,
    /// One that is there already; nothing is made.
    Existing,
    /// A new one, or one whose filling was cut off: [`Filling`] goes on with it.
    ToFill,
}

/// The table's name.
pub(crate) const NAME: &str = "schema_move";

/// The table.
pub(crate) const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_move (name TEXT NOT NULL PRIMARY KEY, progress TEXT NOT NULL)";

/// Whether a database may be opened so; `is_used`: migrations have run in it, `is_marked`: it is being filled.
pub(crate) fn admit(opening: Opening, is_used: bool, is_marked: bool) -> Result<(), Error> {
    match opening {
        Opening::Ordinary | Opening::Existing if is_marked => Err(Error::HalfFilled),
        Opening::Existing if !is_used => Err(Error::Absent),
        Opening::ToFill if is_used && !is_marked => Err(Error::NotEmpty),
        _ => Ok(()),
    }
}

/// Progress of a filling, kept in the database that is filled, in the transaction that fills it.
pub struct Filling;

impl Filling {
    /// What was noted under `name`; None if nothing was.
    pub fn progress(sql: Session<'_>, name: &str) -> Result<Option<String>, Error> {
        sql.first("SELECT progress FROM schema_move WHERE name = ?1", params![name], |row| row.string(0))
    }

    /// Notes progress under `name`, in place of what was noted before.
    pub fn note(sql: Session<'_>, name: &str, progress: &str) -> Result<(), Error> {
        sql.execute(
            "INSERT INTO schema_move (name, progress) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET progress = excluded.progress",
            params![name, progress],
        )?;
        Ok(())
    }

    /// Forgets all progress: the filling begins anew.
    pub fn forget(sql: Session<'_>) -> Result<(), Error> {
        sql.execute("DELETE FROM schema_move", params![])?;
        Ok(())
    }

    /// Takes the mark away: from this commit on the database is one like any other.
    pub fn end(sql: Session<'_>) -> Result<(), Error> {
        sql.execute("DROP TABLE schema_move", params![])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_database_is_opened_by_nobody_but_who_fills_it() {
        for opening in [Opening::Ordinary, Opening::Existing] {
            assert!(matches!(admit(opening, true, true), Err(Error::HalfFilled)));
            assert!(matches!(admit(opening, false, true), Err(Error::HalfFilled)));
            assert!(admit(opening, true, false).is_ok());
        }
        assert!(admit(Opening::Ordinary, false, false).is_ok());
        assert!(matches!(admit(Opening::Existing, false, false), Err(Error::Absent)));
        assert!(matches!(admit(Opening::ToFill, true, false), Err(Error::NotEmpty)));
        for (is_used, is_marked) in [(false, false), (false, true), (true, true)] {
            assert!(admit(Opening::ToFill, is_used, is_marked).is_ok());
        }
    }
}
