use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::Random;

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _: &mut [u8]) {}
}

fn attribute(input: &str, rules: serde_json::Value) -> CustomAttribute {
    let definition = json!({"label": "Tier", "input": input, "required": true, "visible": true, "validation_rules": rules});
    let option = |id: i64| super::super::custom::AttributeOption {
        id,
        label: format!("Option {id}"),
        store_labels: std::collections::BTreeMap::new(),
        sort_order: 0,
    };
    CustomAttribute {
        id: 1,
        entity: Entity::Customer,
        code: "tier".to_owned(),
        definition: serde_json::from_value(definition).unwrap(),
        options: vec![option(4), option(5)],
    }
}

fn stored(input: &str, sent: &serde_json::Value) -> Result<String, String> {
    let moment = Moment { now: Timestamp::UNIX_EPOCH, random: &NoRandom };
    convert(&attribute(input, json!([])), sent, moment).map_err(|fault| fault.message.into_owned())
}

fn problems_of(input: &str, rules: serde_json::Value, value: &str) -> Vec<String> {
    problems(&attribute(input, rules), "Tier", Some(value))
}

#[test]
fn values_are_stored_as_the_columns_of_the_original_keep_them() {
    for (input, sent, kept) in [
        ("select", json!(8.7), "8"),
        ("select", json!("4"), "4"),
        ("boolean", json!(1), "1"),
        ("text", json!(true), "1"),
        ("text", json!(""), ""),
        ("multiselect", json!("4,5"), "4,5"),
        ("decimal", json!("1e3"), "1000.0000"),
        ("decimal", json!("abc"), "0.0000"),
        ("decimal", json!(12.5), "12.5000"),
        ("decimal", json!("-0.00001"), "0.0000"),
        ("decimal", json!(1e12), "99999999.9999"),
        ("decimal", json!("12abc"), "12.0000"),
        ("date", json!("05/06/2020"), "2020-05-06 00:00:00"),
        ("datetime", json!("2020-05-06 07:08:09"), "2020-05-06 07:08:09"),
    ] {
        assert_eq!(stored(input, &sent), Ok(kept.to_owned()), "{input} {sent}");
    }
    assert_eq!(stored("text", &json!("é".repeat(300))).unwrap().chars().count(), 255);
    assert_eq!(stored("textarea", &json!("é".repeat(40_000))).unwrap().len(), 65_534);
}

#[test]
fn a_value_of_the_wrong_type_is_refused_in_the_words_of_the_original() {
    for (sent, shown) in
        [(json!("Gold"), "Gold"), (json!(true), "1"), (json!(false), ""), (json!([4]), "array")]
    {
        assert_eq!(
            stored("select", &sent),
            Err(format!(
                "Error occurred during \"custom_attributes\" processing. Attribute \"tier\" has invalid value. The \
                 \"{shown}\" value's type is invalid. The \"int\" type was expected. Verify and try again."
            ))
        );
    }
    assert!(stored("multiselect", &json!([4, 5])).unwrap_err().contains("The \"string\" type was expected."));
    assert_eq!(stored("date", &json!("foo")), Err("Invalid date".to_owned()));
}

#[test]
fn an_option_must_be_one_of_the_attributes() {
    let unknown = |id: &str| vec![format!("Attribute tier does not contain option with Id {id}")];
    assert_eq!(problems_of("select", json!([]), "99"), unknown("99"));
    assert_eq!(problems_of("multiselect", json!([]), "Golf"), unknown("Golf"));
    assert_eq!(problems_of("boolean", json!([]), "2"), unknown("2"));
    for (input, value) in [("select", "4"), ("select", "0"), ("multiselect", "4,5"), ("boolean", "0")] {
        assert_eq!(problems_of(input, json!([]), value), Vec::<String>::new(), "{input}");
    }
}

#[test]
fn what_is_required_and_shown_is_missed() {
    let mut required = attribute("text", json!([]));
    assert_eq!(problems(&required, "Tier", None), ["\"Tier\" is a required value."]);
    required.definition.visible = false;
    assert_eq!(problems(&required, "Tier", None), Vec::<String>::new());
}

#[test]
fn length_counts_only_beside_a_kind_of_text() {
    let length = json!([{"name": "max_text_length", "value": "3"}]);
    assert_eq!(problems_of("text", length, "abcd"), Vec::<String>::new());
    let both =
        json!([{"name": "input_validation", "value": "alpha"}, {"name": "max_text_length", "value": "3"}]);
    assert_eq!(
        problems_of("text", both, "abc4"),
        [
            "\"Tier\" contains non-alphabetic characters.",
            "\"Tier\" length must be equal or less than 3 characters."
        ]
    );
    let url = json!([{"name": "input_validation", "value": "url"}]);
    assert_eq!(problems_of("text", url.clone(), "https://example.com/x"), Vec::<String>::new());
    assert_eq!(problems_of("text", url, "example"), ["\"Tier\" is not a valid URL."]);
}

#[test]
fn a_date_must_be_within_its_bounds() {
    let rules = json!([{"name": "date_range_min", "value": "1577836800"}, {"name": "date_range_max", "value": "1609372800"}]);
    assert_eq!(problems_of("date", rules.clone(), "2020-05-06 00:00:00"), Vec::<String>::new());
    assert_eq!(
        problems_of("date", rules, "2021-05-06 00:00:00"),
        ["Please enter a valid date between 01/01/2020 and 31/12/2020 at Tier."]
    );
}
