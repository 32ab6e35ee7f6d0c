//! Personal data replaced by fakes: the same value by the same fake wherever it stands, so that what belonged together still does. A
//! fake is made of a keyed hash of the value; without the key, nobody finds the value by trying.
//!
//! What is kept: ids, website, store, group, gender, dates of accounts, country, a region of the directory, the year of birth, and
//! chosen options, numbers and truth values of added attributes. Texts that people typed are all replaced.

use std::sync::Arc;

use patron_commerce::{
    attributes::custom::{Entity, Input},
    instances::Catalogue,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

const FIRST_NAMES: [&str; 32] = [
    "Ada",
    "Alan",
    "Barbara",
    "Claude",
    "Dennis",
    "Dorothy",
    "Edith",
    "Edsger",
    "Frances",
    "Grace",
    "Hedy",
    "Ida",
    "Jean",
    "John",
    "Joan",
    "Katherine",
    "Ken",
    "Kurt",
    "Lynn",
    "Margaret",
    "Mary",
    "Niklaus",
    "Niels",
    "Olga",
    "Paul",
    "Radia",
    "Rosa",
    "Shafi",
    "Sophie",
    "Tim",
    "Tony",
    "Vera",
];

const LAST_NAMES: [&str; 32] = [
    "Allen", "Bartik", "Boole", "Borg", "Clarke", "Conway", "Dijkstra", "Easley", "Estrin", "Floyd",
    "Goldberg", "Hamilton", "Hoare", "Hopper", "Johnson", "Keller", "Knuth", "Lamarr", "Liskov", "Lovelace",
    "Meitner", "Moore", "Naur", "Noether", "Perlman", "Ritchie", "Rubin", "Shannon", "Thompson", "Turing",
    "Wilkes", "Wirth",
];

const CITIES: [&str; 16] = [
    "Ashford",
    "Brookfield",
    "Clearwater",
    "Dunmore",
    "Eastvale",
    "Fairview",
    "Glenwood",
    "Highland",
    "Kingsbury",
    "Lakewood",
    "Millbrook",
    "Northfield",
    "Oakdale",
    "Riverton",
    "Springdale",
    "Westbrook",
];

/// See the module.
pub struct Redactor {
    key: [u8; 32],
    catalogue: Arc<Catalogue>,
}

impl Redactor {
    /// Fakes that depend on this key.
    pub fn new(key: &[u8], catalogue: Arc<Catalogue>) -> Self {
        Self { key: Sha256::digest(key).into(), catalogue }
    }

    /// Replaces what is personal in a customer of the wire; members that nobody knows are left out.
    pub fn customer(&self, customer: &mut Value) {
        let Value::Object(members) = customer else { return };
        members.remove("password_hash");
        for (name, value) in members.iter_mut() {
            match name.as_str() {
                "id"
                | "group_id"
                | "default_billing"
                | "default_shipping"
                | "created_at"
                | "updated_at"
                | "created_in"
                | "gender"
                | "store_id"
                | "website_id"
                | "disable_auto_group_change" => {}
                "addresses" => self.addresses(value),
                "extension_attributes" => {
                    keep(value, &["is_subscribed", "assistance_allowed", "last_login_at"])
                }
                "custom_attributes" => self.attributes(Entity::Customer, value),
                _ => self.text(name, value),
            }
        }
    }

    fn addresses(&self, addresses: &mut Value) {
        for address in addresses.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            for (name, value) in address.iter_mut() {
                match name.as_str() {
                    "id" | "customer_id" | "region_id" | "country_id" | "default_shipping"
                    | "default_billing" => {}
                    "region" => self.region(value),
                    "street" => self.street(value),
                    "custom_attributes" => self.attributes(Entity::CustomerAddress, value),
                    "extension_attributes" => *value = Value::Object(Map::new()),
                    _ => self.text(name, value),
                }
            }
        }
    }

    /// A region of the directory is no secret; one that was typed may be anything.
    fn region(&self, region: &mut Value) {
        if region["region_id"].as_i64().unwrap_or(0) != 0 {
            return keep(region, &["region_code", "region", "region_id"]);
        }
        for name in ["region_code", "region"] {
            if let Some(text) = region[name].as_str().filter(|text| !text.is_empty()) {
                region[name] = self.shaped("region", text).into();
            }
        }
        keep(region, &["region_code", "region", "region_id"]);
    }

    fn street(&self, street: &mut Value) {
        let text = match &*street {
            Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            other => other.to_string(),
        };
        let hash = self.hash("street", &text);
        let line = format!("{} {} Street", 1 + hash.number(0) % 250, hash.one_of(2, &LAST_NAMES));
        *street = Value::Array(vec![line.into()]);
    }

    fn attributes(&self, entity: Entity, values: &mut Value) {
        for item in values.as_array_mut().into_iter().flatten() {
            let code = item["attribute_code"].as_str().unwrap_or_default();
            let known = self.catalogue.attributes(entity).iter().find(|attribute| attribute.code == code);
            let fake = match (known.map(|attribute| attribute.definition.input), &item["value"]) {
                (Some(Input::Select | Input::Multiselect | Input::Boolean | Input::Decimal), _)
                | (_, Value::Null) => continue,
                (Some(Input::Date | Input::Datetime), Value::String(text)) => Value::from(self.date(text)),
                (_, Value::String(text)) => Value::from(self.shaped(code, text)),
                _ => Value::Null,
            };
            item["value"] = fake;
        }
    }

    /// A text of a customer or an address, by what its member is called.
    fn text(&self, name: &str, value: &mut Value) {
        let Some(text) = value.as_str().filter(|text| !text.is_empty()) else {
            if !value.is_string() {
                *value = Value::Null;
            }
            return;
        };
        let hash = self.hash(name, text);
        *value = Value::from(match name {
            "email" => {
                let hash = self.hash(name, &text.to_lowercase());
                format!("customer-{}@example.com", hex::encode(&hash.0[..8]))
            }
            "firstname" | "middlename" => hash.one_of(0, &FIRST_NAMES).to_owned(),
            "lastname" => hash.one_of(0, &LAST_NAMES).to_owned(),
            "company" => format!(
                "{} & {} {}",
                hash.one_of(0, &LAST_NAMES),
                hash.one_of(2, &LAST_NAMES),
                hash.number(4) % 1000
            ),
            "city" => hash.one_of(0, &CITIES).to_owned(),
            "telephone" | "fax" => format!("555-{:07}", hash.number(0) % 10_000_000),
            "dob" => self.date(text),
            "prefix" | "suffix" => return *value = Value::Null,
            "confirmation" => hex::encode(&hash.0[..16]),
            _ => self.shaped(name, text),
        });
    }

    /// Another day of the same year.
    fn date(&self, text: &str) -> String {
        let year = text.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()));
        let hash = self.hash("date", text);
        let day = |salt: usize| {
            format!(
                "{}-{:02}-{:02}",
                year.unwrap_or("1970"),
                1 + hash.number(salt) % 12,
                1 + hash.number(salt + 4) % 28
            )
        };
        let fake = if text.starts_with(&day(0)) { day(8) } else { day(0) };
        if text.len() > 10 { format!("{fake} 00:00:00") } else { fake }
    }

    /// A text of the same shape: digits for digits, letters for letters, everything else as it is.
    fn shaped(&self, kind: &str, text: &str) -> String {
        for salt in 0..8 {
            let fake = self.shaped_with(kind, text, salt);
            if fake != text {
                return fake;
            }
        }
        "x".to_owned()
    }

    fn shaped_with(&self, kind: &str, text: &str, salt: usize) -> String {
        let mut hash = self.hash(kind, &format!("{salt} {text}"));
        let mut used = 0;
        let mut next = || {
            if used == hash.0.len() {
                hash = Hash(Sha256::digest(hash.0).into());
                used = 0;
            }
            used += 1;
            hash.0[used - 1]
        };
        let fake = |c: char| match c {
            '0'..='9' => char::from(b'0' + next() % 10),
            'A'..='Z' => char::from(b'A' + next() % 26),
            c if c.is_alphanumeric() => char::from(b'a' + next() % 26),
            c => c,
        };
        text.chars().map(fake).collect()
    }

    fn hash(&self, kind: &str, value: &str) -> Hash {
        let inner = Sha256::new()
            .chain_update(self.key)
            .chain_update(kind)
            .chain_update([0])
            .chain_update(value)
            .finalize();
        // Twice, so that the hash of a longer value does not follow from that of a shorter one.
        Hash(Sha256::new().chain_update(self.key).chain_update(inner).finalize().into())
    }
}

fn keep(value: &mut Value, names: &[&str]) {
    if let Value::Object(members) = value {
        members.retain(|name, _| names.contains(&name.as_str()));
    }
}

struct Hash([u8; 32]);

impl Hash {
    /// Four bytes as a number.
    fn number(&self, from: usize) -> u32 {
        self.0[from..from + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }

    fn one_of<'a>(&self, from: usize, names: &[&'a str]) -> &'a str {
        names[self.number(from) as usize % names.len()]
    }
}
