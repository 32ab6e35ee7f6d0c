//! What "the same answer" means. Knows JSON and timestamps; knows neither HTTP nor scenarios.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Number, Value};

static TIMESTAMP: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d").expect("the pattern is constant"));

/// Every place where two values differ: dotted path, wanted, got.
///
/// The order of members does not count; the order of arrays and the JSON types do, except that `1` equals `1.0`. Any
/// `YYYY-MM-DD HH:MM:SS` equals any other, also inside a longer string. Paths in `masks` (`*` stands for any index or
/// member) are not compared.
pub fn differences(want: &Value, got: &Value, masks: &[String]) -> Vec<(String, Value, Value)> {
    let masks = masks.iter().map(|mask| mask.split('.').collect()).collect();
    let mut comparison = Comparison { masks, path: Vec::new(), found: Vec::new() };
    comparison.compare(Some(want), Some(got));
    comparison.found
}

struct Comparison<'a> {
    masks: Vec<Vec<&'a str>>,
    path: Vec<String>,
    found: Vec<(String, Value, Value)>,
}

impl Comparison<'_> {
    fn compare(&mut self, want: Option<&Value>, got: Option<&Value>) {
        if self.is_masked() {
            return;
        }
        match (want, got) {
            (Some(Value::Object(want)), Some(Value::Object(got))) => {
                for name in want.keys().chain(got.keys()).collect::<BTreeSet<_>>() {
                    self.below(name.clone(), want.get(name), got.get(name));
                }
            }
            (Some(Value::Array(want)), Some(Value::Array(got))) => {
                if want.len() != got.len() {
                    self.path.push("length".into());
                    self.note(Some(&want.len().into()), Some(&got.len().into()));
                    self.path.pop();
                }
                for (index, (want, got)) in want.iter().zip(got).enumerate() {
                    self.below(index.to_string(), Some(want), Some(got));
                }
            }
            (Some(Value::Number(want)), Some(Value::Number(got))) if same_number(want, got) => {}
            (Some(Value::String(want)), Some(Value::String(got))) if same_text(want, got) => {}
            (want, got) if want == got => {}
            (want, got) => self.note(want, got),
        }
    }

    fn below(&mut self, part: String, want: Option<&Value>, got: Option<&Value>) {
        self.path.push(part);
        self.compare(want, got);
        self.path.pop();
    }

    fn is_masked(&self) -> bool {
        self.masks.iter().any(|mask| {
            mask.len() == self.path.len()
                && mask.iter().zip(&self.path).all(|(part, own)| *part == "*" || part == own)
        })
    }

    fn note(&mut self, want: Option<&Value>, got: Option<&Value>) {
        let shown = |value: Option<&Value>| value.cloned().unwrap_or_else(|| "(absent)".into());
        self.found.push((self.path.join("."), shown(want), shown(got)));
    }
}

fn same_number(want: &Number, got: &Number) -> bool {
    match (want.is_f64(), got.is_f64()) {
        (false, false) => want == got,
        _ => want.as_f64() == got.as_f64(),
    }
}

fn same_text(want: &str, got: &str) -> bool {
    want == got || TIMESTAMP.replace_all(want, "(time)") == TIMESTAMP.replace_all(got, "(time)")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(want: Value, got: Value, masks: &[&str]) -> Vec<String> {
        let masks: Vec<String> = masks.iter().map(ToString::to_string).collect();
        differences(&want, &got, &masks).into_iter().map(|(path, _, _)| path).collect()
    }

    #[test]
    fn the_order_of_members_does_not_count_and_that_of_arrays_does() {
        let want = serde_json::from_str(r#"{"a":1,"b":[1,2]}"#).unwrap();
        let got = serde_json::from_str(r#"{"b":[2,1],"a":1}"#).unwrap();
        assert_eq!(paths(want, got, &[]), ["b.0", "b.1"]);
    }

    #[test]
    fn types_count_except_between_whole_and_broken_numbers() {
        let want = json!({"a": 1, "b": 1, "c": true, "d": null, "e": 0});
        let got = json!({"a": 1.0, "b": "1", "c": 1, "d": 0, "e": false});
        assert_eq!(paths(want, got, &[]), ["b", "c", "d", "e"]);
    }

    #[test]
    fn a_timestamp_equals_any_timestamp_also_inside_a_longer_string() {
        let want = json!(["2026-11-23 10:43:41", "<t>2026-11-23 10:43:41</t>", "2026-11-23 10:43:41"]);
        let got = json!(["2031-01-01 00:00:00", "<t>2031-01-01 00:00:00</t>", "2026-11-23"]);
        assert_eq!(paths(want, got, &[]), ["2"]);
    }

    #[test]
    fn a_masked_path_may_hold_anything_or_be_missing() {
        let want = json!({"items": [{"token": "a", "id": 1}, {"token": "b", "id": 2}]});
        let got = json!({"items": [{"token": 5, "id": 1}, {"id": 3}]});
        assert_eq!(paths(want, got, &["items.*.token"]), ["items.1.id"]);
    }

    #[test]
    fn absent_is_not_null() {
        let found = differences(&json!({"a": null}), &json!({"b": 1}), &[]);
        let shown: Vec<_> = found.iter().map(|(path, want, got)| format!("{path}: {want} {got}")).collect();
        assert_eq!(shown, [r#"a: null "(absent)""#, r#"b: "(absent)" 1"#]);
    }

    #[test]
    fn a_longer_array_differs_in_its_length() {
        assert_eq!(paths(json!([1]), json!([1, 2]), &[]), ["length"]);
    }
}
