//! Running operations: each takes effect together with its result, or not at all.
//!
//! An operation may be run more than once (its worker died, or was so slow that another took over), but only the run that finds it
//! as it was left can write its result, and without that nothing of its effect stays.

use std::sync::Arc;

use patron_sql::Session;
use patron_webapi::Fault;

use super::{
    accept,
    model::{Bulk, Counts, Due, Status},
    store::{self, Key},
};
use crate::{Call, Failure, Moment, Row, failure::Result, instances::Catalogues, row::Bound};

/// After as many failed attempts an operation is given up.
pub const MOST_ATTEMPTS: i64 = 5;

/// Characters that the original keeps of a message.
const LONGEST_MESSAGE: usize = 255;

/// An operation that is ready to run.
pub struct Ready {
    /// The bulk it belongs to.
    pub bulk: Arc<Bulk>,
    /// How often it was tried.
    pub attempts: i64,
    key: Key,
    work: Result<Box<dyn Bound>, Fault>,
}

/// What running needs and does not change.
pub struct Surroundings<'s> {
    /// The instances.
    pub catalogues: &'s Catalogues,
    /// Clock and randomness.
    pub moment: Moment<'s>,
}

/// The row that a bulk's operations call, found once.
pub struct Target<'t> {
    row: Option<&'t Row>,
}

impl<'t> Target<'t> {
    /// Finds the row in the table.
    pub fn find(table: &'t [Row], bulk: &Bulk) -> Self {
        Self { row: bulk.row_in(table).map(|at| &table[at]) }
    }

    /// Binds an operation. What this version cannot read or has no row for is refused when it runs.
    pub fn ready(&self, bulk: &Arc<Bulk>, due: &Due) -> Ready {
        let work = match self.row {
            Some(row) => accept::bind_again(row, &due.arguments, due.secrets.as_deref()),
            None => Err(Fault::no_route()),
        };
        Ready {
            bulk: Arc::clone(bulk),
            attempts: due.attempts,
            key: Key { tenant: bulk.tenant, bulk: bulk.id, number: due.number, status: due.status },
            work,
        }
    }
}

/// Runs operations in one unit of work, in order. A failure that is not theirs ends it: nothing has happened then, and they should be
/// run one by one to find out whose it is.
pub fn run(sql: Session<'_>, surroundings: &Surroundings<'_>, operations: &[Ready]) -> Result<()> {
    let mut at = 0;
    while let Some(first) = operations.get(at) {
        let of_bulk = operations[at..].iter().take_while(|other| Arc::ptr_eq(&other.bulk, &first.bulk));
        let mut moved = Counts::default();
        for operation in of_bulk {
            if let Some(status) = run_one(sql, surroundings, operation)? {
                moved.moved(operation.key.status, status);
            }
            at += 1;
        }
        store::count(sql, first.bulk.tenant, first.bulk.id, moved)?;
    }
    Ok(())
}

/// Puts an operation off whose attempt failed for a reason that is not its own, or gives it up. `cause` is for the caller's eyes.
pub fn put_off(sql: Session<'_>, operation: &Ready, cause: &str) -> Result<()> {
    let mut moved = Counts::default();
    let (status, written) = if operation.attempts + 1 < MOST_ATTEMPTS {
        (Status::Retriable, store::put_off(sql, operation.key, &cut(cause))?)
    } else {
        (Status::Failed, store::fail(sql, operation.key, &cut(cause))?)
    };
    if written {
        moved.moved(operation.key.status, status);
    }
    store::count(sql, operation.bulk.tenant, operation.bulk.id, moved)
}

impl Ready {
    /// Its place in the bulk.
    pub fn number(&self) -> i64 {
        self.key.number
    }
}

/// How an attempt ended that must leave nothing behind.
enum Undone {
    /// Another worker was first, or the instance is gone.
    TooLate,
    Failed(Failure),
}

impl From<Failure> for Undone {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<patron_sql::Error> for Undone {
    fn from(error: patron_sql::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Runs one operation; what it became, None when it was not ours to run.
fn run_one(sql: Session<'_>, surroundings: &Surroundings<'_>, operation: &Ready) -> Result<Option<Status>> {
    let bound = match &operation.work {
        Ok(bound) => bound,
        Err(refusal) => return refuse(sql, operation, refusal),
    };
    let attempt = sql.savepoint(|sql| {
        let answer = match call(sql, surroundings, &operation.bulk, bound.as_ref()) {
            Ok(Some(answer)) => answer,
            Ok(None) => return Err(Undone::TooLate),
            // Ids that a refused call took are never given again, here as in a call that runs now.
            Err(Failure::IdsTaken(refusal)) => return Ok(refuse(sql, operation, &refusal)?),
            Err(failure) => return Err(failure.into()),
        };
        let answer = std::str::from_utf8(&answer.0).expect("JSON is UTF-8");
        if store::complete(sql, operation.key, answer)? {
            Ok(Some(Status::Complete))
        } else {
            Err(Undone::TooLate)
        }
    });
    match attempt {
        Ok(status) => Ok(status),
        Err(Undone::TooLate) => Ok(None),
        Err(Undone::Failed(Failure::Fault(refusal))) if refusal.status < 500 => {
            refuse(sql, operation, &refusal)
        }
        Err(Undone::Failed(failure)) => Err(failure),
    }
}

fn refuse(sql: Session<'_>, operation: &Ready, refusal: &Fault) -> Result<Option<Status>> {
    let written = store::fail(sql, operation.key, &cut(&refusal.rendered()))?;
    Ok(written.then_some(Status::Failed))
}

/// Makes the call; None when its instance is gone.
fn call(
    sql: Session<'_>,
    surroundings: &Surroundings<'_>,
    bulk: &Bulk,
    bound: &dyn Bound,
) -> Result<Option<patron_webapi::Answer>> {
    let Some(catalogue) = surroundings.catalogues.find(sql, &bulk.tenant_code)? else { return Ok(None) };
    let call = Call {
        sql,
        catalogue: &catalogue,
        scope: bulk.scope,
        moment: surroundings.moment,
        consumer: &bulk.consumer,
    };
    bound.run(&call).map(Some)
}

fn cut(message: &str) -> String {
    message.chars().take(LONGEST_MESSAGE).collect()
}
