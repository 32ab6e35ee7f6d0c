//! Password hashes that Commerce wrote, for customers who are imported with them.
//!
//! A row reads `hash:salt:version[:version...]` (`spec/magento-limits-and-attributes.md` 3.10). Each version is one
//! step, oldest first, and each step hashes the hex that the step before it left:
//!
//! | version | step |
//! |---|---|
//! | `0` | MD5 of salt and text |
//! | `1` | SHA-256 of salt and text |
//! | `2` | Argon2id, libsodium's interactive parameters: 32 bytes, 2 passes, 64 MiB |
//! | `3_<bytes>_<passes>_<memory>` | Argon2id with the parameters that it names, memory in bytes |
//!
//! Argon2id takes the salt's first 16 bytes; a shorter salt is repeated to 16. Commerce reads a version that it does
//! not know as `0`; here such a row opens nothing. This module only reads: Patron writes its own form
//! ([`crate::password`]).

use argon2::Algorithm;
use md5::Md5;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::memory::{Cost, Memory};

/// An upgrade adds one step, and there were only ever four kinds.
const MOST_STEPS: usize = 8;

/// A row that Commerce wrote, understood.
#[derive(Debug)]
pub struct CommerceHash<'a> {
    hash: &'a str,
    salt: &'a str,
    steps: Vec<Step>,
}

#[derive(Debug, PartialEq)]
enum Step {
    Md5,
    Sha256,
    Argon2id(Cost),
}

impl<'a> CommerceHash<'a> {
    /// Understands a row; `None` when it is not in this form, or asks for more than this server gives.
    pub fn parse(stored: &'a str) -> Option<Self> {
        let mut parts = stored.splitn(3, ':');
        let (hash, salt, versions) = (parts.next()?, parts.next()?, parts.next()?);
        let steps: Vec<Step> = versions.split(':').map(Step::parse).collect::<Option<_>>()?;
        let salted = !salt.is_empty() || !steps.iter().any(|step| matches!(step, Step::Argon2id(_)));
        (!hash.is_empty() && salted && steps.len() <= MOST_STEPS).then_some(Self { hash, salt, steps })
    }

    /// Whether the password is the one that was hashed. The comparison takes the same time whatever differs.
    pub fn matches(&self, password: &str, memory: &mut Memory) -> bool {
        let mut text = Zeroizing::new(password.to_owned());
        for step in &self.steps {
            text = match step.apply(self.salt, &text, memory) {
                Some(text) => text,
                None => return false,
            };
        }
        text.as_bytes().ct_eq(self.hash.as_bytes()).into()
    }
}

impl Step {
    fn parse(version: &str) -> Option<Self> {
        match version {
            "0" => Some(Self::Md5),
            "1" => Some(Self::Sha256),
            "2" => Some(Self::Argon2id(Cost::new(64 * 1024, 2, 1, 32)?)),
            other => {
                let numbers: Vec<u32> =
                    other.strip_prefix("3_")?.split('_').map(|n| n.parse().ok()).collect::<Option<_>>()?;
                let [length, passes, memory_bytes] = numbers[..] else { return None };
                Some(Self::Argon2id(Cost::new(memory_bytes / 1024, passes, 1, length)?))
            }
        }
    }

    fn apply(&self, salt: &str, text: &str, memory: &mut Memory) -> Option<Zeroizing<String>> {
        Some(Zeroizing::new(match self {
            Self::Md5 => hex::encode(Md5::new().chain_update(salt).chain_update(text).finalize()),
            Self::Sha256 => hex::encode(Sha256::new().chain_update(salt).chain_update(text).finalize()),
            Self::Argon2id(cost) => {
                let salt: Vec<u8> = salt.bytes().cycle().take(16).collect();
                let hash =
                    cost.argon2(Algorithm::Argon2id, argon2::Version::V0x13, text.as_bytes(), &salt, memory)?;
                hex::encode(hash)
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "abcdefghijklmnopqrstuvwxyzABCDEF";

    fn opens(stored: &str, password: &str) -> bool {
        CommerceHash::parse(stored).unwrap().matches(password, &mut Memory::new())
    }

    /// Known answers were computed with Python's hashlib and with libsodium.
    fn assert_only_the_password_opens(hash: &str, salt: &str, versions: &str) {
        let stored = format!("{hash}:{salt}:{versions}");
        assert!(opens(&stored, "Passw0rd!"), "{stored}");
        assert!(!opens(&stored, "passw0rd!"), "{stored}");
        assert!(!opens(&stored, ""), "{stored}");
    }

    #[test]
    fn version_0_is_a_salted_md5() {
        assert_only_the_password_opens("779355c5b07fab8db6fa14274645882a", SALT, "0");
    }

    #[test]
    fn version_1_is_a_salted_sha256() {
        let hash = "2a4ef5c250c17d635d02ee15b461bc63edc9efa058b8f0bb785c4b114e91caa4";
        assert_only_the_password_opens(hash, SALT, "1");
    }

    #[test]
    fn an_upgraded_hash_is_a_hash_of_a_hash() {
        let hash = "758bd3897bd757d9c164332001b1d62791c4763274068f92f244c4fa8caf23a1";
        assert_only_the_password_opens(hash, SALT, "0:1");
    }

    #[test]
    fn versions_2_and_3_are_libsodiums_argon2id_over_the_salts_first_16_bytes() {
        let hash = "3947ee47a7d5e576f8f43c6b7d7ac6b51823ab989f5609ae7a4e4e87a332223b";
        assert_only_the_password_opens(hash, SALT, "3_32_2_67108864");
        assert_only_the_password_opens(hash, &SALT[..16], "2");
    }

    #[test]
    fn the_parameters_of_version_3_are_obeyed() {
        assert_only_the_password_opens("720b3b8efa5540fe33239119ee05f973", SALT, "3_16_3_8388608");
    }

    #[test]
    fn a_short_salt_is_repeated_for_argon2id() {
        let hash = "72a5883770d89264f549fe26d9488986117ceff46f465a400696117d47c53704";
        assert_only_the_password_opens(hash, "xY", "1:3_32_2_67108864");
    }

    #[test]
    fn three_generations_of_hashes_chain() {
        let hash = "ae3a57f3a1987e0eaaaf629ddfcc983bdace3bbe5eb3fdcaa28f5a9486e58e82";
        assert_only_the_password_opens(hash, SALT, "0:1:2");
    }

    #[test]
    fn a_password_is_hashed_as_utf_8() {
        let stored = format!("4b7805bdcff9c77865fd68b0b10f658e0821420fca79e269263b8e137d00bc81:{SALT}:1");
        assert!(opens(&stored, "p\u{e4}ssw\u{f6}rd"));
    }

    #[test]
    fn rows_that_are_not_understood_open_nothing() {
        for stored in [
            "",
            "::",
            "hash",
            "hash:salt",
            "hash:salt:",
            "hash:salt:4",
            "hash:salt:01",
            "hash:salt:1:",
            "hash:salt:3",
            "hash:salt:3_32_2",
            "hash:salt:3_32_2_67108864_1",
            "hash:salt:3_32_2_4294967295",
            "hash:salt:3_32_4000000000_67108864",
            "hash:salt:3_2_2_67108864",
            "hash::2",
            ":salt:1",
            "hash:salt:1:1:1:1:1:1:1:1:1",
        ] {
            assert!(CommerceHash::parse(stored).is_none(), "{stored}");
        }
    }
}
