//! The network between a node and its database falls silent, or is cut in the middle of a commit.

use std::thread;
use std::time::{Duration, Instant};

use patron_harness::{Answer, Cut, Instance, Patron, Proxy, consistency, customer, postgres};
use reqwest::blocking::Client;
use serde_json::json;

use super::clients::{Clients, assert_honest};
use super::node;

/// Far more than a node may take to notice (some ten seconds), less than it would take without asking (35).
const BOUND: Duration = Duration::from_secs(30);

/// The shared server's address, and the URL of a new database behind a proxy and without.
fn behind_proxy() -> (Proxy, String, String) {
    let direct = postgres::database();
    let (start, place) = direct.split_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let proxy = Proxy::to(server);
    let proxied = format!("{start}@{}/{name}?sslmode=disable", proxy.address());
    (proxy, proxied, direct)
}

#[test]
fn a_node_that_is_cut_off_says_so_in_time_and_comes_back_by_itself() {
    let (proxy, proxied, direct) = behind_proxy();
    let nodes = [node(&proxied), node(&direct)];
    let clients = Clients::of(&nodes.each_ref());
    let (cut_off, other) = (clients.at(0), clients.at(1));
    clients.write_while(|| {
        clients.wait_for(20);
        proxy.fall_silent();
        // Reads and writes alike, whether they come while the node still finds out or later.
        thread::scope(|scope| {
            for caller in 0..4 {
                let cut_off = &cut_off;
                scope.spawn(move || assert_refused(cut_off, caller));
            }
        });
        assert_eq!(ready(&nodes[0]), 503);
        // The other node waits for nothing that the one left locked.
        other.add_customer("other@example.com");
        clients.wait_for(20);
        proxy.heal();
        let deadline = Instant::now() + BOUND;
        while ready(&nodes[0]) != 200 {
            assert!(Instant::now() < deadline, "it does not come back");
            thread::sleep(Duration::from_millis(50));
        }
        // The server still ends what the cut connections had begun: who meets its locks is told to try again, and does.
        let back = customer("back@example.com");
        loop {
            let answer = cut_off.post("/V1/customers", &back);
            if answer.status == 200 {
                break;
            }
            assert_eq!(
                (answer.status, answer.headers.contains_key("retry-after")),
                (503, true),
                "{}",
                answer.body
            );
            assert!(Instant::now() < deadline, "it takes no customer");
            thread::sleep(Duration::from_millis(50));
        }
        clients.wait_for(20);
    });
    for email in ["other@example.com", "back@example.com"] {
        assert_eq!(remove(&other, email), 1);
    }
    clients.assert_kept(0);
    consistency::assert_whole(&nodes[1]);
}

#[test]
fn a_commit_that_nobody_heard_the_end_of_is_told_as_such_and_takes_effect_once() {
    let (proxy, proxied, direct) = behind_proxy();
    let (server, other) = (node(&proxied), node(&direct));
    let instance = server.instance();
    for (cut, kept) in [(Cut::BeforeCommit, 0), (Cut::AfterCommit, 1)] {
        let send = |email: &str| {
            let key = [("Idempotency-Key", email)];
            instance.send("POST", "/V1/customers", &key, Some(&customer(email)))
        };
        // A node commits for itself, too: that may be what is cut, and it is done again.
        let (email, unsure) = (0..)
            .map(|attempt| {
                proxy.cut(cut);
                let email = format!("ada{kept}.{attempt}@example.com");
                let answer = send(&email);
                (email, answer)
            })
            .find(|(_, answer)| answer.status != 200)
            .unwrap();
        assert_honest(&unsure);
        assert!(unsure.message().contains("may have been kept or not"), "{}", unsure.body);
        assert_eq!(found(&instance.moved_to(other.base()), &email).len(), kept, "{cut:?}");

        let again = send(&email);
        assert_eq!(is_replayed(&again), kept == 1, "{cut:?}");
        let made = again.expect(200);
        assert_eq!(found(&instance, &email), [made["id"].as_u64().unwrap()], "{cut:?}");
    }
    consistency::assert_whole(&other);
}

fn assert_refused(node: &Instance, caller: usize) {
    assert_honest(&in_time(|| node.get("/V1/customers/1")));
    let new = customer(&format!("lost{caller}@example.com"));
    assert_honest(&in_time(|| node.post("/V1/customers", &new)));
    let token = in_time(|| node.ask_token());
    assert_eq!((token.status, &token.body["error"]), (503, &json!("internal_error")));
}

fn in_time<T>(call: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let answer = call();
    assert!(begun.elapsed() < BOUND, "it took {:?} to say so", begun.elapsed());
    answer
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
}

fn ready(node: &Patron) -> u16 {
    let client = Client::builder().no_proxy().build().unwrap();
    client.get(format!("{}/_/readyz", node.base())).send().unwrap().status().as_u16()
}

/// The ids of the customers with this address.
fn found(instance: &Instance, email: &str) -> Vec<u64> {
    let filter = "searchCriteria[filter_groups][0][filters][0]";
    let path = format!("/V1/customers/search?{filter}[field]=email&{filter}[value]={email}");
    let found = instance.get(&path).expect(200);
    let items = found["items"].as_array().unwrap_or_else(|| panic!("no items: {found}"));
    items.iter().map(|item| item["id"].as_u64().unwrap()).collect()
}

/// Deletes the customers with this address; how many there were.
fn remove(instance: &Instance, email: &str) -> usize {
    let ids = found(instance, email);
    ids.iter().for_each(|id| drop(instance.delete(&format!("/V1/customers/{id}")).expect(200)));
    ids.len()
}
