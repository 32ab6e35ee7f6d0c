//! Where the server is, and what its answer means for the exit code.

use std::{net::SocketAddr, path::Path, time::Duration};

use reqwest::{Certificate, Url, blocking::Client, redirect::Policy};
use serde_json::{Value, json};

use super::command::Connection;
use crate::config;

/// How long an answer may take: deleting a large instance takes a while.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long it may take to get through to the server.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// Why a command failed. The kinds are the exit codes of `docs/command-line.md`.
#[derive(Debug)]
pub struct CallFailure {
    code: u8,
    message: String,
    /// What the server said, if it said anything.
    answer: Option<(u16, Value)>,
}

impl CallFailure {
    const REFUSED: u8 = 1;
    const USAGE: u8 = 2;
    const UNREACHABLE: u8 = 3;
    const NO_KEY: u8 = 4;
    const NOT_FOUND: u8 = 5;

    /// The command line is not right.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: Self::USAGE, message: message.into(), answer: None }
    }

    fn unreachable(message: String) -> Self {
        Self { code: Self::UNREACHABLE, message, answer: None }
    }

    fn answered(status: u16, body: Value) -> Self {
        let said =
            body["message"].as_str().map_or_else(|| format!("The server answered {status}."), str::to_owned);
        let (code, message) = match status {
            401 => (
                Self::NO_KEY,
                "The control key is missing or wrong: give it with --control-key or PATRON_CONTROL_KEY."
                    .to_owned(),
            ),
            404 => (Self::NOT_FOUND, said),
            _ => (Self::REFUSED, said),
        };
        Self { code, message, answer: Some((status, body)) }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// One line, and the field when the server named one.
    pub fn for_people(&self) -> String {
        let field = self.answer.as_ref().and_then(|(_, body)| body["field"].as_str());
        match field {
            Some(field) => format!("patron: {} (--{})", self.message, field.replace('_', "-")),
            None => format!("patron: {}", self.message),
        }
    }

    /// The same for machines.
    pub fn as_json(&self) -> String {
        let mut error = json!({ "message": self.message, "exit_code": self.code });
        if let Some((status, body)) = &self.answer {
            error["status"] = json!(status);
            error["answer"] = body.clone();
        }
        json!({ "error": error }).to_string()
    }
}

/// A server and the key to its control API.
pub struct Server {
    base: String,
    key: String,
    client: Client,
}

impl Server {
    /// The server that was named, or the one that the configuration would run on this machine. Reaches out to nobody yet.
    pub fn of(connection: &Connection) -> Result<Self, CallFailure> {
        let wrong = |error: anyhow::Error| CallFailure::usage(format!("{error:#}"));
        let configured = config::for_clients(connection.config.as_deref()).map_err(wrong)?;
        let base = connection.server.clone().unwrap_or(configured.server);
        let url =
            Url::parse(&base).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or_else(|| {
            CallFailure::usage(format!(
                "{base:?} is no address of a server such as https://patron.example.com."
            ))
        })?;
        let key = connection.control_key.clone().unwrap_or(configured.control_key);
        let client = client(&url, connection.ca_certificate.as_deref()).map_err(wrong)?;
        Ok(Self { base: base.trim_end_matches('/').to_owned(), key: key.reveal().to_owned(), client })
    }

    /// Sends a request below `/_`; null where the answer has no body.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, CallFailure> {
        let method = method.parse().expect("the table's methods are methods");
        let mut request = self.client.request(method, format!("{}/_{path}", self.base));
        if !self.key.is_empty() {
            request = request.bearer_auth(&self.key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let lost = |error: reqwest::Error| {
            CallFailure::unreachable(format!(
                "The server {} cannot be reached: {}",
                self.base,
                causes(&error.without_url())
            ))
        };
        let response = request.send().map_err(lost)?;
        let status = response.status();
        let text = response.text().map_err(lost)?;
        if status.is_success() && text.is_empty() {
            return Ok(Value::Null);
        }
        match serde_json::from_str(&text) {
            Ok(answer) if status.is_success() => Ok(answer),
            Ok(answer) => Err(CallFailure::answered(status.as_u16(), answer)),
            Err(_) if status.is_success() => {
                Err(CallFailure::unreachable(format!("{} is no Patron: its answer is not JSON.", self.base)))
            }
            Err(_) => Err(CallFailure::answered(status.as_u16(), Value::Null)),
        }
    }
}

/// The key goes to the server that was named and nowhere else: no redirect is followed, and what is on this machine is not asked
/// through a proxy.
fn client(url: &Url, ca_certificate: Option<&Path>) -> anyhow::Result<Client> {
    use anyhow::Context;
    let mut builder = Client::builder()
        .timeout(PATIENCE)
        .connect_timeout(CONNECT_PATIENCE)
        .redirect(Policy::none())
        .user_agent(concat!("patron/", env!("CARGO_PKG_VERSION")));
    if is_this_machine(url) {
        builder = builder.no_proxy();
    }
    if let Some(file) = ca_certificate {
        let pem = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let all = Certificate::from_pem_bundle(&pem)
            .with_context(|| format!("{} holds no certificates", file.display()))?;
        builder = builder.tls_certs_merge(all);
    }
    builder.build().context("no connection can be made")
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || format!("{host}:0").parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback())
}

/// An error with what caused it, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        let is = |text: &str| is_this_machine(&Url::parse(text).unwrap());
        assert!(is("http://127.0.0.1:8080") && is("http://localhost") && is("http://[::1]:1/"));
        assert!(
            !is("https://patron.example.com")
                && !is("http://10.0.0.1")
                && !is("http://127.0.0.1.example.com")
        );
    }
}
