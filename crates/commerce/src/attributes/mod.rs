//! Attributes of customers and addresses: what they are, which values they take.

pub mod api;
pub mod custom;
pub mod date;
pub mod defaults;
pub mod input;
pub mod manage;
pub mod metadata;
pub mod model;
pub mod options;
pub mod shown;
pub mod store;
pub mod values;
