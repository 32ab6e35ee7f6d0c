//! Tokens that were verified a moment ago, so that a busy client's next request costs a look and not a signature.
//!
//! Measured: an RS256 check costs more than twenty times what it costs to find the token here. Only tokens that were found good get in,
//! so a flood of bad ones neither fills nor poisons the cache. moka, measured beside the sharded map, needs a quarter more when all
//! cores ask at once.
//!
//! A token is looked for by its end, a part of its signature that nobody but the signer can choose, and is taken for the one that is
//! remembered only when all of it is the same, compared in a time that does not tell where they differ. A digest of the whole as the key,
//! which would keep the texts out of memory, took a twentieth of a GET (`docs/performance.md`); and whoever can read the memory finds the
//! signing keys there as well.
//!
//! A deletion must win against a verification that is under way: take a [`Ticket`] *before* reading the credential,
//! and [`VerifiedCache::remember`] ignores it if anything was forgotten meanwhile.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use zeroize::Zeroizing;

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

/// Made of a token's end.
type Key = u64;
type Shard<T> = HashMap<Key, Entry<T>, BuildHasherDefault<KeyHasher>>;

struct Entry<T> {
    token: Zeroizing<Box<str>>,
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
        let shard = self.read(key);
        let is_it = |entry: &&Entry<T>| now_ms < entry.until_ms && are_same(&entry.token, token);
        let found = shard.get(&key).filter(is_it).map(|entry| entry.value.clone());
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
        let mut shard = self.write(key);
        // Under the lock: whoever forgets raises the count first and sweeps this shard after us.
        if self.forgotten.load(Ordering::SeqCst) != ticket.0 {
            return;
        }
        if shard.len() >= self.shard_capacity && !shard.contains_key(&key) {
            make_room(&mut shard, now_ms);
        }
        let token = Zeroizing::new(token.into());
        shard.insert(key, Entry { token, client_id: client_id.into(), until_ms, value });
    }

    /// Forgets one token: it was revoked.
    pub fn forget_token(&self, token: &str) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        let key = key(token);
        let mut shard = self.write(key);
        if shard.get(&key).is_some_and(|entry| are_same(&entry.token, token)) {
            shard.remove(&key);
        }
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
    fn read(&self, key: Key) -> RwLockReadGuard<'_, Shard<T>> {
        self.shard(key).read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: Key) -> RwLockWriteGuard<'_, Shard<T>> {
        self.shard(key).write().unwrap_or_else(PoisonError::into_inner)
    }

    fn shard(&self, key: Key) -> &RwLock<Shard<T>> {
        // The map uses the first and the last bits.
        &self.shards[(key >> 32) as usize % SHARDS]
    }
}

/// The last sixteen bytes, folded: letters and digits differ in few of their bits, and a map wants all to count.
fn key(token: &str) -> Key {
    let bytes = token.as_bytes();
    let mut end = [0; 16];
    let length = bytes.len().min(end.len());
    end[..length].copy_from_slice(&bytes[bytes.len() - length..]);
    let product = u128::from_le_bytes(end).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    (product >> 64) as u64 ^ product as u64
}

/// Whether two texts are the same, in a time that depends on their lengths only. `subtle`, which secrets are compared with, looks at each byte
/// by itself; here the compiler may take many at once.
fn are_same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && black_box(differences) == 0
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

/// A key is its own hash.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("a key is one number");
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

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
    fn a_token_with_the_same_end_is_another_token() {
        let cache = VerifiedCache::new(10);
        let (known, forged) =
            ("header.ada.a-signature-of-some-length", "header.eve.a-signature-of-some-length");
        assert_eq!(key(known), key(forged));
        cache.remember(cache.ticket(), known, "c", 0, 1000, ());
        assert_eq!(cache.get(forged, 0), None);
        assert_eq!(cache.get(&known[1..], 0), None);
        cache.forget_token(forged);
        assert_eq!(cache.get(known, 0), Some(()));
    }

    #[test]
    fn expired_tokens_make_room_before_living_ones() {
        let mut shard = Shard::default();
        for i in 0..10u8 {
            let until_ms = if i < 5 { 1 } else { 100 };
            let entry =
                Entry { token: Zeroizing::new("t".into()), client_id: "c".into(), until_ms, value: () };
            shard.insert(i.into(), entry);
        }
        make_room(&mut shard, 50);
        assert_eq!(shard.len(), 5);
    }
}
