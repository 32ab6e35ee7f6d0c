//! What a tax class is, inside and on the wire.

use serde::Serialize;

/// A tax class. Serialises in the wire's key order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaxClass {
    /// Its id.
    #[serde(rename = "class_id")]
    pub id: i64,
    /// Its name, unique within the type.
    #[serde(rename = "class_name")]
    pub name: String,
    /// [`CUSTOMER`](super::CUSTOMER) or [`PRODUCT`](super::PRODUCT); never changes.
    pub class_type: String,
}
