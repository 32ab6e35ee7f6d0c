//! How the original names the service behind a row: in the topic of its queue, and in the message of a call that succeeded.
//!
//! Recorded for `createAccount`, `save` and `deleteById` of customers; the other classes are the ones that the original's
//! configuration prefers for the interface, with the suffix that recorded ones have.

use crate::Row;

/// (service, module, implementing class, method), services as rows name them.
const SERVICES: &[(&str, &str, &str, &str)] = &[
    (
        "accountmanagementinterface.createaccount",
        "customer",
        r"Customer\Model\AccountManagement",
        "createAccount",
    ),
    ("accountmanagementinterface.validate", "customer", r"Customer\Model\AccountManagement", "validate"),
    (
        "accountmanagementinterface.resendconfirmation",
        "customer",
        r"Customer\Model\AccountManagement",
        "resendConfirmation",
    ),
    ("accountmanagementinterface.activate", "customer", r"Customer\Model\AccountManagement", "activate"),
    (
        "customerrepositoryinterface.save",
        "customer",
        r"Customer\Model\ResourceModel\CustomerRepository",
        "save",
    ),
    (
        "customerrepositoryinterface.deletebyid",
        "customer",
        r"Customer\Model\ResourceModel\CustomerRepository",
        "deleteById",
    ),
    (
        "addressrepositoryinterface.deletebyid",
        "customer",
        r"Customer\Model\ResourceModel\AddressRepository",
        "deleteById",
    ),
    ("grouprepositoryinterface.save", "customer", r"Customer\Model\ResourceModel\GroupRepository", "save"),
    (
        "grouprepositoryinterface.deletebyid",
        "customer",
        r"Customer\Model\ResourceModel\GroupRepository",
        "deleteById",
    ),
    (
        "customergroupconfiginterface.setdefaultcustomergroup",
        "customer",
        r"Customer\Model\CustomerGroupConfig",
        "setDefaultCustomerGroup",
    ),
    ("taxclassrepositoryinterface.save", "tax", r"Tax\Model\TaxClass\Repository", "save"),
    ("taxclassrepositoryinterface.deletebyid", "tax", r"Tax\Model\TaxClass\Repository", "deleteById"),
    ("startimportinterface.execute", "importjson", r"ImportJson\Model\StartImport", "execute"),
];

/// `async.magento.customer.api.accountmanagementinterface.createaccount.post`; a row whose service is not known is named after its
/// path.
pub fn topic(row: &Row) -> String {
    let verb = row.endpoint.method.verb().to_ascii_lowercase();
    match find(row) {
        Some((service, module, ..)) => format!("async.magento.{module}.api.{service}.{verb}"),
        None => {
            let path = row.endpoint.path.trim_start_matches('/').replace('/', ".").replace(':', "by");
            format!("async.{}.{verb}", path.to_ascii_lowercase())
        }
    }
}

/// `Service execution success Magento\Customer\Model\AccountManagement\Interceptor::createAccount`
pub fn success_message(row: &Row) -> String {
    match find(row) {
        Some((_, _, class, method)) => {
            format!(r"Service execution success Magento\{class}\Interceptor::{method}")
        }
        None => format!("Service execution success {} {}", row.endpoint.method.verb(), row.endpoint.path),
    }
}

fn find(row: &Row) -> Option<&'static (&'static str, &'static str, &'static str, &'static str)> {
    SERVICES.iter().find(|(service, ..)| *service == row.service)
}

#[cfg(test)]
mod tests {
    use patron_webapi::Method;

    use super::*;

    #[test]
    fn every_service_that_a_row_names_is_known_here() {
        for row in
            crate::table().iter().filter(|row| row.endpoint.method != Method::Get && !row.service.is_empty())
        {
            assert!(find(row).is_some(), "{} names the service {:?}", row.endpoint.path, row.service);
        }
    }

    #[test]
    fn a_row_without_a_service_is_named_after_its_path() {
        let none = |_: &crate::Call<'_>, _: &patron_webapi::arguments::None| Ok(true);
        let row = Row::post("/V1/customers/:customerId/token", &[], none);
        assert_eq!(topic(&row), "async.v1.customers.bycustomerid.token.post");
        assert_eq!(success_message(&row), "Service execution success POST /V1/customers/:customerId/token");
    }
}
