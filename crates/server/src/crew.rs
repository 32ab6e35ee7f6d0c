//! Threads for work of one kind that takes long: so much runs at once, so much waits, and what comes then is turned away at once.
//!
//! Unlike a [`Gate`](crate::gate::Gate), which hands a place to a task of the runtime, a crew does the work itself: who has done one piece
//! takes the next. Where thousands of tasks wait to be refused, a place that is handed to one of them stays empty until its turn comes;
//! measured under four times the load, next to nothing was done.
//!
//! The threads give way to those of the runtime, a little: on a core that has too much to do, requests are read, refused and answered in
//! time only if the searches do not take all of it.
//!
//! Threads start with the first work and end when there was none for a while.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

/// Niceness of the threads: a third of an ordinary thread's share. Only on Linux does it belong to a thread.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;
/// A thread without work ends after this long.
const LINGER: Duration = Duration::from_secs(10);
/// Between two looks for work that nobody waits for any more: each is at all that waits, and a flood would have one for each refusal.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// See the module.
pub struct Crew {
    name: &'static str,
    most_running: usize,
    /// Of what runs and what waits together.
    most: usize,
    state: Mutex<State>,
    arrived: Condvar,
}

/// A piece of work.
pub trait Job: Send {
    /// Whether nobody waits for it any more: then it is not begun, and takes nobody's place.
    fn is_given_up(&self) -> bool;
    /// Does it.
    fn run(self: Box<Self>);
}

/// Work with a result that is told.
struct Asked<W, R> {
    work: W,
    tell: oneshot::Sender<R>,
}

impl<W: FnOnce() -> R + Send, R: Send> Job for Asked<W, R> {
    fn is_given_up(&self) -> bool {
        self.tell.is_closed()
    }

    fn run(self: Box<Self>) {
        // Whoever asked may have gone away meanwhile.
        let _ = self.tell.send((self.work)());
    }
}

#[derive(Default)]
struct State {
    threads: usize,
    /// Threads that wait for work.
    idle: usize,
    running: usize,
    waiting: VecDeque<Box<dyn Job>>,
    /// When it was last looked which of it nobody waits for.
    looked: Option<Instant>,
    turned_away: u64,
}

impl Crew {
    /// A crew of so many threads of this name, for whom so many pieces of work may wait.
    pub fn new(name: &'static str, running: usize, waiting: usize) -> Arc<Self> {
        let most_running = running.max(1);
        let most = most_running.saturating_add(waiting);
        Arc::new(Self { name, most_running, most, state: Mutex::default(), arrived: Condvar::new() })
    }

    /// Has the work done when it is its turn; false at once when too much waits already.
    #[must_use = "work that is turned away is not done"]
    pub fn take(self: &Arc<Self>, job: impl Job + 'static) -> bool {
        let mut state = self.lock();
        if self.is_full(&mut state) {
            state.turned_away += 1;
            return false;
        }
        state.waiting.push_back(Box::new(job));
        if state.waiting.len() > state.idle && state.threads < self.most_running && !self.start(&mut state) {
            state.waiting.pop_back();
            state.turned_away += 1;
            return false;
        }
        let is_awaited = state.idle > 0;
        drop(state);
        if is_awaited {
            self.arrived.notify_one();
        }
        true
    }

    /// The same for work with a result; None when it is turned away. A result that never comes is a panic's.
    pub fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<oneshot::Receiver<T>> {
        let (tell, told) = oneshot::channel();
        self.take(Asked { work, tell }).then_some(told)
    }

    /// True when whatever comes now is to be turned away, and is counted as such: for those who find out before they know more.
    pub fn turns_away(&self) -> bool {
        let mut state = self.lock();
        let is_full = self.is_full(&mut state);
        state.turned_away += u64::from(is_full);
        is_full
    }

    /// How much runs, how much waits, and how much was turned away since the start.
    pub fn counts(&self) -> (usize, usize, u64) {
        let state = self.lock();
        (state.running, state.waiting.len(), state.turned_away)
    }

    fn is_full(&self, state: &mut State) -> bool {
        let is_full = |state: &State| state.running + state.waiting.len() >= self.most;
        if is_full(state) && state.looked.is_none_or(|looked| looked.elapsed() >= BETWEEN_LOOKS) {
            state.waiting.retain(|job| !job.is_given_up());
            state.looked = Some(Instant::now());
        }
        is_full(state)
    }

    /// One thread more, if the system gives it; whether there is any.
    fn start(self: &Arc<Self>, state: &mut State) -> bool {
        let crew = Arc::clone(self);
        match thread::Builder::new().name(self.name.to_owned()).spawn(move || crew.work()) {
            Ok(_) => state.threads += 1,
            Err(error) => tracing::warn!(%error, "A thread for long work could not be started."),
        }
        state.threads > 0
    }

    /// A thread's life.
    fn work(&self) {
        // "No process" is the calling thread. Failing is harmless: the thread then competes as an equal.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, NICE);
        let mut state = self.lock();
        loop {
            if let Some(job) = state.waiting.pop_front() {
                if job.is_given_up() {
                    continue;
                }
                state.running += 1;
                drop(state);
                // The hook has told of a panic; who asked finds out by a channel that was closed.
                let _ = catch_unwind(AssertUnwindSafe(|| job.run()));
                state = self.lock();
                state.running -= 1;
                continue;
            }
            state.idle += 1;
            let (woken, waited) =
                self.arrived.wait_timeout(state, LINGER).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.waiting.is_empty() {
                state.threads -= 1;
                return;
            }
        }
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
        let crew = Crew::new("test", 1, 1);
        let (release, held) = mpsc::channel::<()>();
        let (begun, beginning) = oneshot::channel();
        let first = crew.ask(move || {
            begun.send(()).unwrap();
            held.recv().is_err()
        });
        beginning.await.unwrap();
        let second = crew.ask(|| 2).unwrap();
        assert!(crew.ask(|| 3).is_none());
        assert!(crew.turns_away());
        assert_eq!(crew.counts(), (1, 1, 2));
        drop(release);
        assert!(first.unwrap().await.unwrap());
        assert_eq!(second.await.unwrap(), 2);
        while crew.counts().0 > 0 {
            tokio::task::yield_now().await;
        }
        assert!(!crew.turns_away());
        assert_eq!(crew.ask(|| 4).unwrap().await.unwrap(), 4);
        assert_eq!(crew.lock().threads, 1);
    }

    #[tokio::test]
    async fn a_panic_takes_no_place_and_who_has_gone_away_gets_nothing_done() {
        let crew = Crew::new("test", 1, 2);
        let (release, held) = mpsc::channel::<()>();
        let (begun, beginning) = oneshot::channel();
        let panicking = crew.ask::<()>(move || {
            begun.send(()).unwrap();
            let _ = held.recv();
            panic!("on purpose")
        });
        beginning.await.unwrap();
        drop(crew.ask::<()>(|| unreachable!("nobody waits for it")).unwrap());
        drop(crew.ask::<()>(|| unreachable!("nor for this")).unwrap());
        assert_eq!(crew.counts().1, 2);
        let last = crew.ask(|| 7).unwrap();
        assert_eq!(crew.counts().1, 1, "what nobody waits for gave its place");
        drop(release);
        assert!(panicking.unwrap().await.is_err());
        assert_eq!(last.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn as_many_run_at_once_as_may() {
        let crew = Crew::new("test", 3, 0);
        let (begun, beginning) = mpsc::channel();
        let held: Vec<_> = (0..3)
            .map(|_| {
                let (release, held) = mpsc::channel::<()>();
                let begun = begun.clone();
                let work = move || {
                    begun.send(()).unwrap();
                    let _ = held.recv();
                };
                (release, crew.ask(work).unwrap())
            })
            .collect();
        (0..3).for_each(|_| beginning.recv().unwrap());
        assert!(crew.turns_away());
        drop(held);
    }
}
