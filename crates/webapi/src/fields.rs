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

/// Parses the value of the query parameter `fields`.
pub fn parse(text: &str) -> Selection {
    if text.is_empty() {
        return Selection::Everything;
    }
    match (Parser { text: text.as_bytes(), at: 0 }).list(0) {
        Some(fields) => Selection::Some(fields),
        None => Selection::Nothing,
    }
}

impl Fields {
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

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
}

impl Parser<'_> {
    /// Reads names up to the closing bracket (or the end, at depth 0); None when the grammar is broken.
    fn list(&mut self, depth: usize) -> Option<Fields> {
        let mut fields: Vec<(String, Option<Fields>)> = Vec::new();
        loop {
            match self.text.get(self.at) {
                None => return (depth == 0).then_some(Fields(fields)),
                Some(b',') => self.at += 1,
                Some(b']') if depth > 0 => {
                    self.at += 1;
                    return Some(Fields(fields));
                }
                Some(b'[') => {
                    let after_name = self.at > 0 && is_name(self.text[self.at - 1]);
                    if !after_name || depth > 64 {
                        return None;
                    }
                    self.at += 1;
                    let below = self.list(depth + 1)?;
                    fields.last_mut()?.1 = Some(below);
                }
                Some(byte) if is_name(*byte) => {
                    let start = self.at;
                    while self.text.get(self.at).is_some_and(|byte| is_name(*byte)) {
                        self.at += 1;
                    }
                    let name = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
                    // A repeated name replaces the earlier one, with its brackets.
                    fields.retain(|(earlier, _)| *earlier != name);
                    fields.push((name, None));
                }
                Some(_) => return None,
            }
        }
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
        assert_eq!(filtered("", json!({"id": 1})), json!({"id": 1}));
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
