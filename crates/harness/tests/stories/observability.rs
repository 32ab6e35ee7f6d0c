//! What operators see of the service, and what they must never see.

#![allow(clippy::unwrap_used)]

use patron_harness::{Instance, Options, Patron, wire};
use serde_json::json;

fn get(server: &Patron, target: &str, headers: &[(&str, &str)]) -> wire::Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = wire::Request { method: "GET".into(), target: target.into(), headers, body: None };
    wire::send(server.address(), &request).unwrap()
}

fn metrics(server: &Patron) -> String {
    String::from_utf8(get(server, "/_/metrics", &[]).body).unwrap()
}

/// A server that logs everything, and an instance with a planted password and e-mail address.
fn watched() -> (Patron, Instance) {
    let mut options = Options::ephemeral();
    options.environment.push(("PATRON_LOG".into(), "trace".into()));
    let server = Patron::start(options);
    let instance = server.instance();
    let customer = json!({"email": "planted@secret.example", "firstname": "Ada", "lastname": "Lovelace"});
    let made = instance.post("/V1/customers", &json!({"customer": customer, "password": "Planted-Pa55word"}));
    assert_eq!(made.status, 200);
    assert_eq!(instance.get("/V1/customers/search?searchCriteria[filterGroups][0][filters][0][field]=email&searchCriteria[filterGroups][0][filters][0][value]=planted@secret.example").status, 200);
    (server, instance)
}

#[test]
fn no_secret_token_address_or_body_is_in_logs_or_metrics() {
    let (server, instance) = watched();
    let seen = format!("{}{}", metrics(&server), server.stderr());
    let token = instance.token.as_str();
    for planted in
        ["Planted-Pa55word", "planted@secret", "Lovelace", instance.made.client_secret.as_str(), token]
    {
        assert!(!seen.contains(planted), "{planted} was shown");
    }
    assert!(seen.contains("A request was answered."), "the log is not at trace level");
}

#[test]
fn requests_are_counted_by_route_and_not_by_path() {
    let (server, instance) = watched();
    assert_eq!(instance.get("/V1/customers/1").status, 200);
    assert_eq!(instance.get("/V1/customers/4711").status, 404);
    let shown = metrics(&server);
    let route = r#"route="/V1/customers/:customerId""#;
    for status in ["2xx", "4xx"] {
        let line = format!(r#"patron_http_requests_total{{method="GET",{route},status="{status}"}} 1"#);
        assert!(shown.contains(&line), "{line} is not in\n{shown}");
    }
    assert!(!shown.contains("4711"));
    for name in [
        "patron_http_request_seconds_bucket",
        "patron_writer_units_committed_total",
        "patron_hash_done_total 1",
    ] {
        assert!(shown.contains(name), "{name} is missing");
    }
}

#[test]
fn every_answer_carries_a_request_id() {
    let server = Patron::start(Options::ephemeral());
    let id = |answer: &wire::Answer| answer.header("x-request-id").map(str::to_owned);
    let given = get(&server, "/_/livez", &[("x-request-id", "from-the-caller-1")]);
    assert_eq!(id(&given).as_deref(), Some("from-the-caller-1"));
    let refused = get(&server, "/nobody/V1/customers/1", &[("x-request-id", "spaces are not fine")]);
    assert_eq!(id(&refused).map(|id| id.len()), Some(32));
}
