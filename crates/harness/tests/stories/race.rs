//! Calls that arrive at the same moment.

#![allow(clippy::unwrap_used)]

use std::sync::Barrier;
use std::thread;

use patron_harness::{Answer, Instance, Options, Patron, customer};
use serde_json::{Value, json};

const CALLERS: usize = 16;

#[test]
fn of_many_creates_of_one_email_exactly_one_is_accepted() {
    let server = Patron::start(Options::default());
    let instance = server.instance();

    for round in 0..5 {
        let email = format!("ada{round}@example.com");
        // The comparison of the original ignores case; so must the race.
        let answers = at_once(&instance, |instance, caller| {
            let email = if caller % 2 == 0 { email.clone() } else { email.to_uppercase() };
            instance.post("/V1/customers", &customer(&email))
        });

        let (accepted, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(accepted.len(), 1, "round {round}");
        for answer in refused {
            assert_eq!(answer.status, 400, "{}", answer.body);
            assert_eq!(
                answer.message(),
                "A customer with the same email address already exists in an associated website."
            );
        }
        assert_eq!(total(&instance), round + 1);
    }
}

#[test]
fn of_many_customers_that_change_to_one_email_exactly_one_may() {
    let server = Patron::start(Options::default());
    let instance = server.instance();
    for caller in 0..CALLERS {
        instance.add_customer(&format!("ada{caller}@example.com"));
    }

    let answers = at_once(&instance, |instance, caller| {
        let change =
            json!({"customer": {"email": "taken@example.com", "firstname": "Ada", "lastname": "King"}});
        instance.put(&format!("/V1/customers/{}", caller + 1), &change)
    });

    let statuses = |wanted: u16| answers.iter().filter(|answer| answer.status == wanted).count();
    assert_eq!((statuses(200), statuses(400)), (1, CALLERS - 1));
}

#[test]
fn creates_at_once_get_ids_without_gaps_or_doubles() {
    let server = Patron::start(Options::default());
    let instance = server.instance();

    let answers = at_once(&instance, |instance, caller| {
        instance.post("/V1/customers", &customer(&format!("ada{caller}@example.com")))
    });

    let mut ids: Vec<u64> =
        answers.into_iter().map(|answer| answer.expect(200)["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=CALLERS as u64).collect::<Vec<_>>());
}

/// Every caller makes its call when all are ready.
fn at_once(instance: &Instance, call: impl Fn(&Instance, usize) -> Answer + Sync) -> Vec<Answer> {
    let ready = Barrier::new(CALLERS);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (instance, ready, call) = (instance.clone(), &ready, &call);
                scope.spawn(move || {
                    ready.wait();
                    call(&instance, caller)
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    })
}

fn total(instance: &Instance) -> Value {
    instance.get("/V1/customers/search?searchCriteria[page_size]=1").expect(200)["total_count"].clone()
}
