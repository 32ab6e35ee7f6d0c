//! The first start of a data folder, and every later one.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::time::{Duration, Instant};

use patron_harness::{Options, Patron, wire};

#[test]
fn the_first_start_prints_what_a_first_call_needs() {
    let server = Patron::start(Options::default());
    let banner = server.stdout();

    assert!(value(&server, "REST endpoint").starts_with(server.base()), "{banner}");
    assert!(value(&server, "GraphQL endpoint").ends_with("/graphql"), "{banner}");
    assert!(!value(&server, "Client ID").is_empty(), "{banner}");
    assert!(!value(&server, "Client secret").is_empty(), "{banner}");
    assert!(banner.contains("curl "), "no curl line in:\n{banner}");
    assert!(banner.contains("/ims/token/v3"), "no token call in:\n{banner}");
}

#[test]
fn a_server_that_is_ready_says_so() {
    let server = Patron::start(Options::ephemeral());
    for path in ["/_/livez", "/_/readyz"] {
        let request = wire::Request { method: "GET".into(), target: path.into(), ..Default::default() };
        assert_eq!(wire::send(server.address(), &request).unwrap().status, 200, "{path}");
    }
}

#[test]
fn a_later_start_keeps_the_instance_and_does_not_show_the_secret_again() {
    let mut server = Patron::start(Options::default());
    let before =
        (value(&server, "REST endpoint"), value(&server, "Client ID"), value(&server, "Client secret"));
    assert!(server.stop().success());

    server.restart();

    // The port is picked anew at every start of a test; the tenant stays.
    let tenant = |endpoint: &str| endpoint.rsplit('/').next().unwrap().to_owned();
    assert_eq!(tenant(&value(&server, "REST endpoint")), tenant(&before.0));
    assert_eq!(value(&server, "Client ID"), before.1);
    assert!(!server.stdout().contains(&before.2), "the secret was printed again:\n{}", server.stdout());
}

#[test]
fn customers_and_tokens_outlive_an_orderly_restart() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    let customer = instance.add_customer("ada@example.com");
    assert!(server.stop().success());

    server.restart();

    assert_eq!(instance.moved_to(server.base()).get("/V1/customers/1").expect(200), customer);
}

#[test]
fn sigterm_ends_the_server_cleanly_and_soon() {
    let mut server = Patron::start(Options::default());
    let asked = Instant::now();
    let status = server.stop();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(asked.elapsed() < Duration::from_secs(5), "an idle server took {:?} to stop", asked.elapsed());
}

#[test]
fn sigterm_leaves_no_call_done_but_unanswered() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    let calls: Vec<_> = (0..16)
        .map(|number| {
            let instance = instance.clone();
            // A password makes the call long enough to be in flight.
            let mut body = patron_harness::customer(&format!("ada{number}@example.com"));
            body["password"] = "TempPa55word!".into();
            std::thread::spawn(move || instance.try_post("/V1/customers", &body))
        })
        .collect();
    std::thread::sleep(Duration::from_millis(50));

    assert!(server.stop().success());

    // A call that the server had not taken yet may be refused; one that it carried out is answered.
    let answers = calls.into_iter().filter_map(|call| call.join().unwrap().ok());
    let acknowledged = answers.filter(|answer| answer.status == 200).count();
    server.restart();
    let instance = instance.moved_to(server.base());
    let found = instance.get("/V1/customers/search?searchCriteria[page_size]=1").expect(200);
    assert_eq!(found["total_count"], acknowledged);
}

fn value(server: &Patron, label: &str) -> String {
    server.banner(label).unwrap_or_else(|| panic!("no {label:?} in:\n{}", server.stdout()))
}
