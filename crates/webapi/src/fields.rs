//! The `fields` response filter (`spec/magento-rest-conventions.md` 2.9).

use serde_json::Value;

use crate::Object;

/// A parsed filter: names, each with or without a filter for what is below it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(Vec<(String, Option<Fields>)>);

/// What the query parameter asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// No filter.
    Everything,
    /// A filter that is not well formed selects nothing: the answer is `[]`.
    Nothing,
    /// A filter.
    Some(Fields),
}

/// Brackets inside brackets at most: no answer is that deep.
const DEPTH: usize = 64;

/// Parses the value of the query parameter `fields`. The original walks the text without a grammar: a bracket belongs to the name
/// before it, wherever that stands, and without one to the name "", which nothing has.
pub fn parse(text: &str) -> Selection {
    // The original asks whether there is a filter by PHP's idea of true.
    if matches!(text, "" | "0") {
        return Selection::Everything;
    }
    let (mut open, mut current) = (Vec::new(), Fields::default());
    let (mut last, mut rest) = ("", text);
    while let Some(byte) = rest.bytes().next() {
        let name_end = rest.bytes().position(|byte| !is_name(byte)).unwrap_or(rest.len());
        match byte {
            b',' => {}
            b'[' if open.len() < DEPTH => open.push((last, std::mem::take(&mut current))),
            b']' => {
                let (name, outer) = open.pop().unwrap_or_default();
                let below = std::mem::replace(&mut current, outer);
                current.put(name, Some(below));
            }
            _ if name_end > 0 => {
                last = &rest[..name_end];
                current.put(last, None);
            }
            _ => return Selection::Nothing,
        }
        rest = &rest[name_end.max(1)..];
    }
    if open.is_empty() { Selection::Some(current) } else { Selection::Nothing }
}

impl Fields {
    /// Selects a name; one selected before is replaced, with its brackets.
    fn put(&mut self, name: &str, below: Option<Fields>) {
        self.0.retain(|(earlier, _)| earlier != name);
        self.0.push((name.to_owned(), below));
    }

    /// The filter below `name`: None when the name is not selected, `Some(None)` when all of it is.
    pub fn below(&self, name: &str) -> Option<Option<&Fields>> {
        self.0.iter().rev().find(|(selected, _)| selected == name).map(|(_, below)| below.as_ref())
    }

    /// Applies the filter to a whole answer; scalars pass untouched, and nothing to filter is null.
    pub fn apply(&self, value: Value) -> Value {
        match value {
            Value::Array(items) if items.is_empty() => Value::Null,
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.apply(item)).collect()),
            Value::Object(members) => self.apply_to_object(members),
            scalar => scalar,
        }
    }

    fn apply_to_object(&self, members: Object) -> Value {
        let kept: Object = members
            .into_iter()
            .filter_map(|(name, value)| match self.below(&name)? {
                None => Some((name, value)),
                Some(below) => {
                    let value = below.apply_below(&name, value);
                    Some((name, value))
                }
            })
            .collect();
        if kept.is_empty() { Value::Array(Vec::new()) } else { Value::Object(kept) }
    }

    /// Below a bracket, an empty list becomes null and attributes may be selected by their code.
    fn apply_below(&self, name: &str, value: Value) -> Value {
        match value {
            Value::Array(items) if items.is_empty() => Value::Null,
            Value::Array(items) if name == "custom_attributes" && !self.selects_members() => {
                let code =
                    |item: &Value| item.get("attribute_code").and_then(Value::as_str).map(str::to_owned);
                let selected = |item: &Value| code(item).is_some_and(|code| self.below(&code).is_some());
                Value::Array(items.into_iter().filter(selected).collect())
            }
            _ if self.0.is_empty() => Value::Null,
            value => self.apply(value),
        }
    }

    /// Does a filter below `custom_attributes` name members of the items rather than attribute codes?
    fn selects_members(&self) -> bool {
        self.0.iter().any(|(name, _)| name == "attribute_code" || name == "value")
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn filtered(fields: &str, value: Value) -> Value {
        match parse(fields) {
            Selection::Everything => value,
            Selection::Nothing => json!([]),
            Selection::Some(fields) => fields.apply(value),
        }
    }

    #[test]
    fn names_are_kept_in_the_order_of_the_data() {
        let customer = json!({"id": 1, "email": "a", "addresses": [{"city": "x", "region": {"region_code": "TX", "y": 1}}]});
        assert_eq!(filtered("email,,id,", customer.clone()), json!({"id": 1, "email": "a"}));
        assert_eq!(
            filtered("addresses[region[region_code]]", customer.clone()),
            json!({"addresses": [{"region": {"region_code": "TX"}}]})
        );
        assert_eq!(filtered("addresses[nope]", customer.clone()), json!({"addresses": [[]]}));
        assert_eq!(filtered("id[x]", customer.clone()), json!({"id": 1}));
        assert_eq!(filtered("nope", customer), json!([]));
    }

    #[test]
    fn a_broken_filter_selects_nothing_and_an_empty_one_everything() {
        for broken in ["id email", "id;", "addresses[city", "id]", "[id]"] {
            assert_eq!(filtered(broken, json!({"id": 1})), json!([]), "{broken}");
        }
        for all in ["", "0"] {
            assert_eq!(filtered(all, json!({"id": 1})), json!({"id": 1}));
        }
    }

    #[test]
    fn brackets_belong_to_the_name_before_them_or_to_no_name() {
        let list = json!([{"code": 1}, {"code": 2}]);
        for nameless in ["[code]", "code]", ",[code],"] {
            assert_eq!(filtered(nameless, list.clone()), json!([[], []]), "{nameless}");
        }
        assert_eq!(filtered("[code", list), json!([]));
        let region = json!({"id": 1, "region": {"code": "TX", "id": 57}});
        assert_eq!(filtered("region,[code]", region.clone()), json!({"region": {"code": "TX"}}));
        assert_eq!(filtered("region[code][id],id", region), json!({"id": 1, "region": {"code": "TX"}}));
        assert_eq!(parse(&"a[".repeat(65)), Selection::Nothing);
    }

    #[test]
    fn lists_are_filtered_item_by_item_and_empty_ones_become_null_below_a_bracket() {
        assert_eq!(filtered("code", json!([{"code": 1, "x": 2}])), json!([{"code": 1}]));
        assert_eq!(filtered("addresses[city]", json!({"addresses": []})), json!({"addresses": null}));
        assert_eq!(filtered("addresses[]", json!({"addresses": [{"city": 1}]})), json!({"addresses": null}));
    }

    #[test]
    fn custom_attributes_are_selected_by_code_or_by_member() {
        let value = json!({"custom_attributes": [{"attribute_code": "a", "value": "1"}, {"attribute_code": "b", "value": "2"}]});
        assert_eq!(
            filtered("custom_attributes[b]", value.clone()),
            json!({"custom_attributes": [{"attribute_code": "b", "value": "2"}]})
        );
        assert_eq!(
            filtered("custom_attributes[value]", value),
            json!({"custom_attributes": [{"value": "1"}, {"value": "2"}]})
        );
    }

    proptest! {
        #[test]
        fn any_text_parses(text in ".{0,100}") {
            parse(&text);
        }
    }
}
