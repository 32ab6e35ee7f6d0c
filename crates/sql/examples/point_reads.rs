//! What one snapshot with two statements costs, on as many threads as there are cores: alone, and beside a writer that
//! commits all the time.
//!
//! `cargo run --release -p patron-sql --example point_reads [customers] [seconds per slice] [rounds] [postgres://…]`; with a URL
//! on that empty PostgreSQL database instead of SQLite. The client's processor time is this process's own (Linux).
#![allow(clippy::disallowed_methods, reason = "measuring time is the purpose")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use patron_sql::{Database, Error, Location, Migration, Postgres, params};

const SCHEMA: &str = "CREATE TABLE customer (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, email TEXT NOT NULL, \
     document TEXT NOT NULL, PRIMARY KEY (tenant_id, id)); \
     CREATE TABLE address (tenant_id BIGINT NOT NULL, customer_id BIGINT NOT NULL, id BIGINT NOT NULL, \
     document TEXT NOT NULL, PRIMARY KEY (tenant_id, customer_id, id))";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let customers: i64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let slice = Duration::from_secs_f64(arguments.next().map_or(Ok(1.0), |text| text.parse())?);
    let rounds: usize = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let url = arguments.next();
    let folder = tempfile::tempdir()?;
    let migration = Migration { number: 1, name: "customers", sql: SCHEMA };
    let location = match &url {
        Some(url) => Location::Postgres(Postgres::at(url)?),
        None => Location::File(folder.path().join("patron.db")),
    };
    let database = Database::open(&location, &[migration])?;
    fill(&database, customers)?;
    let mut costs = Vec::new();
    let (mut alone, mut beside, mut writes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (reads, cpu) = (database.stats().reads, cpu_seconds());
        alone.push(read_slice(&database, customers, slice)?);
        costs.push((cpu_seconds() - cpu) * 1e6 / (database.stats().reads - reads) as f64);
        let committed = database.stats().committed;
        let running = Arc::new(AtomicBool::new(true));
        let writer = thread::spawn({
            let (database, running) = (database.clone(), running.clone());
            move || write_while(&database, customers, &running)
        });
        beside.push(read_slice(&database, customers, slice)?);
        running.store(false, Relaxed);
        writer.join().expect("the writer does not panic")?;
        writes.push((database.stats().committed - committed) as f64 / slice.as_secs_f64());
    }
    for (name, mut rates) in [("alone", alone), ("beside a writer", beside), ("its commits", writes)] {
        rates.sort_by(f64::total_cmp);
        println!(
            "{name:16} {:8.0} /s [{:.0}..{:.0}]",
            rates[rates.len() / 2],
            rates[0],
            rates[rates.len() - 1]
        );
    }
    costs.sort_by(f64::total_cmp);
    println!("client processor time of a snapshot with two statements: {:.1} us", costs[costs.len() / 2]);
    println!("{:?}", database.stats());
    database.close();
    Ok(())
}

/// Processor time that this process has used, system calls included. 0 where there is no /proc.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> =
        stat.rsplit(')').next().unwrap_or_default().split(' ').filter_map(|f| f.parse().ok()).collect();
    // Behind the name come the state (no number), then ppid; utime and stime are fields 14 and 15, in hundredths.
    fields.get(10).zip(fields.get(11)).map_or(0.0, |(user, system)| (user + system) / 100.0)
}

fn fill(database: &Database, customers: i64) -> Result<(), Error> {
    for first in (1..=customers).step_by(1000) {
        database.write_now(move |sql| -> Result<(), Error> {
            for id in first..(first + 1000).min(customers + 1) {
                let (email, document) = (format!("{id}@example.com"), "d".repeat(700));
                sql.execute("INSERT INTO customer VALUES (1, ?1, ?2, ?3)", params![id, email, document])?;
                sql.execute("INSERT INTO address VALUES (1, ?1, 1, ?2)", params![id, "a".repeat(200)])?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn read_slice(database: &Database, customers: i64, slice: Duration) -> Result<f64, Error> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let (start, done) = (Instant::now(), AtomicU64::new(0));
    thread::scope(|scope| {
        let reading = |thread: u64| {
            let mut random = thread + 1;
            while start.elapsed() < slice {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                read_one(database, 1 + (random >> 33) as i64 % customers)?;
                done.fetch_add(1, Relaxed);
            }
            Ok(())
        };
        let threads: Vec<_> = (0..cores).map(|thread| scope.spawn(move || reading(thread))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no reader panics"))
    })?;
    Ok(done.into_inner() as f64 / start.elapsed().as_secs_f64())
}

fn read_one(database: &Database, id: i64) -> Result<usize, Error> {
    database.read(|sql| {
        let select = "SELECT email, document FROM customer WHERE tenant_id = ?1 AND id = ?2";
        let mut bytes = sql.one(select, params![1, id], |row| Ok(row.text(0)?.len() + row.text(1)?.len()))?;
        let select = "SELECT id, document FROM address WHERE tenant_id = ?1 AND customer_id = ?2";
        sql.each(select, params![1, id], |row| {
            bytes += row.text(1)?.len();
            Ok(())
        })?;
        Ok(bytes)
    })
}

fn write_while(database: &Database, customers: i64, running: &AtomicBool) -> Result<(), Error> {
    let mut id = 0;
    while running.load(Relaxed) {
        id = (id + 7919) % customers;
        let update = "UPDATE customer SET document = ?2 WHERE tenant_id = 1 AND id = ?1";
        database.write_now(move |sql| sql.execute(update, params![id + 1, "e".repeat(700)]).map(drop))?;
    }
    Ok(())
}
