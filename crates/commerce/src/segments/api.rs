//! `GET /V1/customerSegments/search`.

use patron_webapi::{SearchCriteria, Value, arguments};
use serde::Serialize;

use crate::{Call, Row, failure::Result, flat};

/// What segments can be filtered and sorted by.
const FIELDS: &[&str] =
    &["id", "segment_id", "uid", "name", "description", "is_active", "apply_to", "number_of_customers"];

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::get("/V1/customerSegments/search", &["Magento_CustomerSegment::customersegment"], search)
            .answers(
                "customer-segment-storefront-compatibility-data-customer-segment-search-results-interface",
            ),
    ]
}

arguments! {
    /// What segments are searched by.
    pub struct Search {
        /// The criteria.
        required search_criteria: SearchCriteria,
    }
}

/// An empty page, in the wire's key order.
#[derive(Debug, Serialize)]
struct Page {
    items: [Value; 0],
    search_criteria: SearchCriteria,
    total_count: i64,
}

/// Criteria are checked as if there were segments.
fn search(_: &Call<'_>, sent: &Search) -> Result<Page> {
    flat::require_known(&sent.search_criteria, FIELDS)?;
    Ok(Page { items: [], search_criteria: sent.search_criteria.clone(), total_count: 0 })
}
