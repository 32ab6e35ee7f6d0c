//! XML in and out (`spec/magento-rest-conventions.md` 2.3 and 2.7).

use std::fmt::Write;

use quick_xml::{Reader, events::Event};
use serde_json::Value;

use crate::Object;

/// Elements nested deeper than this are refused.
const MAX_DEPTH: usize = 512;

/// Reads a document: the root's name is irrelevant, `<item>` children make a list, text becomes a string. None when it is
/// not well formed or declares a document type.
pub fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader::from_str(text);
    let mut stack: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if stack.len() >= MAX_DEPTH || root.is_some() {
                    return None;
                }
                stack.push(Element::new(local_name(start.name().as_ref())));
            }
            Event::Empty(start) => {
                let element = Element::new(local_name(start.name().as_ref()));
                close(element, &mut stack, &mut root)?;
            }
            Event::End(_) => {
                let element = stack.pop()?;
                close(element, &mut stack, &mut root)?;
            }
            Event::Text(text) => match stack.last_mut() {
                Some(element) => element.text.push_str(&text),
                None if text.trim().is_empty() => {}
                None => return None,
            },
            Event::CData(data) => stack.last_mut()?.text.push_str(&data),
            Event::GeneralRef(reference) => {
                let element = stack.last_mut()?;
                match reference.resolve_char_ref().ok()? {
                    Some(character) => element.text.push(character),
                    None => element.text.push_str(quick_xml::escape::resolve_predefined_entity(&reference)?),
                }
            }
            Event::DocType(_) => return None,
            Event::Eof => return if stack.is_empty() { root } else { None },
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

struct Element {
    name: String,
    text: String,
    children: Vec<(String, Value)>,
}

impl Element {
    fn new(name: String) -> Self {
        Self { name, text: String::new(), children: Vec::new() }
    }

    fn into_value(self) -> Value {
        if self.children.is_empty() {
            return Value::String(self.text);
        }
        if self.children.iter().all(|(name, _)| name == "item") {
            return Value::Array(self.children.into_iter().map(|(_, value)| value).collect());
        }
        let mut members = Object::new();
        for (name, value) in self.children {
            match members.get_mut(&name) {
                Some(Value::Array(items)) => items.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
                None => {
                    members.insert(name, value);
                }
            }
        }
        Value::Object(members)
    }
}

fn close(element: Element, stack: &mut [Element], root: &mut Option<Value>) -> Option<()> {
    match stack.last_mut() {
        Some(parent) => {
            let name = element.name.clone();
            parent.children.push((name, element.into_value()));
        }
        None if root.is_none() => *root = Some(element.into_value()),
        None => return None,
    }
    Some(())
}

fn local_name(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

/// Writes an answer as a document.
pub fn write(value: &Value) -> String {
    let mut out = String::from("<?xml version=\"1.0\"?>\n");
    element(&mut out, "response", value, 0);
    out
}

fn element(out: &mut String, name: &str, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    let name = element_name(name);
    let children: Vec<(&str, &Value)> = match value {
        Value::Array(items) => items.iter().map(|item| ("item", item)).collect(),
        Value::Object(members) => members.iter().map(|(key, value)| (key.as_str(), value)).collect(),
        scalar => {
            let text = scalar_text(scalar);
            let _ = if text.is_empty() {
                writeln!(out, "{indent}<{name}/>")
            } else {
                writeln!(out, "{indent}<{name}>{}</{name}>", quick_xml::escape::partial_escape(text))
            };
            return;
        }
    };
    if children.is_empty() {
        let _ = writeln!(out, "{indent}<{name}/>");
        return;
    }
    let _ = writeln!(out, "{indent}<{name}>");
    children.into_iter().for_each(|(key, child)| element(out, key, child, depth + 1));
    let _ = writeln!(out, "{indent}</{name}>");
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.chars().filter(|c| is_xml_char(*c)).collect(),
        other => other.to_string(),
    }
}

/// XML 1.0 has no way to write most control characters; they are left out.
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A name that XML allows: numeric starts get a prefix, other characters an underscore.
fn element_name(name: &str) -> String {
    let clean: String =
        name.chars().map(|c| if c.is_alphanumeric() || "_-.".contains(c) { c } else { '_' }).collect();
    if clean.starts_with(|c: char| c.is_alphabetic() || c == '_') { clean } else { format!("item_{clean}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_read_without_its_root() {
        let text = "<?xml version=\"1.0\"?>\n<request><customer><email>x&amp;y&#64;z</email><street><item>a</item>\
                    <item>b</item></street><empty/></customer></request>";
        assert_eq!(
            parse(text).unwrap(),
            json!({"customer": {"email": "x&y@z", "street": ["a", "b"], "empty": ""}})
        );
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for bad in [
            "<request><customer>",
            "{\"customer\":{}}",
            "",
            "<a></b>",
            "<a/><b/>",
            "<!DOCTYPE a><a/>",
            "<a>&x;</a>",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn answers_are_indented_and_lists_have_items() {
        assert_eq!(write(&json!("x<y")), "<?xml version=\"1.0\"?>\n<response>x&lt;y</response>\n");
        assert_eq!(write(&json!([])), "<?xml version=\"1.0\"?>\n<response/>\n");
        assert_eq!(
            write(&json!({"a": [1, true], "b": null, "0": "z"})),
            "<?xml version=\"1.0\"?>\n<response>\n  <a>\n    <item>1</item>\n    <item>true</item>\n  </a>\n  <b/>\n  \
             <item_0>z</item_0>\n</response>\n"
        );
    }
}
