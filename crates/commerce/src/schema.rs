//! The schema of all slices, in numbered migrations: forward only, each in one transaction.

use patron_sql::{Database, Error, Location, Migration};

use crate::{identity, instances};

/// The migrations that this version knows, oldest first. A released one is never changed; a change is a new number.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "instances", sql: include_str!("instances/schema.sql") },
    Migration { number: 2, name: "identity", sql: include_str!("identity/schema.sql") },
    Migration { number: 3, name: "groups and tax classes", sql: include_str!("groups/schema.sql") },
    Migration { number: 4, name: "attributes", sql: include_str!("attributes/schema.sql") },
    Migration { number: 5, name: "customers", sql: include_str!("customers/schema.sql") },
    Migration { number: 6, name: "mail", sql: include_str!("mail/schema.sql") },
    Migration { number: 7, name: "customer tokens", sql: include_str!("customers/account/schema.sql") },
    Migration { number: 8, name: "customer search", sql: include_str!("customers/search/schema.sql") },
    Migration { number: 9, name: "bulk", sql: include_str!("bulk/schema.sql") },
    Migration { number: 10, name: "idempotency", sql: include_str!("idempotency/schema.sql") },
    Migration { number: 11, name: "users and logins", sql: include_str!("identity/accounts.sql") },
    Migration { number: 12, name: "transfers", sql: include_str!("transfer/schema.sql") },
    Migration { number: 13, name: "control key", sql: include_str!("identity/control_key.sql") },
    Migration { number: 14, name: "operators", sql: include_str!("identity/operators.sql") },
    Migration { number: 15, name: "places of trigrams", sql: include_str!("customers/search/places.sql") },
    Migration {
        number: 16,
        name: "when a value's customer was made",
        sql: include_str!("customers/made.sql"),
    },
];

/// The tables of the numbers that every call asks for.
const REMEMBERED: &[&str] = &[instances::store::VERSION.table, identity::epoch::TABLE];

/// Opens a database, new or with what an earlier start left, and brings its schema up to date.
pub fn open(location: &Location) -> Result<Database, Error> {
    Database::open(location, MIGRATIONS)?.remembering(REMEMBERED)
}

/// The tables that hold an instance's rows; deleting an instance empties them. Children come before their parents.
pub const TENANT_TABLES: &[&str] = &[
    "mail",
    "transfer",
    "customer_otp",
    "customer_token",
    "customer_search_stale",
    "customer_search_state",
    "idempotent_request",
    "bulk_result",
    "bulk_operation",
    "bulk",
    "customer_document",
    "customer_count",
    "customer_attribute",
    "customer_address_attribute",
    "customer_address",
    "customer",
    "attribute_option",
    "attribute",
    "customer_group_excluded_website",
    "customer_group",
    "tax_class",
    "setting",
    "store_view",
    "store_group",
    "website",
    "counter",
];

/// Tables that say how far an index has come which only SQLite has (`customers/search/infix.rs`). Where a database is copied table by
/// table they are left out, so that the index is built anew.
pub const DERIVED_TABLES: &[&str] = &["customer_search_state", "customer_search_stale"];
