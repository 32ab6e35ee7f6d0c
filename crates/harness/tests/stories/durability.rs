//! An acknowledged write is never lost, whatever happens to the process.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use patron_harness::{Instance, Options, Patron, customer};
use serde_json::{Value, json};

const CREATES: usize = 100;
const CLIENTS: usize = 10;

#[test]
fn a_kill_in_the_middle_of_a_hundred_creates_loses_no_acknowledged_one() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    let acknowledged = Mutex::new(Vec::new());

    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (instance, acknowledged) = (instance.clone(), &acknowledged);
            scope.spawn(move || create_until_the_server_dies(&instance, client, acknowledged));
        }
        wait_for(&acknowledged, CREATES / 4);
        server.kill9();
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() < CREATES, "the server was killed after the last create, not in the middle");

    server.restart();

    let instance = instance.moved_to(server.base());
    for created in &acknowledged {
        let kept = instance.get(&format!("/V1/customers/{}", created["id"])).expect(200);
        assert_eq!(&kept, created, "an acknowledged customer came back changed");
    }
    assert_searches_agree(&instance, acknowledged.len());
    assert_ids_go_on(&instance, &acknowledged);
}

#[test]
fn a_kill_right_after_an_update_keeps_the_update() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let change = json!({"customer": {"email": "ada@example.com", "firstname": "Ada", "lastname": "King"}});
    let updated = instance.put("/V1/customers/1", &change).expect(200);

    server.kill9();
    server.restart();

    assert_eq!(instance.moved_to(server.base()).get("/V1/customers/1").expect(200), updated);
}

fn create_until_the_server_dies(instance: &Instance, client: usize, acknowledged: &Mutex<Vec<Value>>) {
    for number in 0..CREATES / CLIENTS {
        let mut body = customer(&format!("customer{client}.{number}@example.com"));
        body["customer"]["addresses"] = json!([{
            "firstname": "Ada", "lastname": "Lovelace", "street": ["12 St James's Square"], "city": "London",
            "country_id": "GB", "postcode": "SW1Y 4JH", "telephone": "555", "default_billing": true
        }]);
        match instance.try_post("/V1/customers", &body) {
            Ok(answer) => acknowledged.lock().unwrap().push(answer.expect(200)),
            Err(_) => return,
        }
    }
}

fn wait_for(acknowledged: &Mutex<Vec<Value>>, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while acknowledged.lock().unwrap().len() < count {
        assert!(Instant::now() < deadline, "fewer than {count} creates in 30 s");
        thread::sleep(Duration::from_micros(200));
    }
}

/// What was not acknowledged may be there or not, but only whole: listed, counted and readable alike.
fn assert_searches_agree(instance: &Instance, at_least: usize) {
    let found = instance.get("/V1/customers/search?searchCriteria[page_size]=1000").expect(200);
    let items = found["items"].as_array().unwrap();
    assert_eq!(found["total_count"], items.len());
    assert!(items.len() >= at_least, "{} found of {at_least} acknowledged", items.len());
    for item in items {
        let read = instance.get(&format!("/V1/customers/{}", item["id"])).expect(200);
        assert_eq!(read["email"], item["email"]);
        assert_eq!(read["addresses"].as_array().unwrap().len(), 1, "a customer without its address: {read}");
    }
}

fn assert_ids_go_on(instance: &Instance, acknowledged: &[Value]) {
    let highest = acknowledged.iter().map(|customer| customer["id"].as_i64().unwrap()).max().unwrap();
    let next = instance.add_customer("after@example.com");
    assert!(next["id"].as_i64().unwrap() > highest, "an id was given twice");
}
