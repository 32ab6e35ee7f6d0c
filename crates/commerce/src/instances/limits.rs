//! Limits on what a call may ask for, off by default (`spec/magento-rest-conventions.md` 2.11).

use patron_webapi::{Fault, Object, Value, names, read, scalar};

use super::{
    Catalogue,
    settings::{self, Setting},
};

/// Whether a call runs now or later: lists of later ones may be longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// The caller waits for it.
    Now,
    /// It is queued, alone or in a bulk.
    Later,
}

/// What the original calls the elements of its lists.
const ADDRESS: &str = r"\Magento\Customer\Api\Data\AddressInterface";
const FILTER_GROUP: &str = r"\Magento\Framework\Api\Search\FilterGroup";
const FILTER: &str = r"\Magento\Framework\Api\Filter";
const SORT_ORDER: &str = r"\Magento\Framework\Api\SortOrder";

/// Where input is limited, refuses pages and lists above their maximum, and gives a search without a page size the default one.
pub fn apply(catalogue: &Catalogue, runs: Runs, input: &mut Object) -> Result<(), Fault> {
    if catalogue.default_setting(&settings::INPUT_LIMIT) != "1" {
        return Ok(());
    }
    let limits = Limits {
        list: match runs {
            Runs::Now => number(catalogue, &settings::LIST_LIMIT),
            Runs::Later => number(catalogue, &settings::LATER_LIST_LIMIT),
        },
        page: number(catalogue, &settings::MAXIMUM_PAGE_SIZE),
    };
    for (name, value) in input.iter_mut() {
        match name.as_str() {
            "customer" => limits.check_list(value, "addresses", ADDRESS)?,
            "searchCriteria" | "search_criteria" => {
                limits.check_criteria(value)?;
                default_page_size(value, number(catalogue, &settings::DEFAULT_PAGE_SIZE));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The setting's number; nothing else is ever stored.
fn number(catalogue: &Catalogue, setting: &'static Setting) -> i64 {
    catalogue.default_setting(setting).parse().unwrap_or(i64::MAX)
}

struct Limits {
    list: i64,
    page: i64,
}

impl Limits {
    fn check_criteria(&self, criteria: &Value) -> Result<(), Fault> {
        // As in the original, only this spelling is looked at.
        if criteria.get("pageSize").and_then(scalar::int_of).is_some_and(|size| size > self.page) {
            return Err(Fault::bad_request("Maximum SearchCriteria pageSize is %max").with("max", self.page));
        }
        self.check_list(criteria, "filter_groups", FILTER_GROUP)?;
        for groups in members(criteria, "filter_groups") {
            for group in read::items(groups).into_iter().flatten() {
                self.check_list(group, "filters", FILTER)?;
            }
        }
        self.check_list(criteria, "sort_orders", SORT_ORDER)
    }

    /// Refuses a list of too many objects; custom attributes and lists of plain values may have any number, as in the original.
    fn check_list(&self, holder: &Value, property: &str, class: &str) -> Result<(), Fault> {
        let is_long = |list: &Value| read::items(list).into_iter().flatten().count() as i64 > self.list;
        if members(holder, property).any(is_long) {
            let fault = Fault::bad_request("Maximum items of type \"%type\" is %max");
            return Err(fault.with("type", class).with("max", self.list));
        }
        Ok(())
    }
}

/// The members of an object that name this property, in whichever spelling.
fn members<'v>(holder: &'v Value, property: &'v str) -> impl Iterator<Item = &'v Value> {
    let members = holder.as_object().into_iter().flatten();
    members.filter(|(name, _)| names::same_property(property, name)).map(|(_, value)| value)
}

/// A scalar is empty criteria.
fn default_page_size(criteria: &mut Value, size: i64) {
    if members(criteria, "page_size").any(|sent| !sent.is_null()) {
        return;
    }
    match criteria {
        Value::Object(criteria) => drop(criteria.insert("pageSize".to_owned(), size.into())),
        Value::Array(list) if !list.is_empty() => {}
        _ => *criteria = serde_json::json!({ "pageSize": size }),
    }
}
