//! Runs a search: the exact number of matches, and the statement that gives the page's ids.

use patron_sql::Error;
use patron_webapi::{Fault, SearchCriteria};

use super::{compile::Search, narrow::narrow, plan::Plan, render::Statement};
use crate::{Call, Failure, failure::Result};

/// What a search found.
#[derive(Debug)]
pub struct Found {
    /// Customers that match, on all pages.
    pub total: i64,
    /// Gives the ids of the page in its order; None when the page is empty.
    pub ids: Option<Statement>,
}

/// Finds what criteria ask for.
pub fn find(call: &Call<'_>, criteria: &SearchCriteria) -> Result<Found> {
    let mut search = Search::of(call.catalogue, criteria)?;
    let groups = std::mem::take(&mut search.groups);
    let Some(narrowed) = narrow(call.sql, call.tenant(), groups)? else {
        return Ok(Found { total: 0, ids: None });
    };
    let plan = Plan::of(call.sql, call.tenant(), narrowed)?;
    let total = plan.total(call.sql, call.tenant()).map_err(refuse_pattern)?;
    let ids =
        if search.offset < total { Some(plan.page(call.sql, call.tenant(), &search, total)?) } else { None };
    Ok(Found { total, ids })
}

/// An expression that only the database cannot read.
fn refuse_pattern(failure: Failure) -> Failure {
    match failure {
        Failure::Internal(error) if matches!(error.downcast_ref(), Some(Error::Pattern { .. })) => {
            Fault::invalid_attribute_name(None).into()
        }
        other => other,
    }
}
