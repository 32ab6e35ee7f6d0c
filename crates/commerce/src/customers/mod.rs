//! Customers and their addresses: the accounts of shoppers.

pub mod account;
pub mod address;
pub mod api;
pub mod counts;
pub mod create;
pub mod defaults;
pub mod input;
pub mod model;
pub mod password;
pub mod region;
pub mod rules;
pub mod search;
pub mod store;
pub mod update;
pub mod validate;
pub mod wire;

pub use model::{Address, Customer, Subscription};
