//! `POST /V1/import/json`: rows of the import files of Commerce as flat objects.

#![allow(clippy::unwrap_used)]

use patron_harness::{Instance, Options, Patron};
use serde_json::{Value, json};

fn import(instance: &Instance, entity: &str, behavior: &str, strategy: &str, items: Value) -> Value {
    let source = json!({"entity": entity, "behavior": behavior, "validation_strategy": strategy,
                        "allowed_error_count": "10", "items": items});
    instance.post("/V1/import/json", &json!({"source": source})).expect(200)
}

const STOP: &str = "validation-stop-on-errors";
const SKIP: &str = "validation-skip-errors";

fn row(email: &str) -> Value {
    json!({"email": email, "_website": "base", "_store": "default", "group_id": 1, "firstname": "Ada", "lastname": "L"})
}

fn found(instance: &Instance) -> u64 {
    instance.get("/V1/customers/search?searchCriteria").expect(200)["total_count"].as_u64().unwrap()
}

#[test]
fn customers_are_added_changed_and_deleted_by_e_mail_and_website() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut first = row("a@example.com");
    first["password"] = json!("Passw0rd!");
    first["gender"] = json!("Female");
    first["dob"] = json!("1980-01-02");
    first["created_at"] = json!("2001-02-03 04:05:06");
    first["disable_auto_group_change"] = json!("1");
    let told = import(
        &instance,
        "customer",
        "add_update",
        STOP,
        json!([first, row("b@example.com"), row("c@example.com")]),
    );
    assert_eq!(told, json!(["Entities Processed: 3"]));
    let customer = instance.get("/V1/customers/1").expect(200);
    assert_eq!((&customer["gender"], &customer["dob"]), (&json!(2), &json!("1980-01-02")));
    assert_eq!(
        (&customer["created_at"], &customer["disable_auto_group_change"]),
        (&json!("2001-02-03 04:05:06"), &json!(1))
    );

    let told = import(
        &instance,
        "customer",
        "add_update",
        STOP,
        json!([{"email": "A@example.com", "_website": "base", "firstname": "Grace"}]),
    );
    assert_eq!(told, json!(["Entities Processed: 1"]));
    let changed = instance.get("/V1/customers/1").expect(200);
    assert_eq!((&changed["firstname"], &changed["lastname"]), (&json!("Grace"), &json!("L")));

    let told = import(
        &instance,
        "customer",
        "delete",
        STOP,
        json!([{"email": "b@example.com", "_website": "base"}]),
    );
    assert_eq!(told, json!(["Entities Processed: 1"]));
    assert_eq!(found(&instance), 2);
    let rows =
        json!([{"email": "c@example.com", "_website": "base", "_action": "delete"}, row("d@example.com")]);
    assert_eq!(import(&instance, "customer", "custom", STOP, rows), json!(["Entities Processed: 2"]));
    assert_eq!(found(&instance), 2);
}

#[test]
fn a_bad_row_stops_everything_or_is_left_out_as_the_strategy_says() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut short = row("short@example.com");
    short["password"] = json!("abc");
    let rows = json!([row("good@example.com"), {"email": "", "_website": "base"}, short, {"email": "x@example.com"},
                      row("good@example.com"), {"email": "nowhere@example.com", "_website": "mars"}, row("other@example.com")]);
    let problems = [
        "Row 2: Please specify an email.",
        "Row 3: Please enter a password with a valid length.",
        "Row 4: Please specify a website.",
        "Row 5: This email is found more than once in the import file.",
        "Row 6: We found an invalid value in a website column.",
    ];
    assert_eq!(import(&instance, "customer", "add_update", STOP, rows.clone()), json!(problems));
    assert_eq!(found(&instance), 0);

    let told = import(&instance, "customer", "add_update", SKIP, rows.clone());
    assert_eq!(told, json!([&problems[..], &["Entities Processed: 2"]].concat()));
    assert_eq!(found(&instance), 2);

    let source = json!({"entity": "customer", "behavior": "add_update", "validation_strategy": SKIP,
                        "allowed_error_count": "4", "items": [row("third@example.com"), {}, {}, {}, {}, {}]});
    let told = instance.post("/V1/import/json", &json!({"source": source})).expect(200);
    assert_eq!(told.as_array().unwrap().len(), 5, "more problems than are allowed: {told}");
    assert_eq!(found(&instance), 2);
}

#[test]
fn addresses_come_with_their_customer_or_by_themselves() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut first = row("a@example.com");
    for (name, value) in [
        ("_address_city", "Austin"),
        ("_address_country_id", "US"),
        ("_address_region", "Texas"),
        ("_address_street", "1 Main\nFloor 2"),
        ("_address_firstname", "Ada"),
        ("_address_lastname", "L"),
        ("_address_postcode", "78701"),
        ("_address_telephone", "512"),
        ("_address_default_billing_", "1"),
    ] {
        first[name] = json!(value);
    }
    let mut second = first.clone();
    for name in
        ["email", "_website", "_store", "group_id", "firstname", "lastname", "_address_default_billing_"]
    {
        second.as_object_mut().unwrap().remove(name);
    }
    second["_address_city"] = json!("Dallas");
    assert_eq!(
        import(&instance, "customer_composite", "add_update", STOP, json!([first, second])),
        json!(["Entities Processed: 1"])
    );
    let customer = instance.get("/V1/customers/1").expect(200);
    assert_eq!(
        customer["addresses"][0]["region"],
        json!({"region_code": "TX", "region": "Texas", "region_id": 57})
    );
    assert_eq!(customer["addresses"][0]["street"], json!(["1 Main", "Floor 2"]));
    assert_eq!(
        (&customer["default_billing"], &customer["addresses"][1]["city"]),
        (&json!("1"), &json!("Dallas"))
    );

    let changed = json!({"_email": "a@example.com", "_website": "base", "_entity_id": 2, "city": "Houston"});
    let added = json!({"_email": "a@example.com", "_website": "base", "city": "Paris", "country_id": "FR", "street": "1 Rue",
                       "firstname": "Ada", "lastname": "L", "postcode": "75001", "telephone": "1", "_address_default_shipping_": 1});
    let stranger = json!({"_email": "x@example.com", "_website": "base", "city": "Paris"});
    let told = import(&instance, "customer_address", "add_update", SKIP, json!([changed, added, stranger]));
    assert_eq!(
        told,
        json!([
            "Row 3: We can't find a customer who matches this email and website code.",
            "Entities Processed: 2"
        ])
    );
    let customer = instance.get("/V1/customers/1").expect(200);
    let cities: Vec<&str> =
        customer["addresses"].as_array().unwrap().iter().map(|one| one["city"].as_str().unwrap()).collect();
    assert_eq!(cities, ["Paris", "Austin", "Houston"]);

    let rows = json!([{"_email": "a@example.com", "_website": "base", "_entity_id": 1}, {"_email": "a@example.com", "_website": "base", "_entity_id": 9}]);
    let told = import(&instance, "customer_address", "delete", SKIP, rows);
    assert_eq!(told, json!(["Row 2: We can't find that customer address.", "Entities Processed: 1"]));
    assert_eq!(instance.get("/V1/customers/1").expect(200)["default_billing"], Value::Null);
}

#[test]
fn a_source_that_is_none_is_refused() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let whole = json!({"entity": "customer", "behavior": "add_update", "validation_strategy": STOP, "allowed_error_count": "1", "items": []});
    let with = |name: &str, value: Value| {
        let mut source = whole.clone();
        source[name] = value;
        instance.post("/V1/import/json", &json!({"source": source}))
    };
    assert_eq!(
        instance.post("/V1/import/json", &json!({})).message(),
        "\"%fieldName\" is required. Enter and try again."
    );
    for (name, value) in [
        ("entity", "catalog_product"),
        ("behavior", "append"),
        ("validation_strategy", "none"),
        ("allowed_error_count", "x"),
    ] {
        let answer = with(name, json!(value));
        assert_eq!(
            (answer.status, answer.message()),
            (400, "Invalid value of \"%value\" provided for the %fieldName field."),
            "{name}"
        );
    }
    assert_eq!(with("entity", Value::Null).message(), "\"%fieldName\" is required. Enter and try again.");
    assert_eq!(with("items", json!("x")).status, 400);
    assert_eq!(with("items", json!([])).expect(200), json!(["Entities Processed: 0"]));
}

#[test]
fn an_imported_customer_gets_no_mail() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    import(&instance, "customer", "add_update", STOP, json!([row("a@example.com")]));
    let url = format!("/_/instances/{}/mail", instance.made.instance_id);
    let request =
        patron_harness::wire::Request { method: "GET".into(), target: url, headers: Vec::new(), body: None };
    let mails = patron_harness::wire::send(server.address(), &request).unwrap().json();
    assert!(!mails.to_string().contains("a@example.com"), "{mails}");
}

#[test]
fn a_kept_import_never_stores_passwords() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut with = row("a@example.com");
    with["password"] = json!("Passw0rd!");
    let source = json!({"entity": "customer", "behavior": "add_update", "validation_strategy": STOP,
                        "allowed_error_count": "0", "items": [with]});
    let receipt = instance.post("/V1/async/import/json", &json!({"source": source})).expect(202);
    let path = format!("/V1/bulk/{}/detailed-status", receipt["bulk_uuid"].as_str().unwrap());
    let mut told = Value::Null;
    for _ in 0..100 {
        told = instance.get(&path).expect(200);
        if told["operations_list"][0]["status"] != 4 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(!told.to_string().contains("Passw0rd!"), "{told}");
    assert_eq!(found(&instance), 0, "a customer whose password was lost is not made: {told}");
}
