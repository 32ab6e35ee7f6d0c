//! More than there is room for: whoever comes too much is told so at once, and everybody else notices nothing.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::{
    thread,
    time::{Duration, Instant},
};

use patron_harness::{
    Data, Engine, Instance, Options, Patron, SCOPES, customer, postgres,
    wire::{self, Raw},
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(45);

fn started(arguments: &[&str]) -> (Patron, Instance) {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let server = Patron::start(Options { arguments, ..Options::ephemeral() });
    let instance = server.instance();
    (server, instance)
}

fn get(server: &Patron, target: &str) -> wire::Answer {
    let request = wire::Request { method: "GET".into(), target: target.into(), ..Default::default() };
    wire::send(server.address(), &request).unwrap()
}

/// A number of `/_/metrics`.
fn metric(server: &Patron, name: &str) -> f64 {
    let text = String::from_utf8(get(server, "/_/metrics").body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
}

#[track_caller]
fn until_metric(server: &Patron, name: &str, wanted: f64) {
    let begun = Instant::now();
    while metric(server, name) != wanted {
        assert!(begun.elapsed() < PATIENCE, "{name} is {}, not {wanted}", metric(server, name));
        thread::sleep(Duration::from_millis(20));
    }
}

/// The thread that runs a change where it came in may be the one that listens to the network for all of them.
#[test]
fn reads_go_on_while_a_change_hangs() {
    if Engine::under_test() == Engine::Postgres {
        return; // Every thread that asks PostgreSQL waits for it.
    }
    let mut options = Options::ephemeral();
    options.environment.push(("PATRON_HANG_AT".into(), "unit in place".into()));
    let server = Patron::start(options);
    let instance = server.instance();
    let mut held = Vec::new();
    // One that somebody else's write is in the way of runs on the writer's thread, and is answered.
    let hangs = (1..=10).find(|number| {
        let body = customer(&format!("ada.{number}@example.com")).to_string();
        let mut socket = begun(&server, &instance, "/V1/customers", &body);
        // Long enough for all threads to have gone to sleep: the one that listens gets the body.
        thread::sleep(Duration::from_millis(300));
        socket.write(body.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(300));
        held.push(socket);
        (0..20).for_each(|_| drop(instance.get("/V1/store/storeViews").expect(200)));
        instance.get(&format!("/V1/customers/{number}")).status == 404
    });
    assert!(hangs.is_some(), "no change ran where it came in");
    assert_eq!(get(&server, "/_/livez").status, 200);
}

/// All requests of an HTTP/2 connection come in through one task. On PostgreSQL, where a read can be held up from outside.
#[test]
fn a_request_that_waits_holds_up_no_other_of_its_http2_connection() {
    let url = postgres::database();
    let server = Patron::start(Options { data: Data::Database(url.clone()), ..Options::default() });
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let client = reqwest::blocking::Client::builder().http2_prior_knowledge().build().unwrap();
    let get = move |path: &str, token: &str| {
        client.get(path).bearer_auth(token).timeout(PATIENCE).send().unwrap().status().as_u16()
    };
    let livez = format!("{}/_/livez", server.base());
    assert_eq!(get(&livez, ""), 200, "the connection is there");
    let locking = thread::spawn(move || {
        let hold = "BEGIN; LOCK TABLE customer_document IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT";
        postgres::query(&url, hold).unwrap();
    });
    thread::sleep(Duration::from_millis(500));
    let waiting = thread::spawn({
        let (get, path, token) = (
            get.clone(),
            format!("{}/{}/V1/customers/1", server.base(), instance.made.tenant_id),
            instance.token.clone(),
        );
        move || get(&path, &token)
    });
    thread::sleep(Duration::from_millis(500));
    assert_eq!(get(&livez, ""), 200);
    assert!(!waiting.is_finished(), "answered before the read that waits");
    assert_eq!(waiting.join().unwrap(), 200);
    locking.join().unwrap();
}

/// Begins a POST and keeps its body back.
fn begun(server: &Patron, instance: &Instance, path: &str, body: &str) -> Raw {
    let mut socket = Raw::connect(server.address()).unwrap();
    let head = format!(
        "POST /{}{path} HTTP/1.1\r\nHost: patron\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        instance.made.tenant_id,
        instance.token,
        body.len()
    );
    socket.write(head.as_bytes()).unwrap();
    socket
}

#[test]
fn requests_beyond_the_limit_are_turned_away_and_the_services_health_is_told_all_the_same() {
    let (server, instance) = started(&["--max-requests", "1"]);
    let body = customer("ada@example.com").to_string();
    let mut first = begun(&server, &instance, "/V1/customers", &body);
    until_metric(&server, "patron_http_requests_in_flight", 1.0);

    let turned_away = instance.get("/V1/customers/1");
    assert_eq!((turned_away.status, turned_away.headers["retry-after"].as_bytes()), (503, &b"1"[..]));
    assert_eq!(turned_away.headers["x-request-id"].len(), 32);
    let token = instance.ask_token();
    assert_eq!((token.status, token.headers["retry-after"].as_bytes()), (503, &b"1"[..]));
    assert_eq!(token.body["error"], "internal_error", "not in the token service's form: {}", token.body);
    for path in ["/_/livez", "/_/readyz", "/_/metrics"] {
        assert_eq!(get(&server, path).status, 200, "{path}");
    }

    first.write(body.as_bytes()).unwrap();
    assert_eq!(first.answer().unwrap().status, 200);
    assert_eq!(instance.get("/V1/customers/1").status, 200);
    assert_eq!(metric(&server, r#"patron_turned_away_total{kind="requests"}"#), 2.0);
}

#[test]
fn a_few_bulks_are_read_at_once_some_wait_and_the_next_is_turned_away() {
    let (server, instance) = started(&["--max-bulk-requests", "1"]);
    let body = json!([customer("ada@example.com")]).to_string();
    let path = "/V1/async/bulk/customers";
    let mut bulks: Vec<Raw> = (0..9).map(|_| begun(&server, &instance, path, &body)).collect();
    until_metric(&server, "patron_large_requests_in_flight", 9.0);

    let turned_away = instance.post(path, &json!([customer("alan@example.com")]));
    assert_eq!((turned_away.status, turned_away.headers["retry-after"].as_bytes()), (503, &b"2"[..]));
    instance.add_customer("grace@example.com");

    for bulk in &mut bulks {
        bulk.write(body.as_bytes()).unwrap();
    }
    for mut bulk in bulks {
        assert_eq!(bulk.answer().unwrap().status, 202);
    }
}

#[test]
fn a_client_that_does_not_take_its_search_is_cut_off_and_others_search_on() {
    let (server, instance) = started(&["--max-searches", "1", "--body-timeout-seconds", "2"]);
    fill(&instance);
    let mut stuck = Raw::connect(server.address()).unwrap();
    let request = format!(
        "GET /{}/V1/customers/search?searchCriteria= HTTP/1.1\r\nHost: patron\r\nAuthorization: Bearer {}\r\n\r\n",
        instance.made.tenant_id, instance.token
    );
    stuck.write(request.as_bytes()).unwrap();
    until_metric(&server, "patron_searches_in_flight", 1.0);

    assert_eq!(instance.get("/V1/customers/1").status, 200, "a read waits for a search");
    let found = instance.get("/V1/customers/search?searchCriteria[page_size]=1").expect(200);
    assert_eq!(found["total_count"], 400);
    assert!(stuck.answer().is_err(), "an answer that was cut off looks whole");
}

#[test]
fn a_search_that_there_is_no_room_for_is_refused_before_anything_is_read_for_it() {
    let (server, instance) = started(&["--max-searches", "1"]);
    fill(&instance);
    let request = format!(
        "GET /{}/V1/customers/search?searchCriteria= HTTP/1.1\r\nHost: patron\r\nAuthorization: Bearer {}\r\n\r\n",
        instance.made.tenant_id, instance.token
    );
    // One runs and is not taken, 32 wait for it.
    let searches: Vec<Raw> = (0..33)
        .map(|_| {
            let mut socket = Raw::connect(server.address()).unwrap();
            socket.write(request.as_bytes()).unwrap();
            socket
        })
        .collect();
    until_metric(&server, "patron_searches_in_flight", 33.0);

    let nobody = get(&server, &format!("/{}/V1/customers/search?searchCriteria=", instance.made.tenant_id));
    assert_eq!((nobody.status, nobody.header("retry-after")), (503, Some("1")));
    assert_eq!(instance.get("/V1/customers/search?searchCriteria=").status, 503);
    assert_eq!(metric(&server, r#"patron_turned_away_total{kind="searches"}"#), 2.0);
    assert_eq!(instance.get("/V1/customers/1").status, 200, "a read waits for searches");
    drop(searches);
    until_metric(&server, "patron_searches_in_flight", 0.0);
    assert_eq!(instance.get("/V1/customers/search?searchCriteria[page_size]=1").status, 200);
}

/// 8 MB of customers: more than the system keeps for a connection that nobody reads.
fn fill(instance: &Instance) {
    let long = "x".repeat(240);
    let addresses: Vec<Value> = (0..16)
        .map(|_| {
            json!({"firstname": long, "lastname": long, "street": [long, long], "city": "London", "company": long,
                "country_id": "GB", "postcode": "W1", "telephone": "1"})
        })
        .collect();
    for number in 0..400 {
        let mut new = customer(&format!("ada{number}@example.com"));
        new["customer"]["addresses"] = json!(addresses);
        instance.post("/V1/customers", &new).expect(200);
    }
}

#[test]
fn connections_that_say_nothing_or_only_a_little_are_ended() {
    let (server, instance) = started(&["--header-timeout-seconds", "1", "--keep-alive-seconds", "60"]);
    for said in ["", "P", "PRI * HT", "GET /_/livez HTTP/1.1\r\nHost: a\r\nX-Slow:"] {
        let mut socket = Raw::connect(server.address()).unwrap();
        socket.write(said.as_bytes()).unwrap();
        let closed = socket.until_closed(PATIENCE);
        assert!(closed.is_some(), "the server still waits after {said:?}");
    }
    // A byte now and then is no progress.
    let mut socket = Raw::connect(server.address()).unwrap();
    socket.write(b"GET /_/livez HTTP/1.1\r\nX-Slow: ").unwrap();
    let begun = Instant::now();
    while socket.until_closed(Duration::from_millis(200)).is_none() {
        assert!(begun.elapsed() < PATIENCE, "a trickle keeps a connection");
        socket.write(b"a").unwrap();
    }
    instance.add_customer("ada@example.com");
}

#[test]
fn the_pause_between_two_requests_has_a_time_of_its_own() {
    let ask = b"GET /_/livez HTTP/1.1\r\nHost: a\r\n\r\n";
    let (patient, _) = started(&["--header-timeout-seconds", "1", "--keep-alive-seconds", "600"]);
    let mut socket = Raw::connect(patient.address()).unwrap();
    for _ in 0..2 {
        socket.write(ask).unwrap();
        assert_eq!(socket.answer().unwrap().status, 200);
        thread::sleep(Duration::from_millis(2500));
    }
    let (hasty, _) = started(&["--header-timeout-seconds", "600", "--keep-alive-seconds", "1"]);
    let mut socket = Raw::connect(hasty.address()).unwrap();
    socket.write(ask).unwrap();
    assert_eq!(socket.answer().unwrap().status, 200);
    assert!(socket.until_closed(PATIENCE).is_some(), "an idle connection is kept for ever");
}

#[test]
fn a_token_request_that_never_ends_is_cut_off() {
    let (server, _) = started(&["--body-timeout-seconds", "1"]);
    let mut socket = Raw::connect(server.address()).unwrap();
    let head = "POST /ims/token/v3 HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 1000\r\n\r\ngrant_type=";
    socket.write(head.as_bytes()).unwrap();
    let answer = socket.answer().unwrap();
    assert_eq!((answer.status, answer.json()["error"].as_str()), (408, Some("invalid_request")));
}

#[test]
fn an_address_that_is_too_long_is_refused_in_json() {
    let (server, _) = started(&["--max-uri-bytes", "1000"]);
    let answer = get(&server, &format!("/{}", "a".repeat(1000)));
    assert_eq!(answer.status, 414);
    assert!(answer.json()["message"].is_string() && answer.header("x-request-id").is_some());
    assert_eq!(get(&server, &format!("/{}", "a".repeat(999))).status, 404);
}

#[test]
fn tokens_can_be_limited_by_credential_and_by_address() {
    let (server, instance) = started(&["--token-rate-per-credential", "2"]);
    let refused = (0..100).map(|_| instance.ask_token()).find(|answer| answer.status != 200).unwrap();
    assert_eq!((refused.status, refused.headers["retry-after"].as_bytes()), (429, &b"1"[..]));
    assert_eq!(refused.body["error"], "too_many_requests");
    assert!(metric(&server, "patron_token_requests_limited_total") >= 1.0);
    // Whoever guesses secrets does not use up the tokens of the credential that they belong to.
    let other = server.instance();
    for _ in 0..20 {
        assert_eq!(ask(&server, &other, "wrong").status, 400);
    }
    assert_eq!(ask(&server, &other, &other.made.client_secret).status, 200);

    let (server, instance) = started(&["--token-rate-per-address", "2"]);
    let mut answers = (0..100).map(|_| ask(&server, &instance, "wrong").status);
    assert_eq!(answers.find(|status| *status != 400), Some(429));
}

fn ask(server: &Patron, instance: &Instance, secret: &str) -> wire::Answer {
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={secret}&scope={SCOPES}",
        instance.made.client_id
    );
    let kind = ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned());
    let request = wire::Request {
        method: "POST".into(),
        target: "/ims/token/v3".into(),
        headers: vec![kind],
        body: Some(body.into_bytes()),
    };
    wire::send(server.address(), &request).unwrap()
}

#[test]
fn ten_thousand_idle_connections_do_no_harm() {
    // The server raises its own limit; it inherits this one.
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(256), maximum: files.maximum }).unwrap();
    let (server, instance) = started(&["--header-timeout-seconds", "600", "--keep-alive-seconds", "600"]);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum }).unwrap();
    // A machine that allows fewer files has to do with fewer connections.
    let count = files.maximum.map_or(10_000, |most| 10_000.min(most.saturating_sub(500)));
    assert!(count > 1000, "too few open files are allowed for this test: {files:?}");

    let idle: Vec<Raw> = (0..count)
        .map(|number| {
            let mut socket = Raw::connect(server.address()).unwrap();
            if number % 2 == 0 {
                socket.write(b"GET /V1/cust").unwrap();
            }
            if number % 500 == 0 {
                // Answered when all before it were taken: a machine that connects faster than it accepts would wait for the network.
                assert_eq!(get(&server, "/_/livez").status, 200);
            }
            socket
        })
        .collect();

    let made = instance.add_customer("ada@example.com");
    for _ in 0..50 {
        assert_eq!(instance.get("/V1/customers/1").expect(200), made);
    }
    assert_eq!(instance.ask_token().status, 200);
    assert!(metric(&server, "process_open_fds") >= count as f64, "the connections were not kept");
    assert!(
        metric(&server, "process_resident_memory_bytes") < 600e6,
        "{}",
        metric(&server, "process_resident_memory_bytes")
    );
    drop(idle);
}
