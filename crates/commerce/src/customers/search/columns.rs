//! What customers can be searched and sorted by (`spec/accs-customer-operations.md` 1.2 op 5).

use std::borrow::Cow;

use patron_webapi::{Fault, collation::fold};

use super::trigrams::Indexed;
use crate::{
    attributes::custom::{Backend, Entity},
    instances::Catalogue,
};

/// How a column's keys compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As whole numbers.
    Int,
    /// As numbers.
    Real,
    /// As folded texts.
    Text,
    /// As dates, `YYYY-MM-DD`.
    Day,
    /// As times, `YYYY-MM-DD HH:MM:SS`.
    Moment,
}

/// A column of a search. The customer's row goes by `c` in SQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// How keys compare.
    pub kind: Kind,
    /// The stored value, NULL when there is none.
    pub value: Cow<'static, str>,
    /// What is compared and sorted by.
    pub key: Cow<'static, str>,
    /// Where an index on the keys is.
    pub source: Source,
    /// Its stored text never ends with a blank, so a pattern may be matched against the key.
    pub is_trimmed: bool,
    /// Where the trigram index has its text.
    pub indexed: Option<Indexed>,
}

/// Where rows are found by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nowhere.
    None,
    /// The primary key.
    Primary,
    /// An index of the customer's table.
    Own(&'static str),
    /// An index of the customer's table; besides, customers are counted by the value in this dimension.
    Counted(&'static str, &'static str),
    /// The values of an added attribute, which go by `a`: its id, the compared column, its index.
    Attribute(i64, &'static str, &'static str),
    /// An index of the addresses' table, which goes by `b`.
    Billing(&'static str, &'static str),
}

impl Column {
    fn own(kind: Kind, value: &'static str, key: &'static str) -> Self {
        let (value, key) = (value.into(), key.into());
        Self { kind, value, key, source: Source::None, is_trimmed: false, indexed: None }
    }

    fn same(kind: Kind, column: &'static str) -> Self {
        Self::own(kind, column, column)
    }

    fn by(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    fn indexed(mut self, indexed: Indexed) -> Self {
        self.indexed = Some(indexed);
        self
    }

    fn trimmed(mut self) -> Self {
        self.is_trimmed = true;
        self
    }

    /// A column of the default billing address.
    fn billing(column: &str, key: &str) -> Self {
        let of = |column: &str| {
            format!(
                "(SELECT b.{column} FROM customer_address b WHERE b.tenant_id = c.tenant_id AND b.id = c.default_billing \
                 AND b.customer_id = c.id)"
            )
        };
        Self {
            kind: Kind::Text,
            value: of(column).into(),
            key: of(key).into(),
            source: Source::None,
            is_trimmed: false,
            indexed: None,
        }
    }

    fn attribute(id: i64, backend: Backend) -> Self {
        let of = |column: &str| {
            format!(
                "(SELECT a.{column} FROM customer_attribute a WHERE a.tenant_id = c.tenant_id AND a.customer_id = c.id \
                 AND a.attribute_id = {id})"
            )
        };
        let (kind, key, index) = match backend {
            Backend::Int | Backend::Decimal => (Kind::Real, "number", "customer_attribute_by_number"),
            Backend::Datetime => (Kind::Moment, "value", "customer_attribute_by_value"),
            Backend::Varchar | Backend::Text => (Kind::Text, "folded", "customer_attribute_by_value"),
        };
        // A time is its own key: no letters, no blanks.
        let indexed = if key == "value" { "folded" } else { key };
        Self {
            kind,
            value: of("value").into(),
            key: of(key).into(),
            source: Source::Attribute(id, indexed, index),
            is_trimmed: false,
            indexed: None,
        }
    }

    /// The id: what rows are found by in the end.
    pub fn id() -> Self {
        Self::same(Kind::Int, "c.id").by(Source::Primary)
    }

    /// Are rows that a range of keys finds shown by key?
    pub fn orders_ranges(&self) -> bool {
        matches!(self.source, Source::Own(index) if !matches!(index, "customer_by_taxvat" | "customer_by_dob"))
    }

    /// The index of the customer's table on this column's keys.
    pub fn own_index(&self) -> Option<&'static str> {
        match self.source {
            Source::Primary => Some(PRIMARY),
            Source::Own(index) | Source::Counted(index, _) => Some(index),
            _ => None,
        }
    }

    /// The index that holds every customer in the order of this column's keys.
    pub fn full_index(&self) -> Option<&'static str> {
        self.own_index().filter(|index| !matches!(*index, "customer_by_taxvat" | "customer_by_dob"))
    }
}

/// The index of the customer's primary key, as SQLite calls it.
pub const PRIMARY: &str = "sqlite_autoindex_customer_1";

/// Never searchable: whoever may search could read secrets out, character by character. The original allows it.
const SECRETS: [&str; 3] = ["password_hash", "rp_token", "rp_token_created_at"];

/// The column that a filter names. Attributes' names are found in any case, those of the row and of joined tables only as they are.
pub fn filtered(catalogue: &Catalogue, field: Option<&str>) -> Result<Column, Fault> {
    let invalid = || Fault::invalid_attribute_name(field);
    let name = field.ok_or_else(invalid)?;
    if let Some(column) = joined(name) {
        return Ok(column);
    }
    let name = fold(name).to_ascii_lowercase();
    attribute(&name).or_else(|| added(catalogue, &name)).ok_or_else(invalid)
}

/// The column that a sort key names, exactly as it is; None for one that is ignored. Secrets are refused rather than ignored.
pub fn sorted(catalogue: &Catalogue, field: &str) -> Result<Option<Column>, Fault> {
    if SECRETS.contains(&field) {
        return Err(Fault::invalid_attribute_name(Some(field)));
    }
    // Nobody has one, and a constant is no sort key for PostgreSQL.
    if field == "increment_id" {
        return Ok(None);
    }
    let is_added = || catalogue.attributes(Entity::Customer).iter().any(|attribute| attribute.code == field);
    Ok(joined(field)
        .or_else(|| attribute(field))
        .or_else(|| if is_added() { added(catalogue, field) } else { None }))
}

/// A column that is no added attribute.
#[cfg(test)]
pub(super) fn own(name: &str) -> Option<Column> {
    joined(name).or_else(|| attribute(name))
}

fn joined(name: &str) -> Option<Column> {
    Some(match name {
        "entity_id" => Column::id(),
        "increment_id" => Column::same(Kind::Text, "NULL"),
        "name" => Column::own(Kind::Text, NAME, "c.name_folded").trimmed().indexed(Indexed::As("name")),
        "billing_postcode" => Column::billing("postcode", "postcode_folded")
            .by(Source::Billing("postcode_folded", "customer_address_by_postcode")),
        "billing_telephone" => Column::billing("telephone", "telephone_folded")
            .by(Source::Billing("telephone_folded", "customer_address_by_telephone")),
        "billing_city" => Column::billing("city", "city_folded"),
        "billing_region" => Column::billing("region", "region_folded"),
        "billing_company" => Column::billing("company", "company_folded"),
        "billing_country_id" => Column::billing("country_id", "country_id").trimmed(),
        _ => return None,
    })
}

fn attribute(name: &str) -> Option<Column> {
    Some(match name {
        "website_id" => {
            Column::same(Kind::Int, "c.website_id").by(Source::Counted("customer_by_website", "website"))
        }
        "store_id" => Column::same(Kind::Int, "c.store_id").by(Source::Counted("customer_by_store", "store")),
        "group_id" => Column::same(Kind::Int, "c.group_id").by(Source::Counted("customer_by_group", "group")),
        "email" => Column::own(Kind::Text, "c.email", "c.email_folded")
            .by(Source::Own("customer_by_email"))
            .trimmed()
            .indexed(Indexed::As("email")),
        "firstname" => Column::own(Kind::Text, "c.firstname", "c.firstname_folded")
            .by(Source::Own("customer_by_firstname"))
            .indexed(Indexed::As("firstname")),
        "lastname" => Column::own(Kind::Text, "c.lastname", "c.lastname_folded")
            .by(Source::Own("customer_by_lastname"))
            .indexed(Indexed::As("lastname")),
        "middlename" => {
            Column::own(Kind::Text, "c.middlename", "c.middlename_folded").indexed(Indexed::Within("name"))
        }
        "prefix" => Column::own(Kind::Text, "c.prefix", "c.prefix_folded").indexed(Indexed::Within("name")),
        "suffix" => Column::own(Kind::Text, "c.suffix", "c.suffix_folded").indexed(Indexed::Within("name")),
        "taxvat" => {
            Column::own(Kind::Text, "c.taxvat", "c.taxvat_folded").by(Source::Own("customer_by_taxvat"))
        }
        "created_in" => Column::own(Kind::Text, "c.created_in", "c.created_in_folded"),
        "confirmation" => Column::own(Kind::Text, "c.confirmation", "c.confirmation_folded"),
        "dob" => Column::same(Kind::Day, "c.dob").by(Source::Own("customer_by_dob")),
        "created_at" => Column::same(Kind::Moment, "c.created_at").by(Source::Own("customer_by_created_at")),
        "updated_at" => Column::same(Kind::Moment, "c.updated_at").by(Source::Own("customer_by_updated_at")),
        "first_failure" => Column::same(Kind::Moment, "c.first_failure"),
        "lock_expires" => Column::same(Kind::Moment, "c.lock_expires"),
        "gender" => Column::same(Kind::Int, "c.gender"),
        "failures_num" => Column::same(Kind::Int, "c.failures_num"),
        "default_billing" => Column::same(Kind::Int, "c.default_billing"),
        "default_shipping" => Column::same(Kind::Int, "c.default_shipping"),
        "disable_auto_group_change" => Column::same(Kind::Int, "c.disable_auto_group_change"),
        _ => return None,
    })
}

fn added(catalogue: &Catalogue, name: &str) -> Option<Column> {
    let name = fold(name);
    let attribute =
        catalogue.attributes(Entity::Customer).iter().find(|attribute| fold(&attribute.code) == name)?;
    Some(Column::attribute(attribute.id, attribute.backend()))
}

/// The name as the original joins it: prefix, first, middle, last, suffix, without those that are missing or blank.
const NAME: &str = "ltrim(CASE WHEN trim(c.prefix) <> '' THEN trim(c.prefix) ELSE '' END || ' ' || trim(c.firstname) || \
     CASE WHEN trim(c.middlename) <> '' THEN ' ' || trim(c.middlename) ELSE '' END || ' ' || trim(c.lastname) || \
     CASE WHEN trim(c.suffix) <> '' THEN ' ' || trim(c.suffix) ELSE '' END)";
