//! Plays one scenario on a fresh instance: fills in, sends, compares, captures.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::fill::{self, Bag};
use super::{Auth, Difference, Scenario, Step, differences};
use crate::{Instance, wire};

/// Longest value shown of an answer with another status than the recorded one.
const SHOWN: usize = 300;

/// The server that scenarios are played against.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its base URL, no slash at the end.
    pub base: String,
    /// The key of its control API, if it wants one.
    pub control_key: Option<String>,
}

impl Target {
    /// A server in development mode.
    pub fn open(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), control_key: None }
    }

    /// Plays a scenario; what differs, nothing when it passes. That the server cannot be reached is a difference too.
    pub fn play(&self, scenario: &Scenario) -> Vec<Difference> {
        let instance = match Instance::with_key(&self.base, self.control_key.as_deref()) {
            Ok(instance) => instance,
            Err(error) => return vec![broken(0, "(fresh instance)", &error)],
        };
        let (mut bag, mut found) = (Bag::new(), Vec::new());
        for (index, step) in scenario.steps.iter().enumerate() {
            thread::sleep(Duration::from_secs_f64(step.pause));
            let label = format!("{} {}", step.method, step.path);
            match play_step(step, &instance, &mut bag) {
                Ok(list) => found.extend(list.into_iter().map(|(path, want, got)| Difference {
                    step: index + 1,
                    request: label.clone(),
                    path,
                    want,
                    got,
                })),
                Err(error) => found.push(broken(index + 1, &label, &error)),
            }
        }
        // The instance is left behind when this fails; the next scenario has its own.
        let _ = instance.remove(self.control_key.as_deref());
        found
    }
}

fn broken(step: usize, request: &str, error: &anyhow::Error) -> Difference {
    Difference {
        step,
        request: request.to_owned(),
        path: "(no answer)".into(),
        want: json!("an answer"),
        got: json!(format!("{error:#}")),
    }
}

fn play_step(step: &Step, instance: &Instance, bag: &mut Bag) -> Result<Vec<(String, Value, Value)>> {
    let (address, prefix) = split_endpoint(&instance.made.rest_endpoint)?;
    let request = wire::Request {
        method: step.method.clone(),
        target: format!("{prefix}{}", fill::text(&step.path, bag)?),
        headers: headers(step, &instance.token, bag)?,
        body: body(step, bag)?,
    };
    let answer = wire::send(address, &request)?;
    let got = answer.json();
    let mut found = Vec::new();
    if answer.status != step.expect.status {
        let shown: String = got.to_string().chars().take(SHOWN).collect();
        found.push((
            "HTTP status".into(),
            step.expect.status.into(),
            format!("{} {shown}", answer.status).into(),
        ));
    } else if let Some(want) = &step.expect.body {
        found = differences(&fill::value(want, bag)?, &got, &step.mask);
    }
    for (name, path) in &step.capture {
        // A refused step has nothing to capture; what follows it was recorded with this stand-in.
        let value = fill::pick(&got, path).cloned().unwrap_or_else(|| format!("missing-{name}").into());
        bag.insert(name.clone(), value);
    }
    Ok(found)
}

/// `http://host:port/tenant` as (`host:port`, `/tenant`).
fn split_endpoint(endpoint: &str) -> Result<(&str, &str)> {
    let rest =
        endpoint.strip_prefix("http://").with_context(|| format!("not an http endpoint: {endpoint}"))?;
    let rest = rest.trim_end_matches('/');
    Ok(rest.split_at(rest.find('/').unwrap_or(rest.len())))
}

fn body(step: &Step, bag: &Bag) -> Result<Option<Vec<u8>>> {
    match (&step.raw, &step.body) {
        (Some(raw), _) => Ok(Some(fill::text(raw, bag)?.into_bytes())),
        (None, Some(body)) => Ok(Some(fill::body(body, bag)?)),
        (None, None) => Ok(None),
    }
}

/// The headers that the recorder sent; a step's own replace them.
fn headers(step: &Step, token: &str, bag: &Bag) -> Result<Vec<(String, String)>> {
    let mut headers = vec![("Accept-Encoding".to_owned(), "identity".to_owned())];
    if step.raw.is_some() || step.body.is_some() {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    match &step.auth {
        Auth::Admin => headers.push(("Authorization".to_owned(), format!("Bearer {token}"))),
        Auth::None => {}
        Auth::Header(value) => headers.push(("Authorization".to_owned(), fill::text(value, bag)?)),
    }
    if let Some(store) = &step.store {
        headers.push(("Store".to_owned(), store.clone()));
    }
    for (name, value) in &step.headers {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.clone(), fill::text(value, bag)?));
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str) -> Step {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_endpoint_is_an_address_and_a_prefix() {
        assert_eq!(split_endpoint("http://127.0.0.1:8080/abc/").unwrap(), ("127.0.0.1:8080", "/abc"));
        assert_eq!(split_endpoint("http://localhost").unwrap(), ("localhost", ""));
        assert!(split_endpoint("https://localhost").is_err());
    }

    #[test]
    fn a_steps_own_header_replaces_the_usual_one() {
        let step = step(
            r#"{"method":"POST","path":"/","body":null,"auth":"none","headers":{"content-type":""},"expect":{"status":200}}"#,
        );
        let headers = headers(&step, "t", &Bag::new()).unwrap();
        assert_eq!(headers[1..], [("content-type".to_owned(), String::new())]);
        assert_eq!(body(&step, &Bag::new()).unwrap(), Some(b"null".to_vec()));
    }

    #[test]
    fn a_step_without_a_body_sends_no_content_type() {
        let step = step(r#"{"method":"GET","path":"/","store":"all","expect":{"status":200}}"#);
        let names: Vec<_> =
            headers(&step, "t", &Bag::new()).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Accept-Encoding", "Authorization", "Store"]);
    }
}
