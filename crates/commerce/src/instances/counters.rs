//! Ids: from a counter row per tenant and kind, taken inside the unit of work, so that they rise without gaps but for
//! units that were rolled back.

use patron_sql::{Engine, Session, params};

use crate::failure::Result;

/// The kinds of rows that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Customers.
    Customer,
    /// Customer addresses.
    Address,
    /// Customer groups.
    Group,
    /// Tax classes.
    TaxClass,
    /// Websites.
    Website,
    /// Store groups.
    StoreGroup,
    /// Store views.
    StoreView,
    /// Attributes, of customers and addresses together.
    Attribute,
    /// Options of attributes.
    AttributeOption,
    /// Mails.
    Mail,
    /// Bulks of calls that are kept for later.
    Bulk,
    /// Instances (tenant 0).
    Tenant,
    /// Organisations (tenant 0).
    Organisation,
    /// Projects (tenant 0).
    Project,
    /// Credentials (tenant 0).
    Credential,
    /// Users of organisations (tenant 0).
    User,
    /// Roles of organisations (tenant 0).
    Role,
    /// Looks at the service's readiness (tenant 0): a row that is there to be written.
    Readiness,
}

impl Counter {
    /// The counter's name in its row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Address => "address",
            Self::Group => "group",
            Self::TaxClass => "tax_class",
            Self::Website => "website",
            Self::StoreGroup => "store_group",
            Self::StoreView => "store_view",
            Self::Attribute => "attribute",
            Self::AttributeOption => "attribute_option",
            Self::Mail => "mail",
            Self::Bulk => "bulk",
            Self::Tenant => "tenant",
            Self::Organisation => "organisation",
            Self::Project => "project",
            Self::Credential => "credential",
            Self::User => "user",
            Self::Role => "role",
            Self::Readiness => "readiness",
        }
    }
}

/// The next id of a kind.
pub fn next(sql: Session<'_>, tenant: i64, counter: Counter) -> Result<i64> {
    take(sql, tenant, counter, 1)
}

/// The last id of a kind that was taken; 0 before the first.
pub fn last(sql: Session<'_>, tenant: i64, counter: Counter) -> Result<i64> {
    let query = "SELECT value FROM counter WHERE tenant_id = ?1 AND name = ?2";
    Ok(sql.first(query, params![tenant, counter.name()], |row| row.int(0))?.unwrap_or(0))
}

/// Takes `count` ids at once and returns the first.
pub fn take(sql: Session<'_>, tenant: i64, counter: Counter, count: i64) -> Result<i64> {
    let params = params![tenant, counter.name(), count];
    let counted = match sql.engine() {
        Engine::Postgres => {
            let count =
                "UPDATE counter SET value = value + ?3 WHERE tenant_id = ?1 AND name = ?2 RETURNING value";
            sql.first(count, params, |row| row.int(0))?
        }
        // Nobody else writes meanwhile, and SQLite answers two plain statements in half the time of one that returns what it wrote.
        Engine::Sqlite => {
            let count = "UPDATE counter SET value = value + ?3 WHERE tenant_id = ?1 AND name = ?2";
            if sql.execute(count, params)? == 0 { None } else { Some(last(sql, tenant, counter)?) }
        }
    };
    let last = match counted {
        Some(last) => last,
        // The first of its kind; another unit of work may have come first all the same.
        None => sql.one(
            "INSERT INTO counter (tenant_id, name, value) VALUES (?1, ?2, ?3) \
             ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + excluded.value RETURNING value",
            params,
            |row| row.int(0),
        )?,
    };
    Ok(last - count + 1)
}

/// Makes ids of this kind begin after `last`.
pub fn start_after(sql: Session<'_>, tenant: i64, counter: Counter, last: i64) -> Result<()> {
    sql.execute(
        "INSERT INTO counter (tenant_id, name, value) VALUES (?1, ?2, ?3) \
         ON CONFLICT (tenant_id, name) DO UPDATE SET value = excluded.value WHERE counter.value < excluded.value",
        params![tenant, counter.name(), last],
    )?;
    Ok(())
}
