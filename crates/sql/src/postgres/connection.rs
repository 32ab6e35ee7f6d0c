//! One connection and the transaction on it: runs statements for a session and remembers what befell them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::cell::Bound;
use super::failure::{Damage, damage, in_our_words, stale_plan, wants_types};
use super::translate;
use super::wire::Wire;
use crate::{Error, Row, Session, Value};

/// Prepared statements kept: more than all slices have. Each costs the server some kilobytes.
const STATEMENTS: usize = 512;

/// A connection; used by one thread at a time.
pub(crate) struct Connection {
    client: Client,
    wire: Wire,
    patience: Duration,
    prepared: RefCell<Prepared>,
    /// The worst that befell the transaction.
    damage: Cell<Damage>,
}

#[derive(Default)]
struct Prepared {
    by_text: HashMap<String, Arc<Statement>>,
    uses: u64,
}

struct Statement {
    handle: tokio_postgres::Statement,
    patterns: Vec<usize>,
    parameters: usize,
    last_use: std::sync::atomic::AtomicU64,
}

impl Connection {
    pub(super) fn new(client: Client, wire: Wire, patience: Duration) -> Connection {
        Connection { client, wire, patience, prepared: RefCell::default(), damage: Cell::new(Damage::None) }
    }

    /// Takes in what the server has said meanwhile. False if the connection has ended.
    pub(super) fn is_alive(&self) -> bool {
        self.damage.get() != Damage::Lost && self.wire.refresh() && !self.client.is_closed()
    }

    /// Begins a snapshot, on a connection opened for them. Sent with the first statement: it costs no round trip.
    pub(super) fn begin_snapshot(&self) {
        self.damage.set(Damage::None);
        self.fire("BEGIN");
    }

    /// Begins a unit of work.
    pub(super) fn begin(&self) -> Result<(), Error> {
        self.damage.set(Damage::None);
        self.simple("BEGIN ISOLATION LEVEL SERIALIZABLE")
    }

    /// Commits; the answer says that it is safely on disk.
    pub(super) fn commit(&self) -> Result<(), Error> {
        self.simple("COMMIT")
    }

    /// Ends the transaction, keeping nothing, and does not wait for it.
    pub(super) fn roll_back(&self) {
        self.fire("ROLLBACK");
        self.wire.flush();
    }

    /// The worst that has befallen the transaction so far.
    pub(super) fn damage(&self) -> Damage {
        self.damage.get()
    }

    /// Runs statements without parameters or rows.
    pub(super) fn simple(&self, sql: &str) -> Result<(), Error> {
        self.wait(self.client.batch_execute(sql))
    }

    /// The first column of the first row of a statement without parameters, as text.
    pub(super) fn simple_text(&self, sql: &str) -> Result<Option<String>, Error> {
        let messages = self.wait(self.client.simple_query(sql))?;
        Ok(messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    fn fire(&self, sql: &str) {
        self.wire.fire(self.client.batch_execute(sql));
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Error> {
        self.wait_raw(work)?.map_err(|error| {
            if stale_plan(&error) {
                self.prepared.borrow_mut().by_text.clear();
            }
            self.suffer(damage(&error));
            in_our_words(error)
        })
    }

    fn wait_raw<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        // After silence the answer may still come, and be taken for another's.
        self.wire.wait(work, self.patience).inspect_err(|_| self.suffer(Damage::Lost))
    }

    fn suffer(&self, damage: Damage) {
        self.damage.set(self.damage.get().max(damage));
    }

    fn statement(&self, sql: &str, params: &[Value<'_>]) -> Result<Arc<Statement>, Error> {
        if self.damage.get() == Damage::Lost {
            return Err(Error::unavailable("the connection to the database was lost"));
        }
        let statement = self.prepared.borrow_mut().find(sql);
        let statement = match statement {
            Some(statement) => statement,
            None => self.prepare(sql, params)?,
        };
        if statement.parameters != params.len() {
            let (wanted, given) = (statement.parameters, params.len());
            return Err(Error::other(format!("the statement takes {wanted} parameters, not {given}: {sql}")));
        }
        Ok(statement)
    }

    /// Prepares with the types that the server infers; where it cannot, as in `SELECT ?1`, with those of the values.
    fn prepare(&self, sql: &str, params: &[Value<'_>]) -> Result<Arc<Statement>, Error> {
        let translated = translate::statement(sql)?;
        // A refusal would end the transaction.
        self.fire("SAVEPOINT preparing");
        let mut outcome = self.wait_raw(self.client.prepare(&translated.text))?;
        if outcome.as_ref().is_err_and(wants_types) {
            let types: Vec<Type> = params.iter().map(type_of).collect();
            self.fire("ROLLBACK TO preparing");
            let again = self.wait_raw(self.client.prepare_typed(&translated.text, &types))?;
            outcome = again.or(outcome);
        }
        let handle = outcome.map_err(|error| {
            self.suffer(damage(&error));
            in_our_words(error)
        })?;
        self.fire("RELEASE preparing");
        let statement = Arc::new(Statement {
            handle,
            patterns: translated.patterns,
            parameters: translated.parameters,
            last_use: 0.into(),
        });
        self.prepared.borrow_mut().keep(sql, statement.clone());
        Ok(statement)
    }
}

impl Prepared {
    fn find(&mut self, sql: &str) -> Option<Arc<Statement>> {
        self.uses += 1;
        let statement = self.by_text.get(sql)?;
        statement.last_use.store(self.uses, std::sync::atomic::Ordering::Relaxed);
        Some(statement.clone())
    }

    fn keep(&mut self, sql: &str, statement: Arc<Statement>) {
        if self.by_text.len() >= STATEMENTS {
            // The older half goes at once: searches are many texts that are seldom seen twice.
            let mut uses: Vec<u64> = self.by_text.values().map(|one| one.last_use()).collect();
            let (_, middle, _) = uses.select_nth_unstable(STATEMENTS / 2);
            let middle = *middle;
            self.by_text.retain(|_, one| one.last_use() > middle);
        }
        statement.last_use.store(self.uses, std::sync::atomic::Ordering::Relaxed);
        self.by_text.insert(sql.to_owned(), statement);
    }
}

impl Statement {
    fn last_use(&self) -> u64 {
        self.last_use.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn bind<'a>(&self, params: &'a [Value<'a>]) -> Vec<Bound<'a>> {
        let bound = params.iter().enumerate();
        bound.map(|(place, value)| Bound { value, pattern: self.patterns.contains(&place) }).collect()
    }

    /// What is wrong with the patterns among the parameters, before anything is sent.
    fn check(&self, params: &[Value<'_>]) -> Result<(), Error> {
        self.patterns.iter().try_for_each(|place| match params.get(*place) {
            Some(Value::Text(text)) => super::pattern::translate(text).map(drop),
            _ => Ok(()),
        })
    }
}

fn type_of(value: &Value<'_>) -> Type {
    match value {
        Value::Int(_) => Type::INT8,
        Value::Real(_) => Type::FLOAT8,
        Value::Text(_) | Value::Null => Type::TEXT,
    }
}

fn as_sql<'a>(bound: &'a [Bound<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    bound.iter().map(|bound| bound as &(dyn ToSql + Sync)).collect()
}

pub(crate) fn execute(connection: &Connection, sql: &str, params: &[Value<'_>]) -> Result<u64, Error> {
    let statement = connection.statement(sql, params)?;
    statement.check(params)?;
    let bound = statement.bind(params);
    connection.wait(connection.client.execute(&statement.handle, &as_sql(&bound)))
}

/// All rows are taken in before the first is handed on: whoever looks at one may run another statement.
pub(crate) fn each<E: From<Error>>(
    connection: &Connection,
    sql: &str,
    params: &[Value<'_>],
    mut take: impl FnMut(&Row<'_>) -> Result<(), E>,
) -> Result<(), E> {
    rows(connection, sql, params)?.iter().try_for_each(|row| take(&Row::postgres(row)))
}

pub(crate) fn first<T, E: From<Error>>(
    connection: &Connection,
    sql: &str,
    params: &[Value<'_>],
    read: impl FnOnce(&Row<'_>) -> Result<T, E>,
) -> Result<Option<T>, E> {
    rows(connection, sql, params)?.first().map(|row| read(&Row::postgres(row))).transpose()
}

fn rows(connection: &Connection, sql: &str, params: &[Value<'_>]) -> Result<Vec<tokio_postgres::Row>, Error> {
    let statement = connection.statement(sql, params)?;
    statement.check(params)?;
    let bound = statement.bind(params);
    connection.wait(connection.client.query(&statement.handle, &as_sql(&bound)))
}

/// Runs `work` between `SAVEPOINT` and `RELEASE`; undoes it if it fails or panics. Neither costs a round trip.
pub(crate) fn savepoint<T, E: From<Error>>(
    connection: &Connection,
    work: impl FnOnce(Session<'_>) -> Result<T, E>,
) -> Result<T, E> {
    if connection.damage.get() >= Damage::Aborted {
        return Err(swallowed().into());
    }
    connection.fire("SAVEPOINT nested");
    let undo = Undo(connection);
    let value = work(Session::postgres(connection))?;
    if connection.damage.get() >= Damage::Aborted {
        return Err(swallowed().into());
    }
    std::mem::forget(undo);
    connection.fire("RELEASE nested");
    Ok(value)
}

/// PostgreSQL runs nothing more after a refused statement, whereas SQLite goes on.
pub(super) fn swallowed() -> Error {
    Error::other("a statement was refused, and the work went on without undoing it in a savepoint")
}

struct Undo<'c>(&'c Connection);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        self.0.fire("ROLLBACK TO nested; RELEASE nested");
        // A conflict or a loss concerns the whole transaction.
        if self.0.damage.get() == Damage::Aborted {
            self.0.damage.set(Damage::None);
        }
    }
}
