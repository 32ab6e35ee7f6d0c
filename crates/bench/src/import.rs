//! Customers out of a file, beside the same rows put into the same tables and indexes by statements of many rows.
//!
//! Every turn begins with an empty instance, and ends when all is in the database's file. The yardstick reads nothing, checks nothing and
//! renders nothing: its rows are those that an import left behind, ready in memory.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    ops::Range,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use patron_harness::command;
use rusqlite::{Connection, types::Value};
use tempfile::TempDir;

use crate::{
    measure::{self, Plan, Turn},
    report::{Goal, Line},
    rows_of_create::{Checkpoints, contents, open},
};

/// Customers of a turn, for each second that it is meant to take.
const A_SECOND: f64 = 20_000.0;
/// Customers in a commit: as many as an import has.
const UNIT: usize = 5000;
/// Parameters of a statement: so many rows that more make it no faster.
const PARAMETERS: usize = 2000;

/// An import of a file without passwords and addresses, beside a raw insert of its rows.
pub fn rows(plan: Plan) -> Result<Line> {
    let customers = (plan.slice.as_secs_f64() * A_SECOND) as usize;
    let place = Place::new(customers)?;
    place.import()?;
    let raw = Raw::of(&place, customers)?;
    let compared = measure::alternate(
        plan,
        |_| Ok(Turn::from(customers as f64 / place.import()?)),
        |_| Ok(Turn::from(customers as f64 / raw.insert(&place)?)),
    )?;
    Ok(Line {
        work: format!("import of {customers} customers from a CSV file"),
        yardstick: "rusqlite inserting the same rows, many in a statement, in commits of as many",
        unit: "/s",
        compared,
        goal: Goal::AtLeast(0.5),
    })
}

/// The file, an empty instance, and where copies of it are filled.
struct Place {
    folder: TempDir,
    file: PathBuf,
    empty: PathBuf,
}

impl Place {
    fn new(customers: usize) -> Result<Self> {
        let folder = tempfile::tempdir().context("a folder")?;
        let (file, empty) = (folder.path().join("customers.csv"), folder.path().join("empty.sqlite"));
        write(&file, customers as u64)?;
        // The instance that a server makes at its first start is the only one.
        let mut server = patron_harness::Patron::start(patron_harness::Options::default());
        server.stop();
        fs::copy(server.data_folder().join("patron.sqlite"), &empty).context("copying an empty instance")?;
        Ok(Self { folder, file, empty })
    }

    /// A fresh copy of the empty instance.
    fn fresh(&self) -> Result<PathBuf> {
        let data = self.data();
        let _ = fs::remove_dir_all(&data);
        fs::create_dir(&data).context("a data folder")?;
        let database = data.join("patron.sqlite");
        fs::copy(&self.empty, &database).context("copying an empty instance")?;
        File::open(&database)?.sync_all()?;
        Ok(database)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Seconds of an import.
    fn import(&self) -> Result<f64> {
        self.fresh()?;
        let started = Instant::now();
        let output = command(["import"]).arg(&self.file).arg("--data").arg(self.data()).output()?;
        let seconds = started.elapsed().as_secs_f64();
        ensure!(output.status.success(), "the import failed: {}", String::from_utf8_lossy(&output.stderr));
        Ok(seconds)
    }
}

/// Made-up customers. Neither addresses nor family names come sorted, or the indexes would have it too easy.
fn write(file: &Path, customers: u64) -> Result<()> {
    let mut out = BufWriter::new(File::create(file).context("making a file")?);
    writeln!(out, "email,_website,_store,created_at,dob,firstname,gender,group_id,lastname")?;
    for number in 1..=customers {
        let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (day, name, group) = (number % 28 + 1, (random >> 40) % 200_000, number % 3 + 1);
        writeln!(
            out,
            "c{random:016x}@example.com,base,default,2020-01-{day:02} 10:00:00,,Ada,Female,{group},Last{name}"
        )?;
    }
    Ok(out.flush()?)
}

/// What an import left behind.
struct Raw {
    tables: Vec<Table>,
    units: usize,
}

struct Table {
    name: &'static str,
    width: usize,
    rows: Vec<Vec<Value>>,
    /// Some of the rows were there before, as counters are.
    is_changed: bool,
}

impl Raw {
    fn of(place: &Place, customers: usize) -> Result<Self> {
        let (mut before, after) = (contents(&place.empty)?, contents(&place.data().join("patron.sqlite"))?);
        let mut tables = Vec::new();
        for (name, filled) in after {
            let old = before.remove(name).context("a table was made by an import")?.rows;
            let rows: Vec<_> = filled.rows.into_iter().filter(|row| !old.contains(row)).collect();
            if !rows.is_empty() {
                tables.push(Table { name, width: filled.columns.len(), rows, is_changed: !old.is_empty() });
            }
        }
        ensure!(
            tables.iter().filter(|table| table.rows.len() == customers).count() >= 2,
            "an import writes more than was found"
        );
        Ok(Self { tables, units: customers.div_ceil(UNIT) })
    }

    /// Seconds of inserting them.
    fn insert(&self, place: &Place) -> Result<f64> {
        let database = place.fresh()?;
        let started = Instant::now();
        let connection = open(&database)?;
        let checkpoints = Checkpoints::of(&database);
        for unit in 0..self.units {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            for table in &self.tables {
                let share = |unit: usize| table.rows.len() * unit / self.units;
                table.insert(&connection, share(unit)..share(unit + 1))?;
            }
            connection.execute_batch("COMMIT")?;
        }
        drop(checkpoints);
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(started.elapsed().as_secs_f64())
    }
}

impl Table {
    fn insert(&self, connection: &Connection, range: Range<usize>) -> Result<()> {
        for rows in self.rows[range].chunks((PARAMETERS / self.width).max(1)) {
            let row = format!("({})", vec!["?"; self.width].join(", "));
            let verb = if self.is_changed { "INSERT OR REPLACE" } else { "INSERT" };
            let text = format!("{verb} INTO {} VALUES {}", self.name, vec![row; rows.len()].join(", "));
            let mut insert = connection.prepare_cached(&text)?;
            for (index, value) in rows.iter().flatten().enumerate() {
                insert.raw_bind_parameter(index + 1, value)?;
            }
            insert.raw_execute()?;
        }
        Ok(())
    }
}
