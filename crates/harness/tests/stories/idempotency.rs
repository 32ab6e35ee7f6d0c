//! A change that names itself with an `Idempotency-Key` takes effect once.

#![allow(clippy::unwrap_used)]

use std::sync::Barrier;
use std::thread;

use patron_harness::{Answer, Data, Instance, Options, Patron, customer, postgres};
use serde_json::{Value, json};

const CALLERS: usize = 12;

#[test]
fn a_change_that_is_sent_again_is_answered_as_before() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();

    let first = create(&instance, "one", "ada@example.com");
    let again = create(&instance, "one", "ada@example.com");

    assert!(!is_replayed(&first) && is_replayed(&again));
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(first.body, again.body);
    let other = create(&instance, "two", "ada@example.com");
    assert_eq!(other.status, 400, "another key is another request");
}

#[test]
fn a_deletion_that_is_sent_again_still_answers_true() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let delete = || instance.send("DELETE", "/V1/customers/1", &[("idempotency-key", "gone")], None);
    assert_eq!((delete().expect(200), delete().expect(200)), (json!(true), json!(true)));
    assert_eq!(instance.delete("/V1/customers/1").status, 404);
}

#[test]
fn a_refusal_is_answered_again_though_its_cause_is_gone() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let put = |key: &str| {
        instance.send(
            "PUT",
            "/V1/customers/1",
            &[("idempotency-key", key)],
            Some(&json!({"customer": {"firstname": "A"}})),
        )
    };
    let first = put("early");
    instance.add_customer("ada@example.com");
    let again = put("early");
    assert_eq!((first.status, again.status), (404, 404));
    assert_eq!(first.body, again.body);
    assert!(is_replayed(&again));
    assert_eq!(put("late").status, 200);
}

#[test]
fn another_request_under_the_same_key_is_refused() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    create(&instance, "one", "ada@example.com").expect(200);
    let other = create(&instance, "one", "grace@example.com");
    assert_eq!(other.status, 422);
    assert!(!other.message().is_empty());
    let key = [("idempotency-key", "one")];
    assert_eq!(instance.send("DELETE", "/V1/customers/1", &key, None).status, 422);
    assert_eq!(instance.send("DELETE", "/V1/customers/1", &[("idempotency-key", "")], None).status, 400);
    assert_eq!(instance.get("/V1/customers/1").status, 200);
}

#[test]
fn a_key_belongs_to_an_instance() {
    let server = Patron::start(Options::ephemeral());
    for instance in [server.instance(), server.instance()] {
        assert!(!is_replayed(&create(&instance, "one", "ada@example.com")));
    }
}

#[test]
fn of_many_that_come_at_once_one_takes_effect_and_all_get_its_answer() {
    let server = Patron::start(Options::default());
    let instance = server.instance();
    assert_one_takes_effect(&[instance]);
}

#[test]
fn of_many_that_come_at_once_to_two_nodes_one_takes_effect_and_all_get_its_answer() {
    let database = Data::Database(postgres::database());
    let node = || Patron::start(Options { data: database.clone(), ..Options::default() });
    let (one, two) = (node(), node());
    let here = one.instance();
    let there = here.moved_to(two.base());
    assert_one_takes_effect(&[here, there]);
}

fn assert_one_takes_effect(nodes: &[Instance]) {
    let start = Barrier::new(CALLERS);
    let send = |caller: usize| {
        start.wait();
        create(&nodes[caller % nodes.len()], "race", "ada@example.com")
    };
    let answers: Vec<Answer> = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn({
                    let send = &send;
                    move || send(caller)
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    let first = answers[0].body.clone();
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (200, &first));
    }
    assert_eq!(answers.iter().filter(|answer| !is_replayed(answer)).count(), 1);
}

#[test]
fn an_answer_outlives_the_process() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    let first = create(&instance, "one", "ada@example.com");
    server.kill9();
    server.restart();
    let again = create(&instance.moved_to(server.base()), "one", "ada@example.com");
    assert!(is_replayed(&again));
    assert_eq!(first.body, again.body);
}

#[test]
fn a_bulk_that_is_sent_again_is_queued_once() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    for (key, count) in [("small", 2), ("large", 1200)] {
        let items: Vec<Value> =
            (0..count).map(|number| customer(&format!("{key}{number}@example.com"))).collect();
        let items = Value::from(items);
        let send =
            || instance.send("POST", "/V1/async/bulk/customers", &[("idempotency-key", key)], Some(&items));
        let (first, again) = (send(), send());
        assert!(is_replayed(&again));
        assert_eq!(first.expect(202), again.expect(202));
    }
    let found = instance.get("/V1/bulk?searchCriteria[page_size]=1&fields=total_count").expect(200);
    assert_eq!(found["total_count"], 1202);
}

fn create(instance: &Instance, key: &str, email: &str) -> Answer {
    instance.send("POST", "/V1/customers", &[("Idempotency-Key", key)], Some(&customer(email)))
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
}
