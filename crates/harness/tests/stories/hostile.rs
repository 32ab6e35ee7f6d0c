//! Clients that are broken, slow or worse. The server answers in JSON or hangs up; it never waits for ever, never falls
//! over, and goes on serving everybody else.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use patron_harness::wire::{self, Raw};
use patron_harness::{Instance, Options, Patron, customer};
use serde_json::Value;

/// How long a client may keep the server waiting.
const PATIENCE: Duration = Duration::from_secs(45);

#[test]
fn a_body_over_one_mebibyte_is_too_large() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let body = format!(r#"{{"customer": {{"email": "{}@example.com"}}}}"#, "a".repeat(1024 * 1024));

    let answer = wire::send(server.address(), &post(&instance, body.into_bytes())).unwrap();

    assert_eq!(answer.status, 413, "{}", answer.json());
    assert!(answer.json()["message"].is_string(), "{}", answer.json());
    assert_serves(&instance);
}

#[test]
fn a_body_that_grows_past_one_mebibyte_in_chunks_is_too_large() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut socket = Raw::connect(server.address()).unwrap();
    let head = head(&instance, "Transfer-Encoding: chunked");
    socket.write(head.as_bytes()).unwrap();
    for _ in 0..1100 {
        socket.write(format!("400\r\n{}\r\n", " ".repeat(1024)).as_bytes()).unwrap();
    }
    socket.write(b"0\r\n\r\n").unwrap();

    assert_eq!(socket.answer().unwrap().status, 413);
    assert_serves(&instance);
}

#[test]
fn an_announced_body_that_is_too_large_is_refused_before_it_is_sent() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut socket = Raw::connect(server.address()).unwrap();
    socket.write(head(&instance, "Content-Length: 4294967296").as_bytes()).unwrap();

    assert_eq!(socket.answer().unwrap().status, 413);
}

/// What needs no body is not answered before the body has come: a connection that is closed over it would take the next request along.
#[test]
fn a_connection_goes_on_after_a_refusal_whose_body_came_late() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let (tenant, token) = (&instance.made.tenant_id, &instance.token);
    let body = customer("ada@example.com").to_string();
    let mut socket = Raw::connect(server.address()).unwrap();
    for _ in 0..3 {
        for (method, path, token, status) in [
            ("POST", "/V1/customers", "nobody's", 401),
            ("PUT", "/V1/customers/1", "nobody's", 401),
            ("PATCH", "/V1/customers/1", token.as_str(), 405),
            ("DELETE", "/V1/customers/999", token.as_str(), 404),
            ("POST", "/V1/nope", token.as_str(), 404),
            ("GET", "/V1/customers/999", token.as_str(), 404),
        ] {
            let length = body.len();
            let head = format!(
                "{method} /{tenant}{path} HTTP/1.1\r\nHost: patron\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n"
            );
            socket.write(head.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(30));
            socket.write(body.as_bytes()).unwrap();
            let answer = socket.answer().unwrap();
            assert_eq!((answer.status, answer.header("connection")), (status, None), "{method} {path}");
        }
    }
    assert_serves(&instance);
}

#[test]
fn a_request_names_one_host() {
    let server = Patron::start(Options::ephemeral());
    for (hosts, status) in [("", 400), ("Host: a\r\nHost: b\r\n", 400), ("Host: a\r\n", 200)] {
        let mut socket = Raw::connect(server.address()).unwrap();
        socket.write(format!("GET /_/livez HTTP/1.1\r\n{hosts}\r\n").as_bytes()).unwrap();
        assert_eq!(socket.answer().unwrap().status, status, "{hosts}");
    }
}

#[test]
fn a_client_that_never_finishes_its_header_is_cut_off() {
    let server = Patron::start(Options::ephemeral());
    let mut socket = Raw::connect(server.address()).unwrap();
    socket.write(b"GET /_/readyz HTTP/1.1\r\nHost: patron\r\nX-Slow:").unwrap();

    let (bytes, _) = socket.until_closed(PATIENCE).expect("the server still waits for the header");

    assert!(bytes.is_empty() || status_of(&bytes) == Some(408), "{:?}", String::from_utf8_lossy(&bytes));
    assert_ready(&server);
}

#[test]
fn a_client_that_never_finishes_its_body_is_cut_off() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut socket = Raw::connect(server.address()).unwrap();
    socket.write(head(&instance, "Content-Length: 1000").as_bytes()).unwrap();
    socket.write(br#"{"customer":"#).unwrap();

    let (bytes, _) = socket.until_closed(PATIENCE).expect("the server still waits for the body");

    assert!(bytes.is_empty() || status_of(&bytes) == Some(408), "{:?}", String::from_utf8_lossy(&bytes));
    assert_serves(&instance);
}

#[test]
fn many_idle_connections_keep_nobody_else_waiting() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let idle: Vec<Raw> = (0..200)
        .map(|_| {
            let mut socket = Raw::connect(server.address()).unwrap();
            socket.write(b"GET /").unwrap();
            socket
        })
        .collect();

    assert_serves(&instance);
    drop(idle);
}

#[test]
fn a_client_that_hangs_up_in_the_middle_of_a_body_creates_nobody() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut socket = Raw::connect(server.address()).unwrap();
    let whole = patron_harness::customer("ada@example.com").to_string();
    socket.write(head(&instance, &format!("Content-Length: {}", whole.len() + 1)).as_bytes()).unwrap();
    socket.write(whole.as_bytes()).unwrap();
    socket.finish_writing().unwrap();
    socket.until_closed(PATIENCE).expect("the server waits for a body that ended");

    assert_eq!(instance.add_customer("ada@example.com")["id"], 1);
}

#[test]
fn garbage_is_a_bad_request_or_a_closed_connection() {
    let server = Patron::start(Options::ephemeral());
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\x00\xff\x00\xff\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let mut socket = Raw::connect(server.address()).unwrap();
        socket.write(garbage).unwrap();
        socket.finish_writing().unwrap();
        let shown = String::from_utf8_lossy(garbage);
        let (bytes, _) =
            socket.until_closed(PATIENCE).unwrap_or_else(|| panic!("still open after {shown:?}"));
        let status = status_of(&bytes);
        assert!(status.is_none_or(|status| (400..600).contains(&status)), "{shown:?}: {status:?}");
        assert_ne!(status, Some(500), "{shown:?}");
    }
    assert_ready(&server);
}

#[test]
fn a_huge_header_is_refused() {
    let server = Patron::start(Options::ephemeral());
    let mut socket = Raw::connect(server.address()).unwrap();
    let header =
        format!("GET /_/readyz HTTP/1.1\r\nHost: a\r\nX-Huge: {}\r\n\r\n", "a".repeat(4 * 1024 * 1024));
    socket.write(header.as_bytes()).unwrap();

    let (bytes, _) = socket.until_closed(PATIENCE).expect("the server keeps a connection with a huge header");

    assert!(matches!(status_of(&bytes), None | Some(400 | 414 | 431)), "{:?}", status_of(&bytes));
    assert_ready(&server);
}

#[test]
fn too_many_headers_are_refused() {
    let server = Patron::start(Options::ephemeral());
    let mut socket = Raw::connect(server.address()).unwrap();
    let lines: String = (0..10_000).map(|number| format!("X-{number}: a\r\n")).collect();
    socket.write(format!("GET /_/readyz HTTP/1.1\r\nHost: a\r\n{lines}\r\n").as_bytes()).unwrap();

    let (bytes, _) =
        socket.until_closed(PATIENCE).expect("the server keeps a connection with too many headers");

    assert!(matches!(status_of(&bytes), None | Some(400 | 431)), "{:?}", status_of(&bytes));
    assert_ready(&server);
}

#[test]
fn json_nested_a_hundred_thousand_deep_is_refused() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let body = format!(r#"{{"customer": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));

    let answer = wire::send(server.address(), &post(&instance, body.into_bytes())).unwrap();

    assert!((400..500).contains(&answer.status), "{} {}", answer.status, answer.json());
    assert_serves(&instance);
}

fn head(instance: &Instance, framing: &str) -> String {
    format!(
        "POST /{}/V1/customers HTTP/1.1\r\nHost: patron\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\n{framing}\r\n\r\n",
        instance.made.tenant_id, instance.token
    )
}

fn post(instance: &Instance, body: Vec<u8>) -> wire::Request {
    wire::Request {
        method: "POST".into(),
        target: format!("/{}/V1/customers", instance.made.tenant_id),
        headers: vec![
            ("Authorization".into(), format!("Bearer {}", instance.token)),
            ("Content-Type".into(), "application/json".into()),
        ],
        body: Some(body),
    }
}

fn status_of(bytes: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(bytes);
    text.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()
}

fn assert_ready(server: &Patron) {
    let request = wire::Request { method: "GET".into(), target: "/_/readyz".into(), ..Default::default() };
    assert_eq!(wire::send(server.address(), &request).unwrap().status, 200, "the server no longer serves");
}

fn assert_serves(instance: &Instance) {
    let found = instance.get("/V1/customers/search?searchCriteria[page_size]=1").expect(200);
    assert_eq!(found["items"], Value::Array(Vec::new()));
}
