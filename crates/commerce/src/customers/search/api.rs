//! `GET /V1/customers/search` and its row.

use std::io::Write;

use patron_webapi::{SearchCriteria, arguments, fields::Selection};

use super::stream;
use crate::{Call, Row, customers::api::acl, failure::Result};

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::search("/V1/customers/search", acl::READ, search)
            .service("customerrepositoryinterface.getlist")
            .answers("customer-data-customer-search-results-interface"),
    ]
}

arguments! {
    /// What `GET /V1/customers/search` takes.
    pub struct SearchCustomers {
        /// The criteria, which may be empty but must be there.
        required search_criteria: SearchCriteria,
    }
}

/// `GET /V1/customers/search`
fn search(call: &Call<'_>, sent: &SearchCustomers, selection: &Selection, out: &mut dyn Write) -> Result<()> {
    stream::search(call, &sent.search_criteria, selection, out)
}
