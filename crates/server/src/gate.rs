//! Room for work of one kind: so much runs at once, so much waits, and what comes then is turned away at once.
//!
//! Whoever is turned away can come again; whoever waits without end has given up before it is answered, and the work was for nothing.
//! Each kind has its own gate, so that a flood of one cannot take the room of another.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// See the module.
pub struct Gate {
    room: Arc<Semaphore>,
    /// Of those who run and those who wait together.
    most: usize,
    inside: AtomicUsize,
    turned_away: AtomicU64,
}

impl Gate {
    /// A gate that lets so many run and so many more wait.
    pub fn new(running: usize, waiting: usize) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(running.min(Semaphore::MAX_PERMITS)));
        let most = running.saturating_add(waiting);
        Arc::new(Self { room, most, inside: AtomicUsize::new(0), turned_away: AtomicU64::new(0) })
    }

    /// A place without waiting, where nobody waits; None when there is none.
    pub fn enter_now(self: &Arc<Self>) -> Option<Inside> {
        if self.inside.fetch_add(1, Relaxed) >= self.most {
            self.inside.fetch_sub(1, Relaxed);
            self.turned_away.fetch_add(1, Relaxed);
            return None;
        }
        Some(Inside { gate: Arc::clone(self), _room: None })
    }

    /// A place, once it is one's turn; None at once when too many wait already.
    pub async fn enter(self: &Arc<Self>) -> Option<Inside> {
        let mut inside = self.enter_now()?;
        inside._room = Some(Arc::clone(&self.room).acquire_owned().await.ok()?);
        Some(inside)
    }

    /// How many run or wait.
    pub fn inside(&self) -> usize {
        self.inside.load(Relaxed)
    }

    /// How many were turned away since the start.
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Relaxed)
    }
}

/// A place, given back when dropped.
pub struct Inside {
    gate: Arc<Gate>,
    _room: Option<OwnedSemaphorePermit>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.gate.inside.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_runs_one_waits_and_the_third_is_turned_away_until_somebody_leaves() {
        let gate = Gate::new(1, 1);
        let first = gate.enter().await.unwrap();
        let second = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter().await }
        });
        while gate.inside() < 2 {
            tokio::task::yield_now().await;
        }
        assert!(gate.enter().await.is_none());
        assert_eq!((gate.inside(), gate.turned_away()), (2, 1));
        drop(first);
        assert!(second.await.unwrap().is_some());
        assert_eq!(gate.inside(), 0);
    }
}
