//! Who works behind the requests, and whether they still do: what `/_/readyz` tells of them.
//!
//! A worker that ended is known at once. One that hangs is known by its silence: each says now and then that it lives, and before a pause
//! how long that will be. A unit of work between two signs may take as long as [`Workers::new`] is told.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{
            AtomicBool, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant},
};

/// See the module.
pub struct Workers {
    all: Arc<Mutex<Vec<Arc<Life>>>>,
    patience: Duration,
}

/// One worker, or something that it does beside.
struct Life {
    name: &'static str,
    begun: Instant,
    /// When the next sign is due, in milliseconds since it began.
    due: AtomicU64,
    ended: AtomicBool,
}

/// How a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Nothing is known against it.
    Lives,
    /// It has given no sign of life for too long.
    Silent,
    /// It has ended.
    Ended,
}

impl Workers {
    /// Nobody yet. Who is silent for longer than this, beyond the pauses that it speaks of, hangs.
    pub fn new(patience: Duration) -> Self {
        Self { all: Arc::default(), patience }
    }

    /// One more. What is returned goes with the worker: however that ends, by itself or by a panic, it is known.
    pub fn begins(&self, name: &'static str) -> Working {
        Working::begin(Arc::clone(&self.all), name, false)
    }

    /// Each with how it is; worst counts when it does several things at once.
    pub fn list(&self) -> Vec<(&'static str, Health)> {
        self.list_at(Instant::now())
    }

    fn list_at(&self, now: Instant) -> Vec<(&'static str, Health)> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<(&'static str, Health)> = Vec::new();
        for life in all.iter() {
            let health = life.health(now, self.patience);
            match list.iter_mut().find(|(name, _)| *name == life.name) {
                Some((_, worst)) => *worst = health.max(*worst),
                None => list.push((life.name, health)),
            }
        }
        list
    }
}

impl Life {
    fn health(&self, now: Instant, patience: Duration) -> Health {
        let due = Duration::from_millis(self.due.load(Relaxed));
        let silent_for = now.saturating_duration_since(self.begun).saturating_sub(due);
        match self.ended.load(SeqCst) {
            true => Health::Ended,
            false if silent_for > patience => Health::Silent,
            false => Health::Lives,
        }
    }
}

/// A worker at work.
#[must_use = "a worker that is dropped counts as ended"]
pub struct Working {
    life: Arc<Life>,
    all: Arc<Mutex<Vec<Arc<Life>>>>,
    /// May end without the worker ending.
    is_beside: bool,
}

impl Working {
    fn begin(all: Arc<Mutex<Vec<Arc<Life>>>>, name: &'static str, is_beside: bool) -> Self {
        let life = Arc::new(Life {
            name,
            begun: Instant::now(),
            due: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        });
        all.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&life));
        Self { life, all, is_beside }
    }

    /// Something that the same worker does beside, which may hang by itself. It is forgotten when it ends.
    pub fn beside(&self) -> Self {
        Self::begin(Arc::clone(&self.all), self.life.name, true)
    }

    /// A sign of life.
    pub fn lives(&self) {
        self.pauses(Duration::ZERO);
    }

    /// A sign of life, and that the next is not to be expected sooner than this.
    pub fn pauses(&self, pause: Duration) {
        let due = self.life.begun.elapsed().saturating_add(pause);
        self.life.due.store(u64::try_from(due.as_millis()).unwrap_or(u64::MAX), Relaxed);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.life.ended.store(true, SeqCst);
        if self.is_beside {
            let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|life| !Arc::ptr_eq(life, &self.life));
        }
        if std::thread::panicking() {
            let worker = self.life.name;
            match self.is_beside {
                true => {
                    tracing::error!(worker, "Something that a worker did panicked; it will be tried again.")
                }
                false => tracing::error!(worker, "A worker panicked and has ended; restart the service."),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(300);

    #[test]
    fn a_worker_that_panics_has_ended() {
        let workers = Workers::new(PATIENCE);
        let (well, ill) = (workers.begins("well"), workers.begins("ill"));
        std::thread::spawn(move || {
            let _ill = ill;
            panic!("on purpose");
        })
        .join()
        .unwrap_err();
        assert_eq!(workers.list(), [("well", Health::Lives), ("ill", Health::Ended)]);
        drop(well);
        assert_eq!(workers.list(), [("well", Health::Ended), ("ill", Health::Ended)]);
    }

    #[test]
    fn a_worker_is_silent_when_its_pause_and_the_patience_are_over() {
        let workers = Workers::new(PATIENCE);
        let (quick, slow) = (workers.begins("quick"), workers.begins("slow"));
        quick.lives();
        slow.pauses(Duration::from_secs(3600));
        let in_seconds = |seconds| workers.list_at(Instant::now() + Duration::from_secs(seconds));
        assert_eq!(in_seconds(290), [("quick", Health::Lives), ("slow", Health::Lives)]);
        assert_eq!(in_seconds(310), [("quick", Health::Silent), ("slow", Health::Lives)]);
        assert_eq!(in_seconds(3910), [("quick", Health::Silent), ("slow", Health::Silent)]);
        slow.pauses(Duration::MAX);
        assert_eq!(in_seconds(1_000_000), [("quick", Health::Silent), ("slow", Health::Lives)]);
    }

    #[test]
    fn what_a_worker_does_beside_counts_until_it_ends() {
        let workers = Workers::new(PATIENCE);
        let worker = workers.begins("worker");
        let beside = worker.beside();
        worker.pauses(Duration::from_secs(3600));
        let later = Instant::now() + Duration::from_secs(310);
        assert_eq!(workers.list_at(later), [("worker", Health::Silent)]);
        drop(beside);
        assert_eq!(workers.list_at(later), [("worker", Health::Lives)]);
    }
}
