//! Threads for work of one kind that takes long: so much runs at once, so much waits, and what comes then is turned away at once.
//!
//! Unlike a [`Gate`](crate::gate::Gate), which hands a place to a task of the runtime, a crew does the work itself: who has done one piece
//! takes the next. Where thousands of tasks wait to be refused, a place that is handed to one of them stays empty until its turn comes;
//! measured under four times the load, next to nothing was done.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// See the module. Threads are the runtime's, and end when nothing waits.
pub struct Crew {
    most_running: usize,
    most_waiting: usize,
    state: Mutex<State>,
}

/// A piece of work.
type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    running: usize,
    waiting: VecDeque<Job>,
    turned_away: u64,
}

impl Crew {
    /// A crew of so many, for whom so many pieces of work may wait.
    pub fn new(running: usize, waiting: usize) -> Arc<Self> {
        Arc::new(Self { most_running: running.max(1), most_waiting: waiting, state: Mutex::default() })
    }

    /// Has the work done when it is its turn; false at once when too much waits already.
    #[must_use = "work that is turned away is not done"]
    pub fn take(self: &Arc<Self>, job: impl FnOnce() + Send + 'static) -> bool {
        let mut state = self.lock();
        if state.running < self.most_running {
            state.running += 1;
            let crew = Arc::clone(self);
            tokio::task::spawn_blocking(move || crew.work(Box::new(job)));
            return true;
        }
        if state.waiting.len() < self.most_waiting {
            state.waiting.push_back(Box::new(job));
            return true;
        }
        state.turned_away += 1;
        false
    }

    /// The same for work with a result; None when it is turned away. Work is not begun for somebody who has gone away, and a result that
    /// never comes is a panic's.
    pub fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<oneshot::Receiver<T>> {
        let (tell, told) = oneshot::channel();
        let job = move || {
            if !tell.is_closed() {
                // Whoever asked may be gone by now.
                let _ = tell.send(work());
            }
        };
        self.take(job).then_some(told)
    }

    /// True when whatever comes now is to be turned away, and is counted as such: for those who find out before they know more.
    pub fn turns_away(&self) -> bool {
        let mut state = self.lock();
        let is_full = state.running >= self.most_running && state.waiting.len() >= self.most_waiting;
        state.turned_away += u64::from(is_full);
        is_full
    }

    /// How much runs, how much waits, and how much was turned away since the start.
    pub fn counts(&self) -> (usize, usize, u64) {
        let state = self.lock();
        (state.running, state.waiting.len(), state.turned_away)
    }

    fn work(&self, first: Job) {
        let mut next = Some(first);
        while let Some(job) = next {
            // The hook has told of a panic; who asked finds out by a channel that was closed.
            let _ = catch_unwind(AssertUnwindSafe(job));
            next = self.next();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        let next = state.waiting.pop_front();
        state.running -= usize::from(next.is_none());
        next
    }

    /// Work runs outside the lock, so nothing that panics leaves the state half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn one_runs_one_waits_and_the_third_is_turned_away_until_somebody_is_done() {
        let crew = Crew::new(1, 1);
        let (release, held) = mpsc::channel::<()>();
        let first = crew.ask(move || held.recv().is_err()).unwrap();
        let second = crew.ask(|| 2).unwrap();
        assert!(crew.ask(|| 3).is_none());
        assert!(crew.turns_away());
        assert_eq!(crew.counts(), (1, 1, 2));
        drop(release);
        assert!(first.await.unwrap());
        assert_eq!(second.await.unwrap(), 2);
        while crew.counts().0 > 0 {
            tokio::task::yield_now().await;
        }
        assert!(!crew.turns_away());
        assert_eq!(crew.ask(|| 4).unwrap().await.unwrap(), 4);
    }

    #[tokio::test]
    async fn a_panic_takes_no_place_and_who_has_gone_away_gets_nothing_done() {
        let crew = Crew::new(1, 2);
        let (release, held) = mpsc::channel::<()>();
        let panicking = crew.ask::<()>(move || {
            let _ = held.recv();
            panic!("on purpose")
        });
        drop(crew.ask::<()>(|| unreachable!("nobody waits for it")).unwrap());
        let last = crew.ask(|| 7).unwrap();
        drop(release);
        assert!(panicking.unwrap().await.is_err());
        assert_eq!(last.await.unwrap(), 7);
    }
}
