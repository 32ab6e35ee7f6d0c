//! Numbers that are remembered are as true as if they were read each time.
#![allow(clippy::unwrap_used, missing_docs)]

use patron_sql::{Database, Engine, Error, Location, Migration, Number, Session, params};

use crate::engines;

const SCHEMA: &[Migration] = &[Migration {
    number: 1,
    name: "versions",
    sql: "CREATE TABLE version (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL); \
          CREATE TABLE part (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
            FOREIGN KEY (name) REFERENCES version (name) DEFERRABLE INITIALLY DEFERRED); \
          CREATE TABLE other (id BIGINT NOT NULL PRIMARY KEY); \
          INSERT INTO version (name, value) VALUES ('a', 1), ('b', 1)",
}];
const VERSION: Number = Number { table: "version", sql: "SELECT value FROM version WHERE name = ?1" };
const TABLES: &[&str] = &["version"];

fn version(sql: Session<'_>, name: &'static str) -> Option<i64> {
    sql.number(&VERSION, name.into()).unwrap()
}

fn set(sql: Session<'_>, name: &str, value: i64) -> Result<(), Error> {
    sql.execute("UPDATE version SET value = ?2 WHERE name = ?1", params![name, value]).map(drop)
}

/// As a reader sees it.
fn read(database: &Database, name: &'static str) -> Option<i64> {
    database.read(|sql| Ok::<_, Error>(version(sql, name))).unwrap()
}

/// As whoever writes sees it.
async fn write(database: &Database, name: &'static str) -> Option<i64> {
    database.write(move |sql| Ok::<_, Error>(version(sql, name))).await.unwrap()
}

both_engines! { SCHEMA;

    async fn a_change_is_seen_by_everybody_when_it_is_answered(database: Database) {
        let database = database.remembering(TABLES).unwrap();
        for value in 2..100 {
            database.write(move |sql| set(sql, "a", value)).await.unwrap();
            assert_eq!((read(&database, "a"), read(&database, "b")), (Some(value), Some(1)));
            database.write(move |sql| sql.execute("INSERT INTO other (id) VALUES (?1)", params![value])).await.unwrap();
            assert_eq!(write(&database, "a").await, Some(value));
        }
    }

    async fn what_comes_and_goes_is_there_and_gone(database: Database) {
        let database = database.remembering(TABLES).unwrap();
        for _ in 0..3 {
            assert_eq!((read(&database, "c"), write(&database, "c").await), (None, None));
            database.write(|sql| sql.execute("INSERT INTO version (name, value) VALUES ('c', 7)", params![])).await.unwrap();
            assert_eq!((read(&database, "c"), write(&database, "c").await), (Some(7), Some(7)));
            database.write(|sql| sql.execute("DELETE FROM version WHERE name = 'c'", params![])).await.unwrap();
        }
    }

    async fn a_unit_sees_its_own_changes_and_nobody_sees_those_that_were_undone(database: Database) {
        let database = database.remembering(TABLES).unwrap();
        assert_eq!((read(&database, "a"), write(&database, "a").await), (Some(1), Some(1)));
        let refused = database.write(|sql| {
            set(sql, "a", 2)?;
            assert_eq!(version(sql, "a"), Some(2));
            let undone = sql.savepoint(|sql| {
                set(sql, "a", 3)?;
                assert_eq!(version(sql, "a"), Some(3));
                Err::<(), _>(Error::NoRow)
            });
            assert!(undone.is_err());
            assert_eq!(version(sql, "a"), Some(2));
            Err::<(), _>(Error::NoRow)
        });
        refused.await.unwrap_err();
        assert_eq!((read(&database, "a"), write(&database, "a").await), (Some(1), Some(1)));
    }

    async fn what_a_commit_refuses_was_never_there(database: Database) {
        let database = database.remembering(TABLES).unwrap();
        assert_eq!((read(&database, "a"), write(&database, "a").await), (Some(1), Some(1)));
        let refused = database.write(|sql| {
            set(sql, "a", 2)?;
            sql.execute("INSERT INTO part (id, name) VALUES (1, 'nobody')", params![]).map(drop)
        });
        refused.await.unwrap_err();
        assert_eq!((read(&database, "a"), write(&database, "a").await), (Some(1), Some(1)));
        database.write(|sql| set(sql, "a", 2)).await.unwrap();
        assert_eq!((read(&database, "a"), write(&database, "a").await), (Some(2), Some(2)));
    }

    async fn units_of_one_batch_see_what_those_before_them_kept(database: Database) {
        let database = database.remembering(TABLES).unwrap();
        let units = (0..300).map(|number| {
            let writer = database.clone();
            tokio::spawn(async move {
                let unit = move |sql: Session<'_>| {
                    let before = version(sql, "a").unwrap();
                    let read = sql.one(VERSION.sql, params!["a"], |row| row.int(0))?;
                    assert_eq!(before, read);
                    set(sql, "a", before + 1)?;
                    if number % 3 == 0 { Err(Error::NoRow) } else { Ok(()) }
                };
                writer.write(unit).await
            })
        });
        let mut kept = 0;
        for unit in units.collect::<Vec<_>>() {
            kept += i64::from(unit.await.unwrap().is_ok());
        }
        assert_eq!(kept, 200);
        assert_eq!((read(&database, "a"), write(&database, "a").await), (Some(201), Some(201)));
    }
}

#[test]
fn a_table_whose_changes_nobody_tells_of_is_refused() {
    const TABLES: &[Migration] = &[Migration {
        number: 1,
        name: "tables",
        sql: "CREATE TABLE kept (id BIGINT NOT NULL PRIMARY KEY) WITHOUT ROWID",
    }];
    for table in [&["kept"], &["nothing"]] {
        let database = Database::open(&Location::Memory, TABLES).unwrap();
        let refused = database.remembering(table).err().unwrap();
        let said = format!("{refused:?}");
        assert!(said.contains("cannot be watched"), "{said}");
    }
}

#[test]
fn what_somebody_else_writes_is_seen_after_the_next_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("patron.sqlite");
    let database =
        Database::open(&Location::File(file.clone()), SCHEMA).unwrap().remembering(TABLES).unwrap();
    assert_eq!(database.engine(), Engine::Sqlite);
    assert_eq!(read(&database, "a"), Some(1));
    rusqlite::Connection::open(&file).unwrap().execute("UPDATE version SET value = 9", []).unwrap();
    database.write_now(|sql| sql.execute("INSERT INTO other (id) VALUES (1)", params![])).unwrap();
    assert_eq!(read(&database, "a"), Some(9));
}
