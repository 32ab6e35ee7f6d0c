//! Searches that no client means to send: every condition on every field, beside values of another kind. The answer is rows or a
//! refusal, the same on both engines, and never a failure of the service.

#![allow(clippy::unwrap_used)]

use patron_harness::{Instance, Options, Patron, consistency, customer};
use serde_json::{Value, json};

use crate::control::control;

const CONDITIONS: [&str; 22] = [
    "eq", "neq", "seq", "sneq", "like", "nlike", "in", "nin", "gt", "gteq", "lt", "lteq", "from", "to",
    "moreq", "null", "notnull", "is", "finset", "nfinset", "regexp", "ntoa",
];

/// A fraction, a number beyond 64 bit, a text with wildcards, a time.
const VALUES: [&str; 4] = ["1.5", "99999999999999999999", "a%25_", "2026-11-23"];

const OF_CUSTOMERS: [&str; 31] = [
    "entity_id",
    "increment_id",
    "website_id",
    "store_id",
    "group_id",
    "email",
    "prefix",
    "firstname",
    "middlename",
    "lastname",
    "suffix",
    "name",
    "dob",
    "gender",
    "taxvat",
    "created_at",
    "updated_at",
    "created_in",
    "confirmation",
    "default_billing",
    "default_shipping",
    "disable_auto_group_change",
    "failures_num",
    "first_failure",
    "lock_expires",
    "billing_postcode",
    "billing_city",
    "billing_telephone",
    "billing_region",
    "billing_country_id",
    "billing_company",
];

/// Codes of added attributes, one of each kind of stored value.
const ADDED: [(&str, &str, &str); 5] = [
    ("a_text", "text", "a_b%c"),
    ("a_number", "decimal", "12.5"),
    ("a_day", "date", "2020-05-06"),
    ("a_choice", "boolean", "1"),
    ("a_paragraph", "textarea", "12"),
];

/// Conditions in upper case are none that the original knows, so they are `eq`.
#[test]
fn a_condition_in_upper_case_is_eq() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    instance.add_customer("eve@example.com");
    let total = |field: &str, condition: &str, value: &str| {
        let filter = "searchCriteria[filter_groups][0][filters][0]";
        let query =
            format!("{filter}[field]={field}&{filter}[condition_type]={condition}&{filter}[value]={value}");
        instance.get(&format!("/V1/customers/search?{query}")).expect(200)["total_count"].clone()
    };
    assert_eq!([total("email", "LIKE", "%25ada%25"), total("email", "like", "%25ada%25")], [0, 1]);
    assert_eq!([total("entity_id", "IN", "1,2"), total("entity_id", "in", "1,2")], [1, 2]);
    assert_eq!([total("entity_id", "GT", "1"), total("entity_id", "GT", "9")], [1, 0]);
    assert_eq!(total("email", "EQ", "ADA@example.com"), 1);
}

#[test]
fn every_condition_on_every_field_is_answered_or_refused() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    populate(&server, &instance);
    let added = ADDED.iter().map(|(code, ..)| *code);
    let customers: Vec<&str> = OF_CUSTOMERS.iter().copied().chain(added).collect();

    for (path, fields) in [
        ("customers", customers.as_slice()),
        ("customerGroups", &["id", "code", "tax_class_id", "tax_class_name"]),
        ("taxClasses", &["class_id", "class_name", "class_type"]),
    ] {
        for field in fields {
            for condition in CONDITIONS {
                for value in VALUES {
                    answered(&instance, path, &filter(field, condition, value));
                }
            }
            for direction in ["ASC", "DESC"] {
                let order = "searchCriteria[sortOrders][0]";
                answered(
                    &instance,
                    path,
                    &format!(
                        "{order}[field]={field}&{order}[direction]={direction}&searchCriteria[pageSize]=1"
                    ),
                );
            }
        }
    }
}

#[test]
fn whole_numbers_beside_a_fraction_compare_as_numbers_do() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let classes = |condition, value| {
        let found = instance
            .get(&format!("/V1/taxClasses/search?{}", filter("class_id", condition, value)))
            .expect(200);
        let ids = found["items"].as_array().unwrap().iter().map(|class| class["class_id"].as_i64().unwrap());
        ids.collect::<Vec<_>>()
    };

    assert_eq!(classes("gt", "2.5"), [3]);
    assert_eq!(classes("gteq", "2.5"), [3]);
    assert_eq!(classes("lt", "2.5"), [2]);
    assert_eq!(classes("lteq", "2.5"), [2]);
    assert_eq!(classes("eq", "2.5"), [] as [i64; 0]);
    assert_eq!(classes("neq", "2.5"), [2, 3]);
    assert_eq!(classes("in", "2.5,3"), [3]);
    assert_eq!(classes("in", "2.5"), [] as [i64; 0]);
    assert_eq!(classes("nin", "2.5"), [2, 3]);
    assert_eq!(classes("lt", "99999999999999999999"), [2, 3]);
}

#[test]
fn a_text_read_as_an_address_is_the_number_it_begins_with() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut sent = customer("ada@example.com");
    sent["customer"]["taxvat"] = json!("3232235777 is 192.168.1.1");
    instance.post("/V1/customers", &sent).expect(200);
    let count = |field, value| {
        instance.get(&format!("/V1/customers/search?{}", filter(field, "ntoa", value))).expect(200)["total_count"].clone()
    };

    assert_eq!(count("taxvat", "192.168.%25"), 1);
    assert_eq!(count("email", "0.0.0.0"), 1);
    assert_eq!(count("middlename", "%25"), 0, "nothing is no address");
}

#[test]
fn a_bad_regular_expression_is_refused_even_when_there_is_no_row_to_try_it_on() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();

    for path in ["customers/search", "customerGroups/search", "taxClasses/search", "bulk"] {
        let field = match path {
            "bulk" => "topic_name",
            "taxClasses/search" => "class_name",
            "customers/search" => "email",
            _ => "code",
        };
        let refusal = instance.get(&format!("/V1/{path}?{}", filter(field, "regexp", "("))).expect(400);
        assert_eq!(refusal["parameters"], json!([field]), "{path}");
    }
}

#[test]
fn who_has_a_value_is_shown_by_when_they_were_made() {
    let server = Patron::start(Options::default());
    let instance = server.instance();
    for (code, input) in [("colour", "text"), ("points", "decimal")] {
        let attribute = json!({"entity": "customer", "code": code, "label": code, "input": input});
        assert_eq!(control(&server, &instance, "POST", "/attributes", &attribute).0, 201);
    }
    // Later ids were made earlier, and two at a time at once.
    for number in 1..=12 {
        let mut sent = customer(&format!("ada{number}@example.com"));
        sent["customer"]["created_at"] = json!(format!("2025-03-{:02} 10:00:00", 20 - number / 2));
        sent["customer"]["custom_attributes"] = json!([
            {"attribute_code": "colour", "value": if number % 3 == 0 { "blue" } else { "red" }},
            {"attribute_code": "points", "value": number}
        ]);
        instance.post("/V1/customers", &sent).expect(200);
    }
    let order = "searchCriteria[sortOrders][0]";
    let ids = |field: &str, condition: &str, value: &str, direction: &str| {
        let sorted = format!("{order}[field]=created_at&{order}[direction]={direction}");
        let filter = filter(field, condition, value);
        let found = instance.get(&format!("/V1/customers/search?{filter}&{sorted}")).expect(200);
        let ids = found["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids("colour", "eq", "red", "DESC"), [1, 2, 5, 4, 7, 8, 11, 10]);
    assert_eq!(ids("colour", "eq", "red", "ASC"), [10, 11, 8, 7, 4, 5, 2, 1]);
    assert_eq!(ids("colour", "like", "b%25", "DESC"), [3, 6, 9, 12]);
    assert_eq!(ids("points", "gt", "8", "ASC"), [12, 10, 11, 9]);

    let blue = json!({"customer": {"custom_attributes": [{"attribute_code": "colour", "value": "blue"}]}});
    instance.put("/V1/customers/1", &blue).expect(200);
    assert_eq!(ids("colour", "eq", "blue", "DESC"), [1, 3, 6, 9, 12]);
    consistency::assert_whole(&server);
}

fn populate(server: &Patron, instance: &Instance) {
    for (code, input, _) in ADDED {
        let attribute = json!({"entity": "customer", "code": code, "label": code, "input": input});
        let (status, body) = control(server, instance, "POST", "/attributes", &attribute);
        assert_eq!(status, 201, "{body}");
    }
    let mut sent = customer("ada@example.com");
    let values: Vec<Value> =
        ADDED.iter().map(|(code, _, value)| json!({"attribute_code": code, "value": value})).collect();
    sent["customer"]["custom_attributes"] = Value::from(values);
    sent["customer"]["addresses"] = json!([{
        "firstname": "Ada", "lastname": "Lovelace", "street": ["12 St James Sq"], "city": "London", "postcode": "SW1",
        "country_id": "GB", "telephone": "020 7946", "company": "A_B", "default_billing": true
    }]);
    instance.post("/V1/customers", &sent).expect(200);
}

fn filter(field: &str, condition: &str, value: &str) -> String {
    let filter = "searchCriteria[filterGroups][0][filters][0]";
    format!("{filter}[field]={field}&{filter}[conditionType]={condition}&{filter}[value]={value}")
}

#[track_caller]
fn answered(instance: &Instance, path: &str, criteria: &str) {
    let answer = instance.get(&format!("/V1/{path}/search?{criteria}"));
    assert_eq!(answer.status, 200, "{path}: {criteria}: {}", answer.body);
}
