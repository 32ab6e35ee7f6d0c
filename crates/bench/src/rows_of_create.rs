//! The rows that one create leaves behind, found by comparing a database before and after, and a bare loop that inserts the like.
//!
//! Knows no column but the tenant and the ids: it follows the schema by itself. Nothing is checked, nothing is rendered, no HTTP.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use patron_commerce::schema::TENANT_TABLES;
use rusqlite::{Connection, OpenFlags, types::Value};
use tempfile::TempDir;

use crate::{measure::Turn, service::Service};

/// The e-mail address of the create that is copied; no other text of the rows holds it by chance.
const TEMPLATE: &str = "template.customer@example.com";
/// Tables whose rows are counted up.
const COUNTED: [(&str, &str); 2] = [("counter", "value"), ("customer_count", "customers")];

/// The yardstick: a copy of the service's database, and what to put into it.
pub struct Loop {
    connection: Connection,
    tables: Vec<Copied>,
    counts: Vec<String>,
    next: i64,
    _checkpoints: Checkpoints,
    _folder: TempDir,
}

/// A table that a create adds a row to.
struct Copied {
    insert: String,
    row: Vec<Value>,
    ids: Vec<usize>,
}

impl Loop {
    /// Creates two customers in the service, looks at what the second changed, and copies the database.
    pub fn after(service: &mut Service) -> Result<Self> {
        service.instance.add_customer("first.customer@example.com");
        service.stop();
        let before = contents(&service.database())?;
        service.restart();
        service.instance.add_customer(TEMPLATE);
        service.stop();
        let after = contents(&service.database())?;
        let folder = tempfile::tempdir().context("a folder")?;
        let copy = folder.path().join("bare.sqlite");
        std::fs::copy(service.database(), &copy).context("copying the database")?;
        service.restart();

        let connection = open(&copy)?;
        let (mut tables, mut counts) = (Vec::new(), Vec::new());
        for table in TENANT_TABLES {
            let (old, new) = (&before[*table], &after[*table]);
            let changed: Vec<_> = new.rows.iter().filter(|row| !old.rows.contains(row)).collect();
            if let Some((_, column)) = COUNTED.iter().find(|(name, _)| name == table) {
                for row in changed {
                    counts.push(new.count_up(table, column, row));
                }
            } else if let [row] = changed.as_slice() {
                tables.push(new.copied(table, row));
            } else {
                ensure!(changed.is_empty(), "a create wrote {} rows of {table}", changed.len());
            }
        }
        ensure!(tables.len() >= 2 && counts.len() >= 2, "a create writes more than was found");
        let checkpoints = Checkpoints::of(&copy);
        Ok(Self {
            connection,
            tables,
            counts,
            next: 1_000_000_000,
            _checkpoints: checkpoints,
            _folder: folder,
        })
    }

    /// Inserts for so long in commits of `batch`; rows of creates a second.
    pub fn run(&mut self, slice: Duration, batch: usize) -> Result<Turn> {
        let (started, first) = (Instant::now(), self.next);
        while started.elapsed() < slice {
            self.connection.prepare_cached("BEGIN IMMEDIATE")?.raw_execute()?;
            for _ in 0..batch {
                self.create()?;
            }
            self.connection.prepare_cached("COMMIT")?.raw_execute()?;
        }
        Ok(Turn::from((self.next - first) as f64 / started.elapsed().as_secs_f64()))
    }

    fn create(&mut self) -> Result<()> {
        let email = format!("bare.customer.{}@example.com", self.next);
        // What searches compare is kept in upper case.
        let (folded_template, folded_email) = (TEMPLATE.to_uppercase(), email.to_uppercase());
        for table in &self.tables {
            let mut insert = self.connection.prepare_cached(&table.insert)?;
            for (index, value) in table.row.iter().enumerate() {
                match value {
                    _ if table.ids.contains(&index) => insert.raw_bind_parameter(index + 1, self.next)?,
                    Value::Text(text) if text.contains(TEMPLATE) => {
                        insert.raw_bind_parameter(index + 1, text.replace(TEMPLATE, &email))?;
                    }
                    Value::Text(text) if text.contains(&folded_template) => {
                        insert
                            .raw_bind_parameter(index + 1, text.replace(&folded_template, &folded_email))?;
                    }
                    value => insert.raw_bind_parameter(index + 1, value)?,
                }
            }
            insert.raw_execute()?;
        }
        for count in &self.counts {
            self.connection.prepare_cached(count)?.raw_execute()?;
        }
        self.next += 1;
        Ok(())
    }
}

/// As Patron opens its writer.
pub fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 0; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY",
    )?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// The log is copied beside the writer, as Patron does it, until this is dropped.
pub struct Checkpoints {
    thread: Option<JoinHandle<()>>,
    ended: Arc<AtomicBool>,
}

impl Checkpoints {
    /// Of the database in this file.
    pub fn of(path: &Path) -> Self {
        let (path, ended) = (path.to_owned(), Arc::new(AtomicBool::new(false)));
        let told = Arc::clone(&ended);
        let thread = thread::spawn(move || {
            let Ok(connection) = open(&path) else { return };
            while !told.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(50));
                let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            }
        });
        Self { thread: Some(thread), ended }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a table holds.
pub struct Contents {
    /// The columns' names.
    pub columns: Vec<String>,
    keys: Vec<String>,
    /// The rows, in the table's order.
    pub rows: Vec<Vec<Value>>,
}

/// The rows of all tables that belong to an instance.
pub fn contents(path: &Path) -> Result<BTreeMap<&'static str, Contents>> {
    let connection = Connection::open(path)?;
    TENANT_TABLES.iter().map(|table| Ok((*table, Contents::of(&connection, table)?))).collect()
}

impl Contents {
    fn of(connection: &Connection, table: &str) -> Result<Self> {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let width = columns.len();
        let rows = statement
            .query_map([], |row| (0..width).map(|index| row.get(index)).collect())?
            .collect::<rusqlite::Result<_>>()?;
        let keys = connection
            .prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?
            .query_map([table], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { columns, keys, rows })
    }

    /// The last column of the key is the id that differs from row to row.
    fn copied(&self, table: &str, row: &[Value]) -> Copied {
        let places: Vec<String> = (1..=self.columns.len()).map(|n| format!("?{n}")).collect();
        let ids = self.keys.last().map(String::as_str);
        Copied {
            insert: format!(
                "INSERT INTO {table} ({}) VALUES ({})",
                self.columns.join(", "),
                places.join(", ")
            ),
            row: row.to_vec(),
            ids: self
                .columns
                .iter()
                .enumerate()
                .filter(|(_, name)| Some(name.as_str()) == ids)
                .map(|(at, _)| at)
                .collect(),
        }
    }

    fn count_up(&self, table: &str, column: &str, row: &[Value]) -> String {
        let value_of = |key: &String| {
            let at = self.columns.iter().position(|name| name == key).expect("a key is a column");
            match &row[at] {
                Value::Integer(number) => number.to_string(),
                Value::Text(text) => format!("'{text}'"),
                _ => "NULL".to_owned(),
            }
        };
        let keys: Vec<String> = self.keys.iter().map(|key| format!("{key} = {}", value_of(key))).collect();
        format!("UPDATE {table} SET {column} = {column} + 1 WHERE {}", keys.join(" AND "))
    }
}
