//! `GET /V1/customerGroups/search`.

use std::io;

use patron_webapi::{SearchCriteria, arguments, fields::Selection};

use super::{
    model::GroupExtension,
    store::{self, COLUMNS, TABLES},
};
use crate::{
    Call,
    failure::Result,
    flat::{self, Column, Kind, Repository},
};

const GROUPS: Repository = Repository {
    from: TABLES,
    tenant: "customer_group.tenant_id",
    key: "customer_group.id",
    columns: &[
        Column { name: "customer_group_id", alias: Some("id"), sql: "customer_group.id", kind: Kind::Number },
        Column {
            name: "customer_group_code",
            alias: Some("code"),
            sql: "customer_group.code",
            kind: Kind::Text { folded: "customer_group.code_folded" },
        },
        Column { name: "tax_class_id", alias: None, sql: "customer_group.tax_class_id", kind: Kind::Number },
        Column {
            name: "class_name",
            alias: Some("tax_class_name"),
            sql: "tax_class.name",
            kind: Kind::Text { folded: "tax_class.name_folded" },
        },
    ],
};

arguments! {
    /// What groups are searched by.
    pub struct Search {
        /// The criteria.
        required search_criteria: SearchCriteria,
    }
}

/// By id when no order is asked for.
pub fn search(call: &Call<'_>, sent: &Search, selection: &Selection, out: &mut dyn io::Write) -> Result<()> {
    let mut page = flat::page(call, &GROUPS, &sent.search_criteria, COLUMNS, store::group)?;
    let mut excluded = store::excluded_by_group(call.sql, call.tenant())?;
    for group in &mut page.items {
        group.extension_attributes = excluded.remove(&group.id).and_then(GroupExtension::of_stored);
    }
    page.write(selection, out)
}
