//! How Adobe Commerce's Web API reads, coerces, faults, filters and describes itself.
//!
//! This crate is a leaf: it knows the conventions of the API (`spec/magento-rest-conventions.md`) and
//! nothing of customers, storage or any HTTP library. A request comes in as plain data ([`Request`]), is matched
//! against a table of [`Endpoint`]s ([`Routes`]), read into typed [`Arguments`], and goes out as an [`Answer`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod accept;
pub mod answer;
pub mod arguments;
pub mod body;
pub mod collation;
pub mod describe;
pub mod fault;
pub mod fields;
pub mod given;
pub mod names;
pub mod query;
pub mod read;
pub mod record;
pub mod request;
pub mod route;
pub mod scalar;
pub mod search;
pub mod xml;

pub use answer::Answer;
pub use arguments::Arguments;
pub use fault::{Fault, Parameters};
pub use fields::Fields;
pub use given::Given;
pub use read::{Read, ReadError};
pub use record::Record;
pub use request::{Method, Request};
pub use route::{Endpoint, Routes};
pub use search::SearchCriteria;
pub use serde_json::Value;

/// A JSON object whose members keep the order in which they were sent.
pub type Object = serde_json::Map<String, Value>;
