//! Two nodes on one database: what one is told, the other acts by with its very next call; nothing of it waits for a message or a
//! clock, so no story here waits for either.
//!
//! The stories name their database themselves, so they run once, whatever the engine under test is.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

mod logins;
mod secrets;
mod upgrade;
mod work;

use patron_harness::{Data, Instance, Options, Patron, customer, postgres};
use serde_json::{Value, json};

use crate::control::control;

/// Two nodes on a fresh database.
fn two_nodes() -> (Patron, Patron) {
    let url = postgres::database();
    (node(&url, &[]), node(&url, &[]))
}

/// A node on this database, with variables of its own.
fn node(url: &str, environment: &[(&str, &str)]) -> Patron {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let environment = environment.iter().map(own).collect();
    Patron::start(Options { data: Data::Database(url.to_owned()), environment, ..Options::default() })
}

/// An instance as both nodes serve it, and both have it in mind.
fn instance_of(nodes: &(Patron, Patron)) -> (Instance, Instance) {
    let here = nodes.0.instance();
    let there = here.moved_to(nodes.1.base());
    here.add_customer("known@example.com");
    assert_eq!(there.get("/V1/customers/1").status, 200);
    (here, there)
}

#[track_caller]
fn tell(node: &Patron, instance: &Instance, method: &str, path: &str, body: &Value) {
    let (status, answer) = control(node, instance, method, path, body);
    assert!((200..300).contains(&status), "{status} {answer}");
}

#[test]
fn a_setting_an_attribute_and_a_store_view_count_on_both_nodes_at_once() {
    let nodes = two_nodes();
    let (_, there) = instance_of(&nodes);
    let short = || {
        let mut new = customer("ada@example.com");
        new["password"] = json!("Ab34567890");
        there.post("/V1/customers", &new)
    };
    for length in ["14", "12"] {
        let setting = json!({"path": "customer/password/minimum_password_length", "value": length});
        tell(&nodes.0, &there, "PUT", "/settings", &setting);
        let refused = short();
        assert_eq!(
            (refused.status, &refused.body["parameters"]),
            (400, &json!([length])),
            "{}",
            refused.body
        );
    }

    let mut new = customer("grace@example.com");
    new["customer"]["custom_attributes"] = json!([{"attribute_code": "shoe", "value": "42"}]);
    let attribute = json!({"entity": "customer", "code": "shoe", "label": "Shoe", "input": "text"});
    tell(&nodes.0, &there, "POST", "/attributes", &attribute);
    let made = there.post("/V1/customers", &new).expect(200);
    assert_eq!(made["custom_attributes"], new["customer"]["custom_attributes"]);
    assert_eq!(there.get("/V1/attributeMetadata/customer/attribute/shoe").status, 200);
    tell(&nodes.0, &there, "DELETE", "/attributes/customer/shoe", &Value::Null);
    assert_eq!(there.get("/V1/attributeMetadata/customer/attribute/shoe").status, 404);

    let german = || there.send("GET", "/V1/customers/1", &[("Store", "de")], None).status;
    assert_eq!(german(), 400);
    let view = json!({"store": "main_website_store", "code": "de", "name": "Deutsch"});
    tell(&nodes.0, &there, "POST", "/store-views", &view);
    assert_eq!(german(), 200);
}

#[test]
fn a_deleted_credential_and_a_deleted_instance_are_gone_from_both_nodes_at_once() {
    let nodes = two_nodes();
    let (here, there) = instance_of(&nodes);
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/_/credentials/{}", nodes.0.base(), here.made.client_id);
    assert_eq!(client.delete(url).send().unwrap().status(), 204);
    assert_eq!(there.get("/V1/customers/1").status, 401);
    assert_eq!(there.ask_token().status, 400);

    let (here, there) = instance_of(&nodes);
    here.remove(None).unwrap();
    assert_eq!(there.get("/V1/customers/1").status, 404);
}
