//! The control API of an instance, for stories that set one up.

#![allow(clippy::unwrap_used)]

use patron_harness::{Instance, Patron, wire};
use serde_json::Value;

/// A call of the control API below the instance: status and body.
pub fn control(server: &Patron, instance: &Instance, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = wire::Request {
        method: method.into(),
        target: format!("/_/instances/{}{path}", instance.made.instance_id),
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: (!body.is_null()).then(|| body.to_string().into_bytes()),
    };
    let answer = wire::send(server.address(), &request).unwrap();
    (answer.status, answer.json())
}
