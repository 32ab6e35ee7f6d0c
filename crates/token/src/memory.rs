//! The block of memory that Argon2 fills, and what a hash may cost.
//!
//! Memory is kept from one hash to the next: a fresh 64 MiB costs a fifth to a third of the hash in page faults
//! (`spec/measurements.md` 5). It is asked for in huge pages: a hash jumps all over its memory, and with small ones it looks up where they
//! are more often than the processor remembers (`docs/performance.md`).

use std::mem::MaybeUninit;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

/// A hash may fill at most this much: 256 MiB, in KiB. Stored hashes name their own cost, and a stored row must not be
/// able to exhaust the server.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
/// A hash may pass over its memory at most this often.
const MOST_PASSES: u32 = 16;
/// A hash may divide its memory into at most this many lanes.
const MOST_LANES: u32 = 16;
/// A hash's result, in bytes.
const LENGTHS: std::ops::RangeInclusive<u32> = 16..=64;

/// Memory for one hash at a time; empty until first used, as large as the largest hash it served.
#[derive(Debug, Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// Memory that has nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            // Anew, not more of it: that would copy blocks that nobody will read.
            *self = Self::new();
            self.0.reserve_exact(count);
            advise(self.0.spare_capacity_mut(), Pages::Huge);
            self.0.resize(count, Block::default());
        }
        &mut self.0[..count]
    }
}

/// Whoever gets the memory next, in small pieces, shall not have it backed by huge pages.
impl Drop for Memory {
    fn drop(&mut self) {
        self.0.clear();
        advise(self.0.spare_capacity_mut(), Pages::Small);
    }
}

/// How large the pages shall be that the system gives for memory that is touched for the first time.
#[derive(Clone, Copy)]
enum Pages {
    Huge,
    Small,
}

/// Advises the system about those pages of 2 MiB that are all in this memory. Failing is harmless.
#[cfg(target_os = "linux")]
fn advise(memory: &mut [MaybeUninit<Block>], pages: Pages) {
    use rustix::mm::{Advice, madvise};

    /// Of x86-64, and of 64-bit ARM with pages of 4 KiB; a multiple of every other page.
    const HUGE: usize = 2 * 1024 * 1024;
    let bytes = size_of_val(memory);
    let start = memory.as_mut_ptr().cast::<u8>();
    let before = start.align_offset(HUGE);
    let Some(inside) = bytes.checked_sub(before).map(|rest| rest - rest % HUGE).filter(|inside| *inside > 0)
    else {
        return;
    };
    let advice = match pages {
        Pages::Huge => Advice::LinuxHugepage,
        Pages::Small => Advice::LinuxNoHugepage,
    };
    // SAFETY: the range is inside `memory`, which is ours alone, and both advices leave its contents as they are.
    #[expect(unsafe_code, reason = "no safe way to say how memory of the allocator's shall be backed")]
    let _ = unsafe { madvise(start.add(before).cast(), inside, advice) };
}

/// Elsewhere the system knows best.
#[cfg(not(target_os = "linux"))]
fn advise(_memory: &mut [MaybeUninit<Block>], _pages: Pages) {}

/// What an Argon2 hash costs, within the bounds that this server keeps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cost(Params);

impl Cost {
    /// A cost in KiB, passes, lanes and bytes of result; `None` outside the bounds.
    pub(crate) fn new(memory_kib: u32, passes: u32, lanes: u32, length: u32) -> Option<Self> {
        let within = memory_kib <= MOST_MEMORY_KIB && passes <= MOST_PASSES && lanes <= MOST_LANES;
        if !within || !LENGTHS.contains(&length) {
            return None;
        }
        Params::new(memory_kib, passes, lanes, Some(usize::try_from(length).ok()?)).ok().map(Self)
    }

    /// The hash itself; `None` when the salt is too short or a text too long for Argon2.
    pub(crate) fn argon2(
        &self,
        algorithm: Algorithm,
        version: Version,
        text: &[u8],
        salt: &[u8],
        memory: &mut Memory,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let length = self.0.output_len().expect("a cost is always made with a length");
        let mut hash = Zeroizing::new(vec![0; length]);
        Argon2::new(algorithm, version, self.0.clone())
            .hash_password_into_with_memory(text, salt, &mut hash, memory.blocks(self.0.block_count()))
            .ok()?;
        Some(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_grows_to_the_largest_hash_and_stays() {
        let mut memory = Memory::new();
        assert_eq!(memory.blocks(10).len(), 10);
        let first = memory.blocks(10).as_ptr();
        assert_eq!(memory.blocks(4).len(), 4);
        assert_eq!(memory.blocks(10).as_ptr(), first);
        assert_eq!(memory.blocks(20).len(), 20);
    }

    #[test]
    fn a_cost_beyond_the_bounds_does_not_exist() {
        assert!(Cost::new(256 * 1024, 16, 16, 64).is_some());
        for (memory, passes, lanes, length) in [
            (256 * 1024 + 1, 1, 1, 32),
            (8, 17, 1, 32),
            (1024, 1, 17, 32),
            (8, 1, 1, 15),
            (8, 1, 1, 65),
            (7, 1, 1, 32),
            (8, 0, 1, 32),
            (8, 1, 0, 32),
        ] {
            assert!(Cost::new(memory, passes, lanes, length).is_none(), "{memory} {passes} {lanes} {length}");
        }
    }
}
