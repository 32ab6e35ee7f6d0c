//! Calls that are kept for later: `/V1/async/…`, `/V1/async/bulk/…` and what became of them
//! (`spec/magento-rest-conventions.md` 2.12).
//!
//! Any row of the call table can be kept, without code of its own: [`accept`] binds a request's items to see that they could run and
//! writes them without their secrets, [`run`] binds them again and runs them, each with its result in one unit of work. Knows neither
//! HTTP nor threads: when to run, and how much at once, is the shell's business.

pub mod accept;
pub mod api;
mod list;
pub mod model;
pub mod run;
pub(crate) mod secrets;
mod services;
pub mod store;

pub use accept::{Item, Receipt};
pub use model::{Bulk, Status};

#[cfg(test)]
mod tests;
