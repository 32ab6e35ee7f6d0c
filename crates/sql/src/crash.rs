//! Marked points at which a test may have the process killed, as `kill -9` at that moment would: no handler runs, nothing is flushed.
//!
//! Only builds with debug assertions know them; in a release a mark is nothing at all. `PATRON_CRASH_AT=unit:3` kills at the third
//! passing of the point `unit`; `checkpoint:1:250` lets 250 µs go by after the first passing of `checkpoint`, on a thread of its own,
//! for points inside what SQLite does. The points: `unit` (inside a unit of work), `unit in place` (before one that runs on its caller's
//! thread), `committed` (after the commit, before the answer), `checkpoint`, `migration` (before its commit), and whatever else marks itself. `PATRON_PANIC_AT` has the thread or task panic there
//! instead of killing the process, `PATRON_HANG_AT` has it hang.

/// Kills the process here, if a test asked for it.
#[inline]
pub fn point(name: &str) {
    #[cfg(debug_assertions)]
    armed::pass(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

#[cfg(debug_assertions)]
mod armed {
    use std::{
        sync::{
            OnceLock,
            atomic::{AtomicU64, Ordering::Relaxed},
        },
        thread,
        time::Duration,
    };

    /// Names the point, after how many passings, and optionally how many microseconds later.
    const VARIABLE: &str = "PATRON_CRASH_AT";

    struct Armed {
        name: String,
        passings_left: AtomicU64,
        delay: Option<Duration>,
    }

    /// The same, for a panic.
    const PANIC_VARIABLE: &str = "PATRON_PANIC_AT";

    /// The same, for somebody who goes on no more.
    const HANG_VARIABLE: &str = "PATRON_HANG_AT";

    pub(super) fn pass(name: &str) {
        static PANIC: OnceLock<Option<Armed>> = OnceLock::new();
        if is_now(PANIC.get_or_init(|| read(PANIC_VARIABLE)), name) {
            panic!("a test asked for a panic at {name}");
        }
        static HANG: OnceLock<Option<Armed>> = OnceLock::new();
        if is_now(HANG.get_or_init(|| read(HANG_VARIABLE)), name) {
            loop {
                thread::park();
            }
        }
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let Some(armed) = ARMED.get_or_init(|| read(VARIABLE)) else { return };
        if armed.name != name || armed.passings_left.fetch_sub(1, Relaxed) != 1 {
            return;
        }
        match armed.delay {
            None => die(),
            Some(delay) => drop(thread::spawn(move || {
                thread::sleep(delay);
                die();
            })),
        }
    }

    fn is_now(armed: &Option<Armed>, name: &str) -> bool {
        let Some(armed) = armed else { return false };
        armed.name == name && armed.passings_left.fetch_sub(1, Relaxed) == 1
    }

    fn read(variable: &str) -> Option<Armed> {
        let text = std::env::var(variable).ok()?;
        let mut parts = text.split(':');
        let name = parts.next()?.to_owned();
        let passings = parts.next().map_or(Some(1), |number| number.parse().ok())?;
        let delay = parts.next().and_then(|micros| micros.parse().ok()).map(Duration::from_micros);
        Some(Armed { name, passings_left: AtomicU64::new(passings), delay })
    }

    fn die() {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        // The signal ends the process before this is reached; whoever gets here must not go on as if nothing were.
        std::process::abort();
    }
}
