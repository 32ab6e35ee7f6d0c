//! Password hashes of our own, and the one door to all that are understood.
//!
//! Argon2id with 19 MiB, two passes and one lane (OWASP's first recommendation: a third of the cost of Commerce's
//! 64 MiB at the same strength), stored as a PHC string. What Commerce wrote is verified too and reported as old, so
//! that the next login replaces it. Nothing here runs in the background: see [`crate::hasher`].

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;

use crate::commerce_hash::CommerceHash;
use crate::memory::{Cost, Memory};

/// Memory in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// Length of the result, in bytes.
const LENGTH: u32 = 32;
/// Length of a salt, in bytes.
pub const SALT_LENGTH: usize = 16;

/// A hash that no password is known to open. Verify against it when there is no such customer, so that a stranger
/// cannot tell by the clock which addresses have accounts.
pub const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cGF0cm9uIGRlY295IHNsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What verifying a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Another password, or a hash that is not understood.
    Wrong,
    /// The password, hashed as we hash today.
    Right,
    /// The password, hashed in an older way: hash it again and store that.
    RightButOld,
}

/// Hashes a password for storage: a PHC string.
pub fn hash(password: &str, salt: &[u8; SALT_LENGTH], memory: &mut Memory) -> String {
    let hash = today()
        .argon2(Algorithm::Argon2id, Version::V0x13, password.as_bytes(), salt, memory)
        .expect("our own parameters, a 16-byte salt and a text below 4 GiB are what Argon2 accepts");
    format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    )
}

/// Whether the password is the one behind the stored hash, of whichever form.
pub fn verify(password: &str, stored: &str, memory: &mut Memory) -> Verdict {
    if stored.starts_with('$') {
        return verify_phc(password, stored, memory).unwrap_or(Verdict::Wrong);
    }
    match CommerceHash::parse(stored) {
        Some(hash) if hash.matches(password, memory) => Verdict::RightButOld,
        _ => Verdict::Wrong,
    }
}

/// Whether [`verify`] could ever find a password right against this: what an import should ask first.
pub fn is_understood(stored: &str) -> bool {
    match stored.starts_with('$') {
        true => Phc::parse(stored).is_some(),
        false => CommerceHash::parse(stored).is_some(),
    }
}

fn today() -> Cost {
    Cost::new(MEMORY_KIB, PASSES, LANES, LENGTH).expect("our own parameters are within the bounds")
}

fn verify_phc(password: &str, stored: &str, memory: &mut Memory) -> Option<Verdict> {
    let stored = Phc::parse(stored)?;
    let hash =
        stored.cost.argon2(stored.algorithm, stored.version, password.as_bytes(), &stored.salt, memory)?;
    Some(match bool::from(hash.as_slice().ct_eq(&stored.hash)) {
        false => Verdict::Wrong,
        true if stored.is_todays() => Verdict::Right,
        true => Verdict::RightButOld,
    })
}

/// An Argon2 hash in PHC form, within our bounds.
struct Phc {
    algorithm: Algorithm,
    version: Version,
    cost: Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Phc {
    fn parse(stored: &str) -> Option<Self> {
        let phc = PasswordHash::new(stored).ok()?;
        let params = Params::try_from(&phc).ok()?;
        let hash = phc.hash?.as_bytes().to_vec();
        Some(Self {
            algorithm: Algorithm::try_from(phc.algorithm.as_str()).ok()?,
            version: Version::try_from(phc.version?).ok()?,
            cost: Cost::new(
                params.m_cost(),
                params.t_cost(),
                params.p_cost(),
                u32::try_from(hash.len()).ok()?,
            )?,
            salt: phc.salt?.as_ref().to_vec(),
            hash,
        })
    }

    fn is_todays(&self) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.cost == today()
            && self.salt.len() >= SALT_LENGTH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &[u8; 16] = b"0123456789abcdef";
    /// Computed with the reference implementation (argon2-cffi).
    const KNOWN: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$oiTFg/nYfnqB3eXL02x8S+qfk262pMoW4kQ1wT46jIo";

    fn verdict(password: &str, stored: &str) -> Verdict {
        verify(password, stored, &mut Memory::new())
    }

    #[test]
    fn a_hash_is_what_the_reference_implementation_computes() {
        let mut memory = Memory::new();
        assert_eq!(hash("Passw0rd!", SALT, &mut memory), KNOWN);
        assert_eq!(
            hash("Passw0rd!", SALT, &mut memory),
            KNOWN,
            "and memory that was used before changes nothing"
        );
    }

    #[test]
    fn only_the_password_itself_is_right() {
        assert_eq!(verdict("Passw0rd!", KNOWN), Verdict::Right);
        for wrong in ["", "passw0rd!", "Passw0rd", "Passw0rd! "] {
            assert_eq!(verdict(wrong, KNOWN), Verdict::Wrong, "{wrong}");
        }
    }

    #[test]
    fn even_an_empty_password_has_a_hash() {
        let stored = hash("", SALT, &mut Memory::new());
        assert!(stored.ends_with("$p9c4ucO/R2KPDN+PkWHKJ8BFh72sWSAvoB5iH9pNqCY"), "{stored}");
        assert_eq!(verdict("", &stored), Verdict::Right);
    }

    #[test]
    fn other_parameters_are_right_but_old() {
        let stored =
            "$argon2i$v=19$m=4096,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg$w7Fm+EHukttd24dMZoSMvTf+dvG7eEwRMTAp1/0EJX4";
        assert_eq!(verdict("Passw0rd!", stored), Verdict::RightButOld);
        assert_eq!(verdict("passw0rd!", stored), Verdict::Wrong);
    }

    #[test]
    fn what_commerce_wrote_is_right_but_old() {
        let stored = "779355c5b07fab8db6fa14274645882a:abcdefghijklmnopqrstuvwxyzABCDEF:0";
        assert_eq!(verdict("Passw0rd!", stored), Verdict::RightButOld);
        assert_eq!(verdict("passw0rd!", stored), Verdict::Wrong);
    }

    #[test]
    fn a_hash_that_is_not_understood_opens_nothing_and_is_reported() {
        for stored in [
            "",
            "secret",
            "$",
            "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg",
            "$argon2id$v=19$m=4194304,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$oiTFg/nYfnqB3eXL02x8S+qfk262pMoW4kQ1wT46jIo",
            "$argon2id$v=19$m=19456,t=99999,p=1$MDEyMzQ1Njc4OWFiY2RlZg$oiTFg/nYfnqB3eXL02x8S+qfk262pMoW4kQ1wT46jIo",
            "$2y$10$abcdefghijklmnopqrstuv",
        ] {
            assert!(!is_understood(stored), "{stored}");
            assert_eq!(verdict("secret", stored), Verdict::Wrong, "{stored}");
        }
        assert!(is_understood(KNOWN) && is_understood("779355c5b07fab8db6fa14274645882a:salt:0:1"));
    }

    #[test]
    fn the_decoy_costs_as_much_as_a_real_hash_and_opens_for_nobody() {
        assert!(Phc::parse(DECOY).unwrap().is_todays());
        assert_eq!(verdict("", DECOY), Verdict::Wrong);
    }
}
