//! Customer segments. The cloud service has an endpoint to search them and none to make one, so an instance has none
//! (`spec/accs-customer-operations.md` 1.3).

pub mod api;
