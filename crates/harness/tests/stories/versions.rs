//! Optimistic concurrency: who names the version he saw overwrites nobody's change.

#![allow(clippy::unwrap_used)]

use patron_harness::{Instance, Options, Patron, wire};
use serde_json::{Value, json};

fn send(
    server: &Patron,
    instance: &Instance,
    method: &str,
    if_match: Option<&str>,
    body: &Value,
) -> wire::Answer {
    let mut headers = vec![
        ("Authorization".to_owned(), format!("Bearer {}", instance.token)),
        ("Content-Type".to_owned(), "application/json".to_owned()),
    ];
    headers.extend(if_match.map(|tag| ("If-Match".to_owned(), tag.to_owned())));
    let request = wire::Request {
        method: method.into(),
        target: format!("/{}/V1/customers/1", instance.made.tenant_id),
        headers,
        body: (!body.is_null()).then(|| body.to_string().into_bytes()),
    };
    wire::send(server.address(), &request).unwrap()
}

fn tag(answer: &wire::Answer) -> String {
    answer.header("etag").unwrap().to_owned()
}

#[test]
fn a_change_that_names_an_old_version_is_refused_and_changes_nothing() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let rename = |name: &str| json!({"customer": {"lastname": name}});

    let seen = tag(&send(&server, &instance, "GET", None, &Value::Null));
    let first = send(&server, &instance, "PUT", Some(&seen), &rename("King"));
    assert_eq!(first.status, 200);
    assert_ne!(tag(&first), seen);

    let second = send(&server, &instance, "PUT", Some(&seen), &rename("Byron"));
    assert_eq!(second.status, 412);
    assert_eq!(second.json()["parameters"]["current"], tag(&first));
    assert_eq!(send(&server, &instance, "DELETE", Some(&seen), &Value::Null).status, 412);
    let now = send(&server, &instance, "GET", None, &Value::Null);
    assert_eq!((now.json()["lastname"].as_str(), tag(&now)), (Some("King"), tag(&first)));

    let several = format!("\"nothing\", {}", tag(&now));
    assert_eq!(send(&server, &instance, "DELETE", Some(&several), &Value::Null).status, 200);
}

#[test]
fn without_the_header_nothing_changes_and_a_star_takes_any_version() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let body = json!({"customer": {"lastname": "King"}});
    assert_eq!(send(&server, &instance, "PUT", None, &body).status, 200);
    assert_eq!(send(&server, &instance, "PUT", Some("*"), &body).status, 200);
    assert_eq!(send(&server, &instance, "DELETE", None, &Value::Null).status, 200);
    assert_eq!(send(&server, &instance, "DELETE", Some("*"), &Value::Null).status, 404);
}
