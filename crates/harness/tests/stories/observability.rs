//! What operators see of the service; what they must never see is in `secrets`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::time::{Duration, Instant};

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

/// A server with some requests behind it.
fn watched() -> (Patron, Instance) {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let customer = json!({"email": "planted@secret.example", "firstname": "Ada", "lastname": "Lovelace"});
    let made = instance.post("/V1/customers", &json!({"customer": customer, "password": "Planted-Pa55word"}));
    assert_eq!(made.status, 200);
    assert_eq!(instance.get("/V1/customers/search?searchCriteria[filterGroups][0][filters][0][field]=email&searchCriteria[filterGroups][0][filters][0][value]=planted@secret.example").status, 200);
    (server, instance)
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
    for name in ["patron_http_request_duration_seconds_bucket", "patron_writer_units_committed_total"] {
        assert!(shown.contains(name), "{name} is missing");
    }
    // The customer's password, and perhaps by now that of the console's first user. One is counted just after it was answered.
    let hashed = || {
        let shown = metrics(&server);
        let line = shown.lines().find_map(|line| line.strip_prefix("patron_hash_done_total "));
        line.expect("passwords are counted").to_owned()
    };
    let begun = Instant::now();
    while hashed() == "0" {
        assert!(begun.elapsed() < Duration::from_secs(20), "the customer's password was not counted");
    }
    assert!(matches!(&*hashed(), "1" | "2"), "{} passwords were hashed", hashed());
}

#[test]
fn every_answer_carries_a_request_id() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let given = get(&server, "/_/livez", &[("x-request-id", "from-the-caller-1")]);
    assert_eq!(given.header("x-request-id"), Some("from-the-caller-1"));
    let rest = format!("/{}/V1/customers", instance.made.tenant_id);
    let large = Some("a".repeat(2 << 20).into_bytes());
    for (method, target, body, status) in [
        ("GET", "/nobody/V1/customers/1", None, 404),
        ("GET", "/nowhere", None, 404),
        ("GET", &*format!("{rest}/1"), None, 401),
        ("PATCH", &*format!("{rest}/1"), None, 405),
        ("POST", "/ims/token/v3", None, 400),
        ("GET", "/ims/token/v3", None, 405),
        ("POST", "/ims/token/v3", large.clone(), 413),
        ("POST", "/_/instances", large, 413),
        ("GET", "/_/instances/nobody", None, 404),
    ] {
        let headers = vec![("x-request-id".to_owned(), "spaces are not fine".to_owned())];
        let request = wire::Request { method: method.into(), target: target.into(), headers, body };
        let answer = wire::send(server.address(), &request).unwrap();
        assert_eq!(answer.status, status, "{method} {target}");
        assert_eq!(answer.header("x-request-id").map(str::len), Some(32), "{method} {target}");
    }
}

#[test]
fn a_log_line_of_a_request_carries_its_id_and_is_an_object_when_asked_for() {
    let mut options = Options::ephemeral();
    options
        .environment
        .extend([("PATRON_LOG", "debug"), ("PATRON_LOG_JSON", "true")].map(|(a, b)| (a.into(), b.into())));
    let mut server = Patron::start(options);
    get(&server, "/nobody/V1/customers/1", &[("x-request-id", "look-for-me")]);
    assert!(server.stop().success());
    let lines: Vec<serde_json::Value> =
        server.stderr().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["request_id"] == "look-for-me").unwrap();
    assert_eq!(
        (&line["method"], &line["fields"]["message"]),
        (&json!("GET"), &json!("A request was answered."))
    );
    assert_eq!(
        (&line["fields"]["status"], &line["fields"]["route"]),
        (&json!(404), &json!("/V1/customers/:customerId"))
    );
}

#[test]
fn the_numbers_that_are_promised_are_there() {
    let (server, instance) = watched();
    instance.get("/V1/customers/1");
    let shown = metrics(&server);
    let documented = include_str!("../../../../docs/operations.md");
    let names = documented.lines().filter(|line| line.starts_with("| `p")).flat_map(|line| {
        line.split('|')
            .nth(1)
            .unwrap_or("")
            .split('`')
            .filter(|name| name.starts_with("pa") || name.starts_with("process_"))
    });
    let names: Vec<&str> = names.map(|name| name.split('{').next().unwrap_or(name)).collect();
    assert!(names.len() > 40, "{names:?}");
    for name in &names {
        assert!(shown.contains(&format!("\n{name}")), "{name} is not in\n{shown}");
    }
    for line in shown.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap_or("");
        assert!(documented.contains(name), "{name} is not documented");
    }
    for line in [
        r#"patron_http_requests_total{method="POST",route="/ims/token/v3",status="2xx"} 1"#,
        r#"patron_http_requests_total{method="POST",route="/_/instances",status="2xx"} 1"#,
        r#"patron_worker_up{worker="mail"} 1"#,
        r#"patron_queue_length{queue="calls"} 0"#,
        "patron_token_cache_misses_total 1",
        "patron_token_cache_hits_total 2",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
}
