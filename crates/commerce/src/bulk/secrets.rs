//! What a call's arguments hold that nobody may see while it waits.
//!
//! A clear-text password is gone before the call is written: its hash, or the refusal of the policy, is kept instead. A password hash
//! that was sent as such is kept out of sight until the call has run.

use patron_webapi::{Fault, Object, Value, names};
use serde::{Deserialize, Serialize};

use crate::row::Bound;

/// What stands in place of a secret.
pub const HIDDEN: &str = "********";

/// What the shown arguments of an operation lack.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Secrets {
    /// Members to lay over the arguments.
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    members: Object,
    /// What was found of the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<Found>,
}

/// What was found of a password when its call was accepted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Found {
    Hash(String),
    Refusal { status: u16, body: Value },
}

impl Secrets {
    /// Takes what is secret out of the arguments.
    pub fn take_from(arguments: &mut Object) -> Self {
        let mut members = Object::new();
        for (name, value) in arguments.iter() {
            if names::loose(name) == "passwordhash" && !value.is_null() {
                members.insert(name.clone(), value.clone());
            }
        }
        hide(arguments);
        Self { members, password: None }
    }

    /// Keeps what was found of the password.
    pub fn keep_password(&mut self, found: Result<String, Fault>) {
        self.password = Some(match found {
            Ok(hash) => Found::Hash(hash),
            Err(refusal) => Found::Refusal {
                status: refusal.status,
                body: serde_json::to_value(&refusal).expect("a fault serialises"),
            },
        });
    }

    /// As it is stored: JSON, None when there is nothing to keep.
    pub fn to_column(&self) -> Option<String> {
        let is_empty = self.members.is_empty() && self.password.is_none();
        (!is_empty).then(|| serde_json::to_string(self).expect("texts serialise"))
    }

    /// Reads [`Secrets::to_column`].
    pub fn from_column(column: Option<&str>) -> serde_json::Result<Self> {
        column.map_or_else(|| Ok(Self::default()), serde_json::from_str)
    }

    /// Puts members back that were taken out.
    pub fn lay_over(&mut self, arguments: &mut Object) {
        arguments.extend(std::mem::take(&mut self.members));
    }

    /// Gives a call that was bound again what was found of its password.
    pub fn give_password(self, bound: &mut dyn Bound) {
        let (Some(found), Some(place)) = (self.password, bound.password()) else { return };
        place.password.keep(match found {
            Found::Hash(hash) => Ok(hash),
            Found::Refusal { status, body } => {
                Err(Fault::read_back(status, &body).unwrap_or_else(|| Fault::invalid_field("password")))
            }
        });
    }
}

/// Hides every member whose name speaks of a password, at every depth: unknown members are kept too, and a mistyped name does not make
/// its value less secret.
fn hide(members: &mut Object) {
    for (name, value) in members.iter_mut() {
        match value {
            Value::Null => {}
            _ if names::loose(name).contains("password") => *value = HIDDEN.into(),
            other => hide_within(other),
        }
    }
}

fn hide_within(value: &mut Value) {
    match value {
        Value::Object(members) => hide(members),
        Value::Array(items) => items.iter_mut().for_each(hide_within),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn passwords_are_hidden_under_every_spelling_and_hashes_come_back() {
        let Value::Object(mut arguments) = json!({
            "customer": {"email": "a@b.co", "Password": "clear", "list": [{"new_password": 5}]},
            "password": null, "passWord": "clear", "password_hash": "hash",
        }) else {
            unreachable!()
        };
        let secrets = Secrets::take_from(&mut arguments);
        let shown = Value::Object(arguments.clone());
        assert!(!shown.to_string().contains("clear") && !shown.to_string().contains("hash\":\"hash"));
        assert_eq!(shown["customer"]["list"][0]["new_password"], HIDDEN);
        assert_eq!(shown["password"], Value::Null);
        let stored = secrets.to_column();
        Secrets::from_column(stored.as_deref()).unwrap().lay_over(&mut arguments);
        assert_eq!(arguments["password_hash"], "hash");
    }

    #[test]
    fn where_nothing_is_secret_nothing_is_kept() {
        assert_eq!(Secrets::take_from(&mut Object::new()).to_column(), None);
    }
}
