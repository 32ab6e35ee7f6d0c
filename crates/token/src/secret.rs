//! Client secrets and other opaque tokens.
//!
//! Both are 32 random bytes, so nobody guesses one and a plain SHA-256 keeps it: a slow hash protects what people
//! invent, not what dice do, and would cost the token endpoint twenty milliseconds a call. This module draws no
//! randomness: the caller gives it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What every client secret begins with (`spec/ims.md` 5.1).
pub const CLIENT_SECRET_PREFIX: &str = "p8e-";

/// A client secret: the prefix and 43 url-safe characters. Show it once, store [`hash`] of it.
pub fn client_secret(random: &[u8; 32]) -> Zeroizing<String> {
    opaque_token(CLIENT_SECRET_PREFIX, random)
}

/// A token that means nothing but itself: the prefix and 43 url-safe characters.
pub fn opaque_token(prefix: &str, random: &[u8; 32]) -> Zeroizing<String> {
    let mut token = Zeroizing::new(String::with_capacity(prefix.len() + 43));
    token.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(random, &mut token);
    token
}

/// What is stored instead of the secret: SHA-256, 64 lower-case hex digits. It is also the key to look it up by.
pub fn hash(secret: &str) -> String {
    digest(secret.as_bytes())
}

/// SHA-256 as 64 lower-case hex digits.
pub fn digest(bytes: &[u8]) -> String {
    let mut digits = [0; 64];
    // `hex::encode` collects character by character.
    hex::encode_to_slice(Sha256::digest(bytes), &mut digits).expect("32 bytes are 64 digits");
    str::from_utf8(&digits).expect("hex digits are ASCII").to_owned()
}

/// Whether the secret is the one whose [`hash`] was stored, in a time that tells nothing about either.
pub fn matches(secret: &str, stored: &str) -> bool {
    hash(secret).as_bytes().ct_eq(stored.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> [u8; 32] {
        std::array::from_fn(|i| i as u8)
    }

    #[test]
    fn a_client_secret_is_the_prefix_and_url_safe_text() {
        assert_eq!(*client_secret(&random()), "p8e-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    }

    #[test]
    fn a_secret_is_stored_as_its_sha256() {
        let stored = hash(&client_secret(&random()));
        assert_eq!(stored, "280f033a57ded84f5ddca00418e22aaa1b2687d61153859379ee4789ba9fa4c7");
    }

    #[test]
    fn only_the_secret_itself_matches() {
        let secret = client_secret(&random());
        let stored = hash(&secret);
        assert!(matches(&secret, &stored));
        for other in ["", "p8e-", &secret[1..], &stored] {
            assert!(!matches(other, &stored), "{other}");
        }
        assert!(!matches(&secret, ""), "an empty column opens nothing");
    }
}
