//! Work that one node takes in and another does: kept calls and mails.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use patron_harness::{Instance, customer, postgres};
use serde_json::{Value, json};

use super::node;
use crate::mail::{MailServer, Script};

/// The other node looks every half second; a busy machine may need longer for all the rest.
const PATIENCE: Duration = Duration::from_secs(30);

fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "still not {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn count(instance: &Instance) -> u64 {
    let path = "/V1/customers/search?searchCriteria[page_size]=1&fields=total_count";
    instance.get(path).expect(200)["total_count"].as_u64().unwrap()
}

#[test]
fn a_call_that_one_node_kept_is_run_by_the_other() {
    let url = postgres::database();
    // Gone as soon as it has kept the calls, before its own worker hears of them.
    let mut one = node(&url, &[("PATRON_CRASH_AT", "kept:1")]);
    let two = node(&url, &[]);
    let here = one.instance();
    let there = here.moved_to(two.base());
    let items: Vec<Value> = (0..10).map(|number| customer(&format!("ada{number}@example.com"))).collect();
    assert!(here.try_post("/V1/async/bulk/customers", &items.into()).is_err(), "it should be gone");
    assert!(!one.wait_for_end().success());
    until("run", || count(&there) == 10);
}

#[test]
fn each_mail_is_sent_once_however_many_nodes_send() {
    const MAILS: usize = 30;
    let (url, mail_server) = (postgres::database(), MailServer::start(Script::Take));
    let smtp = mail_server.url();
    // The first one has no mail server, so whatever it is told to send, others must.
    let (silent, sender) = (node(&url, &[]), node(&url, &[("PATRON_SMTP", &smtp)]));
    let second = node(&url, &[("PATRON_SMTP", &smtp)]);
    let instance = silent.instance();
    for number in 0..MAILS {
        instance.add_customer(&format!("ada{number}@example.org"));
    }
    until("sent", || mail_server.taken().len() >= MAILS);
    let unsent = "SELECT count(*) FROM mail WHERE state <> 'sent' OR attempts <> 1";
    until("written down", || postgres::query(&url, unsent).unwrap() == "0");
    let to = |mail: &String| mail.lines().find(|line| line.starts_with("To:")).unwrap().to_owned();
    let taken = mail_server.taken();
    assert_eq!(taken.len(), MAILS, "a mail was sent twice");
    assert_eq!(taken.iter().map(to).collect::<BTreeSet<_>>().len(), MAILS);
    drop((sender, second));
}

#[test]
fn a_name_of_a_request_is_known_to_both_nodes() {
    let nodes = super::two_nodes();
    let (here, there) = super::instance_of(&nodes);
    let key = [("Idempotency-Key", "one")];
    let body = json!({"customer": {"lastname": "King"}});
    let first = here.send("PUT", "/V1/customers/1", &key, Some(&body)).expect(200);
    let again = there.send("PUT", "/V1/customers/1", &key, Some(&body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.expect(200), first);
}
