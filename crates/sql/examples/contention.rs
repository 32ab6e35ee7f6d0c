//! What units of work that read before they write cost on PostgreSQL: all of one tenant, and each of its own.
//!
//! `cargo run --release -p patron-sql --example contention postgres://… [seconds per slice] [callers]`, on an empty
//! database. Each unit takes an id from its tenant's counter, looks for a duplicate, inserts and counts, as creating a
//! customer does.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "measuring time and saying so is the purpose"
)]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use patron_sql::{Database, Error, Location, Migration, Postgres, Session, params};

const SCHEMA: &str = "CREATE TABLE counter (tenant_id BIGINT NOT NULL PRIMARY KEY, value BIGINT NOT NULL); \
     CREATE TABLE customer (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, email TEXT NOT NULL, \
     PRIMARY KEY (tenant_id, id)); \
     CREATE UNIQUE INDEX customer_by_email ON customer (tenant_id, email); \
     CREATE TABLE total (tenant_id BIGINT NOT NULL PRIMARY KEY, customers BIGINT NOT NULL)";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().context("the URL of an empty PostgreSQL database is missing")?;
    let slice = Duration::from_secs_f64(arguments.next().map_or(Ok(3.0), |text| text.parse())?);
    let callers: i64 = arguments.next().map_or(Ok(32), |text| text.parse())?;
    let migration = Migration { number: 1, name: "customers", sql: SCHEMA };
    for writers in [1, 4, 8] {
        let server = Postgres::at(&url)?.connections(4, writers);
        let database = Database::open(&Location::Postgres(server), &[migration])?;
        for (name, tenants) in [("one tenant", 1), ("a tenant each", callers)] {
            seed(&database, tenants)?;
            let before = database.stats();
            let done = AtomicU64::new(0);
            let start = Instant::now();
            thread::scope(|scope| {
                for caller in 0..callers {
                    let (database, done) = (&database, &done);
                    scope.spawn(move || {
                        let mut number = 0;
                        while start.elapsed() < slice {
                            number += 1;
                            let email = format!("{writers}-{tenants}-{caller}-{number}@example.com");
                            let outcome =
                                database.write_now(move |sql| create(sql, caller % tenants, email.clone()));
                            match outcome {
                                Ok(()) => done.fetch_add(1, Relaxed),
                                Err(error) => panic!("{error}"),
                            };
                        }
                    });
                }
            });
            let rate = done.into_inner() as f64 / start.elapsed().as_secs_f64();
            let after = database.stats();
            let again =
                (after.conflicts - before.conflicts) as f64 / (after.committed - before.committed) as f64;
            println!("{writers} writers, {name:13} {rate:7.0} units/s, {again:.3} conflicts a unit");
        }
    }
    Ok(())
}

fn seed(database: &Database, tenants: i64) -> Result<(), Error> {
    database.write_now(move |sql| {
        (0..tenants).try_for_each(|tenant| {
            let nothing = "ON CONFLICT DO NOTHING";
            sql.execute(&format!("INSERT INTO counter VALUES (?1, 0) {nothing}"), params![tenant])?;
            sql.execute(&format!("INSERT INTO total VALUES (?1, 0) {nothing}"), params![tenant]).map(drop)
        })
    })
}

fn create(sql: Session<'_>, tenant: i64, email: String) -> Result<(), Error> {
    let select = "SELECT id FROM customer WHERE tenant_id = ?1 AND email = ?2";
    if sql.first(select, params![tenant, &email], |row| row.int(0))?.is_some() {
        return Err(Error::NoRow);
    }
    let update = "UPDATE counter SET value = value + 1 WHERE tenant_id = ?1 RETURNING value";
    let id = sql.one(update, params![tenant], |row| row.int(0))?;
    sql.execute("INSERT INTO customer VALUES (?1, ?2, ?3)", params![tenant, id, email])?;
    sql.execute("UPDATE total SET customers = customers + 1 WHERE tenant_id = ?1", params![tenant]).map(drop)
}
