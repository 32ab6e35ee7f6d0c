//! Units of work: what is kept, what is undone, who is told.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

use patron_sql::{Database, Engine, Error, Migration, Session, params};

use crate::engines;

const SCHEMA: &[Migration] = &[Migration {
    number: 1,
    name: "things",
    sql: "CREATE TABLE thing (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, \
            PRIMARY KEY (tenant_id, id)); \
          CREATE UNIQUE INDEX thing_name ON thing (tenant_id, lower(name)); \
          CREATE TABLE part (id BIGINT NOT NULL PRIMARY KEY, tenant_id BIGINT NOT NULL, thing_id BIGINT NOT NULL, \
            FOREIGN KEY (tenant_id, thing_id) REFERENCES thing (tenant_id, id)); \
          CREATE TABLE late_part (id BIGINT NOT NULL PRIMARY KEY, tenant_id BIGINT NOT NULL, thing_id BIGINT NOT NULL, \
            FOREIGN KEY (tenant_id, thing_id) REFERENCES thing (tenant_id, id) DEFERRABLE INITIALLY DEFERRED)",
}];

fn add(sql: Session<'_>, id: i64) -> Result<(), Error> {
    let name = format!("thing {id}");
    sql.execute("INSERT INTO thing (tenant_id, id, name) VALUES (1, ?1, ?2)", params![id, name]).map(drop)
}

fn ids(database: &Database) -> Vec<i64> {
    database.read(|sql| sql.all("SELECT id FROM thing ORDER BY id", params![], |row| row.int(0))).unwrap()
}

/// Keeps the writer busy until the sender is dropped, so that what is submitted meanwhile waits, and on SQLite becomes one batch. On PostgreSQL
/// the database must be narrow.
fn hold(database: &Database) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (started, start) = mpsc::channel::<()>();
    let database = database.clone();
    std::thread::spawn(move || {
        database.write_now::<(), Error>(move |_| {
            let _ = started.send(());
            let _ = held.recv();
            Ok(())
        })
    });
    start.recv().unwrap();
    release
}

type Unit = Box<dyn FnMut(Session<'_>) -> Result<(), Error> + Send>;

/// Runs the units in one batch (on PostgreSQL one after the other) and gives their outcomes, in order.
async fn together(database: &Database, units: Vec<Unit>) -> Vec<Result<(), Error>> {
    let release = hold(database);
    let count = units.len() as u64;
    let mut tasks = Vec::new();
    for unit in units {
        let writer = database.clone();
        tasks.push(tokio::spawn(async move { writer.write(unit).await }));
    }
    while database.stats().queued < count {
        tokio::task::yield_now().await;
    }
    drop(release);
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    if database.engine() == Engine::Sqlite {
        assert_eq!(database.stats().largest_batch, count, "the units ran in one batch");
    }
    outcomes
}

both_engines! { SCHEMA;

    async fn a_write_is_visible_to_readers_when_it_is_answered(database: Database) {
        for id in 0..100 {
            database.write(move |sql| add(sql, id)).await.unwrap();
            let found = database.read(|sql| sql.one("SELECT max(id) FROM thing", params![], |row| row.int(0)));
            assert_eq!(found.map_err(|error: Error| error.to_string()), Ok(id));
        }
    }

    async narrow fn a_refused_unit_of_work_leaves_nothing_behind_and_its_neighbours_stay(database: Database) {
        let outcomes = together(
            &database,
            vec![
                Box::new(|sql| add(sql, 1)),
                Box::new(|sql| {
                    add(sql, 2)?;
                    Err(Error::NoRow)
                }),
                Box::new(|sql| add(sql, 3)),
            ],
        )
        .await;
        assert!(matches!(outcomes[..], [Ok(()), Err(Error::NoRow), Ok(())]));
        assert_eq!(ids(&database), [1, 3]);
    }

    async narrow fn a_panicking_unit_is_rolled_back_and_answered_and_its_neighbours_stay(database: Database) {
        let outcomes = together(
            &database,
            vec![
                Box::new(|sql| add(sql, 1)),
                Box::new(|sql| {
                    add(sql, 2)?;
                    sql.savepoint(|sql| -> Result<(), Error> {
                        add(sql, 3)?;
                        panic!("on purpose")
                    })
                }),
                Box::new(|sql| add(sql, 4)),
            ],
        )
        .await;
        assert!(matches!(&outcomes[1], Err(Error::Panicked(message)) if message == "on purpose"));
        assert_eq!(ids(&database), [1, 4]);

        let alone = database.write(|sql| -> Result<(), Error> { add(sql, 5).map(|()| panic!("{}", "alone")) });
        assert!(matches!(alone.await, Err(Error::Panicked(message)) if message == "alone"));
        assert_eq!(ids(&database), [1, 4]);
    }

    async narrow fn a_unit_that_only_the_commit_refuses_does_not_take_its_neighbours_down(database: Database) {
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let outcomes = together(
            &database,
            vec![
                Box::new(move |sql| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    add(sql, 1)
                }),
                Box::new(|sql| sql.execute("INSERT INTO late_part VALUES (1, 1, 99)", params![]).map(drop)),
                Box::new(|sql| add(sql, 3)),
            ],
        )
        .await;
        assert!(matches!(outcomes[..], [Ok(()), Err(Error::ForeignKey), Ok(())]), "{outcomes:?}");
        assert_eq!(ids(&database), [1, 3]);
        if database.engine() == Engine::Sqlite {
            assert_eq!(runs.load(Ordering::Relaxed), 2, "once in the batch, once alone");
            assert_eq!(database.stats().retried_batches, 1);
        }
    }

    fn a_savepoint_undoes_itself_alone_also_inside_another(database: Database) {
        let refused = |sql: Session<'_>, id| {
            let outcome = sql.savepoint(|sql| {
                add(sql, id)?;
                Err::<(), Error>(Error::NoRow)
            });
            assert!(matches!(outcome, Err(Error::NoRow)));
        };
        database
            .write_now(move |sql| {
                add(sql, 1)?;
                refused(sql, 2);
                sql.savepoint(|sql| {
                    add(sql, 3)?;
                    refused(sql, 4);
                    sql.savepoint(|sql| add(sql, 5))
                })?;
                let outer = sql.savepoint(|sql| {
                    sql.savepoint(|sql| add(sql, 6))?;
                    Err::<(), Error>(Error::NoRow)
                });
                assert!(outer.is_err());
                add(sql, 7)
            })
            .unwrap();
        assert_eq!(ids(&database), [1, 3, 5, 7]);
    }

    fn a_unit_whose_part_fails_runs_again_only_if_that_had_written_and_only_once(database: Database) {
        let run = |writes: bool, id: i64| {
            let runs = Arc::new(AtomicU32::new(0));
            let counted = runs.clone();
            database
                .write_now(move |sql| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    let refused = sql.savepoint(|sql| {
                        if writes {
                            add(sql, 99)?;
                        }
                        Err::<(), Error>(Error::NoRow)
                    });
                    assert!(refused.is_err());
                    add(sql, id)
                })
                .unwrap();
            runs.load(Ordering::Relaxed)
        };
        let anew = if database.engine() == Engine::Sqlite { 2 } else { 1 };
        assert_eq!([run(false, 1), run(true, 2), run(true, 3)], [1, anew, 1]);
        assert_eq!(ids(&database), [1, 2, 3]);
    }

    async narrow fn a_part_that_has_written_is_undone_also_among_others(database: Database) {
        let part = |id| {
            move |sql: Session<'_>| {
                let refused = sql.savepoint(|sql| {
                    add(sql, 99)?;
                    Err::<(), Error>(Error::NoRow)
                });
                assert!(refused.is_err());
                add(sql, id)
            }
        };
        let outcomes = together(
            &database,
            vec![Box::new(|sql| add(sql, 1)), Box::new(part(2)), Box::new(|sql| add(sql, 3)), Box::new(part(4))],
        )
        .await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(ids(&database), [1, 2, 3, 4]);
    }

    fn the_constraint_that_refused_is_told(database: Database) {
        let run =
            |sql: &'static str| database.write_now(move |session| session.execute(sql, params![])).unwrap_err();
        database.write_now(|sql| add(sql, 1)).unwrap();

        let primary = run("INSERT INTO thing VALUES (1, 1, 'other')");
        let sqlite = database.engine() == Engine::Sqlite;
        let wanted = if sqlite { "thing.tenant_id, thing.id" } else { "thing.thing_pkey" };
        assert!(matches!(&primary, Error::Unique { constraint } if constraint == wanted), "{primary}");
        assert!(primary.is_unique("thing") && !primary.is_unique("part"));
        let index = run("INSERT INTO thing VALUES (1, 2, 'Thing 1')");
        let wanted = if sqlite { "index 'thing_name'" } else { "thing.thing_name" };
        assert!(matches!(&index, Error::Unique { constraint } if constraint == wanted), "{index}");
        assert!(index.is_unique("thing"));
        assert!(matches!(run("INSERT INTO part VALUES (1, 1, 99)"), Error::ForeignKey));
        let missing = run("INSERT INTO thing VALUES (1, 2, NULL)");
        assert!(matches!(&missing, Error::Constraint { constraint } if constraint == "thing.name"));
        assert!(matches!(run("INSERT INTO nothing VALUES (1)"), Error::Other(_)));
    }

    async fn a_thousand_concurrent_writers_share_commits(database: Database) {
        let tasks: Vec<_> = (0..1000)
            .map(|id| {
                let database = database.clone();
                tokio::spawn(async move { database.write(move |sql| add(sql, id)).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let stats = database.stats();
        assert_eq!(ids(&database).len(), 1000);
        assert_eq!((stats.committed, stats.rolled_back, stats.queued), (1000, 0, 0));
        if database.engine() == Engine::Sqlite {
            assert!(stats.batches < 1000 && stats.largest_batch > 1, "{stats:?}");
        }
    }

    async narrow fn a_full_queue_turns_writers_away_at_once(database: Database) {
        let release = hold(&database);
        let mut waiting = Vec::new();
        let refused = loop {
            let writer = database.clone();
            let mut write = Box::pin(async move { writer.write(|_| Ok::<(), Error>(())).await });
            // Polled once: either it is in the queue, or it was turned away.
            match std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context))).await {
                std::task::Poll::Ready(outcome) => break outcome,
                std::task::Poll::Pending => waiting.push(write),
            }
        };
        assert!(matches!(refused, Err(Error::Busy)));
        assert_eq!(database.stats().turned_away, 1);
        assert_eq!(database.stats().queued, waiting.len() as u64);
        drop(release);
        for write in waiting {
            write.await.unwrap();
        }
    }

    async narrow fn a_write_whose_caller_went_away_is_still_done(database: Database) {
        let release = hold(&database);
        let writer = database.clone();
        let mut write = Box::pin(async move { writer.write(|sql| add(sql, 1)).await });
        std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context).is_pending())).await;
        drop(write);
        drop(release);
        database.write(|sql| add(sql, 2)).await.unwrap();
        assert_eq!(ids(&database), [1, 2]);
    }
}

/// The name of the thread that runs a unit of work.
async fn thread_of_a_unit(database: Database) -> String {
    let named = |_: Session<'_>| Ok::<_, Error>(std::thread::current().name().unwrap_or("").to_owned());
    database.write_here(named).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_unit_runs_where_it_is_and_whoever_comes_meanwhile_waits_for_the_writer() {
    let database = engines::open(Engine::Sqlite, SCHEMA, false);
    assert_ne!(tokio::spawn(thread_of_a_unit(database.clone())).await.unwrap(), "sql-writer");
    let release = hold(&database);
    let second = tokio::spawn(thread_of_a_unit(database.clone()));
    while database.stats().queued == 0 {
        tokio::task::yield_now().await;
    }
    drop(release);
    assert_eq!(second.await.unwrap(), "sql-writer");
}

#[test]
fn a_runtime_of_one_thread_is_not_held_up_by_a_unit_and_who_does_not_ask_is_never() {
    let database = engines::open(Engine::Sqlite, SCHEMA, false);
    let named = |_: Session<'_>| Ok::<_, Error>(std::thread::current().name().unwrap_or("").to_owned());
    assert_eq!(database.write_now(named).unwrap(), "sql-writer");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(thread_of_a_unit(database)), "sql-writer");
}
