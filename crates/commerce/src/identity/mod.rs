//! Identity: organisations, their projects and credentials, the tokens that credentials get and what a token opens.
//!
//! | file | thought |
//! |---|---|
//! | [`organisations`], [`projects`], [`credentials`], [`secrets`] | what the developer console shows |
//! | [`users`], [`roles`] | who may sign in, and what they and credentials may do |
//! | [`administration`] | who may use the console |
//! | [`grants`] | a credential asks for a token |
//! | [`authorize`], [`redirects`] | a client asks to act for a user, and where the answer goes |
//! | [`logins`], [`lockout`], [`consents`] | a user signs in and agrees |
//! | [`families`] | codes and the tokens that come of one login |
//! | [`authority`] | a token becomes a [`Consumer`] |
//! | [`control_key`] | the key of the control API that `patron init` made |
//! | [`outside`] | tokens of other issuers |
//! | [`keys`] | the keys that sign tokens, as every node sees them |
//! | [`revocation`] | tokens that end before their time |
//! | [`epoch`] | the number that tells a node that something changed |
//! | [`provision`] | all of it for a new instance |
//! | [`first_user`] | who signs in before anybody else was invited |
//!
//! Knows neither HTTP nor what a resource protects.

pub mod administration;
pub mod authority;
pub mod authorize;
pub mod consents;
pub mod control_key;
pub mod credentials;
pub mod epoch;
pub mod families;
pub mod first_user;
pub mod grants;
pub mod keys;
pub mod lockout;
#[cfg(test)]
mod login_tests;
pub mod logins;
pub mod model;
mod names;
pub mod organisations;
pub mod outside;
pub mod projects;
pub mod provision;
pub mod redirects;
pub mod revocation;
pub mod roles;
pub mod secrets;
mod store;
#[cfg(test)]
mod tests;
pub mod users;

pub use authority::{Authority, Bearer};
pub use first_user::FirstUser;
pub use grants::{NotGranted, TokenRefusal, TokenRequest};
pub use keys::KeyRing;
pub use model::{
    Consumer, CreatedCredential, Credential, CredentialChange, CredentialKind, GivenSecret, NewCredential,
    Organisation, Project, Redirects, Resources, Role, SecretInfo, User,
};
pub use provision::{Provisioned, provision};
