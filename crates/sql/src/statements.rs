//! Which statements are run: for a test that proves something of all of them.
//!
//! Only builds with debug assertions know how. Where `PATRON_STATEMENTS` names a file, every text is written to it once, on a line
//! of its own; parameters never are.

/// Takes note of a statement, if a test asked for it.
#[inline]
pub(crate) fn note(sql: &str) {
    #[cfg(debug_assertions)]
    noting::note(sql);
    #[cfg(not(debug_assertions))]
    let _ = sql;
}

#[cfg(debug_assertions)]
mod noting {
    use std::{
        collections::HashSet,
        fs::{File, OpenOptions},
        io::Write,
        sync::{Mutex, OnceLock, PoisonError},
    };

    /// Names the file.
    const VARIABLE: &str = "PATRON_STATEMENTS";

    struct Notes {
        known: HashSet<String>,
        file: File,
    }

    pub(super) fn note(sql: &str) {
        static NOTES: OnceLock<Option<Mutex<Notes>>> = OnceLock::new();
        let Some(notes) = NOTES.get_or_init(open) else { return };
        let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.known.contains(sql) {
            return;
        }
        notes.known.insert(sql.to_owned());
        let line = format!("{}\n", sql.replace(['\n', '\r'], " "));
        // A test that misses a line says so itself.
        let _ = notes.file.write_all(line.as_bytes());
    }

    fn open() -> Option<Mutex<Notes>> {
        let path = std::env::var_os(VARIABLE)?;
        let file = OpenOptions::new().create(true).append(true).open(path).ok()?;
        Some(Mutex::new(Notes { known: HashSet::new(), file }))
    }
}
