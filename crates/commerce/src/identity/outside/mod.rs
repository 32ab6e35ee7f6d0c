//! Tokens of other issuers: a real Adobe IMS, or any OpenID Connect provider, that the operator trusts by configuration.
//!
//! | file | thought |
//! |---|---|
//! | [`settings`] | whom is trusted with what |
//! | [`claims`] | what a verified token has to say |
//! | [`grants`] | what a token may do here |
//! | [`issuers`] | their keys, as this node knows them |
//!
//! Nobody here reaches out to an issuer: keys are handed in by whoever fetches them.

pub mod claims;
pub mod grants;
pub mod issuers;
pub mod settings;

pub use claims::Outsider;
pub use issuers::Issuers;
pub use settings::{IssuerKind, IssuerSettings};
