//! Signing, verifying and hashing for Patron's identity service.
//!
//! Below it is only `patron-crew`: it knows what an IMS token, a client secret and a stored password look like, and nothing of
//! storage, HTTP or customers. Keys, clock and randomness are arguments; only making an RSA key draws on the
//! crypto library's own entropy.
//!
//! | file | thought |
//! |---|---|
//! | [`scope`] | a set of scopes, however a client delimits it |
//! | [`claims`] | what a token says |
//! | [`id_token`] | what an OpenID Connect id token says |
//! | [`key`] | a private key, and how it is kept |
//! | [`keyset`] | the public halves, by key id |
//! | [`jwt`] | claims to token and back |
//! | [`foreign`] | tokens that others signed |
//! | [`certificate`] | the self-signed certificate behind `x5u` |
//! | [`verified`] | tokens that were verified a moment ago |
//! | [`secret`] | client secrets and opaque tokens |
//! | [`pkce`] | proof that two requests come from one client |
//! | [`password`] | password hashes of our own |
//! | [`commerce_hash`] | password hashes that Commerce wrote |
//! | [`memory`] | the block of memory that Argon2 fills |
//! | [`hasher`] | the bounded pool in which passwords are hashed |

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod certificate;
pub mod claims;
pub mod commerce_hash;
pub mod foreign;
pub mod hasher;
pub mod id_token;
pub mod jwt;
pub mod key;
pub mod keyset;
pub mod memory;
pub mod password;
pub mod pkce;
pub mod scope;
pub mod secret;
pub mod verified;

pub use claims::{Claims, TokenType};
pub use hasher::{Busy, HashPool};
pub use id_token::IdToken;
pub use jwt::Refusal;
pub use key::SigningKey;
pub use keyset::KeySet;
pub use scope::Scopes;
pub use verified::VerifiedCache;
