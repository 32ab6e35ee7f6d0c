//! Attributes that a merchant adds to customers and addresses: in metadata, checked, stored, returned and let go again.

#![allow(clippy::unwrap_used)]

use patron_harness::{Instance, Options, Patron, wire};
use serde_json::{Value, json};

use crate::control::control;

#[track_caller]
fn add(server: &Patron, instance: &Instance, attribute: Value) -> Value {
    let (status, body) = control(server, instance, "POST", "/attributes", &attribute);
    assert_eq!(status, 201, "{body}");
    body
}

fn tier() -> Value {
    json!({"entity": "customer", "code": "tier", "label": "Tier", "input": "select", "options": ["Silver", "Gold"]})
}

fn ada(attributes: Value) -> Value {
    json!({"customer": {
        "email": "ada@example.com", "firstname": "Ada", "lastname": "Lovelace", "custom_attributes": attributes
    }})
}

/// The values of a customer by code.
fn values(customer: &Value) -> Vec<(String, String)> {
    let list = customer["custom_attributes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.iter().map(|one| (text(&one["attribute_code"]), text(&one["value"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(code, value)| ((*code).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn an_added_attribute_is_in_metadata_and_its_label_follows_the_store_header() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let made = control(
        &server,
        &instance,
        "POST",
        "/store-views",
        &json!({"store": "main_website_store", "code": "de", "name": "Deutsch"}),
    );
    assert_eq!(made.0, 201, "{}", made.1);
    let mut attribute = tier();
    attribute["store_labels"] = json!({"de": "Stufe"});
    attribute["sort_order"] = json!(65);
    attribute["required"] = json!(true);
    attribute["used_in_forms"] = json!(["adminhtml_customer", "customer_account_edit"]);
    attribute["options"] = json!(["Silver", {"label": "Gold", "store_labels": {"de": "Gold (de)"}}]);
    let added = add(&server, &instance, attribute);
    assert_eq!(added["options"][0]["id"], 4, "the original's first free option id");

    let row = instance.get("/V1/attributeMetadata/customer/attribute/tier").expect(200);
    let expected = json!({
        "frontend_input": "select", "input_filter": "", "store_label": "Tier", "validation_rules": [],
        "multiline_count": 0, "visible": true, "required": true, "data_model": "",
        "options": [{"label": " ", "value": ""}, {"label": "Silver", "value": "4"}, {"label": "Gold", "value": "5"}],
        "frontend_class": "required-entry", "user_defined": true, "sort_order": 65, "frontend_label": "Tier",
        "note": "", "system": false, "backend_type": "int", "is_used_in_grid": false, "is_visible_in_grid": false,
        "is_filterable_in_grid": false, "is_searchable_in_grid": false, "attribute_code": "tier"
    });
    assert_eq!(row, expected);
    assert_eq!(instance.get("/V1/attributeMetadata/customer/custom").expect(200), json!([expected]));
    assert_eq!(instance.get("/V1/attributeMetadata/customerAddress/custom").expect(200), json!([]));

    let codes = |path: &str| -> Vec<String> {
        let rows = instance.get(path).expect(200);
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["attribute_code"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = codes("/V1/attributeMetadata/customer");
    let at = all.iter().position(|code| code == "tier").unwrap();
    assert_eq!((all.len(), all[at - 1].as_str(), all[at + 1].as_str()), (26, "lastname", "suffix"));
    assert!(codes("/V1/attributeMetadata/customer/form/customer_account_edit").contains(&"tier".to_owned()));
    assert!(
        !codes("/V1/attributeMetadata/customer/form/customer_account_create").contains(&"tier".to_owned())
    );

    let request = wire::Request {
        method: "GET".into(),
        target: format!("/{}/V1/attributeMetadata/customer/attribute/tier", instance.made.tenant_id),
        headers: vec![
            ("Authorization".into(), format!("Bearer {}", instance.token)),
            ("Store".into(), "de".into()),
        ],
        body: None,
    };
    let german = wire::send(server.address(), &request).unwrap().json();
    assert_eq!((&german["store_label"], &german["frontend_label"]), (&json!("Stufe"), &json!("Tier")));
    assert_eq!(german["options"][2]["label"], "Gold (de)");
}

#[test]
fn values_are_typed_stored_and_listed_by_their_tables() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    for (code, input) in
        [("nick", "text"), ("vip", "boolean"), ("rating", "decimal"), ("since", "date"), ("motto", "text")]
    {
        add(&server, &instance, json!({"entity": "customer", "code": code, "label": code, "input": input}));
    }
    add(
        &server,
        &instance,
        json!({"entity": "customer", "code": "likes", "label": "Likes", "input": "multiselect", "options": ["a", "b"]}),
    );

    let sent = json!({"nick": "Countess", "rating": "12.5", "vip": 1, "since": "05/06/2020", "likes": "4,5", "motto": 7, "nope": 1});
    let made = instance.post("/V1/customers", &ada(sent)).expect(200);
    let expected = pairs(&[
        ("nick", "Countess"),
        ("motto", "7"),
        ("likes", "4,5"),
        ("vip", "1"),
        ("rating", "12.5000"),
        ("since", "2020-05-06 00:00:00"),
    ]);
    assert_eq!(values(&made), expected);
    assert_eq!(values(&instance.get("/V1/customers/1").expect(200)), expected);

    let put = |attributes: Value| {
        instance.put("/V1/customers/1", &json!({"customer": {"custom_attributes": attributes}}))
    };
    let rest =
        put(json!([{"attribute_code": "nick", "value": null}, {"attributeCode": "motto", "value": ""}]));
    assert_eq!(values(&rest.expect(200)), expected[2..], "null and an empty text clear, the rest stays");
    assert_eq!(values(&put(json!([])).expect(200)), expected[2..]);
    for (sent, message) in [
        (json!({"likes": "4,9"}), "Attribute likes does not contain option with Id 9"),
        (json!({"likes": "Golf"}), "Attribute likes does not contain option with Id Golf"),
        (json!({"since": "31/12/2020"}), "Invalid date"),
        (
            json!({"vip": "yes"}),
            "Error occurred during \"custom_attributes\" processing. Attribute \"vip\" has invalid value. The \"yes\" \
             value's type is invalid. The \"int\" type was expected. Verify and try again.",
        ),
    ] {
        let answer = put(sent);
        assert_eq!((answer.status, answer.message()), (400, message), "{}", answer.body);
    }
}

#[test]
fn a_required_attribute_is_missed_and_a_default_fills_in() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    add(
        &server,
        &instance,
        json!({"entity": "customer", "code": "crm", "label": "CRM number", "input": "text", "required": true}),
    );
    add(
        &server,
        &instance,
        json!({"entity": "customer_address", "code": "gate", "label": "Gate", "input": "text", "required": true}),
    );
    add(
        &server,
        &instance,
        json!({"entity": "customer_address", "code": "floor", "label": "Floor", "input": "text", "default": 3}),
    );

    let answer = instance.post("/V1/customers", &ada(json!([])));
    assert_eq!(
        (answer.status, answer.message()),
        (400, "\"CRM number\" is a required value."),
        "{}",
        answer.body
    );
    let mut whole = ada(json!({"crm": "7"}));
    whole["customer"]["addresses"] = json!([{
        "firstname": "Ada", "lastname": "Lovelace", "street": ["12 St James Square"], "city": "London",
        "postcode": "SW1Y 4JH", "country_id": "GB", "telephone": "020"
    }]);
    let answer = instance.post("/V1/customers", &whole);
    assert_eq!((answer.status, answer.message()), (400, "\"Gate\" is a required value."), "{}", answer.body);
    whole["customer"]["addresses"][0]["custom_attributes"] = json!({"gate": "B"});
    let made = instance.post("/V1/customers", &whole).expect(200);
    assert_eq!(values(&made["addresses"][0]), pairs(&[("gate", "B"), ("floor", "3")]));

    let cleared = json!({"customer": {"custom_attributes": {"crm": null}}});
    let answer = instance.put(&format!("/V1/customers/{}", made["id"]), &cleared);
    assert_eq!(
        (answer.status, answer.message()),
        (400, "\"CRM number\" is a required value."),
        "{}",
        answer.body
    );
}

#[test]
fn a_unique_value_belongs_to_one_customer_even_in_a_race() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    add(
        &server,
        &instance,
        json!({"entity": "customer", "code": "crm", "label": "CRM number", "input": "text", "unique": true}),
    );
    let customer = |n: usize, value: &str| json!({"customer": {"email": format!("c{n}@example.com"), "firstname": "C", "lastname": "D", "custom_attributes": {"crm": value}}});
    let statuses: Vec<(u16, String)> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..8)
            .map(|n| {
                let (instance, body) =
                    (instance.clone(), customer(n, if n % 2 == 0 { "X-1" } else { "x-1" }));
                scope.spawn(move || {
                    let answer = instance.post("/V1/customers", &body);
                    (answer.status, answer.message().to_owned())
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|(status, _)| *status == 200).count(), 1, "{statuses:?}");
    for (status, message) in statuses.iter().filter(|(status, _)| *status != 200) {
        assert_eq!(
            (*status, message.as_str()),
            (400, "The value of attribute \"CRM number\" must be unique.")
        );
    }

    add(&server, &instance, json!({"entity": "customer", "code": "card", "label": "Card", "input": "text"}));
    for n in 20..22 {
        let mut body = customer(n, &n.to_string());
        body["customer"]["custom_attributes"]["card"] = json!("same");
        instance.post("/V1/customers", &body).expect(200);
    }
    let (status, body) =
        control(&server, &instance, "PUT", "/attributes/customer/card", &json!({"unique": true}));
    assert_eq!((status, &body["field"]), (400, &json!("unique")), "{body}");
    assert_eq!(body["collisions"][0].as_array().unwrap().len(), 2, "{body}");
}

#[test]
fn a_unique_value_of_an_address_belongs_to_one_address() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    add(
        &server,
        &instance,
        json!({"entity": "customer_address", "code": "gate", "label": "Gate", "input": "text"}),
    );
    let customer = |email: &str, gate: &str| {
        let mut body = patron_harness::customer(email);
        body["customer"]["addresses"] = json!([{
            "firstname": "Ada", "lastname": "Lovelace", "street": ["1"], "city": "London", "postcode": "SW1Y 4JH",
            "country_id": "GB", "telephone": "020", "custom_attributes": {"gate": gate}
        }]);
        instance.post("/V1/customers", &body)
    };
    let made = customer("ada@example.com", "B7").expect(200);
    let (status, body) =
        control(&server, &instance, "PUT", "/attributes/customer_address/gate", &json!({"unique": true}));
    assert_eq!((status, &body["unique"]), (200, &json!(true)), "{body}");
    let answer = customer("grace@example.com", "b7");
    assert_eq!((answer.status, answer.message()), (400, "The value of attribute \"Gate\" must be unique."));
    assert_eq!(instance.get("/V1/customers/2").status, 404, "nothing of what was refused is there");

    let again = json!({"customer": {"addresses": [{"id": made["addresses"][0]["id"], "city": "Bath"}]}});
    let kept = instance.put("/V1/customers/1", &again).expect(200);
    assert_eq!(values(&kept["addresses"][0]), pairs(&[("gate", "B7")]));
    assert_eq!(
        control(&server, &instance, "PUT", "/attributes/customer_address/gate", &json!({"unique": false})).0,
        200
    );
    customer("grace@example.com", "b7").expect(200);
    assert_eq!(
        control(&server, &instance, "DELETE", "/attributes/customer_address/gate", &Value::Null).0,
        204
    );
    let gone = instance.get("/V1/customers/1").expect(200);
    assert_eq!(values(&gone["addresses"][0]), pairs(&[]));
}

#[test]
fn options_and_attributes_that_go_take_their_values_with_them() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    add(&server, &instance, tier());
    add(
        &server,
        &instance,
        json!({"entity": "customer", "code": "likes", "label": "Likes", "input": "multiselect", "options": ["a", "b"]}),
    );
    let made = instance.post("/V1/customers", &ada(json!({"tier": 5, "likes": "6,7"}))).expect(200);
    let all = || values(&instance.get("/V1/customers/1").expect(200));
    assert_eq!(all(), values(&made));

    let (status, body) = control(
        &server,
        &instance,
        "PUT",
        "/attributes/customer/likes",
        &json!({"options": [{"id": 7, "label": "B"}, "c"], "label": "Loves"}),
    );
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        (&body["label"], &body["options"][0]["label"], &body["options"][1]["id"]),
        (&json!("Loves"), &json!("B"), &json!(8))
    );
    assert_eq!(all(), pairs(&[("tier", "5"), ("likes", "7")]));

    assert_eq!(control(&server, &instance, "DELETE", "/attributes/customer/tier", &Value::Null).0, 204);
    assert_eq!(all(), pairs(&[("likes", "7")]));
    assert_eq!(control(&server, &instance, "GET", "/attributes/customer/tier", &Value::Null).0, 404);
    let (_, list) = control(&server, &instance, "GET", "/attributes?entity=customer", &Value::Null);
    assert_eq!(list["attributes"].as_array().unwrap().len(), 1, "{list}");

    let again = add(&server, &instance, tier());
    assert_eq!(again["options"][0]["id"], 9, "ids are never given twice");
    assert_eq!(all(), pairs(&[("likes", "7")]));
}

#[test]
fn bad_definitions_are_refused_by_the_name_of_the_member() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    add(&server, &instance, tier());
    let with = |member: &str, value: Value| {
        let mut attribute = json!({"entity": "customer", "code": "x", "label": "X", "input": "text"});
        attribute[member] = value;
        attribute
    };
    for (field, body) in [
        ("entity", with("entity", json!("order"))),
        ("code", with("code", json!("Tier"))),
        ("code", with("code", json!("a".repeat(31)))),
        ("code", with("code", json!("firstname"))),
        ("code", with("code", json!("tier"))),
        ("label", with("label", json!(" "))),
        ("label", with("label", Value::Null)),
        ("input", with("input", json!("file"))),
        ("options", with("input", json!("select"))),
        ("options", with("options", json!(["a"]))),
        ("default", with("default", json!(["a"]))),
        ("used_in_forms", with("used_in_forms", json!(["checkout"]))),
        ("validation_rules", with("validation_rules", json!([{"name": "max", "value": 1}]))),
        ("store_labels", with("store_labels", json!({"fr": "X"}))),
        ("multiline_count", with("multiline_count", json!(2))),
        ("required", with("required", json!("yes"))),
        ("colour", with("colour", json!("red"))),
    ] {
        let (status, answer) = control(&server, &instance, "POST", "/attributes", &body);
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{body}: {answer}");
        assert!(answer["message"].as_str().is_some_and(|message| message.ends_with('.')), "{answer}");
    }
    let (status, answer) =
        control(&server, &instance, "PUT", "/attributes/customer/tier", &json!({"input": "text"}));
    assert_eq!((status, &answer["field"]), (400, &json!("input")), "{answer}");
    let (_, list) = control(&server, &instance, "GET", "/attributes", &Value::Null);
    assert_eq!(list["attributes"].as_array().unwrap().len(), 1, "nothing that was refused is there: {list}");
}

#[test]
fn added_attributes_can_be_searched() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    add(&server, &instance, tier());
    instance.post("/V1/customers", &ada(json!({"tier": 5}))).expect(200);
    instance.add_customer("grace@example.com");
    let search = |field: &str, value: &str| {
        instance.get(&format!(
            "/V1/customers/search?searchCriteria[filterGroups][0][filters][0][field]={field}\
             &searchCriteria[filterGroups][0][filters][0][value]={value}"
        ))
    };
    assert_eq!(search("tier", "5").expect(200)["total_count"], 1);
    assert_eq!(search("tier", "4").expect(200)["total_count"], 0);
    assert_eq!(search("nope", "4").status, 400);
}
