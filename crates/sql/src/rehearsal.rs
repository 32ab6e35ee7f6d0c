//! The next version's migration, today: tests run a program that has one more beside a program that has not.
//!
//! Only builds with debug assertions know it. `PATRON_REHEARSE` holds the text of the migration; a first line `-- addition` makes it
//! one that older programs can live with.

use std::borrow::Cow;

use crate::Migration;

/// `known`, and the migration that a test asked for.
pub(crate) fn extended(known: &[Migration]) -> Cow<'_, [Migration]> {
    #[cfg(debug_assertions)]
    if let Some(more) = asked_for(known) {
        return [known, &[more]].concat().into();
    }
    known.into()
}

#[cfg(debug_assertions)]
fn asked_for(known: &[Migration]) -> Option<Migration> {
    use std::sync::OnceLock;

    static TEXT: OnceLock<Option<String>> = OnceLock::new();
    let sql = TEXT.get_or_init(|| std::env::var("PATRON_REHEARSE").ok()).as_deref()?;
    // Far behind those that exist, so that it stays the last one.
    let number = known.last().map_or(0, |last| last.number) + 1000;
    Some(Migration { number, name: "rehearsal", sql })
}
