//! Threads for work of one kind that takes long: so much runs at once, so much waits, and what comes then is turned away at once.
//!
//! A crew does the work itself: who has done one piece takes the next. A place that is handed to a task of a runtime, among thousands that
//! wait to be refused, stays empty until that task's turn comes; measured under four times the load, next to nothing was done.
//!
//! The threads give way to those of the runtime: on a core that has too much to do, requests are read, refused and answered in time only
//! if the long work does not take all of it. They start with the first work and end when there was none for a while, with what they
//! kept: an idle service holds neither.

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![allow(clippy::disallowed_methods, reason = "a pause is measured, and real time is what passes meanwhile")]

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// Between two looks for work that nobody waits for any more: each is at all that waits, and a flood would have one for each refusal.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// How large a crew is and how it behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What its threads are called.
    pub name: &'static str,
    /// Threads at most; 0 counts as 1.
    pub threads: usize,
    /// Pieces of work that there may be beyond one a thread.
    pub waiting: usize,
    /// Niceness of the threads on Linux, 0 to 19.
    pub nice: i32,
    /// A thread without work ends after this long.
    pub linger: Duration,
}

/// What a crew is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Pieces of work that wait, those that were given up among them.
    pub waiting: usize,
    /// Pieces of work that are being done.
    pub running: usize,
    /// Threads that live.
    pub threads: usize,
    /// Pieces of work that were done since the start.
    pub done: u64,
    /// Pieces of work that were turned away since the start.
    pub turned_away: u64,
}

/// See the module. Each thread keeps a `K` from one piece of work to the next. Dropping the crew lets the threads finish what waits.
pub struct Crew<K = ()>(Arc<Shared<K>>);

/// A piece of work.
pub trait Job<K = ()>: Send {
    /// Whether nobody waits for it any more: then it is not begun, and takes nobody's place.
    fn is_given_up(&self) -> bool;
    /// Does it, with what the thread keeps.
    fn run(self: Box<Self>, kept: &mut K);
}

impl<K: Default + 'static> Crew<K> {
    /// A crew that has no thread yet.
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Shared { settings, state: Mutex::default(), arrived: Condvar::new() }))
    }

    /// Has the work done when it is its turn; false at once when too much waits already, or when there is no thread and none can be had.
    #[must_use = "work that is turned away is not done"]
    pub fn take(&self, job: impl Job<K> + 'static) -> bool {
        self.0.take(Box::new(job))
    }

    /// The same for work with a result; None when it is turned away. A result that never comes is a panic's. Dropping the receiver gives
    /// up work that has not begun.
    pub fn ask<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut K) -> R + Send + 'static,
    ) -> Option<oneshot::Receiver<R>> {
        let (tell, told) = oneshot::channel();
        self.take(Asked { work, tell }).then_some(told)
    }

    /// True when whatever comes now is to be turned away, and is counted as such: for those who find out before they know more.
    pub fn turns_away(&self) -> bool {
        let mut given_up = Jobs::new();
        let mut state = self.0.lock();
        let is_full = self.0.is_full(&mut state, &mut given_up);
        state.stats.turned_away += u64::from(is_full);
        is_full
    }

    /// What it is doing now.
    pub fn stats(&self) -> Stats {
        let state = self.0.lock();
        Stats { waiting: state.waiting.len(), ..state.stats }
    }
}

impl<K> Drop for Crew<K> {
    fn drop(&mut self) {
        self.0.lock().is_closing = true;
        self.0.arrived.notify_all();
    }
}

struct Shared<K> {
    settings: Settings,
    state: Mutex<State<K>>,
    arrived: Condvar,
}

type Jobs<K> = VecDeque<Box<dyn Job<K>>>;

struct State<K> {
    waiting: Jobs<K>,
    /// When it was last looked which of it nobody waits for.
    looked: Option<Instant>,
    /// Threads that wait for work.
    idle: usize,
    is_closing: bool,
    stats: Stats,
}

impl<K> Default for State<K> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), looked: None, idle: 0, is_closing: false, stats: Stats::default() }
    }
}

impl<K> Shared<K> {
    /// Work that was given up makes room; it is handed out, to be dropped outside the lock: what it holds may be the crew itself.
    fn is_full(&self, state: &mut State<K>, given_up: &mut Jobs<K>) -> bool {
        let most = self.settings.threads.max(1).saturating_add(self.settings.waiting);
        let is_full = |state: &State<K>| state.stats.running + state.waiting.len() >= most;
        if is_full(state) && state.looked.is_none_or(|looked| looked.elapsed() >= BETWEEN_LOOKS) {
            (*given_up, state.waiting) = state.waiting.drain(..).partition(|job| job.is_given_up());
            state.looked = Some(Instant::now());
        }
        is_full(state)
    }

    /// Work runs outside the lock, so nothing that panics leaves the state half changed.
    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece of work that somebody still waits for; None when the thread should end.
    fn next(&self) -> Option<Box<dyn Job<K>>> {
        let mut given_up = Jobs::new();
        let mut state = self.lock();
        loop {
            while let Some(job) = state.waiting.pop_front() {
                if job.is_given_up() {
                    given_up.push_back(job);
                    continue;
                }
                state.stats.running += 1;
                return Some(job);
            }
            if !given_up.is_empty() {
                // Outside the lock, and then again: something may have come.
                drop(state);
                given_up.clear();
                state = self.lock();
                continue;
            }
            if state.is_closing {
                state.stats.threads -= 1;
                return None;
            }
            state.idle += 1;
            let (woken, waited) = self
                .arrived
                .wait_timeout(state, self.settings.linger)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.waiting.is_empty() {
                state.stats.threads -= 1;
                return None;
            }
        }
    }
}

impl<K: Default + 'static> Shared<K> {
    fn take(self: &Arc<Self>, job: Box<dyn Job<K>>) -> bool {
        let mut given_up = Jobs::new();
        let mut state = self.lock();
        if self.is_full(&mut state, &mut given_up) {
            state.stats.turned_away += 1;
            return false;
        }
        state.waiting.push_back(job);
        let is_short = state.waiting.len() > state.idle && state.stats.threads < self.settings.threads.max(1);
        if is_short && !self.start(&mut state) {
            state.waiting.pop_back();
            state.stats.turned_away += 1;
            return false;
        }
        let is_awaited = state.idle > 0;
        drop(state);
        if is_awaited {
            self.arrived.notify_one();
        }
        true
    }

    /// One thread more, if the system gives it; whether there is any.
    fn start(self: &Arc<Self>, state: &mut State<K>) -> bool {
        let crew = Arc::clone(self);
        match thread::Builder::new().name(self.settings.name.to_owned()).spawn(move || crew.work()) {
            Ok(_) => state.stats.threads += 1,
            Err(error) => tracing::warn!(%error, "A thread for long work could not be started."),
        }
        state.stats.threads > 0
    }

    /// A thread's life.
    fn work(&self) {
        lower_priority(self.settings.nice);
        let mut kept = K::default();
        while let Some(job) = self.next() {
            // The hook has told of a panic; who asked finds out by a channel that was closed.
            if catch_unwind(AssertUnwindSafe(|| job.run(&mut kept))).is_err() {
                kept = K::default();
            }
            let mut state = self.lock();
            state.stats.running -= 1;
            state.stats.done += 1;
        }
    }
}

/// Work with a result that is told.
struct Asked<W, R> {
    work: W,
    tell: oneshot::Sender<R>,
}

impl<K, W: FnOnce(&mut K) -> R + Send, R: Send> Job<K> for Asked<W, R> {
    fn is_given_up(&self) -> bool {
        self.tell.is_closed()
    }

    fn run(self: Box<Self>, kept: &mut K) {
        // Whoever asked may have gone away meanwhile, and that is all right.
        let _ = self.tell.send((self.work)(kept));
    }
}

/// Lets everybody else go first. Failing is harmless: the thread then competes as an equal.
#[cfg(target_os = "linux")]
fn lower_priority(nice: i32) {
    // On Linux niceness belongs to the thread, and no process in particular is the calling thread.
    let _ = rustix::process::setpriority_process(None, nice);
}

/// Elsewhere niceness belongs to the whole process, which must not be slowed.
#[cfg(not(target_os = "linux"))]
fn lower_priority(_nice: i32) {}

#[cfg(test)]
mod tests;
