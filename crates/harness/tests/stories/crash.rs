//! The process is killed, at marked points and at any moment: what was acknowledged is there, nothing is half there, the next write
//! works. `docs/reliability.md` says how to repeat it with more moments.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use patron_harness::{Data, Instance, Options, Patron, consistency, customer, postgres};
use serde_json::{Value, json};

use crate::random::Random;

const CLIENTS: usize = 4;

/// Kills at random moments, 200 in all, in each of the four stories of [`kills`]; `PATRON_KILLS` says otherwise.
const KILLS: u64 = 50;

#[test]
fn killed_inside_a_unit_of_work_it_keeps_nothing_of_it() {
    for passing in [1, 2, 7, 20] {
        crash_under_load(&format!("unit:{passing}"));
    }
}

#[test]
fn killed_after_the_commit_and_before_the_answer_it_has_the_write() {
    for passing in [1, 2, 7, 20] {
        crash_under_load(&format!("committed:{passing}"));
    }
}

#[test]
fn killed_during_a_checkpoint_it_loses_nothing() {
    for (passing, micros) in [(1, 0), (1, 20), (1, 60), (1, 150), (2, 40), (2, 300)] {
        crash_under_load(&format!("checkpoint:{passing}:{micros}"));
    }
}

#[test]
fn killed_during_any_migration_it_goes_on_where_it_was() {
    let mut server = Patron::start(Options::default());
    let mut killed = 0;
    loop {
        server.kill9_if_running();
        fs::remove_dir_all(server.data_folder()).unwrap();
        server.crash_at(Some(&format!("migration:{}", killed + 1)));
        if server.try_restart().is_ok() {
            break;
        }
        killed += 1;
        server.crash_at(None);
        server.restart();
        consistency::assert_whole(&server);
        server.instance().add_customer("ada@example.com");
    }
    assert!(killed >= 12, "there are more migrations than {killed}");
}

#[test]
fn killed_on_postgres_at_each_point_it_keeps_what_was_acknowledged() {
    let data = Data::Database(postgres::database());
    let mut server = Patron::start(Options { data, ..Options::default() });
    let mut load = Load::new(server.instance());
    for point in ["unit:9", "committed:9"] {
        server.crash_at(Some(point));
        server.restart();
        load.moved_to(&server);
        load.run(|| assert!(!server.wait_for_end().success()));
        server.crash_at(None);
        server.restart();
        load.moved_to(&server);
        load.assert_kept();
        consistency::assert_whole(&server);
    }
}

#[test]
fn a_bulk_that_is_killed_at_each_point_runs_every_operation_once() {
    const CUSTOMERS: usize = 2000;
    let mut server = Patron::start(Options::default());
    let mut instance = server.instance();
    let items: Vec<Value> = (0..CUSTOMERS)
        .map(|number| customer(&format!("ada{}@example.com", number - usize::from(number % 10 == 1))))
        .collect();
    server.crash_at(Some("claimed:1"));
    server.restart();
    instance = instance.moved_to(server.base());
    // Killed as soon as the worker has taken it: perhaps before the receipt was sent, but not before it was kept.
    let _ = instance.try_post("/V1/async/bulk/customers", &items.into());
    for point in ["lot:1", "lot:2", "lot committed:1", "lot:3"] {
        assert!(!server.wait_for_end().success());
        server.crash_at(Some(point));
        server.restart();
    }
    assert!(!server.wait_for_end().success());
    server.crash_at(None);
    server.restart();
    instance = instance.moved_to(server.base());

    let bulks = instance.get("/V1/bulk?searchCriteria[page_size]=0").expect(200);
    let operations = bulks["items"].as_array().unwrap();
    assert_eq!(operations.len(), CUSTOMERS);
    let uuid = operations[0]["bulk_uuid"].as_str().unwrap();
    let statuses = bulk_finished(&instance, uuid);
    let expected: Vec<i64> = (0..CUSTOMERS).map(|number| if number % 10 == 1 { 3 } else { 1 }).collect();
    assert_eq!(statuses, expected);
    assert_eq!(emails(&instance).len(), CUSTOMERS - CUSTOMERS / 10);
    consistency::assert_whole(&server);
}

#[test]
fn a_log_that_was_torn_anywhere_opens_and_holds_what_came_first() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    (0..60).for_each(|number| drop(instance.add_customer(&email(number))));
    server.kill9();
    let (file, log) =
        (server.data_folder().join("patron.sqlite"), server.data_folder().join("patron.sqlite-wal"));
    let (file_then, log_then) = (fs::read(&file).unwrap(), fs::read(&log).unwrap());
    assert!(log_then.len() > 100_000, "the log was copied and emptied already: {} bytes", log_then.len());

    let mut random = Random::seeded();
    let mut kept = Vec::new();
    for round in 0..14 {
        fs::write(&file, &file_then).unwrap();
        let mut torn = log_then.clone();
        torn.truncate(random.below(torn.len() as u64) as usize);
        if round % 3 == 2 {
            // A sector that never reached the disk.
            let from = random.below(torn.len().max(1) as u64) as usize;
            let to = torn.len().min(from + 512);
            torn[from..to].fill(0);
        }
        fs::write(&log, &torn).unwrap();
        let _ = fs::remove_file(server.data_folder().join("patron.sqlite-shm"));
        if server.try_restart().is_err() {
            panic!("a log of {} of {} bytes does not open", torn.len(), log_then.len());
        }
        consistency::assert_whole(&server);
        let connection = rusqlite::Connection::open(&file).unwrap();
        let ids: Vec<i64> = connection
            .prepare("SELECT id FROM customer ORDER BY id")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(ids, (1..=ids.len() as i64).collect::<Vec<_>>(), "not what came first");
        kept.push(ids.len());
        drop(connection);
        server.kill9();
    }
    assert!(kept.iter().any(|count| *count > 0 && *count < 60), "no log was torn in the middle: {kept:?}");
}

#[test]
fn killed_at_any_moment_one() {
    kills(1);
}

#[test]
fn killed_at_any_moment_two() {
    kills(2);
}

#[test]
fn killed_at_any_moment_three() {
    kills(3);
}

#[test]
fn killed_at_any_moment_four() {
    kills(4);
}

/// Kills a server under load again and again, on the same data. Four tests do it, so that four run side by side.
fn kills(seed: u64) {
    let kills = std::env::var("PATRON_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let mut random = Random::seeded().apart(seed);
    let mut server = Patron::start(Options::default());
    let mut load = Load::new(server.instance());
    for _ in 0..kills {
        let after = Duration::from_micros(random.below(120_000));
        load.run(|| {
            thread::sleep(after);
            server.kill9();
        });
        server.restart();
        load.moved_to(&server);
        load.assert_kept();
        consistency::assert_whole(&server);
        load.forget_half();
    }
    assert!(load.acknowledged > 0, "nothing was acknowledged in {kills} rounds");
}

/// Starts a server that kills itself at the point, and puts it under load.
fn crash_under_load(point: &str) {
    let mut server = Patron::start(Options::default());
    let mut load = Load::new(server.instance());
    server.crash_at(Some(point));
    server.restart();
    load.moved_to(&server);
    load.run(|| assert!(!server.wait_for_end().success(), "it ended well at {point}"));
    server.crash_at(None);
    server.restart();
    load.moved_to(&server);
    load.assert_kept();
    consistency::assert_whole(&server);
}

/// Clients that write until the server is gone, and what they were told.
struct Load {
    instance: Instance,
    /// By id: the customer as the last acknowledged answer showed it; none when the answer was that it is deleted.
    told: BTreeMap<u64, Option<Value>>,
    /// Used e-mail addresses.
    next: usize,
    acknowledged: usize,
}

impl Load {
    fn new(instance: Instance) -> Self {
        Self { instance, told: BTreeMap::new(), next: 0, acknowledged: 0 }
    }

    fn moved_to(&mut self, server: &Patron) {
        self.instance = self.instance.moved_to(server.base());
    }

    /// Writes from several clients, until `end` has seen the end of the server.
    fn run(&mut self, end: impl FnOnce()) {
        let told = Mutex::new(std::mem::take(&mut self.told));
        // Customers of which a change was under way when the server went: old or new, but whole.
        let unknown = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (instance, told, unknown) = (self.instance.clone(), &told, &unknown);
                let first = self.next + client * 100_000;
                scope.spawn(move || write_until_the_end(&instance, first, told, unknown));
            }
            end();
        });
        self.next += CLIENTS * 100_000;
        self.told = told.into_inner().unwrap();
        self.acknowledged += self.told.len();
        for id in unknown.into_inner().unwrap() {
            self.told.remove(&id);
        }
    }

    /// What was acknowledged is as it was told, and the next write works.
    fn assert_kept(&mut self) {
        for (id, told) in &self.told {
            let found = self.instance.get(&format!("/V1/customers/{id}"));
            match told {
                Some(customer) => {
                    assert_eq!(&found.expect(200), customer, "an acknowledged customer changed")
                }
                None => assert_eq!(found.status, 404, "customer {id} was deleted"),
            }
        }
        let next = self.instance.add_customer(&email(self.next));
        self.next += 1;
        let id = next["id"].as_u64().unwrap();
        assert!(self.told.keys().all(|told| *told < id), "id {id} was given twice");
        let found = self.instance.get("/V1/customers/search?searchCriteria[page_size]=1&fields=total_count");
        assert!(found.expect(200)["total_count"].as_u64().unwrap() > 0);
    }

    /// Keeps the rounds short: half of what is known need not be looked at again.
    fn forget_half(&mut self) {
        let mut nth = 0;
        self.told.retain(|_, _| {
            nth += 1;
            nth % 2 == 0
        });
    }
}

fn write_until_the_end(
    instance: &Instance,
    first: usize,
    told: &Mutex<BTreeMap<u64, Option<Value>>>,
    unknown: &Mutex<Vec<u64>>,
) {
    for number in first.. {
        let mut new = customer(&email(number));
        new["customer"]["addresses"] = json!([{
            "firstname": "Ada", "lastname": "Lovelace", "street": ["1 Street"], "city": "London", "country_id": "GB",
            "postcode": "W1", "telephone": "1", "default_billing": true}]);
        let Ok(answer) = instance.try_send("POST", "/V1/customers", Some(&new)) else { return };
        let made = answer.expect(200);
        let id = made["id"].as_u64().unwrap();
        told.lock().unwrap().insert(id, Some(made));
        let path = format!("/V1/customers/{id}");
        match number % 3 {
            0 => {}
            1 => {
                let change = json!({"customer": {"email": email(number), "firstname": "Augusta", "lastname": "King",
                    "group_id": 2, "addresses": []}});
                let Ok(answer) = instance.try_send("PUT", &path, Some(&change)) else {
                    return unknown.lock().unwrap().push(id);
                };
                told.lock().unwrap().insert(id, Some(answer.expect(200)));
            }
            _ => {
                let Ok(answer) = instance.try_send("DELETE", &path, None) else {
                    return unknown.lock().unwrap().push(id);
                };
                answer.expect(200);
                told.lock().unwrap().insert(id, None);
            }
        }
    }
}

fn email(number: usize) -> String {
    format!("ada{number}@example.com")
}

fn emails(instance: &Instance) -> BTreeMap<String, u64> {
    let found =
        instance.get("/V1/customers/search?searchCriteria[page_size]=0&fields=items[id,email]").expect(200);
    let mut by_email = BTreeMap::new();
    for item in found["items"].as_array().unwrap() {
        let twice = by_email.insert(item["email"].as_str().unwrap().to_owned(), item["id"].as_u64().unwrap());
        assert_eq!(twice, None, "{} is there twice", item["email"]);
    }
    by_email
}

fn bulk_finished(instance: &Instance, uuid: &str) -> Vec<i64> {
    for _ in 0..600 {
        let bulk = instance.get(&format!("/V1/bulk/{uuid}/status")).expect(200);
        let statuses: Vec<i64> = bulk["operations_list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|operation| operation["status"].as_i64().unwrap())
            .collect();
        if statuses.iter().all(|status| matches!(status, 1 | 3)) {
            return statuses;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("operations are left after 30 s");
}
