//! A message to a mail server, and what its refusal means.

use std::time::Duration;

use anyhow::Result;
use lettre::{
    Message, SmtpTransport, Transport,
    transport::smtp::{
        self, PoolConfig,
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use patron_commerce::mail::delivery::Setback;

/// For how long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// Answers to a login that is wrong: the operator's fault, not the mail's.
const LOGIN_REFUSED: [u16; 4] = [530, 534, 535, 538];
/// "Service not available": the next mail would not fare better.
const CLOSING: u16 = 421;

/// How the way to the mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Always,
    /// STARTTLS, or nothing is sent.
    Required,
    /// STARTTLS where the server offers it.
    Offered,
    /// None.
    None,
}

/// A mail server to send through. Blocks its caller; keeps one connection open for a while.
#[derive(Debug)]
pub struct Server {
    transport: SmtpTransport,
    security: Security,
}

/// Why a mail was not taken.
#[derive(Debug)]
pub struct Refusal {
    /// Is another attempt any use?
    pub setback: Setback,
    /// The fault lies with the server or the way to it: other mails would not fare better now.
    pub is_server_away: bool,
    /// For the mail's record. May quote the server, and so an address: not for logs.
    pub text: String,
    /// For logs: a status code or a word.
    pub code: String,
}

impl Server {
    /// A server; the port is that of the kind of security where none is given.
    pub fn new(
        host: &str,
        port: Option<u16>,
        security: Security,
        login: Option<(String, String)>,
    ) -> Result<Self> {
        let parameters = || TlsParameters::new(host.to_owned());
        let (tls, usual) = match security {
            Security::Always => (Tls::Wrapper(parameters()?), smtp::SUBMISSIONS_PORT),
            Security::Required => (Tls::Required(parameters()?), smtp::SUBMISSION_PORT),
            Security::Offered => (Tls::Opportunistic(parameters()?), smtp::SMTP_PORT),
            Security::None => (Tls::None, smtp::SMTP_PORT),
        };
        let mut builder = SmtpTransport::builder_dangerous(host)
            .port(port.unwrap_or(usual))
            .tls(tls)
            .timeout(Some(PATIENCE))
            .pool_config(PoolConfig::new().max_size(1));
        if let Some((user, password)) = login {
            builder = builder.credentials(Credentials::new(user, password));
        }
        Ok(Self { transport: builder.build(), security })
    }

    /// How the way to it is kept secret.
    #[cfg(test)]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Is there any secrecy on the way to it?
    pub fn is_in_clear(&self) -> bool {
        self.security == Security::None
    }

    /// Hands a message over; Ok when the server has taken it.
    pub fn send(&self, message: &Message) -> Result<(), Refusal> {
        self.transport.send(message).map(|_| ()).map_err(|error| refusal(&error))
    }
}

fn refusal(error: &smtp::Error) -> Refusal {
    let status = error.status().map(u16::from);
    let is_login = status.is_some_and(|status| LOGIN_REFUSED.contains(&status));
    let setback = if error.is_permanent() && !is_login { Setback::Final } else { Setback::Passing };
    Refusal {
        setback,
        is_server_away: status.is_none_or(|status| status == CLOSING) || is_login,
        text: chain(error),
        code: status.map_or_else(|| word(error).to_owned(), |status| status.to_string()),
    }
}

fn word(error: &smtp::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_tls() {
        "tls"
    } else if error.is_client() {
        "client"
    } else {
        "connection"
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
