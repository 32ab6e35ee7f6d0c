//! Instances: a tenant with its websites, stores, settings and id counters.
//!
//! Everything else an instance holds begins its keys with the tenant. What a call needs to know of its instance is read
//! once into a [`Catalogue`] and kept until the instance's version changes.

pub mod api;
pub mod catalogue;
pub mod counters;
pub mod create;
pub mod limits;
pub mod manage;
pub mod model;
pub mod settings;
pub mod store;

pub use catalogue::{Catalogue, Catalogues};
pub use model::{Instance, InstanceView, Scope, StoreGroup, StoreView, TenantId, Website};
