//! Limits on what a call may ask for, off by default (`spec/magento-rest-conventions.md` 2.11).

use patron_webapi::{Fault, Object, Value, scalar};

use super::{Catalogue, settings};

/// Refuses a page size above the maximum where input is limited. As in the original, only the spelling `pageSize` is looked at.
pub fn check(catalogue: &Catalogue, input: &Object) -> Result<(), Fault> {
    if catalogue.default_setting(&settings::INPUT_LIMIT) != "1" {
        return Ok(());
    }
    let criteria = ["searchCriteria", "search_criteria"].into_iter().find_map(|name| input.get(name));
    let size = criteria.and_then(|criteria| criteria.get("pageSize")).and_then(scalar::int_of);
    let most = catalogue.default_setting(&settings::MAXIMUM_PAGE_SIZE).parse().unwrap_or(300);
    match size {
        Some(size) if size > most => {
            Err(Fault::bad_request("Maximum SearchCriteria pageSize is %max").with("max", Value::from(most)))
        }
        _ => Ok(()),
    }
}
