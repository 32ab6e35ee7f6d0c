//! Hands lots of operations to the database's writer: each lot is one unit of work, and several wait at once, so that the writer
//! commits them together and never waits for the next.
//!
//! A request's own write queues behind at most [`LOTS`] of them: some hundredths of a second. The operations of a bulk run in the order
//! of their numbers: on SQLite, with its one writer, because lots run in the order in which they were offered; on PostgreSQL, where lots
//! run side by side, because a bulk's next one is offered when the one before is done. The original promises no order.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

use patron_commerce::{
    Failure,
    bulk::run::{self, Ready, Surroundings},
    failure::Result,
};
use patron_sql::crash;
use tokio::sync::{Mutex, mpsc};

use super::Service;

/// Operations in a unit of work.
pub const LOT: usize = 64;
/// Lots that wait for the writer at once, all bulks together. Half of them make a transaction, while the other half comes in.
const LOTS: usize = 12;
/// Lots that are bound and wait to wait.
const AHEAD: usize = 4;

/// A lot on its way, and whom to tell what it left undone.
pub struct Lot {
    /// The operations, in order.
    pub operations: Arc<[Ready]>,
    /// Hears once of every lot.
    pub settled: mpsc::UnboundedSender<Leftover>,
}

/// What a lot, or a run of many, leaves undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leftover {
    /// Nothing.
    Nothing,
    /// Operations that were not tried.
    Soon,
    /// Operations that failed, after this many attempts before.
    AfterAttempts(u32),
}

/// Where lots are offered. When all senders are gone and the lots are done, the tasks behind it end.
pub fn start<S: Service>(service: &Arc<S>) -> mpsc::Sender<Lot> {
    let (offer, offered) = mpsc::channel(AHEAD);
    let offered = Arc::new(Mutex::new(offered));
    for _ in 0..LOTS {
        tokio::spawn(take_turns(Arc::clone(service), Arc::clone(&offered)));
    }
    offer
}

/// Takes a lot, waits until it is done, takes the next.
async fn take_turns<S: Service>(service: Arc<S>, offered: Arc<Mutex<mpsc::Receiver<Lot>>>) {
    while let Some((running, settled)) = submit_next(&service, &offered).await {
        // Who offered it may have ended with the process.
        let _ = settled.send(running.await);
    }
}

type Running = Pin<Box<dyn Future<Output = Leftover> + Send>>;

/// Takes the foremost lot and puts it into the writer's queue, before another can take the next one: so they keep their order.
async fn submit_next<S: Service>(
    service: &Arc<S>,
    offered: &Mutex<mpsc::Receiver<Lot>>,
) -> Option<(Running, mpsc::UnboundedSender<Leftover>)> {
    let mut offered = offered.lock().await;
    let Lot { operations, settled } = offered.recv().await?;
    let mut running: Running = Box::pin(run_lot(Arc::clone(service), operations));
    // The first poll puts it into the queue.
    match poll_fn(|context| Poll::Ready(running.as_mut().poll(context))).await {
        Poll::Ready(leftover) => Some((Box::pin(std::future::ready(leftover)), settled)),
        Poll::Pending => Some((running, settled)),
    }
}

/// Runs a lot in one unit of work. When that fails for a reason that is none of its operations' own, each gets a unit to itself, so that
/// the one to blame is found and the others do not suffer.
async fn run_lot<S: Service>(service: Arc<S>, lot: Arc<[Ready]>) -> Leftover {
    let whole = run_some(&service, &lot, 0..lot.len()).await;
    if whole.is_ok() {
        return Leftover::Nothing;
    }
    let mut leftover = Leftover::Nothing;
    for at in 0..lot.len() {
        let Err(failure) = run_some(&service, &lot, at..at + 1).await else { continue };
        match put_off(&service, &lot, at, &failure).await {
            Ok(attempts) => leftover = leftover.max(Leftover::AfterAttempts(attempts)),
            Err(error) => {
                tracing::error!(%error, "The database takes no operations; those that are left are tried again soon.");
                leftover = leftover.max(Leftover::Soon);
                break;
            }
        }
    }
    leftover
}

async fn run_some<S: Service>(
    service: &Arc<S>,
    lot: &Arc<[Ready]>,
    range: std::ops::Range<usize>,
) -> Result<()> {
    let (shared, lot) = (Arc::clone(service), Arc::clone(lot));
    let work = move |sql: patron_sql::Session<'_>| {
        let surroundings = Surroundings { catalogues: shared.catalogues(), moment: shared.moment() };
        run::run(sql, &surroundings, &lot[range.clone()])?;
        crash::point("lot");
        Ok::<_, Failure>(())
    };
    service.database().write(work).await?;
    crash::point("lot committed");
    Ok(())
}

/// Writes down that an operation failed; the caller's eyes see no more of a failure of ours than a request's would.
async fn put_off<S: Service>(
    service: &Arc<S>,
    lot: &Arc<[Ready]>,
    at: usize,
    failure: &Failure,
) -> Result<u32> {
    let operation = &lot[at];
    let (tenant, bulk, number) = (operation.bulk.tenant, operation.bulk.id, operation.number());
    let attempts = operation.attempts + 1;
    let cause = match failure {
        Failure::Fault(theirs) | Failure::IdsTaken(theirs) => {
            tracing::warn!(tenant, bulk, number, attempts, %failure, "A kept call could not run now.");
            theirs.rendered()
        }
        Failure::Internal(error) => {
            tracing::error!(
                tenant,
                bulk,
                number,
                attempts,
                error = format!("{error:#}"),
                "A kept call failed inside."
            );
            "Internal Error. Details are available in the log of the service.".to_owned()
        }
    };
    let lot = Arc::clone(lot);
    service.database().write(move |sql| run::put_off(sql, &lot[at], &cause)).await?;
    Ok(u32::try_from(operation.attempts).unwrap_or(0))
}
