//! Traces, for whoever receives them.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::{
    thread,
    time::{Duration, Instant},
};

use patron_harness::{
    Instance, Options, Patron, customer,
    otlp::{Receiver, Span},
};

const PATIENCE: Duration = Duration::from_secs(30);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn traced(receiver: &Receiver) -> (Patron, Instance) {
    let arguments = vec!["--otlp-endpoint".to_owned(), receiver.url()];
    let server = Patron::start(Options { arguments, ..Options::ephemeral() });
    let instance = server.instance();
    (server, instance)
}

/// The first span that is wanted, once it has been sent.
fn until(receiver: &Receiver, wanted: impl Fn(&Span) -> bool) -> Span {
    let begun = Instant::now();
    loop {
        if let Some(span) = receiver.spans().into_iter().find(&wanted) {
            return span;
        }
        assert!(begun.elapsed() < PATIENCE, "not among {:#?}", receiver.spans());
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_request_is_a_span_of_its_callers_trace_with_its_steps_below() {
    let receiver = Receiver::start();
    let (mut server, instance) = traced(&receiver);
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let mut new = customer("ada@example.com");
    new["password"] = "Tr0ub4dor&3x".into();
    let headers = [("traceparent", traceparent.as_str())];
    assert_eq!(instance.send("POST", "/V1/customers", &headers, Some(&new)).status, 200);
    assert!(server.stop().success());

    let request = until(&receiver, |span| span.trace_id == TRACE && span.name == "POST /V1/customers");
    assert_eq!(request.parent, CALLER);
    let sent = String::from_utf8_lossy(&receiver.bytes()).into_owned();
    for attribute in ["http.route", "http.response.status_code", "http.request.method", "patron.request_id"] {
        assert!(sent.contains(attribute), "{attribute} is not said");
    }
    for step in ["admission", "hash", "write"] {
        let found = until(&receiver, |span| span.trace_id == TRACE && span.name == step);
        assert_eq!(found.parent, request.id, "{step}");
    }
}

#[test]
fn a_request_without_a_trace_begins_one_and_a_broken_header_is_no_trace() {
    let receiver = Receiver::start();
    let (mut server, instance) = traced(&receiver);
    for broken in ["", "00-xyz", &format!("00-{}-{CALLER}-01", "0".repeat(32))] {
        assert_eq!(instance.send("GET", "/V1/customers/1", &[("traceparent", broken)], None).status, 404);
    }
    assert_eq!(instance.get("/V1/customers/search?searchCriteria[page_size]=1").status, 200);
    assert!(server.stop().success());

    let search = until(&receiver, |span| span.name == "search");
    let above = until(&receiver, |span| span.id == search.parent);
    assert_eq!((above.name.as_str(), above.parent.as_str()), ("GET /V1/customers/search", ""));
    let gets: Vec<Span> =
        receiver.spans().into_iter().filter(|span| span.name == "GET /V1/customers/:customerId").collect();
    assert_eq!(gets.len(), 3);
    assert!(gets.iter().all(|span| span.parent.is_empty() && span.trace_id != "0".repeat(32)), "{gets:#?}");
}

#[test]
fn a_receiver_that_is_not_there_is_no_trouble() {
    let arguments = vec!["--otlp-endpoint".to_owned(), "http://127.0.0.1:9".to_owned()];
    let mut server = Patron::start(Options { arguments, ..Options::ephemeral() });
    server.instance().add_customer("ada@example.com");
    assert!(server.stop().success());
}
