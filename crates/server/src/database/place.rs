//! Where a database is, as the command line names it: `sqlite:FOLDER`, `sqlite:FILE` or `postgres://…`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use patron_sql::{Location, Postgres};

use crate::serve;

/// By what name our connections are known to PostgreSQL: another than a service's, to tell the two apart.
const NAME: &str = "patron move";

/// Reads a place; `password` is PostgreSQL's, empty where there is none.
pub fn parse(text: &str, password: &str) -> Result<Location> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        if path.is_empty() {
            bail!("sqlite: wants the folder of the data, or the database file in it");
        }
        return Ok(Location::File(file(Path::new(path))));
    }
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        bail!("a database is named by sqlite:FOLDER, sqlite:FILE or postgres://…");
    }
    let server = Postgres::at(text).context("cannot use the database")?.application_name(NAME);
    Ok(Location::Postgres(if password.is_empty() { server } else { server.password(password) }))
}

/// The place for people; never with a password.
pub fn shown(location: &Location) -> String {
    match location {
        Location::File(file) => file.display().to_string(),
        Location::Postgres(server) => server.to_string(),
        _ => "a database in memory".to_owned(),
    }
}

/// A folder is one that is there or whose name has no ending that a database file has.
fn file(path: &Path) -> PathBuf {
    let named =
        path.extension().is_some_and(|ending| ["sqlite", "sqlite3", "db"].iter().any(|one| ending == *one));
    if path.is_file() || (named && !path.is_dir()) {
        path.to_owned()
    } else {
        path.join(serve::DATABASE_FILE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_a_file_or_a_server() {
        let file = |text: &str| match parse(text, "").unwrap() {
            Location::File(file) => file.display().to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(file("sqlite:data"), "data/patron.sqlite");
        assert_eq!(file("sqlite:/var/lib/patron.d"), "/var/lib/patron.d/patron.sqlite");
        assert_eq!(file("sqlite:copy.sqlite"), "copy.sqlite");
        assert!(matches!(parse("postgres://ada@db/patron", "x").unwrap(), Location::Postgres(_)));
        for nonsense in ["", "data", "sqlite:", "mysql://a:secret@b/c"] {
            let refused = format!("{:#}", parse(nonsense, "").unwrap_err());
            assert!(!refused.contains("secret"), "{refused}");
        }
    }
}
