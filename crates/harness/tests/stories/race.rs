//! Calls that arrive at the same moment.

#![allow(clippy::unwrap_used)]

use std::sync::Barrier;
use std::thread;

use patron_harness::login::World;
use patron_harness::{Answer, Instance, Options, Patron, consistency, customer};
use serde_json::{Value, json};

const CALLERS: usize = 16;

#[test]
fn of_many_creates_of_one_email_exactly_one_is_accepted() {
    let server = Patron::start(Options::default());
    of_one_email_one_is_accepted(&server.instance());
}

fn of_one_email_one_is_accepted(instance: &Instance) {
    for round in 0..5 {
        let email = format!("ada{round}@example.com");
        // The comparison of the original ignores case; so must the race.
        let answers = at_once(instance, |instance, caller| {
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
        assert_eq!(total(instance), round + 1);
    }
}

#[test]
fn of_many_customers_that_change_to_one_email_exactly_one_may() {
    let server = Patron::start(Options::default());
    to_one_email_one_may_change(&server.instance());
    consistency::assert_whole(&server);
}

fn to_one_email_one_may_change(instance: &Instance) {
    for caller in 0..CALLERS {
        instance.add_customer(&format!("ada{caller}@example.com"));
    }

    let answers = at_once(instance, |instance, caller| {
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
    let answers = at_once(&server.instance(), |instance, caller| {
        instance.post("/V1/customers", &customer(&format!("ada{caller}@example.com")))
    });
    let mut ids: Vec<u64> =
        answers.into_iter().map(|answer| answer.expect(200)["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=CALLERS as u64).collect::<Vec<_>>());
}

#[test]
fn a_customer_that_is_changed_and_deleted_at_once_is_gone_and_leaves_nothing() {
    let server = Patron::start(Options::default());
    let instance = server.instance();
    for round in 1..=5 {
        let path = format!("/V1/customers/{}", instance.add_customer(&format!("{round}@example.com"))["id"]);
        let answers = at_once(&instance, |instance, caller| {
            let address = json!({"firstname": "Ada", "lastname": "King", "street": ["1 Street"], "city": "London",
                "country_id": "GB", "postcode": "W1", "telephone": "1", "default_shipping": true});
            match caller % 4 {
                0 => instance.delete(&path),
                _ => instance.put(&path, &json!({"customer": {"lastname": "King", "addresses": [address]}})),
            }
        });
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 404)), "{answers:?}");
        let deleted = answers.iter().step_by(4).filter(|answer| answer.status == 200).count();
        assert_eq!(deleted, 1, "round {round}");
        assert_eq!(instance.get(&path).status, 404);
    }
    assert_eq!(total(&instance), 0);
    consistency::assert_whole(&server);
}

#[test]
fn a_group_that_is_deleted_while_members_come_has_none_afterwards() {
    let server = Patron::start(Options::default());
    let instance = server.instance();
    let waiting: Vec<Value> = (0..CALLERS)
        .map(|caller| instance.add_customer(&format!("w{caller}@example.com"))["id"].clone())
        .collect();
    for round in 0..5 {
        let code = format!("Group {round}");
        let group = instance.post("/V1/customerGroups", &json!({"group": {"code": code, "tax_class_id": 3}}));
        let group = group.expect(200)["id"].clone();
        let answers = at_once(&instance, |instance, caller| match caller % 4 {
            0 => instance.delete(&format!("/V1/customerGroups/{group}")),
            1 => {
                let path = format!("/V1/customers/{}", waiting[caller]);
                instance.put(&path, &json!({"customer": {"group_id": group}}))
            }
            _ => {
                let mut new = customer(&format!("{round}.{caller}@example.com"));
                new["customer"]["group_id"] = group.clone();
                instance.post("/V1/customers", &new)
            }
        });
        for (caller, answer) in answers.iter().enumerate() {
            let wanted: &[u16] = if caller % 4 == 0 { &[200, 404] } else { &[200, 400] };
            assert!(wanted.contains(&answer.status), "{} {}", answer.status, answer.body);
        }
        assert_eq!(answers.iter().step_by(4).filter(|answer| answer.status == 200).count(), 1);
        let members = format!(
            "/V1/customers/search?searchCriteria[filter_groups][0][filters][0][field]=group_id\
             &searchCriteria[filter_groups][0][filters][0][value]={group}"
        );
        assert_eq!(instance.get(&members).expect(200)["total_count"], 0);
    }
    consistency::assert_whole(&server);
}

#[test]
fn a_refresh_token_that_is_used_at_once_buys_one_pair_of_tokens() {
    let server = Patron::start(Options::default());
    let world = World::with(&server, "oauthwebapp");
    let token = world.redeem(&world.code()).expect(200)["refresh_token"].clone();
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str().unwrap())];
    let bought: Vec<Value> = at_once(&world.instance, |_, _| world.token(&form))
        .into_iter()
        .map(|answer| answer.expect(200))
        .collect();
    assert!(bought.iter().all(|tokens| *tokens == bought[0]), "different tokens were sold: {bought:?}");
    let next =
        [("grant_type", "refresh_token"), ("refresh_token", bought[0]["refresh_token"].as_str().unwrap())];
    assert_eq!(world.token(&next).status, 200, "the family was ended by its own client");
}

#[test]
fn of_many_requests_under_one_key_one_takes_effect() {
    let server = Patron::start(Options::default());
    let instance = server.instance();
    for round in 0..3 {
        let answers = at_once(&instance, |instance, _| {
            let key = format!("key {round}");
            let new = customer(&format!("ada{round}@example.com"));
            instance.send("POST", "/V1/customers", &[("idempotency-key", &key)], Some(&new))
        });
        let first = answers[0].clone().expect(200);
        assert!(answers.into_iter().all(|answer| answer.expect(200) == first));
        assert_eq!(total(&instance), round + 1);
    }
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
