//! Runs a compiled search and gives the page as the wire has it.

use std::io;

use patron_sql::{Error, Row};
use patron_webapi::{Answer, Fault, SearchCriteria, accept::Format, fields::Selection};
use serde::Serialize;

use super::{Repository, compile::Compiled};
use crate::{Call, Failure, failure::Result};

/// A page of items, in the wire's key order.
#[derive(Debug, Serialize)]
pub struct Page<'c, T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// The criteria as sent.
    pub search_criteria: &'c SearchCriteria,
    /// How many match on all pages.
    pub total_count: i64,
}

/// Searches a repository and reads the page's rows, of which `columns` are selected.
pub fn page<'c, T>(
    call: &Call<'_>,
    repository: &Repository,
    criteria: &'c SearchCriteria,
    columns: &str,
    read: impl FnMut(&Row<'_>) -> Result<T, Error>,
) -> Result<Page<'c, T>> {
    let compiled = Compiled::new(repository, criteria, call.tenant(), call.sql.engine())?;
    let Compiled { matching, paging, .. } = &compiled;
    let refused = |error| refused(error, criteria);
    let query = format!("SELECT {columns} FROM {matching} {paging}");
    let items = call.sql.all(&query, compiled.parameters(), read).map_err(refused)?;
    let total_count = match criteria.limit() {
        None => i64::try_from(items.len()).expect("memory holds fewer"),
        Some(_) => {
            let count = format!("SELECT COUNT(*) FROM {matching}");
            call.sql.one(&count, compiled.counting_parameters(), |row| row.int(0)).map_err(refused)?
        }
    };
    Ok(Page { items, search_criteria: criteria, total_count })
}

/// A pattern that is no regular expression is the fault of the filter that holds it.
fn refused(error: Error, criteria: &SearchCriteria) -> Failure {
    if !matches!(error, Error::Pattern { .. }) {
        return error.into();
    }
    let mut filters = criteria.filter_groups.iter().flatten();
    let field =
        filters.find(|filter| filter.condition_type == "regexp").and_then(|filter| filter.field.as_deref());
    Fault::invalid_attribute_name(field).into()
}

impl<T: Serialize> Page<'_, T> {
    /// Writes the page, filtered: flat repositories are small enough to be rendered whole.
    pub fn write(&self, selection: &Selection, out: &mut dyn io::Write) -> Result<()> {
        let answer = Answer::of(self).render(selection, Format::Json);
        out.write_all(&answer).map_err(|error| Failure::Internal(error.into()))
    }
}
