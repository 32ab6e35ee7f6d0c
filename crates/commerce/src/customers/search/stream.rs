//! The answer of a search, written while it is read: memory does not grow with the page.

use std::io::{self, Write};

use patron_webapi::{Answer, Fields, Object, SearchCriteria, Value, answer::below, fields::Selection};

use super::page::{self, Found};
use crate::{
    Call, Failure,
    customers::{
        store,
        wire::{self, View},
    },
    failure::Result,
};

/// Searches, and writes what the selection leaves of the answer.
pub fn search(
    call: &Call<'_>,
    criteria: &SearchCriteria,
    selection: &Selection,
    out: &mut dyn Write,
) -> Result<()> {
    let found = page::find(call, criteria)?;
    let rest = rest(criteria, found.total, selection);
    let Some(each) = below(selection, "items") else {
        return json(&rest.map_or_else(|| Value::Array(Vec::new()), Value::Object), out);
    };
    text("{\"items\":", out)?;
    items(call, &found, each, out)?;
    for (name, value) in rest.into_iter().flatten() {
        text(&format!(",\"{name}\":"), out)?;
        json(&value, out)?;
    }
    text("}", out)
}

/// What stands behind the items, as far as it is selected; None when nothing is.
fn rest(criteria: &SearchCriteria, total: i64, selection: &Selection) -> Option<Object> {
    let mut rest = Object::new();
    rest.insert("search_criteria".to_owned(), serde_json::to_value(criteria).expect("criteria serialise"));
    rest.insert("total_count".to_owned(), total.into());
    match selection {
        Selection::Everything => Some(rest),
        Selection::Nothing => None,
        Selection::Some(fields) => match fields.apply(Value::Object(rest)) {
            Value::Object(rest) => Some(rest),
            _ => None,
        },
    }
}

/// The list of customers. Below a bracket an empty one is null, and so is one of which nothing at all is selected.
fn items(call: &Call<'_>, found: &Found, each: Option<&Fields>, out: &mut dyn Write) -> Result<()> {
    let selects_nothing = each.is_some_and(|fields| *fields == Fields::default());
    let Some(ids) = found.ids.as_ref().filter(|_| !selects_nothing) else {
        return text(if each.is_some() { "null" } else { "[]" }, out);
    };
    let mut separator = "[";
    call.sql.each(&ids.sql, &ids.params, |row| {
        text(separator, out)?;
        separator = ",";
        item(call, row.int(0)?, each, out)
    })?;
    text(if separator == "[" { "[]" } else { "]" }, out)
}

/// A customer as it was kept, or rendered anew.
fn item(call: &Call<'_>, id: i64, each: Option<&Fields>, out: &mut dyn Write) -> Result<()> {
    let body = match store::document(call.sql, call.tenant(), id)? {
        Some(body) => body.into_bytes(),
        None => {
            let customer = store::find(call.sql, call.tenant(), id)?;
            let customer =
                customer.ok_or_else(|| anyhow::anyhow!("customer {id} is indexed but not there"))?;
            Answer::of(&wire::customer(call.catalogue, &customer, View::Whole)).0
        }
    };
    let Some(fields) = each else { return out.write_all(&body).map_err(lost) };
    json(&fields.apply(serde_json::from_slice(&body).map_err(anyhow::Error::from)?), out)
}

fn text(text: &str, out: &mut dyn Write) -> Result<()> {
    out.write_all(text.as_bytes()).map_err(lost)
}

fn json(value: &Value, out: &mut dyn Write) -> Result<()> {
    serde_json::to_writer(out, value).map_err(|error| lost(error.into()))
}

fn lost(error: io::Error) -> Failure {
    Failure::Internal(anyhow::Error::from(error).context("the answer of a search could not be written"))
}
