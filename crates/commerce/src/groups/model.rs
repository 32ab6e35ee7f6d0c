//! What a group is, inside and on the wire.

use serde::Serialize;

/// A customer group. Serialises in the wire's key order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its id; 0 is a real one.
    pub id: i64,
    /// Its name, at most 32 bytes.
    pub code: String,
    /// What its members are taxed by.
    pub tax_class_id: i64,
    /// That class's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_class_name: Option<String>,
    /// The websites its members may not use, when there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension_attributes: Option<GroupExtension>,
}

/// What a group has beside its columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupExtension {
    /// Ids of websites.
    pub exclude_website_ids: Vec<i64>,
}

impl GroupExtension {
    /// Stored exclusions as they are shown: none at all when the list is empty.
    pub fn of_stored(exclude_website_ids: Vec<i64>) -> Option<Self> {
        (!exclude_website_ids.is_empty()).then_some(Self { exclude_website_ids })
    }
}
