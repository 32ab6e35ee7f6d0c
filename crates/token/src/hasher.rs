//! The bounded pool in which passwords are hashed.
//!
//! A hash is 20 ms of a core and 19 MiB. Left to an unbounded pool of blocking threads, hashing takes everybody else's
//! reads to one hundredth (`spec/measurements.md` 5); in as many threads as there are cores, at low priority, reads
//! do not notice it. What does not fit into the queue is refused at once, so that the server can say when to come
//! back instead of answering after the client has given up.
//!
//! Threads start with the first work and end when there was none for a while, with their memory: an idle server
//! holds neither. This module does not know what is hashed; that is [`crate::password`].

use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::memory::Memory;
use crate::password::{self, SALT_LENGTH, Verdict};

/// Passwords that may wait for each thread, by default.
pub const WAITING: usize = 32;

/// The queue is full, or no thread could be had: ask again in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be hashed")]
pub struct Busy;

/// How large the pool is and how it behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads at most; as many as cores by default.
    pub threads: usize,
    /// Passwords that may wait at most. By default [`WAITING`] a thread, half a second of work: who waited for longer would find
    /// nobody there any more.
    pub queue: usize,
    /// Niceness of the threads on Linux, 0 to 19. 10 by default: reads come first, and yet on a busy machine a tenth
    /// of a core is left, where 19 would starve logins.
    pub nice: i32,
    /// A thread without work ends after this long, and its memory goes back to the system. 2 seconds by default: starting again costs
    /// less than a hash.
    pub linger: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        Self { threads, queue: threads * WAITING, nice: 10, linger: Duration::from_secs(2) }
    }
}

/// What the pool is doing, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Passwords that wait, the given-up among them included.
    pub waiting: usize,
    /// Passwords that are being hashed.
    pub running: usize,
    /// Threads that live.
    pub threads: usize,
    /// Passwords that were hashed since the start.
    pub done: u64,
    /// Passwords that were refused since the start.
    pub refused: u64,
}

/// The pool. Dropping it lets the threads finish what waits.
pub struct HashPool {
    shared: Arc<Shared>,
}

impl HashPool {
    /// A pool that has no thread yet.
    pub fn new(settings: Settings) -> Self {
        Self { shared: Arc::new(Shared { settings, state: Mutex::default(), arrived: Condvar::new() }) }
    }

    /// Hashes a password for storage. Dropping the future gives up work that has not begun.
    pub async fn hash(&self, password: Zeroizing<String>, salt: [u8; SALT_LENGTH]) -> Result<String, Busy> {
        self.submit(move |memory| password::hash(&password, &salt, memory))?.await.map_err(|_| Busy)
    }

    /// Verifies a password against a stored hash. Dropping the future gives up work that has not begun.
    pub async fn verify(&self, password: Zeroizing<String>, stored: String) -> Result<Verdict, Busy> {
        self.submit(move |memory| password::verify(&password, &stored, memory))?.await.map_err(|_| Busy)
    }

    /// [`Self::hash`] for a thread that may block; panics inside an asynchronous task.
    pub fn hash_blocking(
        &self,
        password: Zeroizing<String>,
        salt: [u8; SALT_LENGTH],
    ) -> Result<String, Busy> {
        self.submit(move |memory| password::hash(&password, &salt, memory))?.blocking_recv().map_err(|_| Busy)
    }

    /// [`Self::verify`] for a thread that may block; panics inside an asynchronous task.
    pub fn verify_blocking(&self, password: Zeroizing<String>, stored: String) -> Result<Verdict, Busy> {
        self.submit(move |memory| password::verify(&password, &stored, memory))?
            .blocking_recv()
            .map_err(|_| Busy)
    }

    /// What the pool is doing now.
    pub fn stats(&self) -> Stats {
        let state = self.shared.lock();
        Stats { waiting: state.waiting.len(), ..state.stats }
    }

    /// Queues work. The receiver fails only if the work panicked.
    fn submit<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> R + Send + 'static,
    ) -> Result<oneshot::Receiver<R>, Busy> {
        let (reply, answer) = oneshot::channel();
        self.shared.enqueue(Box::new(Asked { work, reply }))?;
        Ok(answer)
    }
}

impl Default for HashPool {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.arrived.notify_all();
    }
}

struct Shared {
    settings: Settings,
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Box<dyn Job>>,
    /// Threads that wait for work.
    idle: usize,
    closing: bool,
    stats: Stats,
}

impl Shared {
    fn enqueue(self: &Arc<Self>, job: Box<dyn Job>) -> Result<(), Busy> {
        let mut state = self.lock();
        if state.waiting.len() >= self.settings.queue {
            // Those whose askers have gone away take nobody's place.
            state.waiting.retain(|job| !job.is_given_up());
        }
        if state.waiting.len() >= self.settings.queue {
            state.stats.refused += 1;
            return Err(Busy);
        }
        state.waiting.push_back(job);
        if state.waiting.len() > state.idle && state.stats.threads < self.settings.threads {
            self.start_thread(&mut state)?;
        }
        let is_awaited = state.idle > 0;
        drop(state);
        if is_awaited {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// One thread more. A machine that gives none is no trouble as long as there are others.
    fn start_thread(self: &Arc<Self>, state: &mut State) -> Result<(), Busy> {
        let shared = Arc::clone(self);
        let started = thread::Builder::new().name("hash".to_owned()).spawn(move || shared.work());
        match started {
            Ok(_) => state.stats.threads += 1,
            Err(_) if state.stats.threads > 0 => {}
            Err(_) => {
                state.waiting.pop_back();
                state.stats.refused += 1;
                return Err(Busy);
            }
        }
        Ok(())
    }

    /// A thread's life.
    fn work(&self) {
        lower_priority(self.settings.nice);
        let mut memory = Memory::new();
        while let Some(job) = self.next() {
            if catch_unwind(AssertUnwindSafe(|| job.run(&mut memory))).is_err() {
                memory = Memory::new();
            }
            let mut state = self.lock();
            state.stats.running -= 1;
            state.stats.done += 1;
        }
    }

    /// The next job that somebody still waits for; `None` when the thread should end.
    fn next(&self) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        loop {
            while let Some(job) = state.waiting.pop_front() {
                if !job.is_given_up() {
                    state.stats.running += 1;
                    return Some(job);
                }
            }
            if state.closing {
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

    /// Work runs outside the lock, so nothing that panics leaves the state half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work that waits, whatever its answer.
trait Job: Send {
    fn is_given_up(&self) -> bool;
    fn run(self: Box<Self>, memory: &mut Memory);
}

struct Asked<W, R> {
    work: W,
    reply: oneshot::Sender<R>,
}

impl<W: FnOnce(&mut Memory) -> R + Send, R: Send> Job for Asked<W, R> {
    fn is_given_up(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(self: Box<Self>, memory: &mut Memory) {
        // Whoever asked may have gone away meanwhile, and that is all right.
        let _ = self.reply.send((self.work)(memory));
    }
}

/// Lets everybody else go first. Failing is harmless: hashing then competes as an equal.
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
