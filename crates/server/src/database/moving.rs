//! `patron move`: everything that a database holds into another one, on the same engine or the other.
//!
//! The source is read out of one snapshot. The target is marked as half filled before its first table is made and until every table's
//! rows have been counted and summed up on both sides: until then no server starts on it. What was copied is noted in the target in the
//! commit that copies it, so a move that was killed goes on.

use std::{
    env, fs,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use patron_commerce::schema;
use patron_sql::{Database, Engine, Error, Filling, Opening, Session, Table, params};

use super::{
    copying, page,
    page::Sum,
    place::{self, shown},
};
use crate::transfer::gauge::Gauge;

/// The name under which the target notes that its tables were emptied.
const BEGUN: &str = "";
/// How long the connections of a server that has just been stopped may take to go.
const LEAVING: Duration = Duration::from_secs(5);

/// What `patron move` is told.
#[derive(Debug, Args)]
pub struct MoveOptions {
    /// The database to copy: sqlite:FOLDER, sqlite:FILE or postgres://user@host/name. No server may use it meanwhile.
    #[arg(long, env = "PATRON_MOVE_FROM", hide_env_values = true, value_name = "PLACE")]
    from: String,
    /// The database to fill, in the same forms: one that Patron has never used, or one that an earlier run has left half filled.
    #[arg(long, env = "PATRON_MOVE_TO", hide_env_values = true, value_name = "PLACE")]
    to: String,
    /// A file with the password of the source's PostgreSQL; without it PATRON_DATABASE_PASSWORD is used.
    #[arg(long, value_name = "FILE")]
    from_password_file: Option<PathBuf>,
    /// A file with the password of the target's PostgreSQL; without it PATRON_DATABASE_PASSWORD is used.
    #[arg(long, value_name = "FILE")]
    to_password_file: Option<PathBuf>,
    /// Begin anew where an earlier run has stopped halfway.
    #[arg(long)]
    restart: bool,
}

/// Moves a database.
pub fn run(options: MoveOptions) -> Result<ExitCode> {
    let from =
        place::parse(&options.from, &password(options.from_password_file.as_ref())?).context("--from")?;
    let to = place::parse(&options.to, &password(options.to_password_file.as_ref())?).context("--to")?;
    if from == to {
        bail!("--from and --to name the same database");
    }
    let source = Database::open_as(Opening::Existing, &from, schema::MIGRATIONS)
        .with_context(|| format!("cannot copy from {}", shown(&from)))?;
    let target = Database::open_as(Opening::ToFill, &to, schema::MIGRATIONS)
        .with_context(|| format!("cannot copy to {}", shown(&to)))?;
    let tables = source.read(tables_of)?;
    if target.read(tables_of)? != tables {
        bail!("the two databases do not have the same tables and columns");
    }
    let rows = source.read(|sql| {
        hold_still(sql, &tables)?;
        copy(sql, &target, &tables, options.restart)
    })?;
    source.close();
    target.close();
    println!("Moved {rows} rows of {} tables from {} to {}.", tables.len(), shown(&from), shown(&to));
    Ok(ExitCode::SUCCESS)
}

/// The tables that are copied: all but those that say how far an index of one engine has come, which is built anew on the other side.
fn tables_of(sql: Session<'_>) -> Result<Vec<Arc<Table>>, Error> {
    let all = Table::all(sql)?;
    let copied = all.into_iter().filter(|table| !schema::DERIVED_TABLES.contains(&table.name.as_str()));
    Ok(copied.map(Arc::new).collect())
}

/// Keeps others from writing to the source while it is copied: what they wrote would be left behind. SQLite's file is ours alone; on
/// PostgreSQL running nodes are refused, and the tables locked against one that is started now.
fn hold_still(sql: Session<'_>, tables: &[Arc<Table>]) -> Result<()> {
    if sql.engine() == Engine::Sqlite {
        return Ok(());
    }
    // The first statement: the snapshot is taken by the next one, when nobody writes any more.
    let names: Vec<String> = tables.iter().map(|table| page::quoted(&table.name)).collect();
    sql.execute(&format!("LOCK TABLE {} IN SHARE MODE", names.join(", ")), params![])
        .context("the tables of the source cannot be locked against writes")?;
    let deadline = Instant::now() + LEAVING;
    while servers(sql)? > 0 {
        if Instant::now() > deadline {
            bail!("servers are using the source: they must be stopped first");
        }
        thread::sleep(LEAVING / 50);
    }
    Ok(())
}

/// How many connections servers have to the database. Answers are as of now, although the snapshot is older.
fn servers(sql: Session<'_>) -> Result<i64, Error> {
    sql.first("SELECT pg_stat_clear_snapshot()", params![], |_| Ok::<_, Error>(()))?;
    let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'patron'";
    sql.one(query, params![], |row| row.int(0))
}

/// Copies, compares, and only then lets the target be used; how many rows there are.
fn copy(source: Session<'_>, target: &Database, tables: &[Arc<Table>], restart: bool) -> Result<u64> {
    begin(target, tables, restart)?;
    let rows = tables.iter().map(|table| page::count(source, table)).sum::<Result<u64>>()?;
    // Every row is copied, then read again where it was copied to.
    let mut gauge = Gauge::of("rows", rows * 2, 0);
    let mut done = 0;
    let mut tell = |rows: u64| {
        done += rows;
        gauge.show(done, done);
    };
    let sums: Vec<Sum> =
        tables.iter().map(|table| copying::copy(source, target, table, &mut tell)).collect::<Result<_>>()?;
    target.read(|sql| compare(sql, tables, &sums, &mut tell))?;
    let rate = gauge.rate(done);
    gauge.end(&format!("Every table is the same on both sides ({rate} rows a second, copied and compared)."));
    target.write_now(Filling::end).context("the target cannot be opened for use")?;
    Ok(rows)
}

/// Empties the target's tables, once: migrations may have put rows of their own there.
fn begin(target: &Database, tables: &[Arc<Table>], restart: bool) -> Result<()> {
    let tables = tables.to_vec();
    let emptied = target.write_now(move |sql| -> Result<(), Error> {
        if !restart && Filling::progress(sql, BEGUN)?.is_some() {
            return Ok(());
        }
        for table in &tables {
            let name = page::quoted(&table.name);
            let emptying = match sql.engine() {
                Engine::Sqlite => format!("DELETE FROM {name}"),
                Engine::Postgres => format!("TRUNCATE TABLE {name}"),
            };
            sql.execute(&emptying, params![])?;
        }
        Filling::forget(sql)?;
        Filling::note(sql, BEGUN, "")
    });
    emptied.context("the target cannot be emptied")
}

fn compare(sql: Session<'_>, tables: &[Arc<Table>], sums: &[Sum], tell: &mut dyn FnMut(u64)) -> Result<()> {
    for (table, sum) in tables.iter().zip(sums) {
        let copied = copying::summed(sql, table, None, tell)?;
        if copied != *sum {
            bail!(
                "{} differs: {sum} in the source, {copied} in the target; --restart begins anew",
                table.name
            );
        }
    }
    Ok(())
}

fn password(file: Option<&PathBuf>) -> Result<String> {
    let text = match file {
        Some(file) => fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?,
        None => env::var("PATRON_DATABASE_PASSWORD").unwrap_or_default(),
    };
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
