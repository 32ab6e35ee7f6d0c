//! Search criteria as they are sent and echoed (`spec/magento-rest-conventions.md` 2.10). What a field or a condition means is
//! the searched slice's business.

use serde::Serialize;

use crate::{Fault, Given, Read, ReadError, Value, describe, read, record};

record! {
    /// One condition on one field.
    pub struct FilterInput = "framework-filter" {
        /// The field's name.
        field: String,
        /// What it is compared with; a list is refused.
        value: String,
        /// How; `eq` when absent.
        condition_type: String,
    }
}

record! {
    /// Conditions of which one must hold.
    pub struct FilterGroupInput = "framework-search-filter-group" {
        /// The conditions.
        filters: Vec<FilterInput>,
    }
}

record! {
    /// One key to sort by.
    pub struct SortOrderInput = "framework-sort-order" {
        /// The field's name.
        field: String,
        /// ASC or DESC.
        direction: String,
    }
}

record! {
    /// Search criteria as they are sent.
    pub struct SearchCriteriaInput = "framework-search-criteria-interface" {
        /// Groups that must all hold.
        filter_groups: Vec<FilterGroupInput>,
        /// Sort keys, most significant first.
        sort_orders: Vec<SortOrderInput>,
        /// Items a page.
        page_size: i64,
        /// The page, from 1.
        current_page: i64,
    }
}

/// Criteria that passed the checks which do not depend on what is searched.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchCriteria {
    /// Groups that must all hold; within a group one filter must.
    pub filter_groups: Vec<Vec<Filter>>,
    /// Sort keys, most significant first.
    pub sort_orders: Vec<SortOrder>,
    /// Items a page as sent; see [`SearchCriteria::limit`].
    pub page_size: Option<i64>,
    /// The page as sent.
    pub current_page: Option<i64>,
    has_sort_orders: bool,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filter {
    /// The field's name as sent; None when the filter has none.
    pub field: Option<String>,
    /// The value as sent.
    pub value: Option<String>,
    /// The condition as sent, `eq` when absent.
    pub condition_type: String,
}

/// One sort key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SortOrder {
    /// The field's name as sent.
    pub field: Option<String>,
    /// `ASC` or `DESC`; None (which sorts DESC) when absent.
    pub direction: Option<String>,
}

impl SearchCriteria {
    /// Rows a page holds at most; None is all of them.
    pub fn limit(&self) -> Option<i64> {
        match self.page_size {
            None | Some(0) => None,
            // The original passes a negative size on and gets one row.
            Some(size) if size < 0 => Some(1),
            Some(size) => Some(size),
        }
    }

    /// Rows to skip.
    pub fn offset(&self) -> i64 {
        let page = self.current_page.unwrap_or(1).max(1);
        self.limit().map_or(0, |limit| limit.saturating_mul(page - 1))
    }
}

impl describe::Describe for SearchCriteria {
    fn schema(definitions: &mut describe::Definitions) -> Value {
        SearchCriteriaInput::schema(definitions)
    }
}

impl Read for SearchCriteria {
    /// A scalar (`searchCriteria`, `searchCriteria=all`) means empty criteria.
    fn read(value: &Value) -> Result<Self, ReadError> {
        let input: SearchCriteriaInput = read::read_record(value)?;
        Ok(Self {
            has_sort_orders: input.sort_orders.is_sent(),
            filter_groups: list(input.filter_groups)
                .into_iter()
                .map(|group| filters(group.filters))
                .collect(),
            sort_orders: list(input.sort_orders).into_iter().map(sort_order).collect::<Result<_, _>>()?,
            page_size: input.page_size.copied(),
            current_page: input.current_page.copied(),
        })
    }

    fn read_list(value: &Value) -> Result<Vec<Self>, ReadError> {
        Ok(vec![Self::read(value)?])
    }
}

fn list<T>(given: Given<Vec<T>>) -> Vec<T> {
    match given {
        Given::Value(items) => items,
        _ => Vec::new(),
    }
}

fn filters(given: Given<Vec<FilterInput>>) -> Vec<Filter> {
    let filter = |input: FilterInput| Filter {
        field: input.field.text().map(str::to_owned),
        value: input.value.text().map(str::to_owned),
        condition_type: input.condition_type.text().unwrap_or("eq").to_owned(),
    };
    list(given).into_iter().map(filter).collect()
}

/// Checks one sort key: the direction's word, and that the field is a plain name.
fn sort_order(input: SortOrderInput) -> Result<SortOrder, Fault> {
    let is_plain = |field: &&str| field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if let Some(field) = input.field.text().filter(|field| !is_plain(field)) {
        return Err(
            Fault::bad_request("Sort order field %1 contains restricted symbols").positional([field.into()])
        );
    }
    let direction = match input.direction.text().map(str::to_ascii_uppercase) {
        Some(word) if word != "ASC" && word != "DESC" => {
            let text =
                "The sort order has to be specified as %1 for ascending order or %2 for descending order.";
            return Err(Fault::bad_request(text).positional(["ASC".into(), "DESC".into()]));
        }
        direction => direction,
    };
    Ok(SortOrder { field: input.field.text().map(str::to_owned), direction })
}

/// The criteria as an answer echoes them.
impl Serialize for SearchCriteria {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        #[derive(Serialize)]
        struct Group<'f> {
            filters: &'f [Filter],
        }
        let groups: Vec<Group<'_>> = self.filter_groups.iter().map(|filters| Group { filters }).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("filter_groups", &groups)?;
        if self.has_sort_orders {
            map.serialize_entry("sort_orders", &self.sort_orders)?;
        }
        if let Some(size) = self.page_size {
            map.serialize_entry("page_size", &size)?;
        }
        if let Some(page) = self.current_page {
            map.serialize_entry("current_page", &page)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query;

    fn read(text: &str) -> Result<SearchCriteria, Fault> {
        Ok(SearchCriteria::read(&query::parse(text)["searchCriteria"])?)
    }

    #[test]
    fn the_echo_shows_what_was_sent() {
        let criteria = read(
            "searchCriteria[filterGroups][0][filters][0][field]=email&searchCriteria[filterGroups][0][filters][0][value]=a\
             &searchCriteria[sortOrders][0][field]=id&searchCriteria[sortOrders][0][direction]=asc&searchCriteria[pageSize]=5",
        )
        .unwrap();
        assert_eq!(
            serde_json::to_string(&criteria).unwrap(),
            r#"{"filter_groups":[{"filters":[{"field":"email","value":"a","condition_type":"eq"}]}],"sort_orders":[{"field":"id","direction":"ASC"}],"page_size":5}"#
        );
        assert_eq!(
            serde_json::to_string(&read("searchCriteria=all").unwrap()).unwrap(),
            r#"{"filter_groups":[]}"#
        );
    }

    #[test]
    fn directions_and_sort_fields_are_checked() {
        let order =
            "The sort order has to be specified as %1 for ascending order or %2 for descending order.";
        assert_eq!(read("searchCriteria[sortOrders][0][direction]=up").unwrap_err().message, order);
        let restricted = read("searchCriteria[sortOrders][0][field]=e-mail").unwrap_err();
        assert_eq!(restricted.message, "Sort order field %1 contains restricted symbols");
        assert_eq!(read("searchCriteria[foo]=1").unwrap_err(), Fault::unsupported("Foo"));
    }

    #[test]
    fn pages_begin_at_one_and_a_page_size_of_zero_is_everything() {
        let page = |size, page| SearchCriteria { page_size: size, current_page: page, ..Default::default() };
        assert_eq!((page(Some(5), Some(3)).limit(), page(Some(5), Some(3)).offset()), (Some(5), 10));
        assert_eq!((page(Some(0), Some(3)).limit(), page(Some(0), Some(3)).offset()), (None, 0));
        assert_eq!((page(Some(-1), None).limit(), page(None, Some(9)).offset()), (Some(1), 0));
    }
}
