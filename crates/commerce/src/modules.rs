//! `GET /V1/modules`: the original's modules whose API this service speaks, in an order in which they could be loaded. An
//! integration asks for it to find out what it can use, so nothing is listed that is not there.

use patron_webapi::arguments;

use crate::{Call, Row, failure::Result};

const MODULES: &[&str] = &[
    "Magento_Store",
    "Magento_Directory",
    "Magento_Eav",
    "Magento_Customer",
    "Magento_Backend",
    "Magento_Authorization",
    "Magento_Tax",
    "Magento_Newsletter",
    "Magento_Webapi",
    "Magento_AsynchronousOperations",
    "Magento_WebapiAsync",
    "Magento_LoginAsCustomerAssistance",
    "Magento_CustomerCustomAttributes",
    "Magento_CustomerSegment",
    "Magento_GraphQl",
    "Magento_CustomerGraphQl",
];

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![Row::get("/V1/modules", &["Magento_Backend::admin"], get).answers("[string]")]
}

/// Search criteria may be sent and say nothing.
fn get(_: &Call<'_>, _: &arguments::None) -> Result<&'static [&'static str]> {
    Ok(MODULES)
}
