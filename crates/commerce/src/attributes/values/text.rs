//! Rules of texts: which characters, how many (`spec/magento-limits-and-attributes.md` 3.1, notes).

use super::super::custom::ValidationRule;
use crate::customers::rules::email;

/// The kinds of text that `input_validation` knows; `length` is no kind, it makes the length rules count.
pub const KINDS: [&str; 8] =
    ["alphanumeric", "alphanum-with-spaces", "numeric", "alpha", "email", "url", "length", "date"];

/// What is wrong with a text. Length rules count only beside an `input_validation`, as in the original.
pub fn problems(rules: &[ValidationRule], label: &str, value: &str) -> Vec<String> {
    let rule = |name: &str| rules.iter().find(|rule| rule.name == name).map(|rule| rule.value.as_str());
    let number = |name: &str| rule(name).and_then(|text| text.parse::<usize>().ok());
    let Some(kind) = rule("input_validation") else { return Vec::new() };
    let mut lines: Vec<String> = of_kind(kind, label, value).into_iter().collect();
    let length = value.chars().count();
    if let Some(least) = number("min_text_length").filter(|least| length < *least) {
        lines.push(format!("\"{label}\" length must be equal or greater than {least} characters."));
    }
    if let Some(most) = number("max_text_length").filter(|most| length > *most) {
        lines.push(format!("\"{label}\" length must be equal or less than {most} characters."));
    }
    lines
}

fn of_kind(kind: &str, label: &str, value: &str) -> Vec<String> {
    let all = |test: fn(char) -> bool| value.chars().all(test);
    let (fits, problem) = match kind {
        "alphanumeric" => (all(char::is_alphanumeric), "contains non-alphabetic or non-numeric characters."),
        "alphanum-with-spaces" => {
            (all(|c| c.is_alphanumeric() || c == ' '), "contains non-alphabetic or non-numeric characters.")
        }
        "numeric" => (all(|c| c.is_ascii_digit()), "contains non-numeric characters."),
        "alpha" => (all(char::is_alphabetic), "contains non-alphabetic characters."),
        "url" => (is_url(value), "is not a valid URL."),
        "email" => return email::problems(label, value),
        _ => return Vec::new(),
    };
    if fits { Vec::new() } else { vec![format!("\"{label}\" {problem}")] }
}

/// A scheme and a host.
fn is_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    scheme_fits && !host.is_empty() && !value.contains(char::is_whitespace)
}
