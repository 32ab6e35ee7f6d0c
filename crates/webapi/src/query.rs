//! Query strings in PHP's grammar: `a[b][0]=c`, `a[]=x`, repeated keys (`spec/magento-rest-conventions.md` 2.1).

use std::borrow::Cow;

use serde_json::Value;

use crate::Object;

/// Brackets deeper than this are ignored, as PHP's `max_input_nesting_level` does.
const MAX_DEPTH: usize = 64;
/// Pairs beyond this many are ignored, as PHP's `max_input_vars` does.
const MAX_PAIRS: usize = 1000;

/// Parses a query string (without `?`). Every leaf is a string. A later pair replaces an earlier one of the same name; an array
/// whose keys are 0, 1, 2 … is a list, any other an object.
pub fn parse(query: &str) -> Object {
    let mut root = Branch::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()).take(MAX_PAIRS) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name);
        let name = name.trim_start_matches(' ');
        if name.is_empty() || name.starts_with('[') {
            continue;
        }
        let (head, keys) = split_name(name);
        if keys.len() < MAX_DEPTH {
            root.put(&head, &keys, decode(value).into_owned());
        }
    }
    root.members.into_iter().map(|(name, node)| (name, node.into_value())).collect()
}

/// Percent-decodes with form rules: `+` is a blank. Bytes that are not UTF-8 become U+FFFD.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

/// `a[b][]` → (`a`, [`b`, ``]); dots and blanks of the head become underscores, an unclosed bracket too.
fn split_name(name: &str) -> (String, Vec<&str>) {
    let clean = |head: &str| head.replace([' ', '.'], "_");
    let Some(open) = name.find('[') else { return (clean(name), Vec::new()) };
    if !name[open..].contains(']') {
        return (clean(&name.replacen('[', "_", 1)), Vec::new());
    }
    let mut keys = Vec::new();
    let mut rest = &name[open..];
    while let Some(inner) = rest.strip_prefix('[') {
        let Some(close) = inner.find(']') else { break };
        keys.push(&inner[..close]);
        rest = &inner[close + 1..];
    }
    (clean(&name[..open]), keys)
}

/// A PHP array while it grows: members in order of first appearance.
#[derive(Default)]
struct Branch {
    members: Vec<(String, Node)>,
    next: u64,
}

enum Node {
    Leaf(String),
    Branch(Branch),
}

impl Branch {
    fn put(&mut self, key: &str, deeper: &[&str], value: String) {
        let key = if key.is_empty() { self.next.to_string() } else { key.to_owned() };
        if let Some(index) = array_index(&key) {
            self.next = self.next.max(index.saturating_add(1));
        }
        let at = self.members.iter().position(|(name, _)| *name == key).unwrap_or_else(|| {
            self.members.push((key, Node::Leaf(String::new())));
            self.members.len() - 1
        });
        let slot = &mut self.members[at].1;
        match deeper.split_first() {
            None => *slot = Node::Leaf(value),
            Some((next, deeper)) => {
                if let Node::Leaf(_) = slot {
                    *slot = Node::Branch(Branch::default());
                }
                if let Node::Branch(branch) = slot {
                    branch.put(next, deeper, value);
                }
            }
        }
    }
}

impl Node {
    fn into_value(self) -> Value {
        match self {
            Self::Leaf(text) => Value::String(text),
            Self::Branch(branch) => {
                let is_list =
                    branch.members.iter().enumerate().all(|(i, (key, _))| array_index(key) == Some(i as u64));
                let members = branch.members.into_iter().map(|(key, node)| (key, node.into_value()));
                if is_list {
                    Value::Array(members.map(|(_, value)| value).collect())
                } else {
                    Value::Object(members.collect())
                }
            }
        }
    }
}

/// The integer that PHP would make of an array key: canonical decimal only.
fn array_index(key: &str) -> Option<u64> {
    let canonical = key == "0" || (!key.starts_with('0') && key.bytes().all(|b| b.is_ascii_digit()));
    if canonical { key.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parsed(query: &str) -> Value {
        Value::Object(parse(query))
    }

    #[test]
    fn brackets_nest_encoded_or_not() {
        let nested = json!({"s": {"g": [{"field": "email", "value": "a b"}]}});
        assert_eq!(parsed("s[g][0][field]=email&s[g][0][value]=a+b"), nested);
        assert_eq!(parsed("s%5Bg%5D%5B0%5D%5Bfield%5D=email&s%5Bg%5D%5B0%5D%5Bvalue%5D=a%20b"), nested);
    }

    #[test]
    fn a_repeated_key_takes_its_last_value_and_empty_brackets_append() {
        assert_eq!(parsed("a=1&a=2"), json!({"a": "2"}));
        assert_eq!(
            parsed("a[]=1&a[]=2&a[5]=x&a[]=y"),
            json!({"a": {"0": "1", "1": "2", "5": "x", "6": "y"}})
        );
        assert_eq!(parsed("a[]=1&a[]=2"), json!({"a": ["1", "2"]}));
        assert_eq!(parsed("a[x][]=1&a[x][]=2"), json!({"a": {"x": ["1", "2"]}}));
        assert_eq!(parsed("a=1&a[b]=2"), json!({"a": {"b": "2"}}));
    }

    #[test]
    fn odd_names_are_read_as_php_reads_them() {
        assert_eq!(parsed("searchCriteria"), json!({"searchCriteria": ""}));
        assert_eq!(parsed("a.b=1&c[d=2&=3&[x]=4"), json!({"a_b": "1", "c_d": "2"}));
        assert_eq!(parsed("a[b]c=1"), json!({"a": {"b": "1"}}));
    }

    proptest! {
        #[test]
        fn any_text_parses(query in ".{0,200}") {
            parse(&query);
        }
    }
}
