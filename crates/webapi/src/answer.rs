//! What an endpoint answers: JSON text, filtered and turned into XML when the caller asked for that.

use serde::Serialize;
use serde_json::Value;

use crate::{Fault, Fields, accept::Format, fields::Selection, xml};

/// The body of an answer with status 200, as JSON text in declared key order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(pub Vec<u8>);

impl Answer {
    /// Serialises a value of the wire. Its types hold only strings, numbers, lists and string keys, so this cannot fail.
    pub fn of(value: &impl Serialize) -> Self {
        Self(serde_json::to_vec(value).expect("wire types serialise"))
    }

    /// The answer of a service without result.
    pub fn nothing() -> Self {
        Self(b"[]".to_vec())
    }

    /// Applies the `fields` filter and the format.
    #[must_use]
    pub fn render(self, selection: &Selection, format: Format) -> Vec<u8> {
        match (selection, format) {
            (Selection::Everything, Format::Json) => self.0,
            _ => render(self.filtered(selection), format),
        }
    }

    fn filtered(self, selection: &Selection) -> Value {
        let value: Value = serde_json::from_slice(&self.0).expect("an answer is JSON");
        match selection {
            Selection::Everything => value,
            Selection::Nothing if value.is_array() || value.is_object() => Value::Array(Vec::new()),
            Selection::Nothing => value,
            Selection::Some(fields) => fields.apply(value),
        }
    }
}

/// A fault in the caller's format; the filter does not touch faults.
pub fn render_fault(fault: &Fault, format: Format) -> Vec<u8> {
    render(serde_json::to_value(fault).expect("a fault serialises"), format)
}

fn render(value: Value, format: Format) -> Vec<u8> {
    match format {
        Format::Json => value.to_string().into_bytes(),
        Format::Xml => xml::write(&value).into_bytes(),
    }
}

/// The filter that the query string asks for.
pub fn selection(query: &str) -> Selection {
    if !query.contains("fields") {
        return Selection::Everything;
    }
    match crate::query::parse(query).get("fields") {
        Some(Value::String(text)) => crate::fields::parse(text),
        Some(_) => Selection::Nothing,
        None => Selection::Everything,
    }
}

/// A filter for what stands below `name` in an answer that is written piece by piece.
pub fn below<'f>(selection: &'f Selection, name: &str) -> Option<Option<&'f Fields>> {
    match selection {
        Selection::Everything => Some(None),
        Selection::Nothing => None,
        Selection::Some(fields) => fields.below(name),
    }
}
