//! The REST operations on accounts, and their rows (`spec/accs-customer-operations.md` 1.2 ops 6 to 9, 15 and 16).

use patron_webapi::{Method, arguments};
use serde::Serialize;

use super::{activate, confirm, otp, tokens, validate};
use crate::{
    Call, Row,
    customers::{
        api::{self, ById, acl},
        store,
    },
    failure::Result,
};

/// The ACL resource of acting as a customer.
const LOGIN: &[&str] = &["Magento_LoginAsCustomer::login"];

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::put("/V1/customers/validate", acl::MANAGE, validate::validate)
            .service("accountmanagementinterface.validate")
            .answers("customer-data-validation-results-interface")
            .reads_only(),
        Row::post("/V1/customers/confirm", acl::MANAGE, confirm::resend)
            .service("accountmanagementinterface.resendconfirmation")
            .answers("boolean"),
        Row::get("/V1/customers/:customerId/confirm", acl::MANAGE, confirm::status).answers("string"),
        Row::rendered(Method::Put, "/V1/customers/:email/activate", acl::MANAGE, activate::activate)
            .service("accountmanagementinterface.activate")
            .answers("customer-data-customer-interface"),
        Row::post("/V1/customers/:customerId/token", LOGIN, token).answers("string"),
        Row::post("/V1/customer/:customerId/otp", LOGIN, one_time_code).answers(
            "login-as-customer-storefront-compatibility-data-one-time-login-code-response-interface",
        ),
    ]
}

arguments! {
    /// What `POST /V1/customer/{customerId}/otp` takes.
    pub struct OneTimeCode {
        /// The customer to act as.
        required customer_id: i64,
        /// Why; kept with the code.
        optional reason: String,
    }
}

/// A one-time login code in an answer.
#[derive(Serialize)]
struct OneTimeCodeWire {
    otp: String,
}

/// `POST /V1/customers/{customerId}/token`
fn token(call: &Call<'_>, sent: &ById) -> Result<String> {
    if !store::exists(call.sql, call.tenant(), sent.customer_id)? {
        return Err(api::unknown(sent.customer_id).into());
    }
    Ok(tokens::issue(call, sent.customer_id)?.to_string())
}

/// `POST /V1/customer/{customerId}/otp`
fn one_time_code(call: &Call<'_>, sent: &OneTimeCode) -> Result<OneTimeCodeWire> {
    let customer = api::find(call, sent.customer_id)?;
    let code = otp::issue(call, &customer, sent.reason.as_deref())?;
    Ok(OneTimeCodeWire { otp: code.to_string() })
}
