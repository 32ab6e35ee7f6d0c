//! The service: what an instance is, who may call it, and everything its customer API does.
//!
//! One folder a concept, each a slice: `model.rs` (types), `rules.rs` (pure), `schema.sql`, `store.rs` (all its SQL), `api.rs`
//! (wire shapes, handlers and their rows). Knows neither HTTP nor any HTTP library: an endpoint is a [`Row`] whose handler takes a
//! [`Call`], so that the same call can run now, later, or a hundred times.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod attributes;
pub mod bulk;
pub mod call;
pub mod customers;
pub mod directory;
pub mod failure;
pub mod flat;
pub mod groups;
pub mod idempotency;
pub mod identity;
pub mod instances;
pub mod mail;
pub mod modules;
pub mod moment;
pub mod reference;
pub mod row;
pub mod schema;
pub mod segments;
pub mod tax;
pub mod transfer;

pub use call::Call;
pub use failure::Failure;
pub use moment::{Moment, Random};
pub use row::{Access, Row, table};
