//! Finds what is due: at once when this process queued it, soon when another did, and in time when it failed and is to be tried again.

use std::{cmp, sync::Arc, time::Duration};

use patron_commerce::{
    bulk::store::{self, Claimed},
    failure::Result,
};
use patron_sql::{Engine, crash};
use tokio::{sync::watch, task::JoinSet, time};

use super::{
    Service, feed,
    lots::{self, LOT},
};
use crate::workers::Working;

/// How long what was taken belongs to the taker; renewed while it is worked on.
pub const LEASE: Duration = Duration::from_secs(30);
/// Between two looks at what other nodes may have queued: one look at an index. So what a node queued that is gone or busy is begun
/// elsewhere within a second.
const PAUSE: Duration = Duration::from_millis(500);
/// After the database would not answer.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Bulks that are taken at once.
const CLAIM: i64 = 64;
/// Large bulks, or groups of small ones, that are worked on at once: none waits until a larger one is done.
const RUNS: usize = 16;

/// Works until told to stop.
pub async fn work<S: Service>(service: Arc<S>, mut stop: watch::Receiver<bool>, working: Working) {
    take_back(service.as_ref()).await;
    let offer = lots::start(&service);
    let mut runs = JoinSet::new();
    while !*stop.borrow() {
        working.lives();
        let pause = if runs.len() < RUNS {
            match claim(service.as_ref()).await {
                Ok(Look::Taken(taken)) => {
                    for group in groups(taken) {
                        runs.spawn(feed::run(
                            service.clone(),
                            offer.clone(),
                            stop.clone(),
                            group,
                            working.beside(),
                        ));
                    }
                    continue;
                }
                Ok(Look::Nothing(pause)) => pause,
                Err(error) => {
                    tracing::error!(%error, "Kept calls could not be looked for; trying again soon.");
                    PAUSE_AFTER_FAILURE
                }
            }
        } else {
            PAUSE
        };
        working.pauses(pause);
        tokio::select! {
            () = service.queued().notified() => {}
            () = time::sleep(pause) => {}
            Some(_) = runs.join_next(), if !runs.is_empty() => {}
            _ = stop.changed() => {}
        }
    }
    while runs.join_next().await.is_some() {}
}

enum Look {
    Taken(Vec<Claimed>),
    /// How long nothing will be due, unless something is queued.
    Nothing(Duration),
}

/// Takes what is due; looking alone does not trouble the writer.
async fn claim<S: Service>(service: &S) -> Result<Look> {
    let now_ms = service.moment().millis();
    let wait = match service.database().read(store::next_due)? {
        Some(due_at) if due_at <= now_ms => {
            let until_ms = now_ms + LEASE.as_millis() as i64;
            let taking = service.database().write(move |sql| store::claim(sql, now_ms, until_ms, CLAIM));
            let taken = taking.await?;
            crash::point("claimed");
            if !taken.is_empty() {
                return Ok(Look::Taken(taken));
            }
            // Another node was quicker.
            PAUSE
        }
        Some(due_at) => cmp::min(PAUSE, Duration::from_millis(due_at.abs_diff(now_ms))),
        None => PAUSE,
    };
    Ok(Look::Nothing(wait))
}

/// Small bulks share a run, so that their operations share lots; a large one has its own.
fn groups(taken: Vec<Claimed>) -> Vec<Vec<Claimed>> {
    let (small, large): (Vec<_>, Vec<_>) = taken.into_iter().partition(|one| one.waiting < LOT as i64);
    let mut groups: Vec<Vec<Claimed>> = large.into_iter().map(|one| vec![one]).collect();
    if !small.is_empty() {
        groups.push(small);
    }
    groups
}

/// SQLite's file is ours alone: what was taken when the last process ended need not wait for its lease to run out.
async fn take_back<S: Service>(service: &S) {
    if service.database().engine() != Engine::Sqlite {
        return;
    }
    let now_ms = service.moment().millis();
    match service.database().write(move |sql| store::release_all(sql, now_ms)).await {
        Ok(0) => {}
        Ok(bulks) => tracing::info!(bulks, "Kept calls from before the start are taken up again."),
        Err(error) => {
            tracing::error!(%error, "Kept calls from before the start wait until their leases are over.")
        }
    }
}
