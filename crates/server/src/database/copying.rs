//! One table from here to there: a page is read from the source's snapshot, written to the target, and noted in the same commit.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use patron_sql::{Database, Error, Filling, Session, Table, Value};
use serde::{Deserialize, Serialize};

use super::page::{self, Row, Sum};

/// What a page should weigh, in bytes, and the rows that it may have: memory stays flat, whether rows are settings or long answers.
const WEIGHT: usize = 1 << 20;
const MOST_ROWS: usize = 4000;
const FIRST_ROWS: usize = 64;

/// How far a table has been copied, as it is kept in the target.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// The key of the last row that was copied.
    after: Option<Vec<Cell>>,
    sum: Sum,
}

/// A value of a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Cell {
    Int(i64),
    Text(String),
}

/// Copies what is left of a table; tells `tell` of rows as they are done. What the whole table sums up to in the source.
///
/// What an earlier run has copied is read again and compared: a source that has changed since is noticed here.
pub fn copy(
    source: Session<'_>,
    target: &Database,
    table: &Arc<Table>,
    tell: &mut dyn FnMut(u64),
) -> Result<Sum> {
    let noted = target.read(|sql| Filling::progress(sql, &table.name))?;
    let noted: Progress = match noted {
        Some(text) => {
            serde_json::from_str(&text).context("the progress that the target holds cannot be read")?
        }
        None => Progress::default(),
    };
    let mut after: Option<Row> = noted.after.map(|key| key.into_iter().map(Cell::into_value).collect());
    let mut sum = Sum::default();
    if let Some(last) = &after {
        sum = summed(source, table, Some(last), tell)?;
        if sum != noted.sum {
            bail!(
                "the source has changed since this move began: of {} {} were copied, now they are {sum}; --restart begins anew",
                table.name,
                noted.sum
            );
        }
    }
    let mut pages = Pages::new();
    loop {
        let rows = pages.next(source, table, after.as_ref(), None)?;
        let Some(last) = rows.last() else { return Ok(sum) };
        let key = page::key(table, last);
        rows.iter().for_each(|row| sum.add(table, row));
        let done = rows.len() as u64;
        write(
            target,
            table,
            rows,
            &Progress { after: Some(key.iter().map(Cell::of).collect::<Result<_>>()?), sum },
        )?;
        after = Some(key);
        tell(done);
    }
}

/// What a table sums up to, up to the row with the key `to` or as a whole.
pub fn summed(sql: Session<'_>, table: &Table, to: Option<&Row>, tell: &mut dyn FnMut(u64)) -> Result<Sum> {
    let (mut pages, mut after, mut sum) = (Pages::new(), None, Sum::default());
    loop {
        let rows = pages.next(sql, table, after.as_ref(), to)?;
        let Some(last) = rows.last() else { return Ok(sum) };
        after = Some(page::key(table, last));
        rows.iter().for_each(|row| sum.add(table, row));
        tell(rows.len() as u64);
    }
}

fn write(target: &Database, table: &Arc<Table>, rows: Vec<Row>, progress: &Progress) -> Result<()> {
    let progress = serde_json::to_string(progress)?;
    let shared = Arc::clone(table);
    let written = target.write_now(move |sql| -> Result<(), Error> {
        page::write(sql, &shared, &rows)?;
        Filling::note(sql, &shared.name, &progress)
    });
    written.with_context(|| format!("cannot write the table {}", table.name))
}

/// Reads pages whose size follows from how heavy the rows before were.
struct Pages {
    rows: usize,
}

impl Pages {
    fn new() -> Self {
        Self { rows: FIRST_ROWS }
    }

    fn next(
        &mut self,
        sql: Session<'_>,
        table: &Table,
        after: Option<&Row>,
        to: Option<&Row>,
    ) -> Result<Vec<Row>> {
        let page = page::read(sql, table, after, to, self.rows as i64)?;
        let weight = page::size(&page).max(1);
        let fitting = page.len() * WEIGHT / weight;
        self.rows = fitting.clamp(1, (self.rows * 2).min(MOST_ROWS));
        Ok(page)
    }
}

impl Cell {
    fn of(value: &Value<'_>) -> Result<Self> {
        match value {
            Value::Int(int) => Ok(Self::Int(*int)),
            Value::Text(text) => Ok(Self::Text(text.to_string())),
            Value::Null | Value::Real(_) => {
                bail!("a key holds something that is neither a whole number nor a text")
            }
        }
    }

    fn into_value(self) -> Value<'static> {
        match self {
            Self::Int(int) => int.into(),
            Self::Text(text) => text.into(),
        }
    }
}
