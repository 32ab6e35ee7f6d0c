//! What can be searched: the columns of a repository and the names they go by.

use patron_webapi::{Fault, SearchCriteria};

/// The rows that a search goes over.
#[derive(Debug, Clone, Copy)]
pub struct Repository {
    /// The `FROM` clause's tables.
    pub from: &'static str,
    /// The column that holds the tenant.
    pub tenant: &'static str,
    /// The column that rows are sorted by in the end, ascending.
    pub key: &'static str,
    /// What can be filtered and sorted by.
    pub columns: &'static [Column],
}

/// A column that can be filtered and sorted by.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The original's column name; like every column name of MySQL it may be sent in any case.
    pub name: &'static str,
    /// Another name of the wire, which must be sent as it is.
    pub alias: Option<&'static str>,
    /// The SQL expression of its value.
    pub sql: &'static str,
    /// How it is compared.
    pub kind: Kind,
}

/// How a column's values are compared with the text that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As numbers: what was sent counts as far as it is one (`1abc` is 1, `abc` is 0).
    Number,
    /// As texts without case, accents and blanks at the end, by way of this folded copy.
    Text {
        /// The SQL expression of the folded copy.
        folded: &'static str,
    },
    /// As times in the wire's form; what was sent counts as the time it reads as (a date is its midnight).
    Time,
}

impl Repository {
    /// The column that a filter or sort key names; 400 when there is none.
    pub(super) fn column(&self, field: Option<&str>) -> Result<&'static Column, Fault> {
        let named = |field: &str| self.columns.iter().find(|column| column.goes_by(field));
        field.and_then(named).ok_or_else(|| Fault::invalid_attribute_name(field))
    }
}

impl Column {
    fn goes_by(&self, field: &str) -> bool {
        self.alias == Some(field) || self.name.eq_ignore_ascii_case(field)
    }

    /// The expression that equals and orders as the original's collation does.
    pub(super) fn comparable(&self) -> &'static str {
        match self.kind {
            Kind::Text { folded } => folded,
            Kind::Number | Kind::Time => self.sql,
        }
    }
}

/// Refuses criteria that name an unknown field, where there is nothing to search yet.
pub fn require_known(criteria: &SearchCriteria, fields: &[&str]) -> Result<(), Fault> {
    let filters = criteria.filter_groups.iter().flatten().map(|filter| filter.field.as_deref());
    let sorts =
        criteria.sort_orders.iter().filter(|sort| sort.field.is_some()).map(|sort| sort.field.as_deref());
    let unknown = |field: &Option<&str>| field.is_none_or(|field| !fields.contains(&field));
    filters.chain(sorts).find(unknown).map_or(Ok(()), |field| Err(Fault::invalid_attribute_name(field)))
}
