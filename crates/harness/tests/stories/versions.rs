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

/// A request with any headers to a customer, synchronous or not.
fn with(
    server: &Patron,
    instance: &Instance,
    call: (&str, &str),
    more: &[(&str, &str)],
    body: &Value,
) -> wire::Answer {
    let (method, path) = call;
    let mut headers = vec![("Authorization".to_owned(), format!("Bearer {}", instance.token))];
    headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let target = format!("/{}{path}", instance.made.tenant_id);
    let body = (!body.is_null()).then(|| body.to_string().into_bytes());
    wire::send(server.address(), &wire::Request { method: method.into(), target, headers, body }).unwrap()
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

/// Who tries again on another condition sends another request; and a replayed answer has the tag of what it shows.
#[test]
fn a_key_belongs_to_the_condition_that_was_sent_with_it() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let customer = "/V1/customers/1";
    let body = json!({"customer": {"lastname": "King"}});
    let put = |key: &str, tag: &str| {
        with(&server, &instance, ("PUT", customer), &[("Idempotency-Key", key), ("If-Match", tag)], &body)
    };
    let seen = tag(&send(&server, &instance, "GET", None, &Value::Null));
    assert_eq!(put("one", r#""old""#).status, 412);
    assert_eq!(put("one", &seen).status, 422, "the key was used for another request");
    let changed = put("two", &seen);
    let again = put("two", &seen);
    assert_eq!((changed.status, again.status), (200, 200));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!((again.json(), tag(&again)), (changed.json(), tag(&changed)));
    let elsewhere = [("Idempotency-Key", "two"), ("If-Match", &seen), ("Store", "all")];
    assert_eq!(with(&server, &instance, ("PUT", customer), &elsewhere, &body).status, 422);
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

#[test]
fn tags_are_compared_as_the_standard_says() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let customer = "/V1/customers/1";
    let now = tag(&with(&server, &instance, ("GET", customer), &[], &Value::Null));
    let body = json!({"customer": {"lastname": "Lovelace"}});
    let put = |more: &[(&str, &str)]| with(&server, &instance, ("PUT", customer), more, &body).status;

    assert_eq!(put(&[("If-Match", &format!("W/{now}"))]), 412, "a weak tag is no version");
    assert_eq!(put(&[("If-Match", now.trim_matches('"'))]), 412, "a tag has quotes");
    assert_eq!(put(&[("If-Match", r#""a, *, b""#)]), 412, "a star inside a tag is no star");
    assert_eq!(put(&[("If-Match", "")]), 412, "an empty list holds no version");
    assert_eq!(put(&[("If-Match", r#""other""#), ("If-Match", &now)]), 200, "a second line counts");
}

#[test]
fn a_get_that_knows_the_version_is_answered_without_a_body() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let get = |value: &str| {
        with(&server, &instance, ("GET", "/V1/customers/1"), &[("If-None-Match", value)], &Value::Null)
    };
    let seen = tag(&get(r#""other""#));
    for known in [&*seen, &format!("W/{seen}"), "*", &format!(r#""other", {seen}"#)] {
        let answer = get(known);
        assert_eq!((answer.status, tag(&answer), answer.body.len()), (304, seen.clone(), 0), "{known}");
    }
    instance.put("/V1/customers/1", &json!({"customer": {"lastname": "King"}})).expect(200);
    let answer = get(&seen);
    assert_eq!((answer.status, answer.json()["lastname"].as_str()), (200, Some("King")));
    let nobody =
        with(&server, &instance, ("GET", "/V1/customers/9"), &[("If-None-Match", "*")], &Value::Null);
    assert_eq!(nobody.status, 404);
}

#[test]
fn a_call_for_later_cannot_name_a_version_and_is_not_kept() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let one = json!({"customer": {"lastname": "King"}});
    let many = json!([{"customerId": 1, "customer": {"lastname": "King"}}]);
    for (path, body) in [("/V1/async/customers/1", one), ("/V1/async/bulk/customers/byCustomerId", many)] {
        let refused = with(&server, &instance, ("PUT", path), &[("If-Match", r#""any""#)], &body);
        assert_eq!(refused.status, 400, "{path}");
        assert_eq!(refused.json()["message"], "The If-Match header can only be used with synchronous calls.");
        assert_eq!(with(&server, &instance, ("PUT", path), &[], &body).status, 202, "{path}");
    }
}
