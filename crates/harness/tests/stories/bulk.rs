//! Calls that are kept for later: what was accepted happens, once, and its status never lies.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use patron_harness::{Data, Engine, Instance, Options, Patron, consistency, customer, postgres};
use serde_json::{Value, json};

const PASSWORD: &str = "correct-Horse7-battery-staple";
const PLAIN: &str = "unclassifiedpassphrase";

#[test]
fn an_async_change_is_the_change_later() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let made = instance.add_customer("ada@example.com");

    let sent = json!({"customer": {"firstname": "Augusta"}});
    let statuses = run(&instance, "PUT", "/V1/async/customers/1", Some(&sent));

    assert_eq!(statuses, [1]);
    let changed = instance.get("/V1/customers/1").expect(200);
    assert_eq!((&changed["firstname"], &changed["email"]), (&json!("Augusta"), &made["email"]));
    assert_eq!(total(&instance), 1, "a PUT made a second customer");
}

#[test]
fn path_values_stand_in_the_items_of_a_bulk_in_either_spelling() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    (1..=3).for_each(|number| drop(instance.add_customer(&format!("ada{number}@example.com"))));

    let renamed = |name: &str| json!({"firstname": name});
    let items = json!([
        {"customer": renamed("One"), "customerId": 1},
        {"customer": renamed("Two"), "customer_id": "2"},
        {"customer": renamed("Nobody"), "customerId": 99},
    ]);
    let statuses = run(&instance, "PUT", "/V1/async/bulk/customers/byCustomerId", Some(&items));
    assert_eq!(statuses, [1, 1, 3]);
    for (id, name) in [(1, "One"), (2, "Two"), (3, "Ada")] {
        assert_eq!(instance.get(&format!("/V1/customers/{id}")).expect(200)["firstname"], name);
    }

    let nameless = json!([{"customer": renamed("One"), "customerId": 1}, {"customer": renamed("Whose")}]);
    let refused = instance.put("/V1/async/bulk/customers/byCustomerId", &nameless);
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["parameters"]["fieldName"], "customerId");
    assert_eq!(total(&instance), 3);
}

#[test]
fn an_item_that_lacks_everything_is_told_of_what_the_call_takes() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    for (path, lacks) in [
        ("customers/byCustomerId", "customer"),
        ("customerGroups/byId", "group"),
        ("taxClasses/byClassId", "taxClass"),
    ] {
        let refused = instance.put(&format!("/V1/async/bulk/{path}"), &json!([{}]));
        assert_eq!(
            (refused.status, &refused.body["parameters"]["fieldName"]),
            (400, &json!(lacks)),
            "{path}"
        );
    }
}

#[test]
fn operations_are_found_by_the_names_of_their_bulk_and_topic_in_any_case() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let receipt = instance.post("/V1/async/customers", &customer("ada@example.com")).expect(202);
    finished(&instance, &receipt);
    let other = instance.post("/V1/async/customers", &json!({"customer": {"extension_attributes": {}}}));
    let other = other.expect(202);
    finished(&instance, &other);

    let found = |field: &str, condition: &str, value: &str| {
        let filter = "searchCriteria[filter_groups][0][filters][0]";
        let query =
            format!("{filter}[field]={field}&{filter}[condition_type]={condition}&{filter}[value]={value}");
        instance.get(&format!("/V1/bulk?{query}")).expect(200)
    };
    let uuid = receipt["bulk_uuid"].as_str().unwrap();
    for (condition, wanted) in [("eq", uuid), ("in", uuid), ("neq", other["bulk_uuid"].as_str().unwrap())] {
        let answer = found("bulk_uuid", condition, uuid);
        assert_eq!((&answer["total_count"], &answer["items"][0]["bulk_uuid"]), (&json!(1), &json!(wanted)));
    }
    assert_eq!(found("bulk_uuid", "eq", &uuid.to_uppercase())["total_count"], 1);
    let topic = found("bulk_uuid", "eq", uuid)["items"][0]["topic_name"].as_str().unwrap().to_owned();
    assert_eq!(found("topic_name", "eq", &topic)["total_count"], 2);
    assert_eq!(found("topic_name", "neq", &topic)["total_count"], 0);

    // PHP, in which the original keeps it, knows no object without members.
    let kept = found("bulk_uuid", "neq", uuid)["items"][0]["serialized_data"].as_str().unwrap().to_owned();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["meta_information"], r#"{"customer":{"extension_attributes":[]}}"#);
}

#[test]
fn one_item_that_cannot_be_read_refuses_the_whole_request() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();

    for bad in [
        json!({"customer": {"email": "b@example.com", "nonsense": 1}}),
        json!({"customer": {"website_id": "x"}}),
        json!({}),
    ] {
        let items = json!([customer("a@example.com"), bad]);
        assert_eq!(instance.post("/V1/async/bulk/customers", &items).status, 400, "{bad}");
    }
    assert_eq!(instance.get("/V1/bulk?searchCriteria").expect(200)["total_count"], 0);

    let receipt = instance.post("/V1/async/bulk/customers", &json!([])).expect(202);
    assert_eq!(receipt["request_items"], json!([]));
    let receipt = instance.post("/V1/async/bulk/customers", &json!(["text", customer("a@example.com"), 5]));
    let receipt = receipt.expect(202);
    assert_eq!(receipt["request_items"].as_array().unwrap().len(), 1);
    assert_eq!(receipt["request_items"][0]["id"], 1, "an item keeps its place");
    assert_eq!(finished(&instance, &receipt), [1]);
}

#[test]
fn items_of_a_bulk_run_in_the_order_they_were_sent() {
    // Many times what the worker runs in one unit of work: units that overtake each other would show.
    const ITEMS: usize = 2000;
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();

    let items: Vec<Value> =
        (0..ITEMS).map(|number| customer(&format!("ada{}@example.com", number / 2))).collect();
    let statuses = run(&instance, "POST", "/V1/async/bulk/customers", Some(&items.into()));

    let expected: Vec<i64> = (0..ITEMS).map(|number| if number % 2 == 0 { 1 } else { 3 }).collect();
    assert_eq!(statuses, expected);
    let found = instance
        .get("/V1/customers/search?searchCriteria[page_size]=0&searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=ASC&fields=items[id,email]")
        .expect(200);
    let emails: Vec<&str> =
        found["items"].as_array().unwrap().iter().map(|item| item["email"].as_str().unwrap()).collect();
    let sent: Vec<String> = (0..ITEMS / 2).map(|number| format!("ada{number}@example.com")).collect();
    assert_eq!(emails, sent, "by id, customers come in the order in which they were sent");
}

#[test]
fn operations_of_all_bulks_can_be_searched() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    run(&instance, "POST", "/V1/async/customers", Some(&customer("ada@example.com")));
    run(&instance, "DELETE", "/V1/async/customers/9", None);

    let search = |filter: &str| {
        instance.get(&format!("/V1/bulk?searchCriteria[filter_groups][0][filters][0]{filter}"))
    };
    let failed = search("[field]=status&searchCriteria[filter_groups][0][filters][0][value]=3").expect(200);
    assert_eq!(failed["total_count"], 1);
    let keys: Vec<&String> = failed["items"][0].as_object().unwrap().keys().collect();
    let wanted = [
        "extension_attributes",
        "id",
        "bulk_uuid",
        "topic_name",
        "serialized_data",
        "result_serialized_data",
        "status",
        "result_message",
        "error_code",
    ];
    assert_eq!(keys, wanted);
    assert_eq!(failed["items"][0]["result_message"], "No such entity with customerId = 9");
    let unknown = search("[field]=id&searchCriteria[filter_groups][0][filters][0][value]=1");
    assert_eq!(
        (unknown.status, unknown.message()),
        (400, "The \"%1\" attribute name is invalid. Reset the name and try again.")
    );
}

#[test]
fn the_spelling_of_other_editions_has_no_route_here() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    for path in ["/async/V1/customers", "/async/bulk/V1/customers"] {
        assert_eq!(instance.post(path, &json!([])).status, 404, "{path}");
    }
    assert!(
        server.stderr().contains("in the cloud service /async stands after /V1"),
        "the log gives no hint"
    );
}

#[test]
fn a_password_of_a_kept_call_is_in_no_answer_and_nowhere_on_disk() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    let with_password = |email: &str, password: &str| {
        let mut sent = customer(email);
        sent["password"] = password.into();
        sent
    };

    let items = json!([
        with_password("ada@example.com", PASSWORD),
        with_password("grace@example.com", PLAIN),
        with_password("ada@example.com", PASSWORD),
        {"customer": {"email": "x@example.com", "firstname": "X", "lastname": "Y"}, "Password": PLAIN},
    ]);
    let receipt = instance.post("/V1/async/bulk/customers", &items).expect(202);
    assert_eq!(finished(&instance, &receipt), [1, 3, 3, 1]);

    let uuid = receipt["bulk_uuid"].as_str().unwrap();
    let details = instance.get(&format!("/V1/bulk/{uuid}/detailed-status")).expect(200);
    let message = details["operations_list"][1]["result_message"].as_str().unwrap();
    assert!(message.starts_with("Minimum of different classes of characters in password is 3."), "{message}");
    let found = instance.get("/V1/bulk?searchCriteria").expect(200);
    for shown in [receipt, details, found] {
        assert!(!shown.to_string().contains(PASSWORD) && !shown.to_string().contains(PLAIN), "{shown}");
        assert!(!shown.to_string().contains("argon2"), "{shown}");
    }
    assert_nowhere_on_disk(&server);
    server.stop();
    assert_nowhere_on_disk(&server);
}

/// Creates in a bulk that is killed. `PATRON_BULK_CUSTOMERS` says otherwise; on PostgreSQL each kill costs a lease of half a minute as well.
fn customers_of_a_killed_bulk() -> usize {
    let wanted = std::env::var("PATRON_BULK_CUSTOMERS").ok().map(|text| text.parse().unwrap());
    wanted.unwrap_or(match Engine::under_test() {
        Engine::Sqlite => 20_000,
        Engine::Postgres => 2_500,
    })
}

#[test]
fn every_operation_of_a_bulk_that_is_killed_three_times_ends_once() {
    let customers = customers_of_a_killed_bulk();
    let mut server = Patron::start(Options::default());
    let mut instance = server.instance();
    // Every tenth comes twice: the second must fail, whatever happens in between.
    let items: Vec<Value> = (0..customers)
        .map(|number| customer(&format!("ada{}@example.com", number - usize::from(number % 10 == 1))))
        .collect();
    let receipt = instance.post("/V1/async/bulk/customers", &items.into()).expect(202);

    for kill in 1..=3 {
        wait_until_done(&instance, &receipt, customers * kill / 5);
        server.kill9();
        server.restart();
        instance = instance.moved_to(server.base());
        assert_truthful(&instance, &receipt, customers);
    }
    let made = customers - customers / 10;
    wait_until_done(&instance, &receipt, made);
    let statuses = finished(&instance, &receipt);

    let expected: Vec<i64> = (0..customers).map(|number| if number % 10 == 1 { 3 } else { 1 }).collect();
    assert!(statuses == expected, "an operation ended otherwise than it must");
    assert_eq!(total(&instance), made);
    let found =
        instance.get("/V1/customers/search?searchCriteria[page_size]=0&fields=items[id,email]").expect(200);
    let mut by_email: BTreeMap<&str, usize> = BTreeMap::new();
    for item in found["items"].as_array().unwrap() {
        *by_email.entry(item["email"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(by_email.len(), made);
    assert!(by_email.values().all(|times| *times == 1), "a customer was created twice");
    consistency::assert_whole(&server);
}

#[test]
fn two_nodes_on_one_database_share_the_work_and_do_none_of_it_twice() {
    const BULKS: usize = 40;
    let database = Data::Database(postgres::database());
    let node = || Patron::start(Options { data: database.clone(), ..Options::default() });
    let (mut one, two) = (node(), node());
    let here = one.instance();
    let there = here.moved_to(two.base());

    let items = |bulk: usize| -> Value {
        // The second of a pair of bulks asks for the same customers again.
        (0..30).map(|number| customer(&format!("ada{}.{number}@example.com", bulk / 2))).collect()
    };
    let receipts: Vec<Value> = (0..BULKS)
        .map(|bulk| if bulk % 2 == 0 { &here } else { &there }.post("/V1/async/bulk/customers", &items(bulk)))
        .map(|answer| answer.expect(202))
        .collect();
    one.kill9();

    let ended: Vec<i64> = receipts.iter().flat_map(|receipt| finished(&there, receipt)).collect();
    assert_eq!(ended.iter().filter(|status| **status == 1).count(), BULKS * 30 / 2);
    assert_eq!(total(&there), BULKS * 30 / 2);
    assert_eq!(run(&there, "DELETE", "/V1/async/customers/1", None), [1]);
}

/// Queues a change, waits until it is over and gives the statuses of its operations, in order.
fn run(instance: &Instance, method: &str, path: &str, body: Option<&Value>) -> Vec<i64> {
    let receipt = instance.send(method, path, &[], body).expect(202);
    finished(instance, &receipt)
}

pub(crate) fn finished(instance: &Instance, receipt: &Value) -> Vec<i64> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let statuses = statuses(instance, receipt);
        if statuses.iter().all(|status| matches!(status, 1 | 3)) {
            return statuses;
        }
        assert!(Instant::now() < deadline, "operations are left after a minute: {statuses:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn statuses(instance: &Instance, receipt: &Value) -> Vec<i64> {
    let bulk =
        instance.get(&format!("/V1/bulk/{}/status", receipt["bulk_uuid"].as_str().unwrap())).expect(200);
    let operations = bulk["operations_list"].as_array().unwrap();
    assert_eq!(bulk["operation_count"], operations.len());
    operations.iter().map(|operation| operation["status"].as_i64().unwrap()).collect()
}

fn wait_until_done(instance: &Instance, receipt: &Value, wanted: usize) {
    let path = format!("/V1/bulk/{}/operation-status/1", receipt["bulk_uuid"].as_str().unwrap());
    let (mut done, mut since) = (0, Instant::now());
    while done < wanted {
        let now = usize::try_from(instance.get(&path).expect(200).as_u64().unwrap()).unwrap();
        if now > done {
            (done, since) = (now, Instant::now());
        }
        assert!(
            since.elapsed() < Duration::from_secs(60),
            "nothing new after {done} operations for a minute"
        );
        thread::sleep(Duration::from_millis(1));
    }
}

/// What is complete has its customer, and what has its customer is complete.
fn assert_truthful(instance: &Instance, receipt: &Value, operations: usize) {
    // The worker goes on meanwhile, so the number of customers lies between two looks at the statuses.
    let complete = || statuses(instance, receipt).iter().filter(|status| **status == 1).count();
    let before = complete();
    let customers = total(instance);
    let after = complete();
    assert!(
        before <= customers && customers <= after,
        "{customers} customers, {before} to {after} operations"
    );
    assert!(after <= operations);
}

fn total(instance: &Instance) -> usize {
    let found =
        instance.get("/V1/customers/search?searchCriteria[page_size]=1&fields=total_count").expect(200);
    usize::try_from(found["total_count"].as_u64().unwrap()).unwrap()
}

fn assert_nowhere_on_disk(server: &Patron) {
    let kept = server.kept();
    assert!(kept.len() > 10_000, "nothing was looked at");
    for secret in [PASSWORD, PLAIN] {
        let is_there = kept.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!is_there, "a password is kept in clear");
    }
    for output in [server.stdout(), server.stderr()] {
        assert!(!output.contains(PASSWORD) && !output.contains(PLAIN), "the log holds a password");
    }
}

#[test]
fn a_call_that_answers_a_secret_has_no_async_form() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    assert_eq!(instance.post("/V1/customers/1/token", &json!({})).status, 200);
    for path in [
        "/V1/async/customers/1/token",
        "/V1/async/customer/1/otp",
        "/V1/async/bulk/customers/byCustomerId/token",
    ] {
        assert_eq!(instance.post(path, &json!([])).status, 404, "{path}");
    }
}
