//! The REST operations that tell what became of kept calls, and their rows (`spec/accs-customer-operations.md` 1.9).

use std::io::{self, Write};

use patron_webapi::{Fault, arguments, fields::Selection};
use serde::Serialize;
use serde_json::Value;

use super::{
    list,
    model::{Operation, Status, Summary},
    store,
};
use crate::{Call, Failure, Row, failure::Result};

const LOGGING: &[&str] = &["Magento_Logging::system_magento_logging_bulk_operations"];

/// The original's number for integrations.
const INTEGRATION: i64 = 1;

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::search("/V1/bulk", LOGGING, list::list)
            .answers("asynchronous-operations-data-operation-search-results-interface"),
        Row::search("/V1/bulk/:bulkUuid/status", LOGGING, status)
            .answers("asynchronous-operations-data-bulk-operations-status-interface"),
        Row::search("/V1/bulk/:bulkUuid/detailed-status", LOGGING, detailed_status)
            .answers("asynchronous-operations-data-detailed-bulk-operations-status-interface"),
        Row::get("/V1/bulk/:bulkUuid/operation-status/:status", LOGGING, count).answers("integer"),
    ]
}

arguments! {
    /// A bulk's name.
    pub struct ByUuid {
        /// The name.
        required bulk_uuid: String,
    }
}

arguments! {
    /// A bulk's name and a status.
    pub struct ByUuidAndStatus {
        /// The name.
        required bulk_uuid: String,
        /// The status.
        required status: i64,
    }
}

/// What became of an operation, in the wire's key order.
#[derive(Serialize)]
struct OperationStatus {
    id: i64,
    status: i64,
    result_message: Option<String>,
    error_code: Option<i64>,
}

/// An operation with what went in and came out, in the wire's key order.
#[derive(Serialize)]
pub struct OperationDetails {
    id: i64,
    bulk_uuid: String,
    topic_name: String,
    serialized_data: Option<String>,
    result_serialized_data: Option<String>,
    status: i64,
    result_message: Option<String>,
    error_code: Option<i64>,
}

/// `GET /V1/bulk/{bulkUuid}/status`
fn status(call: &Call<'_>, sent: &ByUuid, selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let bulk = find(call, &sent.bulk_uuid)?;
    write(call, &bulk, selection, out, |operation| OperationStatus {
        id: operation.number,
        status: operation.status,
        result_message: said(&operation, &bulk.success),
        error_code: operation.error_code,
    })
}

/// `GET /V1/bulk/{bulkUuid}/detailed-status`
fn detailed_status(call: &Call<'_>, sent: &ByUuid, selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let bulk = find(call, &sent.bulk_uuid)?;
    let Summary { uuid, topic, success, store_id, .. } = &bulk;
    write(call, &bulk, selection, out, |operation| details(operation, uuid, topic, success, store_id))
}

/// `GET /V1/bulk/{bulkUuid}/operation-status/{status}`: 0 for a bulk that nobody knows.
fn count(call: &Call<'_>, sent: &ByUuidAndStatus) -> Result<i64> {
    let bulk = store::find(call.sql, call.tenant(), &sent.bulk_uuid)?;
    Ok(bulk.map_or(0, |bulk| bulk.counts.with(sent.status)))
}

fn find(call: &Call<'_>, uuid: &str) -> Result<Summary> {
    let found = store::find(call.sql, call.tenant(), uuid)?;
    Ok(found.ok_or_else(|| Fault::not_found("Bulk uuid %bulkUuid not exist").with("bulkUuid", uuid))?)
}

/// What came of an operation, in words; nothing yet of one that waits.
fn said(operation: &Operation, success: &str) -> Option<String> {
    let is_complete = operation.status == Status::Complete.number();
    if is_complete { Some(success.to_owned()) } else { operation.message.clone() }
}

/// An operation as the wire shows it.
pub fn details(
    operation: Operation,
    uuid: &str,
    topic: &str,
    success: &str,
    store_id: &str,
) -> OperationDetails {
    OperationDetails {
        result_message: said(&operation, success),
        id: operation.number,
        bulk_uuid: uuid.to_owned(),
        topic_name: topic.to_owned(),
        serialized_data: operation.arguments.map(|arguments| envelope(&arguments, store_id)),
        result_serialized_data: operation.result.map(|result| as_php_writes(&result)),
        status: operation.status,
        error_code: operation.error_code,
    }
}

/// A value as PHP keeps it, which has one kind of array: an object without members is an empty list, and one whose keys count from 0 is
/// a list.
fn as_php_keeps(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let is_list = members.keys().zip(0..).all(|(key, at): (_, usize)| *key == at.to_string());
            match is_list {
                true => Value::Array(members.into_iter().map(|(_, value)| as_php_keeps(value)).collect()),
                false => members.into_iter().map(|(key, value)| (key, as_php_keeps(value))).collect(),
            }
        }
        Value::Array(items) => Value::Array(items.into_iter().map(as_php_keeps).collect()),
        scalar => scalar,
    }
}

/// What the original puts in its queue: the arguments' JSON as a text within JSON.
fn envelope(arguments: &str, store_id: &str) -> String {
    #[derive(Serialize)]
    struct Envelope<'e> {
        entity_id: Option<i64>,
        entity_link: &'e str,
        meta_information: String,
        store_id: &'e str,
    }
    let kept = serde_json::from_str(arguments).map(|kept| as_php_keeps(kept).to_string());
    let meta_information = as_php_writes(kept.as_deref().unwrap_or(arguments));
    let envelope = Envelope { entity_id: None, entity_link: "", meta_information, store_id };
    as_php_writes(&serde_json::to_string(&envelope).expect("texts serialise"))
}

/// JSON as PHP writes it: in ASCII, slashes escaped. Neither stands outside a string.
fn as_php_writes(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match c {
            '/' => text.push_str("\\/"),
            c if c.is_ascii() => text.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text
}

/// Writes the bulk while its operations are read: a bulk of a million needs no memory for them.
fn write<T: Serialize>(
    call: &Call<'_>,
    bulk: &Summary,
    selection: &Selection,
    out: &mut dyn Write,
    show: impl Fn(Operation) -> T,
) -> Result<()> {
    let mut parts = Parts::new(selection, out);
    if let Some(filter) = patron_webapi::answer::below(selection, "operations_list") {
        parts.key("operations_list")?;
        parts.raw(b"[")?;
        let mut is_first = true;
        store::each_operation(call.sql, call.tenant(), bulk.id, |operation| {
            if !std::mem::take(&mut is_first) {
                parts.raw(b",")?;
            }
            let shown = show(operation);
            match filter {
                None => serde_json::to_writer(&mut *parts.out, &shown).map_err(broken),
                Some(fields) => {
                    let shown = serde_json::to_value(&shown).map_err(broken)?;
                    serde_json::to_writer(&mut *parts.out, &fields.apply(shown)).map_err(broken)
                }
            }
        })?;
        parts.raw(b"]")?;
    }
    parts.member("user_type", INTEGRATION.into())?;
    parts.member("bulk_id", bulk.uuid.as_str().into())?;
    parts.member("description", format!("Topic {}", bulk.topic).into())?;
    parts.member("start_time", bulk.start_time.as_str().into())?;
    parts.member("user_id", bulk.user_id.into())?;
    parts.member("operation_count", bulk.counts.all().into())?;
    parts.end()
}

/// An object that is written member by member, those that the caller selected.
struct Parts<'p> {
    selection: &'p Selection,
    out: &'p mut dyn Write,
    is_empty: bool,
}

impl<'p> Parts<'p> {
    fn new(selection: &'p Selection, out: &'p mut dyn Write) -> Self {
        Self { selection, out, is_empty: true }
    }

    fn key(&mut self, name: &str) -> Result<()> {
        let before = if std::mem::replace(&mut self.is_empty, false) { "{" } else { "," };
        self.raw(format!("{before}\"{name}\":").as_bytes())
    }

    fn member(&mut self, name: &str, value: Value) -> Result<()> {
        if patron_webapi::answer::below(self.selection, name).is_some() {
            self.key(name)?;
            self.raw(value.to_string().as_bytes())?;
        }
        Ok(())
    }

    fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(broken)
    }

    /// Nothing selected is PHP's empty array.
    fn end(&mut self) -> Result<()> {
        let end: &[u8] = if self.is_empty { b"[]" } else { b"}" };
        self.raw(end)
    }
}

fn broken(error: impl Into<io::Error>) -> Failure {
    Failure::Internal(error.into().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_in_is_shown_as_php_writes_it() {
        assert_eq!(
            envelope(r#"{"customer":{"firstname":"É/💐"}}"#, "0"),
            r#"{"entity_id":null,"entity_link":"","meta_information":"{\"customer\":{\"firstname\":\"\\u00c9\\\/\\ud83d\\udc90\"}}","store_id":"0"}"#
        );
    }
}
