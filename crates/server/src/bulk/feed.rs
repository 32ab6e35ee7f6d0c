//! Reads operations that are due, binds them and offers them in lots.

use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use patron_commerce::{
    bulk::{
        run::{Ready, Target},
        store::{self, Claimed},
    },
    failure::Result,
};
use patron_sql::Engine;
use tokio::sync::{mpsc, watch};

use super::{
    Service,
    lots::{LOT, Leftover, Lot},
    worker::LEASE,
};
use crate::workers::Working;

/// Operations that are read at once.
const PAGE: i64 = 256;
/// Until an operation is tried again for the first time; doubled for every further time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Runs all that is due of these bulks.
pub async fn run<S: Service>(
    service: Arc<S>,
    offer: mpsc::Sender<Lot>,
    stop: watch::Receiver<bool>,
    bulks: Vec<Claimed>,
    working: Working,
) {
    let (settled, settling) = mpsc::unbounded_channel();
    let mut feed = Feed {
        at_once: lots_at_once(service.database().engine()),
        service,
        offer,
        stop,
        settled,
        settling,
        under_way: 0,
        leftover: Leftover::Nothing,
        lot: Vec::with_capacity(LOT),
        renewed: Instant::now(),
        working,
    };
    for (at, bulk) in bulks.iter().enumerate() {
        match feed.bulk(bulk, &bulks[at..]).await {
            Ok(left) => feed.leftover = feed.leftover.max(left),
            Err(error) => {
                tracing::error!(%error, tenant = bulk.tenant, bulk = bulk.id, "A bulk could not be read; trying again soon.");
                feed.leftover = feed.leftover.max(Leftover::Soon);
            }
        }
    }
    feed.submit().await;
    feed.wait_until_under_way(0).await;
    release(feed.service.as_ref(), bulks, feed.leftover).await;
}

/// How many lots of a run may be under way. SQLite's writer runs them in the order in which they were offered, so it is kept supplied.
/// PostgreSQL would run them side by side, and a later one might be first; nor would that be quicker, since lots of one instance meet
/// at its counters and all but one are run in vain. So there the next is read and bound while one runs, and offered when it is done.
fn lots_at_once(engine: Engine) -> usize {
    match engine {
        Engine::Sqlite => usize::MAX,
        Engine::Postgres => 1,
    }
}

struct Feed<S> {
    service: Arc<S>,
    offer: mpsc::Sender<Lot>,
    stop: watch::Receiver<bool>,
    settled: mpsc::UnboundedSender<Leftover>,
    settling: mpsc::UnboundedReceiver<Leftover>,
    /// Lots that may be under way at once, and those that are.
    at_once: usize,
    under_way: usize,
    /// What the lots so far have left undone.
    leftover: Leftover,
    /// What will be offered next.
    lot: Vec<Ready>,
    renewed: Instant,
    working: Working,
}

impl<S: Service> Feed<S> {
    /// Reads a bulk's operations page by page and offers them; the last ones stay in the lot for the next bulk to fill.
    async fn bulk(&mut self, claimed: &Claimed, still_ours: &[Claimed]) -> Result<Leftover> {
        let service = Arc::clone(&self.service);
        let find = |sql: patron_sql::Session<'_>| store::find_to_run(sql, claimed.tenant, claimed.id);
        // Deleted with its instance since it was taken.
        let Some(bulk) = service.database().read(find)? else { return Ok(Leftover::Nothing) };
        let bulk = Arc::new(bulk);
        let target = Target::find(service.table(), &bulk);
        let mut after = -1;
        while !*self.stop.borrow() {
            self.working.lives();
            self.renew(still_ours).await?;
            let page = service
                .database()
                .read(|sql| store::due_operations(sql, claimed.tenant, claimed.id, after, PAGE))?;
            let Some(last) = page.last() else { return Ok(Leftover::Nothing) };
            after = last.number;
            for due in &page {
                self.lot.push(target.ready(&bulk, due));
                if self.lot.len() == LOT {
                    self.submit().await;
                }
            }
        }
        Ok(Leftover::Soon)
    }

    async fn submit(&mut self) {
        if self.lot.is_empty() {
            return;
        }
        self.wait_until_under_way(self.at_once - 1).await;
        let operations = mem::take(&mut self.lot).into();
        self.under_way += 1;
        let lot = Lot { operations, settled: self.settled.clone() };
        self.offer.send(lot).await.expect("lots are taken as long as there is somebody to offer them");
    }

    /// Waits until at most so many lots are under way.
    async fn wait_until_under_way(&mut self, most: usize) {
        while self.under_way > most {
            let left = self.settling.recv().await.expect("this feed holds a sender itself");
            self.leftover = self.leftover.max(left);
            self.under_way -= 1;
            self.working.lives();
        }
    }

    /// Keeps what is not done from being taken by others.
    async fn renew(&mut self, bulks: &[Claimed]) -> Result<()> {
        if self.renewed.elapsed() < LEASE / 3 {
            return Ok(());
        }
        self.renewed = Instant::now();
        move_due(self.service.as_ref(), bulks.to_vec(), LEASE).await
    }
}

/// Gives back what is not done.
async fn release<S: Service>(service: &S, bulks: Vec<Claimed>, leftover: Leftover) {
    let pause = match leftover {
        Leftover::Nothing => return,
        Leftover::Soon => FIRST_PAUSE,
        Leftover::AfterAttempts(attempts) => FIRST_PAUSE * 2u32.saturating_pow(attempts.min(10)),
    };
    if let Err(error) = move_due(service, bulks, pause).await {
        tracing::warn!(%error, "Bulks could not be given back; their leases will run out.");
    }
}

async fn move_due<S: Service>(service: &S, bulks: Vec<Claimed>, by: Duration) -> Result<()> {
    let due_ms = service.moment().millis() + by.as_millis() as i64;
    let moving = service.database().write(move |sql| {
        bulks.iter().try_for_each(|bulk| store::move_due(sql, bulk.tenant, bulk.id, due_ms))
    });
    moving.await
}
