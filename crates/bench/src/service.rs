//! The real binary with one instance in it, and the bytes of requests to it.

use anyhow::{Context, Result};
use patron_harness::{Data, Instance, Options, Patron, SCOPES, wire};
use serde_json::Value;

/// Connections of a load.
pub const CONNECTIONS: usize = 64;

/// A running Patron on a data folder of its own, and an instance.
pub struct Service {
    /// The server.
    pub patron: Patron,
    /// A fresh instance with a token.
    pub instance: Instance,
}

impl Service {
    /// Starts one.
    pub fn start() -> Self {
        Self::on(Data::Folder)
    }

    /// Starts one on this data.
    pub fn on(data: Data) -> Self {
        let options =
            Options { data, arguments: vec!["--log".to_owned(), "info".to_owned()], ..Options::default() };
        let patron = Patron::start(options);
        let instance = patron.instance();
        Self { patron, instance }
    }

    /// Ends it, so that this process can use its database.
    pub fn stop(&mut self) {
        self.patron.stop();
    }

    /// Starts it again on the same data.
    pub fn restart(&mut self) {
        self.patron.restart();
        self.instance = self.instance.moved_to(self.patron.base());
    }

    /// The database's file.
    pub fn database(&self) -> std::path::PathBuf {
        self.patron.data_folder().join("patron.sqlite")
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        self.patron.address()
    }

    /// The head that every request to the REST API shares, after its first line.
    pub fn head(&self) -> String {
        format!("Host: {}\r\nAuthorization: Bearer {}\r\n", self.address(), self.instance.token)
    }

    /// Writes GET requests for customers 1 to `customers`, in an order that repeats no page of the database soon.
    pub fn gets(&self, customers: i64) -> impl FnMut(u64, &mut Vec<u8>) + use<> {
        let (tenant, head) = (self.instance.made.tenant_id.clone(), self.head());
        move |number, out| {
            let id = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % customers as u64 + 1;
            out.extend_from_slice(b"GET /");
            out.extend_from_slice(tenant.as_bytes());
            out.extend_from_slice(b"/V1/customers/");
            out.extend_from_slice(id.to_string().as_bytes());
            out.extend_from_slice(b" HTTP/1.1\r\n");
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Writes searches for a page of 20 customers by an infix of the last name.
    pub fn searches(&self) -> impl FnMut(u64, &mut Vec<u8>) + use<> {
        let filter = "searchCriteria[filter_groups][0][filters][0]";
        let query = format!(
            "{filter}[field]=lastname&{filter}[value]=%25ovela%25&{filter}[condition_type]=like&searchCriteria[page_size]=20"
        );
        let tenant = &self.instance.made.tenant_id;
        let request = format!("GET /{tenant}/V1/customers/search?{query} HTTP/1.1\r\n{}\r\n", self.head());
        move |_, out| out.extend_from_slice(request.as_bytes())
    }

    /// Writes POST requests that create customers; `series` keeps e-mail addresses of one load from meeting another's.
    pub fn creates(&self, series: u64, password: bool) -> impl FnMut(u64, &mut Vec<u8>) + use<> {
        let head = format!("POST /{}/V1/customers HTTP/1.1\r\n{}", self.instance.made.tenant_id, self.head());
        let password = if password { r#","password":"Tr0ub4dor&3x""# } else { "" };
        move |number, out| {
            let body = format!(
                r#"{{"customer":{{"email":"ada.{series}.{number}@example.com","firstname":"Ada","lastname":"Lovelace"}}{password}}}"#
            );
            let length = body.len();
            let head = head.as_bytes();
            out.extend_from_slice(head);
            out.extend_from_slice(
                format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
                    .as_bytes(),
            );
        }
    }

    /// Writes requests for tokens of the instance's credential.
    pub fn tokens(&self) -> impl FnMut(u64, &mut Vec<u8>) + use<> {
        let made = &self.instance.made;
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
            made.client_id,
            made.client_secret,
            SCOPES.replace(',', "%2C")
        );
        let request = format!(
            "POST /ims/token/v3 HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address(),
            body.len()
        );
        move |_, out| out.extend_from_slice(request.as_bytes())
    }

    /// The JSON of a customer, as it is sent.
    pub fn customer_bytes(&self, id: i64) -> Result<Vec<u8>> {
        let answer = self.instance.get(&format!("/V1/customers/{id}"));
        serde_json::to_vec(&answer.expect(200)).context("writing a customer")
    }

    /// A number of `/_/metrics`, 0 if it is not there yet.
    pub fn metric(&self, name: &str) -> f64 {
        let Ok(text) = self.metrics() else { return 0.0 };
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.trim().parse().ok()).unwrap_or(0.0)
    }

    fn metrics(&self) -> Result<String> {
        let request = wire::Request {
            method: "GET".to_owned(),
            target: "/_/metrics".to_owned(),
            ..wire::Request::default()
        };
        let answer = wire::send(self.address(), &request)?;
        match answer.json() {
            Value::String(text) => Ok(text),
            other => anyhow::bail!("metrics are text, not {other}"),
        }
    }
}
