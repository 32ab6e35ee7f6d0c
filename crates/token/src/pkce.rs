//! Proof key for code exchange (RFC 7636): that the client which brings the code is the one that asked for it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How the challenge was made from the verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// The challenge is the verifier; what IMS assumes when nothing is said (`spec/ims.md` 3.1).
    #[default]
    Plain,
    /// The challenge is the verifier's SHA-256 in base64url.
    S256,
}

impl Method {
    /// Reads `code_challenge_method`; `None` when there is no such method. Case matters.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "plain" => Some(Self::Plain),
            "S256" => Some(Self::S256),
            _ => None,
        }
    }

    /// The word that [`Self::parse`] reads, for storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::S256 => "S256",
        }
    }
}

/// Whether the text can be a verifier or a plain challenge: 43 to 128 characters of `A-Z a-z 0-9 - . _ ~`.
pub fn is_well_formed(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

/// Whether the verifier belongs to the challenge. A malformed verifier belongs to none.
pub fn verifies(method: Method, challenge: &str, verifier: &str) -> bool {
    if !is_well_formed(verifier) {
        return false;
    }
    let expected = match method {
        Method::Plain => verifier.to_owned(),
        Method::S256 => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)),
    };
    expected.as_bytes().ct_eq(challenge.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_verifies() {
        assert!(verifies(Method::S256, CHALLENGE, VERIFIER));
    }

    #[test]
    fn a_plain_challenge_is_its_own_verifier() {
        assert!(verifies(Method::Plain, VERIFIER, VERIFIER));
        assert!(!verifies(Method::Plain, CHALLENGE, VERIFIER));
    }

    #[test]
    fn another_verifier_does_not_verify() {
        assert!(!verifies(Method::S256, CHALLENGE, &VERIFIER.to_lowercase()));
        assert!(!verifies(Method::S256, CHALLENGE, CHALLENGE));
    }

    #[test]
    fn a_verifier_too_short_too_long_or_of_other_characters_verifies_nothing() {
        for verifier in ["", &"a".repeat(42), &"a".repeat(129), &"a+".repeat(22), &"\u{e9}".repeat(30)] {
            assert!(!verifies(Method::Plain, verifier, verifier), "{verifier}");
        }
        assert!(verifies(Method::Plain, &"a".repeat(128), &"a".repeat(128)));
    }

    #[test]
    fn a_method_survives_being_stored_and_unknown_ones_are_refused() {
        for method in [Method::Plain, Method::S256] {
            assert_eq!(Method::parse(method.as_str()), Some(method));
        }
        assert_eq!(Method::parse("s256"), None);
    }
}
