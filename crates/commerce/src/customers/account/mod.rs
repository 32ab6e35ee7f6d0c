//! A customer as somebody who signs in: confirming the account, and the tokens and codes that stand for the customer.
//!
//! | file | thought |
//! |---|---|
//! | [`api`] | the endpoints and their rows |
//! | [`validate`] | would this customer be complete? |
//! | [`confirm`] | is the account confirmed; the mail that asks for it, again |
//! | [`activate`] | the key that confirms it |
//! | [`tokens`] | opaque tokens of the storefront |
//! | [`otp`] | one-time login codes for staff |
//! | [`sign_in`] | is this the password; hashes of older kinds |
//! | [`reset`] | the token that lets a password be set |
//! | [`notify`] | which mails a change causes |
//! | [`store`] | all SQL of tokens and codes |

pub mod activate;
pub mod api;
pub mod confirm;
pub mod notify;
pub mod otp;
pub mod reset;
pub mod sign_in;
mod store;
#[cfg(test)]
pub(crate) mod tests;
pub mod tokens;
pub mod validate;
