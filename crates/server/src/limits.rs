//! What the service lets in at once: the gates of the whole process, made from the configuration.

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use patron_crew::Crew;
use tokio::sync::Semaphore;

use crate::{config::Config, gate::Gate};

/// Searches that wait, for each that runs.
const SEARCHES_WAITING: usize = 32;
/// Large requests that wait to be read, for each that is.
const LARGE_WAITING: usize = 8;

/// A gate or crew for each kind of work that could crowd out the others. Passwords have their own crew in the hash pool, changes in the
/// writer's queue.
pub struct Limits {
    /// Room for connections; who comes to a full house waits to be accepted.
    pub connections: Arc<Semaphore>,
    /// How many connections there may be.
    pub most_connections: usize,
    /// Every request but those about the service's health.
    pub requests: Arc<Gate>,
    /// Searches, each until its last byte is with the client.
    pub searches: Crew,
    /// Requests with large bodies (bulk, import), while they are read and run.
    pub large: Arc<Gate>,
}

impl Limits {
    /// As the configuration has them.
    pub fn of(config: &Config) -> Self {
        let searches = match config.max_searches {
            0 => 4 * thread::available_parallelism().map_or(1, NonZero::get),
            number => number,
        };
        Self {
            connections: Arc::new(Semaphore::new(config.max_connections.min(Semaphore::MAX_PERMITS))),
            most_connections: config.max_connections.min(Semaphore::MAX_PERMITS),
            requests: Gate::new(config.max_requests, 0),
            searches: Crew::new(patron_crew::Settings {
                name: "search",
                threads: searches,
                waiting: searches * SEARCHES_WAITING,
                // A third of an ordinary thread's share.
                nice: 5,
                linger: Duration::from_secs(10),
            }),
            large: Gate::new(config.max_bulk_requests, config.max_bulk_requests * LARGE_WAITING),
        }
    }

    /// Each with its name in the metrics, and how many were turned away.
    pub fn turned_away(&self) -> [(&'static str, u64); 3] {
        [
            ("requests", self.requests.turned_away()),
            ("searches", self.searches.stats().turned_away),
            ("large requests", self.large.turned_away()),
        ]
    }
}

/// Lets this process have as many files open as the system allows it: a connection is one. Returns how many that is.
pub fn raise_open_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let raised = limit.current != limit.maximum && setrlimit(Resource::Nofile, wanted).is_ok();
    let now = if raised { limit.maximum } else { limit.current };
    now.unwrap_or(u64::MAX)
}
