//! Tax classes: what a customer group is taxed by (`spec/accs-customer-operations.md` 1.8).

pub mod api;
pub mod model;
pub mod save;
pub mod store;

pub use model::TaxClass;
pub use store::seed;

/// The tax class of groups created without one.
pub const RETAIL_CUSTOMER: i64 = 3;

/// The type of classes that customer groups are taxed by.
pub const CUSTOMER: &str = "CUSTOMER";

/// The type of classes that products are taxed by.
pub const PRODUCT: &str = "PRODUCT";
