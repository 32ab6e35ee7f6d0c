//! Clients as they should be: each change has a name of its own, and is sent again under that name, to whichever node answers, until
//! it is acknowledged. So what there must be in the end is known exactly.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use patron_harness::{Answer, Instance, Patron, customer};
use serde_json::{Value, json};

const CLIENTS: usize = 6;
/// How long one change may need until it is acknowledged, with all its attempts.
const PATIENCE: Duration = Duration::from_secs(90);

/// See the module.
pub struct Clients {
    /// The instance as each node serves it.
    nodes: RwLock<Vec<Instance>>,
    /// By id: the customer as the last acknowledged answer showed it; none when the answer was that it is deleted.
    told: Mutex<BTreeMap<u64, Option<Value>>>,
    acknowledged: AtomicUsize,
    /// Answers that said "not now", and attempts without an answer.
    put_off: AtomicUsize,
    over: AtomicBool,
}

impl Clients {
    /// Clients of a fresh instance of these nodes.
    pub fn of(nodes: &[&Patron]) -> Self {
        let instance = nodes[0].instance();
        Self {
            nodes: RwLock::new(nodes.iter().map(|node| instance.moved_to(node.base())).collect()),
            told: Mutex::default(),
            acknowledged: AtomicUsize::new(0),
            put_off: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        }
    }

    /// The instance as this node serves it.
    pub fn at(&self, node: usize) -> Instance {
        self.nodes.read().unwrap()[node].clone()
    }

    /// A node was started again, perhaps elsewhere.
    pub fn moved(&self, node: usize, to: &Patron) {
        let mut nodes = self.nodes.write().unwrap();
        nodes[node] = nodes[node].moved_to(to.base());
    }

    /// Writes while `meanwhile` runs, and until the last change that was begun is acknowledged.
    pub fn write_while(&self, meanwhile: impl FnOnce()) {
        thread::scope(|scope| {
            let clients: Vec<_> =
                (0..CLIENTS).map(|client| scope.spawn(move || self.write(client))).collect();
            // A failure in here must not leave the clients at work for ever.
            let over = Over(&self.over);
            meanwhile();
            drop(over);
            clients.into_iter().for_each(|client| client.join().unwrap());
        });
    }

    /// Waits until so many more changes were acknowledged: proof that work goes on.
    pub fn wait_for(&self, more: usize) {
        let (wanted, deadline) = (self.acknowledged.load(SeqCst) + more, Instant::now() + PATIENCE);
        while self.acknowledged.load(SeqCst) < wanted {
            assert!(Instant::now() < deadline, "fewer than {more} changes in {PATIENCE:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// How often a client had to try again.
    pub fn put_off(&self) -> usize {
        self.put_off.load(SeqCst)
    }

    /// Everything acknowledged is there as it was told, nothing else is, and nothing is there twice.
    pub fn assert_kept(&self, node: usize) {
        let instance = self.at(node);
        let told = self.told.lock().unwrap();
        assert!(told.len() >= 20, "only {} customers: too little to show anything", told.len());
        for (id, told) in &*told {
            let found = instance.get(&format!("/V1/customers/{id}"));
            match told {
                Some(customer) => assert_eq!(&found.expect(200), customer, "an acknowledged change is lost"),
                None => assert_eq!(found.status, 404, "customer {id} was deleted"),
            }
        }
        let there: Vec<u64> = told.iter().filter(|(_, told)| told.is_some()).map(|(id, _)| *id).collect();
        let found = instance
            .get("/V1/customers/search?searchCriteria[page_size]=0&fields=items[id,email],total_count")
            .expect(200);
        let mut ids: Vec<u64> =
            found["items"].as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, there, "other customers than were acknowledged");
        assert_eq!(found["total_count"], there.len(), "a wrong count");
        println!("{} acknowledged, {} put off", self.acknowledged.load(SeqCst), self.put_off());
    }

    /// One client: creates, and changes or deletes what it created.
    fn write(&self, client: usize) {
        for number in 0.. {
            if self.over.load(SeqCst) {
                return;
            }
            let key = |what: &str| format!("{what}-{client}-{number}");
            let email = format!("ada{client}.{number}@example.com");
            let mut new = customer(&email);
            new["customer"]["addresses"] = json!([{
                "firstname": "Ada", "lastname": "Lovelace", "street": ["1 Street"], "city": "London",
                "country_id": "GB", "postcode": "W1", "telephone": "1", "default_billing": true}]);
            let made = self.insist(client, "POST", "/V1/customers", &key("create"), Some(&new));
            let id = made["id"].as_u64().unwrap();
            let path = format!("/V1/customers/{id}");
            let left = match number % 3 {
                0 => Some(made),
                1 => {
                    let change = json!({"customer": {"email": email, "firstname": "Augusta", "lastname": "King",
                        "group_id": 2, "addresses": []}});
                    Some(self.insist(client, "PUT", &path, &key("change"), Some(&change)))
                }
                _ => {
                    self.insist(client, "DELETE", &path, &key("delete"), None);
                    None
                }
            };
            let before = self.told.lock().unwrap().insert(id, left);
            assert_eq!(before, None, "customer {id} was made twice");
        }
    }

    /// Sends a change to one node after the other until it is acknowledged.
    fn insist(&self, client: usize, method: &str, path: &str, key: &str, body: Option<&Value>) -> Value {
        let begun = Instant::now();
        for attempt in client.. {
            let node = {
                let nodes = self.nodes.read().unwrap();
                nodes[attempt % nodes.len()].clone()
            };
            match node.try_send_with(method, path, &[("Idempotency-Key", key)], body) {
                Ok(answer) if answer.status == 200 => {
                    self.acknowledged.fetch_add(1, SeqCst);
                    return answer.body;
                }
                Ok(answer) => assert_honest(&answer),
                // The node went away, or has not come back yet.
                Err(_) => {}
            }
            self.put_off.fetch_add(1, SeqCst);
            assert!(begun.elapsed() < PATIENCE, "{method} {path} was not acknowledged in {PATIENCE:?}");
            thread::sleep(Duration::from_millis(20));
        }
        unreachable!("attempts do not end")
    }
}

/// Whatever goes wrong below, callers hear that they should try again, and when.
#[track_caller]
pub fn assert_honest(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.headers.contains_key("retry-after"), "no Retry-After: {}", answer.body);
}

struct Over<'c>(&'c AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}
