//! Who works behind the requests, and whether they still do: what `/_/readyz` tells of them.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering::SeqCst},
};

/// See the module.
#[derive(Default)]
pub struct Workers {
    all: Mutex<Vec<(&'static str, Arc<AtomicBool>)>>,
}

impl Workers {
    /// One more. What is returned goes with the worker: however that ends, by itself or by a panic, it is known.
    pub fn begins(&self, name: &'static str) -> Working {
        let ended = Arc::new(AtomicBool::new(false));
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push((name, Arc::clone(&ended)));
        Working { name, ended }
    }

    /// Those that have ended.
    pub fn ended(&self) -> Vec<&'static str> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|(_, ended)| ended.load(SeqCst)).map(|(name, _)| *name).collect()
    }

    /// Each with whether it lives.
    pub fn list(&self) -> Vec<(&'static str, bool)> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(name, ended)| (*name, !ended.load(SeqCst))).collect()
    }
}

/// A worker at work.
#[must_use = "a worker that is dropped counts as ended"]
pub struct Working {
    name: &'static str,
    ended: Arc<AtomicBool>,
}

impl Drop for Working {
    fn drop(&mut self) {
        self.ended.store(true, SeqCst);
        if std::thread::panicking() {
            tracing::error!(worker = self.name, "A worker panicked and has ended; restart the service.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_panics_has_ended() {
        let workers = Workers::default();
        let (well, ill) = (workers.begins("well"), workers.begins("ill"));
        std::thread::spawn(move || {
            let _ill = ill;
            panic!("on purpose");
        })
        .join()
        .unwrap_err();
        assert_eq!(workers.ended(), ["ill"]);
        drop(well);
        assert_eq!(workers.list(), [("well", false), ("ill", false)]);
    }
}
