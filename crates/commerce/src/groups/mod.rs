//! Customer groups: what a customer pays by, and which websites its members may not use. A fresh instance has 0 to 3
//! (`spec/accs-customer-operations.md` 1.4).

pub mod api;
pub mod members;
pub mod model;
pub mod save;
pub mod search;
pub mod store;

pub use model::Group;
pub use store::seed;

/// The group of visitors who are not signed in; it cannot be deleted.
pub const NOT_LOGGED_IN: i64 = 0;
