//! How many durable creates a second: through the store, by the number of writers at once, and in a bare SQLite loop
//! of fixed batches on one thread. The rounds are interleaved, so that a noisy machine is noisy for all.
//!
//! `cargo run --release -p patron-sql --example group_commit [seconds per slice] [rounds]`

#![allow(clippy::disallowed_methods, reason = "measuring time is the purpose")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::Result;
use patron_sql::{Database, Location, Migration, Session, params};
use rusqlite::Connection;

const SCHEMA: &str = "CREATE TABLE customer (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, email TEXT NOT NULL, \
     lastname TEXT NOT NULL, created_at TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (tenant_id, id)); \
     CREATE UNIQUE INDEX customer_email ON customer (tenant_id, email); \
     CREATE INDEX customer_created_at ON customer (tenant_id, created_at, id); \
     CREATE INDEX customer_lastname ON customer (tenant_id, lastname, id)";
const INSERT: &str = "INSERT INTO customer (tenant_id, id, email, lastname, created_at, document) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const BARE: [i64; 3] = [1, 32, 128];
const WRITERS: [usize; 4] = [1, 32, 128, 512];

/// Ids go on through all slices, so that every slice inserts into its own, equally grown database.
static NEXT: AtomicI64 = AtomicI64::new(1);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let slice = Duration::from_secs_f64(arguments.next().map_or(Ok(1.0), |text| text.parse())?);
    let rounds: usize = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let bare = open_bare(&folder.path().join("bare.db"))?;
    let migration = Migration { number: 1, name: "customers", sql: SCHEMA };
    let database = Database::open(&Location::File(folder.path().join("store.db")), &[migration])?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;

    let mut rates: Vec<(String, Vec<f64>)> = Vec::new();
    for _ in 0..rounds {
        let mut note = |name: String, rate: f64| match rates.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rates)) => rates.push(rate),
            None => rates.push((name, vec![rate])),
        };
        for batch in BARE {
            note(format!("bare loop, batches of {batch}"), bare_slice(&bare, batch, slice)?);
        }
        for writers in WRITERS {
            note(
                format!("store, {writers} writers"),
                runtime.block_on(store_slice(&database, writers, slice))?,
            );
        }
    }
    for (name, mut rates) in rates {
        rates.sort_by(f64::total_cmp);
        let (least, middle, most) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
        println!("{name:28} {middle:8.0} creates/s [{least:.0}..{most:.0}]");
    }
    println!("{:?}", database.stats());
    database.close();
    Ok(())
}

fn open_bare(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -65536")?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

fn bare_slice(connection: &Connection, batch: i64, slice: Duration) -> Result<f64> {
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < slice {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..batch {
            let customer = Customer::next();
            connection.prepare_cached(INSERT)?.execute((
                1,
                customer.id,
                &customer.email,
                &customer.lastname,
                &customer.created_at,
                &customer.document,
            ))?;
        }
        connection.execute_batch("COMMIT")?;
        done += batch;
    }
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

async fn store_slice(database: &Database, writers: usize, slice: Duration) -> Result<f64> {
    let start = Instant::now();
    let over = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> =
        (0..writers).map(|_| tokio::spawn(write_until(database.clone(), over.clone()))).collect();
    tokio::time::sleep(slice).await;
    over.store(true, Relaxed);
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

async fn write_until(database: Database, over: Arc<AtomicBool>) -> Result<u32, patron_sql::Error> {
    let mut done = 0;
    while !over.load(Relaxed) {
        let customer = Customer::next();
        database.write(move |sql| customer.insert(sql)).await?;
        done += 1;
    }
    Ok(done)
}

struct Customer {
    id: i64,
    email: String,
    lastname: String,
    created_at: String,
    document: String,
}

impl Customer {
    fn next() -> Customer {
        let id = NEXT.fetch_add(1, Relaxed);
        // Scattered, as people's names are: an index that only grows at its end would flatter every contender.
        let scattered = id.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64);
        Customer {
            id,
            email: format!("{scattered:016x}@example.com"),
            lastname: format!("Name {:08x}", scattered as u32),
            created_at: format!("2026-01-01 {:02}:{:02}:{:02}", id / 3600 % 24, id / 60 % 60, id % 60),
            document: format!("{{\"id\":{id},\"note\":\"{}\"}}", "n".repeat(900)),
        }
    }

    fn insert(&self, sql: Session<'_>) -> Result<(), patron_sql::Error> {
        let Customer { id, email, lastname, created_at, document } = self;
        sql.execute(INSERT, params![1, *id, email, lastname, created_at, document]).map(drop)
    }
}
