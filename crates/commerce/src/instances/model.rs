//! The types of instances and their stores.

use schemars::JsonSchema;
use serde::Serialize;

/// The key that begins every row of an instance; the wire shows [`Instance::code`] instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TenantId(pub i64);

/// An instance of the service: one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The key of its rows.
    pub tenant: TenantId,
    /// The tenant id of the URL, which is also the instance id: 21 or 22 letters and digits.
    pub code: String,
    /// The organisation that owns it.
    pub organisation_id: i64,
    /// Its name.
    pub name: String,
    /// Region code, such as `na1`.
    pub region: String,
    /// `sandbox` or `production`.
    pub environment: String,
    /// When it was made, in the wire's form.
    pub created_at: String,
    /// Grows with every change of websites, stores, settings, groups or attributes.
    pub version: i64,
}

/// What the `Store` header selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// No header, or `default`: the installation's default store view.
    Default,
    /// `all`: the admin scope, store 0.
    All,
    /// The code of a store view.
    Store(i64),
}

/// A website: customers belong to one. Serialises in the key order of `/V1/store/websites`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Website {
    /// Its id; 0 is the admin website.
    pub id: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The store group that stands for it.
    pub default_group_id: i64,
}

/// A store: groups the store views of a website. Serialises in the key order of `/V1/store/storeGroups`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Store")]
pub struct StoreGroup {
    /// Its id; 0 is the admin's.
    pub id: i64,
    /// The website it belongs to.
    pub website_id: i64,
    /// The category that is its catalogue's root.
    pub root_category_id: i64,
    /// The store view that stands for it.
    pub default_store_id: i64,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
}

/// A store view. Serialises in the key order of `/V1/store/storeViews`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StoreView {
    /// Its id; 0 is the admin's.
    pub id: i64,
    /// Its code, as the `Store` header names it.
    pub code: String,
    /// Its name; customers remember it as `created_in`.
    pub name: String,
    /// The website it belongs to.
    pub website_id: i64,
    /// The store it belongs to.
    pub store_group_id: i64,
    /// 1 when it is open.
    pub is_active: i64,
    /// Position among the store views; not on the wire.
    #[serde(skip)]
    pub sort_order: i64,
}

/// An instance as the control API shows it; the endpoints depend on where the service is reached.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InstanceView {
    /// The instance id.
    pub instance_id: String,
    /// The tenant id of the URL (the same text).
    pub tenant_id: String,
    /// Its name.
    pub name: String,
    /// Region code.
    pub region: String,
    /// `sandbox` or `production`.
    pub environment: String,
    /// Where its REST API is, without `/V1`.
    pub rest_endpoint: String,
    /// Where its GraphQL is.
    pub graphql_endpoint: String,
}
