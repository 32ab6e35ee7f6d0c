//! The format of a recording: scenarios, their steps, and what was answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Steps that were sent, one after the other, to a fresh instance.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// `area/name`, unique among all recordings.
    pub id: String,
    /// What it shows, in a few words.
    pub about: String,
    /// The requests in their order.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// The part of the id before its last slash: `customers/create`.
    pub fn area(&self) -> &str {
        area(&self.id)
    }
}

pub(super) fn area(id: &str) -> &str {
    id.rsplit_once('/').map_or(id, |(area, _)| area)
}

/// One request and the recorded answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The method as sent, standard or not.
    pub method: String,
    /// Path and query below the REST endpoint, as sent.
    pub path: String,
    /// A JSON body, kept as text: `99999999999999999999` must not become a float on its way.
    #[serde(default, deserialize_with = "present")]
    pub body: Option<Box<RawValue>>,
    /// A body that is not JSON, or not well-formed; wins over `body`.
    pub raw: Option<String>,
    /// The `Store` header.
    pub store: Option<String>,
    /// Whose call it is.
    #[serde(default)]
    pub auth: Auth,
    /// More headers; they replace the usual ones of the same name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Names for values of the answer: name to dotted path.
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
    /// Seconds to wait before the step: queued work should be done by then.
    #[serde(default)]
    pub pause: f64,
    /// The recorded answer, or the one that Patron gives on purpose.
    pub expect: Expect,
    /// Dotted paths that are not compared; `*` is any index or member.
    #[serde(default)]
    pub mask: Vec<String>,
    /// Why `expect` is not what the original answered.
    pub deviation: Option<String>,
    /// What the original answered, where `expect` deviates.
    pub recorded: Option<Value>,
}

/// An answer to compare with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// HTTP status.
    pub status: u16,
    /// The body; absent where only the status counts, `Some(null)` where the body was empty.
    #[serde(default, deserialize_with = "present")]
    pub body: Option<Value>,
}

/// The `Authorization` header of a step.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// The token of the instance's credential.
    #[default]
    Admin,
    /// No header.
    None,
    /// This value.
    Header(String),
}

impl<'de> Deserialize<'de> for Auth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.as_str() {
            "admin" => Self::Admin,
            "none" => Self::None,
            _ => Self::Header(text),
        })
    }
}

/// A member that is there is `Some`, also when it is null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
