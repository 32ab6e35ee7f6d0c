//! Any sequence of calls, against a model in memory that is too simple to be wrong: what the service answers is what the model knows.
//!
//! A failing sequence is shrunk and printed with its seed; `PATRON_SEED` repeats it, `PATRON_CASES` asks for more sequences.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a seed comes from the clock

use std::collections::{BTreeMap, BTreeSet};

use patron_harness::{Answer, Instance, Options, Patron, consistency};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};
use serde_json::{Value, json};

const CASES: u32 = 24;
const LONGEST: usize = 60;
const EMAILS: [&str; 6] = [
    "ada@example.com",
    "ADA@example.com",
    "grace@example.com",
    "alan@example.com",
    "o'hara+x@example.com",
    "ü@example.com",
];
const NAMES: [&str; 4] = ["King", "Hopper", "Túring", "O'Hara"];
const CODES: [&str; 4] = ["VIP", "vip", "Staff", "Größe"];
const KEY: &str = "confirmation key";

#[test]
fn every_sequence_of_calls_ends_as_the_model_says() {
    let server = Patron::start(Options::default());
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let now =
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = number("PATRON_SEED").unwrap_or_else(now);
    println!("PATRON_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let cases = number("PATRON_CASES").map_or(CASES, |cases| cases as u32);
    let config = Config { cases, max_shrink_iters: 300, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let commands = prop::collection::vec(command(), 1..LONGEST);
    let outcome = runner.run(&commands, |commands| {
        let mut model = Model::new(server.instance());
        for command in &commands {
            model.run(command)?;
        }
        model.compare()
    });
    outcome.unwrap_or_else(|error| panic!("PATRON_SEED={seed}: {error}"));
    consistency::assert_whole(&server);
}

/// One call. Numbers choose among what there is when it is made.
#[derive(Debug, Clone)]
enum Command {
    Create { email: usize, name: usize, group: usize, addresses: usize },
    Rename { who: usize, name: usize },
    ChangeEmail { who: usize, email: usize },
    MoveTo { who: usize, group: usize },
    AddAddress { who: usize, billing: bool, shipping: bool },
    KeepOneAddress { who: usize },
    DeleteAddress { which: usize },
    Delete { who: usize },
    Get { who: usize },
    FindByEmail { email: usize },
    FindByName { name: usize },
    FindByGroup { group: usize },
    AskForConfirmation { who: usize },
    Activate { who: usize, rightly: bool },
    RenameIfUnchanged { who: usize, name: usize, since: Since },
    AddGroup { code: usize },
    RenameGroup { group: usize, code: usize },
    DeleteGroup { group: usize },
}

/// Which version a conditional change names.
#[derive(Debug, Clone, Copy)]
enum Since {
    Now,
    Before,
}

fn command() -> impl Strategy<Value = Command> {
    use Command::*;
    let n = || 0..64usize;
    prop_oneof![
        6 => (n(), n(), n(), 0..3usize)
            .prop_map(|(email, name, group, addresses)| Create { email, name, group, addresses }),
        2 => (n(), n()).prop_map(|(who, name)| Rename { who, name }),
        2 => (n(), n()).prop_map(|(who, email)| ChangeEmail { who, email }),
        2 => (n(), n()).prop_map(|(who, group)| MoveTo { who, group }),
        2 => (n(), any::<bool>(), any::<bool>())
            .prop_map(|(who, billing, shipping)| AddAddress { who, billing, shipping }),
        1 => n().prop_map(|who| KeepOneAddress { who }),
        2 => n().prop_map(|which| DeleteAddress { which }),
        2 => n().prop_map(|who| Delete { who }),
        2 => n().prop_map(|who| Get { who }),
        2 => n().prop_map(|email| FindByEmail { email }),
        2 => n().prop_map(|name| FindByName { name }),
        2 => n().prop_map(|group| FindByGroup { group }),
        1 => n().prop_map(|who| AskForConfirmation { who }),
        2 => (n(), any::<bool>()).prop_map(|(who, rightly)| Activate { who, rightly }),
        2 => (n(), n(), prop_oneof![Just(Since::Now), Just(Since::Before)])
            .prop_map(|(who, name, since)| RenameIfUnchanged { who, name, since }),
        2 => n().prop_map(|code| AddGroup { code }),
        1 => (n(), n()).prop_map(|(group, code)| RenameGroup { group, code }),
        2 => n().prop_map(|group| DeleteGroup { group }),
    ]
}

#[derive(Debug, Clone, PartialEq)]
struct Customer {
    email: String,
    lastname: String,
    group: u64,
    addresses: BTreeSet<u64>,
    billing: Option<u64>,
    shipping: Option<u64>,
    is_confirming: bool,
}

struct Model {
    instance: Instance,
    customers: BTreeMap<u64, Customer>,
    groups: BTreeMap<u64, String>,
    /// Every id that was ever given, so that the dead are asked for too.
    ids: Vec<u64>,
    address_ids: Vec<u64>,
    group_ids: Vec<u64>,
}

impl Model {
    fn new(instance: Instance) -> Self {
        let groups = [(0, "NOT LOGGED IN"), (1, "General"), (2, "Wholesale"), (3, "Retailer")];
        Self {
            instance,
            customers: BTreeMap::new(),
            groups: groups.map(|(id, code)| (id, code.to_owned())).into(),
            ids: vec![4711],
            address_ids: vec![4711],
            group_ids: vec![0, 1, 2, 3, 4711],
        }
    }

    fn run(&mut self, command: &Command) -> TestCaseResult {
        use Command::*;
        match *command {
            Create { email, name, group, addresses } => self.create(email, name, group, addresses),
            Rename { who, name } => {
                self.change(who, json!({"lastname": text(&NAMES, name)}), None, |customer| {
                    customer.lastname = text(&NAMES, name);
                })
            }
            ChangeEmail { who, email } => self.change_email(who, email),
            MoveTo { who, group } => self.move_to(who, group),
            AddAddress { who, billing, shipping } => self.add_address(who, billing, shipping),
            KeepOneAddress { who } => self.keep_one_address(who),
            DeleteAddress { which } => self.delete_address(which),
            Delete { who } => {
                let id = pick(&self.ids, who);
                let answer = self.instance.delete(&path(id));
                match self.customers.remove(&id) {
                    Some(_) => is(&answer, 200),
                    None => is(&answer, 404),
                }
            }
            Get { who } => self.look(pick(&self.ids, who)),
            FindByEmail { email } => {
                let email = text(&EMAILS, email);
                self.find("email", &email, |customer| customer.email.to_lowercase() == email.to_lowercase())
            }
            FindByName { name } => {
                let name = text(&NAMES, name);
                self.find("lastname", &name, |customer| customer.lastname == name)
            }
            FindByGroup { group } => {
                let group = pick(&self.group_ids, group);
                self.find("group_id", &group.to_string(), |customer| customer.group == group)
            }
            AskForConfirmation { who } => self.change(who, json!({"confirmation": KEY}), None, |customer| {
                customer.is_confirming = true;
            }),
            Activate { who, rightly } => self.activate(who, rightly),
            RenameIfUnchanged { who, name, since } => self.rename_if_unchanged(who, name, since),
            AddGroup { code } => self.save_group(None, &text(&CODES, code)),
            RenameGroup { group, code } => {
                self.save_group(Some(pick(&self.group_ids, group)), &text(&CODES, code))
            }
            DeleteGroup { group } => self.delete_group(pick(&self.group_ids, group)),
        }
    }

    fn create(&mut self, email: usize, name: usize, group: usize, addresses: usize) -> TestCaseResult {
        let (email, lastname, group) =
            (text(&EMAILS, email), text(&NAMES, name), pick(&self.group_ids, group));
        let sent: Vec<Value> = (0..addresses).map(|nth| address(nth == 0, nth == 1)).collect();
        let new = json!({"customer": {"email": email, "firstname": "Ada", "lastname": lastname, "group_id": group,
            "addresses": sent}});
        let answer = self.instance.post("/V1/customers", &new);
        if !self.groups.contains_key(&group) || self.holder(&email).is_some() {
            return is(&answer, 400);
        }
        is(&answer, 200)?;
        let id = answer.body["id"].as_u64().unwrap();
        prop_assert!(self.ids.iter().all(|old| *old < id || *old == 4711), "id {} is not new", id);
        self.ids.push(id);
        let mut customer = Customer {
            email,
            lastname,
            group,
            addresses: BTreeSet::new(),
            billing: None,
            shipping: None,
            is_confirming: false,
        };
        // The default shipping address stands first; the ids say in which order they were sent.
        let mut given = ids_of(&answer.body["addresses"]);
        given.sort_unstable();
        prop_assert_eq!(given.len(), addresses);
        customer.billing = given.first().copied();
        customer.shipping = given.get(1).copied();
        self.address_ids.extend(&given);
        customer.addresses = given.into_iter().collect();
        self.customers.insert(id, customer);
        self.look(id)
    }

    /// A PUT of a customer who may be dead: 404 then, else as the model is changed.
    fn change(
        &mut self,
        who: usize,
        sent: Value,
        if_match: Option<&str>,
        change: impl FnOnce(&mut Customer),
    ) -> TestCaseResult {
        let id = pick(&self.ids, who);
        let headers: Vec<(&str, &str)> = if_match.map(|tag| ("if-match", tag)).into_iter().collect();
        let answer = self.instance.send("PUT", &path(id), &headers, Some(&json!({"customer": sent})));
        match self.customers.get_mut(&id) {
            None => is(&answer, 404),
            Some(customer) => {
                is(&answer, 200)?;
                change(customer);
                same(id, customer, &answer.body)?;
                self.look(id)
            }
        }
    }

    fn change_email(&mut self, who: usize, email: usize) -> TestCaseResult {
        let (id, email) = (pick(&self.ids, who), text(&EMAILS, email));
        if self.customers.contains_key(&id) && self.holder(&email).is_some_and(|holder| holder != id) {
            let answer = self.instance.put(&path(id), &json!({"customer": {"email": email}}));
            is(&answer, 400)?;
            return self.look(id);
        }
        self.change(who, json!({"email": email}), None, |customer| customer.email = email)
    }

    fn move_to(&mut self, who: usize, group: usize) -> TestCaseResult {
        let (id, group) = (pick(&self.ids, who), pick(&self.group_ids, group));
        if self.customers.contains_key(&id) && !self.groups.contains_key(&group) {
            let answer = self.instance.put(&path(id), &json!({"customer": {"group_id": group}}));
            is(&answer, 400)?;
            return self.look(id);
        }
        self.change(who, json!({"group_id": group}), None, |customer| customer.group = group)
    }

    fn add_address(&mut self, who: usize, billing: bool, shipping: bool) -> TestCaseResult {
        let id = pick(&self.ids, who);
        let Some(customer) = self.customers.get(&id) else { return self.look(id) };
        let mut sent: Vec<Value> = customer.addresses.iter().map(|id| json!({"id": id})).collect();
        sent.push(address(billing, shipping));
        let answer = self.instance.put(&path(id), &json!({"customer": {"addresses": sent}}));
        is(&answer, 200)?;
        let new = ids_of(&answer.body["addresses"]).into_iter().max().unwrap();
        prop_assert!(!self.address_ids.contains(&new), "address {} is not new", new);
        self.address_ids.push(new);
        let customer = self.customers.get_mut(&id).unwrap();
        customer.addresses.insert(new);
        if billing {
            customer.billing = Some(new);
        }
        if shipping {
            customer.shipping = Some(new);
        }
        self.look(id)
    }

    /// A list replaces what was stored.
    fn keep_one_address(&mut self, who: usize) -> TestCaseResult {
        let id = pick(&self.ids, who);
        let kept: Option<u64> =
            self.customers.get(&id).and_then(|customer| customer.addresses.first().copied());
        let sent: Vec<Value> = kept.iter().map(|id| json!({"id": id})).collect();
        self.change(who, json!({"addresses": sent}), None, |customer| {
            for gone in customer.addresses.split_off(&(kept.unwrap_or(0) + 1)) {
                customer.forget(gone);
            }
        })
    }

    fn delete_address(&mut self, which: usize) -> TestCaseResult {
        let gone = pick(&self.address_ids, which);
        let answer = self.instance.delete(&format!("/V1/addresses/{gone}"));
        let owner = self.customers.iter_mut().find(|(_, customer)| customer.addresses.contains(&gone));
        let Some((id, customer)) = owner else { return is(&answer, 404) };
        is(&answer, 200)?;
        customer.addresses.remove(&gone);
        customer.forget(gone);
        let id = *id;
        self.look(id)
    }

    fn activate(&mut self, who: usize, rightly: bool) -> TestCaseResult {
        let id = pick(&self.ids, who);
        let Some(customer) = self.customers.get_mut(&id) else { return Ok(()) };
        let key = if rightly { KEY } else { "another" };
        let path =
            format!("/V1/customers/{}/activate", customer.email.replace('+', "%2B").replace('ü', "%C3%BC"));
        let answer = self.instance.put(&path, &json!({"confirmationKey": key}));
        if !(customer.is_confirming && rightly) {
            return is(&answer, 400);
        }
        is(&answer, 200)?;
        customer.is_confirming = false;
        self.look(id)
    }

    fn rename_if_unchanged(&mut self, who: usize, name: usize, since: Since) -> TestCaseResult {
        let id = pick(&self.ids, who);
        if !self.customers.contains_key(&id) {
            return self.look(id);
        }
        let seen = self.instance.get(&path(id));
        let tag = seen.headers["etag"].to_str().unwrap().to_owned();
        let lastname = text(&NAMES, name);
        match since {
            Since::Now => self.change(who, json!({"lastname": lastname}), Some(&tag), |customer| {
                customer.lastname = lastname;
            }),
            Since::Before => {
                let answer = self.instance.send(
                    "PUT",
                    &path(id),
                    &[("if-match", "\"another version\"")],
                    Some(&json!({"customer": {"lastname": lastname}})),
                );
                is(&answer, 412)?;
                prop_assert_eq!(&answer.body["parameters"]["current"], &tag);
                self.look(id)
            }
        }
    }

    fn save_group(&mut self, id: Option<u64>, code: &str) -> TestCaseResult {
        let group = json!({"code": code, "tax_class_id": 3});
        // The name of the group of visitors is not the model's business.
        let answer = match id {
            Some(0) => return Ok(()),
            Some(id) => self.instance.put(&format!("/V1/customerGroups/{id}"), &json!({"group": group})),
            None => self.instance.post("/V1/customerGroups", &json!({"group": group})),
        };
        let fold = |code: &str| code.to_lowercase();
        let is_taken =
            self.groups.iter().any(|(other, taken)| fold(taken) == fold(code) && Some(*other) != id);
        if id.is_some_and(|id| !self.groups.contains_key(&id)) {
            return is(&answer, 404);
        }
        if is_taken {
            return is(&answer, 400);
        }
        is(&answer, 200)?;
        let id = answer.body["id"].as_u64().unwrap();
        if !self.group_ids.contains(&id) {
            self.group_ids.push(id);
        }
        self.groups.insert(id, code.to_owned());
        Ok(())
    }

    fn delete_group(&mut self, id: u64) -> TestCaseResult {
        let answer = self.instance.delete(&format!("/V1/customerGroups/{id}"));
        if !self.groups.contains_key(&id) {
            return is(&answer, 404);
        }
        if id < 2 {
            return is(&answer, 400);
        }
        is(&answer, 200)?;
        self.groups.remove(&id);
        for customer in self.customers.values_mut().filter(|customer| customer.group == id) {
            customer.group = 1;
        }
        Ok(())
    }

    fn find(&self, field: &str, value: &str, belongs: impl Fn(&Customer) -> bool) -> TestCaseResult {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let filter = "searchCriteria[filter_groups][0][filters][0]";
        let query = format!("{filter}[field]={field}&{filter}[value]={value}&searchCriteria[page_size]=2");
        let answer = self.instance.get(&format!("/V1/customers/search?{query}"));
        is(&answer, 200)?;
        let wanted: Vec<u64> =
            self.customers.iter().filter(|(_, customer)| belongs(customer)).map(|(id, _)| *id).collect();
        prop_assert_eq!(&answer.body["total_count"], &json!(wanted.len()), "{}={}", field, value);
        let found = ids_of(&answer.body["items"]);
        prop_assert_eq!(found.as_slice(), &wanted[..wanted.len().min(2)]);
        answer.body["items"].as_array().unwrap().iter().try_for_each(|item| {
            let id = item["id"].as_u64().unwrap();
            same(id, &self.customers[&id], item)
        })
    }

    /// The customer as GET shows it.
    fn look(&self, id: u64) -> TestCaseResult {
        let answer = self.instance.get(&path(id));
        match self.customers.get(&id) {
            None => is(&answer, 404),
            Some(customer) => {
                is(&answer, 200)?;
                same(id, customer, &answer.body)
            }
        }
    }

    /// Everything, at the end.
    fn compare(&self) -> TestCaseResult {
        self.ids.iter().try_for_each(|id| self.look(*id))?;
        for group in &self.group_ids {
            self.find("group_id", &group.to_string(), |customer| customer.group == *group)?;
            let answer = self.instance.get(&format!("/V1/customerGroups/{group}"));
            is(&answer, if self.groups.contains_key(group) { 200 } else { 404 })?;
        }
        let all = self.instance.get("/V1/customers/search?searchCriteria[page_size]=1&fields=total_count");
        prop_assert_eq!(&all.body["total_count"], &json!(self.customers.len()));
        Ok(())
    }

    fn holder(&self, email: &str) -> Option<u64> {
        let same = |customer: &Customer| customer.email.to_lowercase() == email.to_lowercase();
        self.customers.iter().find(|(_, customer)| same(customer)).map(|(id, _)| *id)
    }
}

impl Customer {
    fn forget(&mut self, address: u64) {
        for default in [&mut self.billing, &mut self.shipping] {
            if *default == Some(address) {
                *default = None;
            }
        }
    }
}

fn same(id: u64, model: &Customer, shown: &Value) -> TestCaseResult {
    let default = |name: &str| shown[name].as_str().map(|text| text.parse::<u64>().unwrap());
    let seen = Customer {
        email: shown["email"].as_str().unwrap_or_default().to_owned(),
        lastname: shown["lastname"].as_str().unwrap_or_default().to_owned(),
        group: shown["group_id"].as_u64().unwrap_or(u64::MAX),
        addresses: ids_of(&shown["addresses"]).into_iter().collect(),
        billing: default("default_billing"),
        shipping: default("default_shipping"),
        is_confirming: shown.get("confirmation").is_some_and(|key| !key.is_null()),
    };
    prop_assert_eq!(&seen, model, "customer {}: {}", id, shown);
    Ok(())
}

fn is(answer: &Answer, status: u16) -> TestCaseResult {
    prop_assert_eq!(answer.status, status, "{}", &answer.body);
    Ok(())
}

fn pick(among: &[u64], number: usize) -> u64 {
    among[number % among.len()]
}

fn text(among: &[&str], number: usize) -> String {
    among[number % among.len()].to_owned()
}

fn path(id: u64) -> String {
    format!("/V1/customers/{id}")
}

fn ids_of(items: &Value) -> Vec<u64> {
    items.as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect()
}

fn address(billing: bool, shipping: bool) -> Value {
    json!({"firstname": "Ada", "lastname": "King", "street": ["1 Street"], "city": "London", "country_id": "GB",
        "postcode": "W1", "telephone": "1", "default_billing": billing, "default_shipping": shipping})
}
