//! Tokens that were verified a moment ago, so that a busy client's next request costs a look and not a signature.
//!
//! Measured: an RS256 check costs twenty times what it costs to hash the token and find it here. Only tokens that
//! were found good get in, so a flood of bad ones neither fills nor poisons the cache. A sharded map answers in a
//! little more than the digest takes; moka, measured beside it, needs a quarter more when all cores ask at once.
//!
//! The key is the SHA-256 of the token's text: a dump of memory yields no usable token, and equality needs no
//! second look. It is not seeded: whoever could aim digests at one shard would have to get that many tokens
//! *signed* first. The digest's own bytes choose shard and bucket.
//!
//! A deletion must win against a verification that is under way: take a [`Ticket`] *before* reading the credential,
//! and [`VerifiedCache::remember`] ignores it if anything was forgotten meanwhile.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use sha2::{Digest, Sha256};

/// Enough that two cores seldom meet in one; a power of two.
const SHARDS: usize = 64;

/// A bounded memory of good tokens and of what was found out about each.
pub struct VerifiedCache<T> {
    shards: Box<[RwLock<Shard<T>>]>,
    shard_capacity: usize,
    forgotten: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// What the cache has done since it was made, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Remembered {
    /// Tokens that were found.
    pub hits: u64,
    /// Tokens that had to be verified.
    pub misses: u64,
    /// Tokens that are remembered, the expired among them included.
    pub entries: usize,
}

/// How much had been forgotten when a verification began.
#[derive(Debug, Clone, Copy)]
pub struct Ticket(u64);

type Key = [u8; 32];
type Shard<T> = HashMap<Key, Entry<T>, BuildHasherDefault<DigestHasher>>;

struct Entry<T> {
    client_id: Box<str>,
    until_ms: i64,
    value: T,
}

impl<T: Clone> VerifiedCache<T> {
    /// A cache of about `capacity` tokens, spread over shards that are bounded one by one.
    pub fn new(capacity: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            shard_capacity: capacity.div_ceil(SHARDS).max(2),
            forgotten: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// What is remembered of the token, if it is still good at `now_ms` (epoch milliseconds).
    pub fn get(&self, token: &str, now_ms: i64) -> Option<T> {
        let key = key(token);
        let shard = self.read(&key);
        let found = shard.get(&key).filter(|entry| now_ms < entry.until_ms).map(|entry| entry.value.clone());
        if found.is_some() { &self.hits } else { &self.misses }.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Begins a verification: to be taken before anything is read that a deletion could change.
    pub fn ticket(&self) -> Ticket {
        Ticket(self.forgotten.load(Ordering::SeqCst))
    }

    /// Remembers a token that was found good, until `until_ms`: its end, or earlier. Does nothing if anything was
    /// forgotten since the ticket was taken, or if the token is over at `now_ms`.
    pub fn remember(
        &self,
        ticket: Ticket,
        token: &str,
        client_id: &str,
        now_ms: i64,
        until_ms: i64,
        value: T,
    ) {
        if until_ms <= now_ms {
            return;
        }
        let key = key(token);
        let mut shard = self.write(&key);
        // Under the lock: whoever forgets raises the count first and sweeps this shard after us.
        if self.forgotten.load(Ordering::SeqCst) != ticket.0 {
            return;
        }
        if shard.len() >= self.shard_capacity && !shard.contains_key(&key) {
            make_room(&mut shard, now_ms);
        }
        shard.insert(key, Entry { client_id: client_id.into(), until_ms, value });
    }

    /// Forgets one token: it was revoked.
    pub fn forget_token(&self, token: &str) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        let key = key(token);
        self.write(&key).remove(&key);
    }

    /// Forgets every token of a client: its credential was changed or deleted.
    pub fn forget_client(&self, client_id: &str) {
        self.retain(|entry| *entry.client_id != *client_id);
    }

    /// Forgets every token: a key was withdrawn, or the clock was set.
    pub fn forget_all(&self) {
        self.retain(|_| false);
    }

    /// What the cache has done.
    pub fn stats(&self) -> Remembered {
        let [hits, misses] = [&self.hits, &self.misses].map(|count| count.load(Ordering::Relaxed));
        Remembered { hits, misses, entries: self.len() }
    }

    /// How many tokens are remembered, the expired among them included.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    /// Whether no token is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn retain(&self, keep: impl Fn(&Entry<T>) -> bool) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        for shard in &self.shards {
            shard.write().unwrap_or_else(PoisonError::into_inner).retain(|_, entry| keep(entry));
        }
    }

    /// A panic elsewhere leaves a map that is whole: entries go in and out by single operations.
    fn read(&self, key: &Key) -> RwLockReadGuard<'_, Shard<T>> {
        self.shard(key).read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: &Key) -> RwLockWriteGuard<'_, Shard<T>> {
        self.shard(key).write().unwrap_or_else(PoisonError::into_inner)
    }

    fn shard(&self, key: &Key) -> &RwLock<Shard<T>> {
        // The map's own hash is made of the first bytes, so the shard is chosen by the last.
        &self.shards[usize::from(key[31]) % SHARDS]
    }
}

fn key(token: &str) -> Key {
    Sha256::digest(token).into()
}

/// Drops what has expired, and then the half that would expire first: a full shard pays once for many entries.
fn make_room<T>(shard: &mut Shard<T>, now_ms: i64) {
    let before = shard.len();
    shard.retain(|_, entry| now_ms < entry.until_ms);
    if shard.len() > before / 2 {
        let mut ends: Vec<(i64, Key)> = shard.iter().map(|(key, entry)| (entry.until_ms, *key)).collect();
        let half = ends.len() / 2;
        ends.select_nth_unstable(half);
        for (_, key) in &ends[..half] {
            shard.remove(key);
        }
    }
}

/// A digest is its own hash.
#[derive(Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// An array announces its length before its bytes; the length is always 32.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembering(tokens: usize, capacity: usize) -> VerifiedCache<usize> {
        let cache = VerifiedCache::new(capacity);
        for i in 0..tokens {
            let client = format!("client{}", i % 2);
            cache.remember(cache.ticket(), &format!("token{i}"), &client, 0, 1000 + i as i64, i);
        }
        cache
    }

    #[test]
    fn what_was_remembered_is_found() {
        let cache = remembering(100, 1000);
        assert!((0..100).all(|i| cache.get(&format!("token{i}"), 0) == Some(i)));
        assert_eq!(cache.get("token100", 0), None);
    }

    #[test]
    fn an_entry_ends_with_its_token() {
        let cache = remembering(1, 1000);
        assert_eq!(cache.get("token0", 999), Some(0));
        assert_eq!(cache.get("token0", 1000), None);
    }

    #[test]
    fn a_token_that_is_over_is_not_remembered() {
        let cache = VerifiedCache::new(10);
        cache.remember(cache.ticket(), "t", "c", 5, 5, ());
        assert!(cache.is_empty());
    }

    #[test]
    fn the_tokens_of_a_deleted_credential_are_forgotten_and_no_others() {
        let cache = remembering(10, 1000);
        cache.forget_client("client0");
        assert_eq!(cache.get("token0", 0), None);
        assert_eq!(cache.get("token1", 0), Some(1));
        assert_eq!(cache.len(), 5);
    }

    #[test]
    fn one_revoked_token_is_forgotten() {
        let cache = remembering(10, 1000);
        cache.forget_token("token3");
        assert_eq!(cache.get("token3", 0), None);
        assert_eq!(cache.len(), 9);
    }

    #[test]
    fn everything_can_be_forgotten() {
        let cache = remembering(10, 1000);
        cache.forget_all();
        assert!(cache.is_empty());
    }

    #[test]
    fn a_verification_that_a_deletion_overtook_is_not_remembered() {
        let cache = VerifiedCache::new(10);
        let ticket = cache.ticket();
        cache.forget_client("c");
        cache.remember(ticket, "t", "c", 0, 1000, ());
        assert_eq!(cache.get("t", 0), None);
    }

    #[test]
    fn the_cache_never_grows_past_its_bound() {
        let cache = remembering(10_000, 640);
        assert!(cache.len() <= 640, "{}", cache.len());
        assert!(cache.len() >= 256, "{}", cache.len());
        assert_eq!(cache.get("token9999", 0), Some(9999), "the newest is there");
    }

    #[test]
    fn expired_tokens_make_room_before_living_ones() {
        let mut shard = Shard::default();
        for i in 0..10u8 {
            let until_ms = if i < 5 { 1 } else { 100 };
            shard.insert([i; 32], Entry { client_id: "c".into(), until_ms, value: () });
        }
        make_room(&mut shard, 50);
        assert_eq!(shard.len(), 5);
    }
}
