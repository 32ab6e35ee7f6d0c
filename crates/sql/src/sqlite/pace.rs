//! How a thread of the runtime waits for the disk.
#![expect(
    clippy::disallowed_methods,
    reason = "how long a disk takes decides who waits for it, not what is answered"
)]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::aside::aside;

/// Others wait this long without being moved: no longer than for a few signatures.
const QUICK: Duration = Duration::from_millis(1);

/// Work that took longer makes what comes next count as slow for so long: a disk that stalls or a bulk that runs will do so again.
const WARNED: Duration = Duration::from_secs(1);

/// See the module. Moving a thread's other tasks to another costs a tenth of a quick unit of work, and is worth it beside slow ones.
pub(super) struct Pace {
    started: Instant,
    /// Until when work is taken for slow, in milliseconds from the start.
    slow_until: AtomicU64,
}

impl Pace {
    pub(super) fn new() -> Pace {
        Pace { started: Instant::now(), slow_until: AtomicU64::new(0) }
    }

    /// Does the work here, with the thread's other tasks behind it while work is quick, and without them otherwise.
    pub(super) fn keep<T>(&self, work: impl FnOnce() -> T) -> T {
        let begun = self.started.elapsed();
        let done = if self.is_slow(begun) { aside(work) } else { work() };
        self.note(begun, self.started.elapsed());
        done
    }

    fn note(&self, begun: Duration, ended: Duration) {
        if ended - begun > QUICK {
            self.slow_until.store((ended + WARNED).as_millis() as u64, Relaxed);
        }
    }

    fn is_slow(&self, now: Duration) -> bool {
        (now.as_millis() as u64) < self.slow_until.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_work_is_remembered_for_a_while() {
        let pace = Pace::new();
        let at = Duration::from_millis;
        pace.note(at(0), at(1));
        assert!(!pace.is_slow(at(1)));
        pace.note(at(1), at(3));
        assert!(pace.is_slow(at(3)) && pace.is_slow(at(1002)));
        assert!(!pace.is_slow(at(1003)));
    }
}
