//! Reading: snapshots, rows and their columns, regular expressions.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, Barrier};

use patron_sql::{Database, Engine, Error, Migration, Value, params};

use crate::engines;

const SCHEMA: &[Migration] = &[Migration {
    number: 1,
    name: "notes",
    sql: "CREATE TABLE note (id BIGINT NOT NULL PRIMARY KEY, body TEXT, weight DOUBLE PRECISION)",
}];

fn add(database: &Database, id: i64, body: Option<&'static str>) {
    let added = database.write_now(move |sql| {
        sql.execute(
            "INSERT INTO note (id, body, weight) VALUES (?1, ?2, ?3)",
            params![id, body, id as f64 / 2.0],
        )
    });
    assert_eq!(added.map_err(|error: Error| error.to_string()), Ok(1));
}

fn one<T>(
    database: &Database,
    sql: &str,
    params: &[Value<'_>],
    read: impl FnOnce(&patron_sql::Row<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    database.read(|session| session.one(sql, params, read))
}

both_engines! { SCHEMA;

    fn a_read_sees_one_snapshot_however_much_is_written_meanwhile(database: Database) {
        add(&database, 1, None);
        database
            .read(|sql| {
                let count = || sql.one("SELECT count(*) FROM note", params![], |row| row.int(0));
                assert_eq!(count()?, 1);
                add(&database, 2, None);
                assert_eq!(count()?, 1);
                Ok::<_, Error>(())
            })
            .unwrap();
        assert_eq!(one(&database, "SELECT count(*) FROM note", params![], |row| row.int(0)).unwrap(), 2);
    }

    fn a_reading_session_cannot_write(database: Database) {
        let refused = database.read(|sql| sql.execute("INSERT INTO note (id) VALUES (1)", params![]));
        assert!(matches!(refused, Err(Error::ReadOnly)), "{refused:?}");
    }

    fn a_read_that_fails_or_panics_gives_its_connection_back(database: Database) {
        for _ in 0..200 {
            let failed = database.read(|sql| sql.one("SELECT 1 WHERE 1 = 0", params![], |row| row.int(0)));
            assert!(matches!(failed, Err(Error::NoRow)));
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                database.read(|sql| {
                    sql.each("SELECT 1", params![], |_| -> Result<(), Error> { panic!("on purpose") })
                })
            }));
            assert!(panicked.is_err());
        }
        assert_eq!(database.stats().readers, 1);
    }

    fn many_threads_read_at_once_while_one_writes(database: Database) {
        let start = Arc::new(Barrier::new(17));
        let threads: Vec<_> = (0..16)
            .map(|_| {
                let (database, start) = (database.clone(), start.clone());
                std::thread::spawn(move || {
                    start.wait();
                    let mut last = 0;
                    while last < 200 {
                        let now =
                            one(&database, "SELECT count(*) FROM note", params![], |row| row.int(0)).unwrap();
                        assert!(now >= last, "what was seen once stays");
                        last = now;
                    }
                })
            })
            .collect();
        start.wait();
        for id in 0..200 {
            add(&database, id, None);
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(database.stats().readers <= 17);
    }

    fn more_readers_than_connections_wait_for_each_other(database: Database) {
        let crowd = 64.max(4 * std::thread::available_parallelism().unwrap().get()) + 40;
        let start = Arc::new(Barrier::new(crowd));
        let threads: Vec<_> = (0..crowd)
            .map(|_| {
                let (database, start) = (database.clone(), start.clone());
                std::thread::spawn(move || {
                    start.wait();
                    database.read(|sql| {
                        std::thread::sleep(std::time::Duration::from_millis(20));
                        sql.one("SELECT 1", params![], |row| row.int(0))
                    })
                })
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap().map_err(|error: Error| error.to_string()), Ok(1));
        }
        assert!(database.stats().readers < crowd as u64);
    }

    fn columns_come_back_as_they_went_in(database: Database) {
        let text = String::from("größe and 'quotes'");
        let values = params![i64::MIN, 0.1, &text, None::<i64>, true, ""];
        database
            .read(|sql| {
                let select = "SELECT CAST(?1 AS BIGINT), CAST(?2 AS DOUBLE PRECISION), ?3, ?4, CAST(?5 AS BIGINT), ?6";
                sql.one(select, values, |row| {
                    assert_eq!(row.int(0)?, i64::MIN);
                    assert_eq!(row.real(1)?, 0.1);
                    assert_eq!(row.real(4)?, 1.0);
                    assert_eq!((row.text(2)?, row.string(2)?), (text.as_str(), text.clone()));
                    assert_eq!(
                        (row.opt_int(3)?, row.opt_real(3)?, row.opt_text(3)?, row.opt_string(3)?),
                        (None, None, None, None)
                    );
                    assert!(row.flag(4)?);
                    assert_eq!(row.opt_text(5)?, Some(""));
                    Ok::<_, Error>(())
                })
            })
            .unwrap();
    }

    fn a_column_of_another_kind_is_an_error_that_says_which(database: Database) {
        let message = |outcome: Result<i64, Error>| outcome.unwrap_err().to_string();
        let select = "SELECT 'a', NULL";
        assert_eq!(
            message(one(&database, select, params![], |row| row.int(0))),
            "column 0: expected a whole number, found text"
        );
        assert_eq!(
            message(one(&database, select, params![], |row| row.int(1))),
            "column 1: expected a whole number, found NULL"
        );
        assert_eq!(
            message(one(&database, select, params![], |row| row.int(2))),
            "column 2: expected a column, found no column"
        );
    }

    fn a_wrong_number_of_parameters_is_refused(database: Database) {
        for params in [params![], params![1, 2]] {
            assert!(matches!(one(&database, "SELECT ?1", params, |row| row.int(0)), Err(Error::Other(_))));
        }
    }

    fn rows_stream_in_order_and_stop_at_the_first_failure(database: Database) {
        (1..=5).for_each(|id| add(&database, id, None));
        let mut seen = Vec::new();
        let stopped = database.read(|sql| {
            sql.each("SELECT id FROM note ORDER BY id DESC", params![], |row| {
                seen.push(row.int(0)?);
                if seen.len() == 3 { Err(Error::NoRow) } else { Ok(()) }
            })
        });
        assert!(matches!(stopped, Err(Error::NoRow)));
        assert_eq!(seen, [5, 4, 3]);
    }

    fn a_statement_may_run_inside_the_rows_of_the_same_statement(database: Database) {
        (1..=3).for_each(|id| add(&database, id, None));
        let pairs = database.read(|sql| {
            let mut pairs = 0;
            let select = "SELECT id FROM note";
            sql.each(select, params![], |_| {
                sql.each(select, params![], |_| -> Result<(), Error> {
                    pairs += 1;
                    Ok(())
                })
            })?;
            Ok::<i32, Error>(pairs)
        });
        assert_eq!(pairs.unwrap(), 9);
    }

    fn returning_gives_the_changed_row(database: Database) {
        add(&database, 1, Some("a"));
        let next = database.write_now(|sql| {
            sql.one("UPDATE note SET id = id + 1 WHERE body = ?1 RETURNING id", params!["a"], |row| row.int(0))
        });
        assert_eq!(next.map_err(|error: Error| error.to_string()), Ok(2));
        assert_eq!(one(&database, "SELECT id FROM note", params![], |row| row.int(0)).unwrap(), 2);
    }

    fn regexp_matches_anywhere_and_ignores_case(database: Database) {
        add(&database, 1, Some("Veronica"));
        add(&database, 2, Some("Ronny"));
        add(&database, 3, None);
        let find = |pattern: &str| {
            let found: Result<Vec<i64>, Error> = database.read(|sql| {
                sql.all("SELECT id FROM note WHERE body REGEXP ?1 ORDER BY id", params![pattern], |row| {
                    row.int(0)
                })
            });
            found
        };
        assert_eq!(find("RON").unwrap(), [1, 2]);
        assert_eq!(find("^ro(n+)y$").unwrap(), [2]);
        assert_eq!(find("x").unwrap(), [] as [i64; 0]);
        assert!(matches!(find("("), Err(Error::Pattern { .. })));
        assert!(matches!(find(r"(\w{1000}){1000}"), Err(Error::Pattern { .. })));
        assert_eq!(one(&database, "SELECT 12 REGEXP '^1'", params![], |row| row.int(0)).unwrap(), 1);
        assert_eq!(one(&database, "SELECT NULL REGEXP 'a'", params![], |row| row.opt_int(0)).unwrap(), None);
    }
}

#[test]
fn the_engine_is_told() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = engines::open(engine, SCHEMA, false);
        assert_eq!(database.engine(), engine);
        assert_eq!(database.read(|sql| Ok::<_, Error>(sql.engine())).unwrap(), engine);
    }
}
