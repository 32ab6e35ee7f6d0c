//! How many tokens a second: from one address, and for one credential. Off unless the configuration says otherwise.
//!
//! A client that asks for a token with every call costs a signature each time. The credential's limit is asked only after its secret was
//! found right, so that nobody can use up another's; the address's before anything is read. Bursts of a second are let through.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZero,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use axum::extract::Request;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::HashMapStateStore,
};

use crate::{config::Config, http::origin::Origin};

/// Keys from which on those that have not asked for a second are forgotten.
const MANY: usize = 10_000;
/// Requests between two looks at how many there are.
const LOOK_EVERY: u64 = 4096;

/// See the module.
pub struct TokenRates {
    by_address: Option<Limit<IpAddr>>,
    by_credential: Option<Limit<String>>,
    refused: AtomicU64,
}

impl TokenRates {
    /// As the configuration has them.
    pub fn of(config: &Config) -> Self {
        Self {
            by_address: Limit::new(config.token_rate_per_address),
            by_credential: Limit::new(config.token_rate_per_credential),
            refused: AtomicU64::new(0),
        }
    }

    /// Counts a request of this client; fails with the seconds to wait.
    pub fn of_address(&self, config: &Config, request: &Request) -> Result<(), u32> {
        let Some(limit) = &self.by_address else { return Ok(()) };
        let Some(origin) = Origin::of(config, request.headers(), request.extensions()) else { return Ok(()) };
        self.told(limit.count(&network(origin.address)))
    }

    /// Counts a token of this credential; fails with the seconds to wait.
    pub fn of_credential(&self, client_id: &str) -> Result<(), u32> {
        let Some(limit) = &self.by_credential else { return Ok(()) };
        self.told(limit.count(&client_id.to_owned()))
    }

    /// Requests refused since the start.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    fn told(&self, counted: Result<(), u32>) -> Result<(), u32> {
        counted.inspect_err(|_| {
            self.refused.fetch_add(1, Relaxed);
        })
    }
}

/// An IPv6 client has a whole /64 to itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

struct Limit<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, HashMapStateStore<K>, DefaultClock>,
    counted: AtomicU64,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(per_second: u32) -> Option<Self> {
        let quota = Quota::per_second(NonZero::new(per_second)?);
        Some(Self { limiter: RateLimiter::hashmap(quota), counted: AtomicU64::new(0) })
    }

    fn count(&self, key: &K) -> Result<(), u32> {
        if self.counted.fetch_add(1, Relaxed).is_multiple_of(LOOK_EVERY) && self.limiter.len() > MANY {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            u32::try_from(wait.as_secs_f64().ceil() as u64).unwrap_or(u32::MAX).max(1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_a_second_passes_and_the_next_request_waits() {
        let limit = Limit::new(3).unwrap();
        for _ in 0..3 {
            limit.count(&1).unwrap();
        }
        assert_eq!(limit.count(&1), Err(1));
        assert_eq!(limit.count(&2), Ok(()), "another key has a burst of its own");
        assert!(Limit::<u8>::new(0).is_none());
    }

    #[test]
    fn neighbours_in_an_ipv6_network_are_one_client() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
    }
}
