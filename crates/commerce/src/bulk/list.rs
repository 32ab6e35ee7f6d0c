//! `GET /V1/bulk`: operations of all bulks, searched.

use std::io::Write;

use patron_sql::{Error, Row};
use patron_webapi::{SearchCriteria, arguments, fields::Selection};
use serde::Serialize;

use super::{
    api::{self, OperationDetails},
    store::{self, OPERATION},
};
use crate::{
    Call,
    failure::Result,
    flat::{self, Column, Kind, Repository},
};

/// Topics and names are ASCII, so upper case is all that folding does to them.
const OPERATIONS: Repository = Repository {
    from: "bulk JOIN bulk_operation ON bulk_operation.tenant_id = bulk.tenant_id AND bulk_operation.bulk_id = bulk.id \
           AND bulk.is_whole = 1 LEFT JOIN bulk_result ON bulk_result.tenant_id = bulk_operation.tenant_id \
           AND bulk_result.bulk_id = bulk_operation.bulk_id AND bulk_result.number = bulk_operation.number",
    tenant: "bulk.tenant_id",
    key: "bulk_operation.bulk_id, bulk_operation.number",
    columns: &[
        Column { name: "start_time", alias: None, sql: "bulk.start_time", kind: Kind::Time },
        Column { name: "status", alias: None, sql: "bulk_operation.status", kind: Kind::Number },
        Column {
            name: "bulk_uuid",
            alias: None,
            sql: "bulk.uuid",
            kind: Kind::Text { folded: "UPPER(bulk.uuid)" },
        },
        Column {
            name: "topic_name",
            alias: None,
            sql: "bulk.topic",
            kind: Kind::Text { folded: "UPPER(bulk.topic)" },
        },
    ],
};

arguments! {
    /// What operations are searched by.
    pub struct Search {
        /// The criteria.
        required search_criteria: SearchCriteria,
    }
}

/// An operation with the time of its bulk, in the wire's key order.
#[derive(Serialize)]
struct Found {
    extension_attributes: Extension,
    #[serde(flatten)]
    operation: OperationDetails,
}

#[derive(Serialize)]
struct Extension {
    start_time: String,
}

/// By bulk and place when no order is asked for.
pub fn list(call: &Call<'_>, sent: &Search, selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let columns = format!("{OPERATION}, bulk.uuid, bulk.topic, bulk.success, bulk.scope, bulk.start_time");
    flat::page(call, &OPERATIONS, &sent.search_criteria, &columns, found)?.write(selection, out)
}

fn found(row: &Row<'_>) -> Result<Found, Error> {
    let (uuid, topic, success) = (row.text(6)?, row.text(7)?, row.text(8)?);
    let operation = api::details(store::operation(row)?, uuid, topic, success, store::store_id(row.text(9)?));
    Ok(Found { extension_attributes: Extension { start_time: row.string(10)? }, operation })
}
