//! The configuration: one list of keys, layered flag over variable over file over default.

mod networks;

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::{Args, FromArgMatches, ValueEnum};
use patron_commerce::identity::outside::IssuerSettings;
use serde::{Deserialize, Serialize, Serializer};

use crate::cli::ConfigOptions;

pub use networks::Networks;

/// How much the service trusts its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A laptop or CI: an instance and a credential are made on first start, the control API is open to this machine.
    Development,
    /// Nothing is made by default and the control API needs its key.
    Production,
}

/// A text that is never shown.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Secret(String);

impl Secret {
    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<hidden>")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("<hidden>")
    }
}

macro_rules! configuration {
    ($(
        $(#[doc = $about:literal])+
        $field:ident : $type:ty = $default:expr, $flag:literal, $variable:literal $(, $extra:meta)*;
    )*) => {
        /// One layer of the configuration: what a source says, and nothing of what it does not.
        #[derive(Debug, Clone, Default, Args, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Layer {
            $( $(#[doc = $about])+ #[arg(long = $flag, env = $variable $(, $extra)*)] pub $field: Option<$type>, )*
            /// Other issuers whose tokens count (`docs/security.md`); in the file alone.
            #[arg(skip)]
            pub issuers: Option<Vec<IssuerSettings>>,
        }

        /// The effective configuration.
        #[derive(Debug, Clone, Serialize)]
        pub struct Config {
            $( $(#[doc = $about])+ pub $field: $type, )*
            /// Other issuers whose tokens count.
            pub issuers: Vec<IssuerSettings>,
        }

        impl Config {
            /// The upper layer over the lower one over the defaults.
            pub fn of(upper: Layer, lower: Layer) -> Self {
                Self {
                    $( $field: upper.$field.or(lower.$field).unwrap_or_else(|| $default), )*
                    issuers: upper.issuers.or(lower.issuers).unwrap_or_default(),
                }
            }
        }
    };
}

configuration! {
    /// Address and port to listen on; port 0 takes a free one.
    listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)), "listen", "PATRON_LISTEN", value_name = "ADDRESS";
    /// The folder of the embedded database.
    data: PathBuf = PathBuf::from("patron-data"), "data", "PATRON_DATA", value_name = "FOLDER";
    /// A PostgreSQL database (postgres://user@host/name) in place of the embedded one; empty: embedded.
    database: Secret = Secret(String::new()), "database", "PATRON_DATABASE", hide_env_values = true, value_name = "URL";
    /// The password for the database, when it is not part of the URL.
    database_password: Secret = Secret(String::new()), "database-password", "PATRON_DATABASE_PASSWORD", hide_env_values = true, value_name = "PASSWORD";
    /// A file that holds the password for the database; empty: none.
    database_password_file: PathBuf = PathBuf::new(), "database-password-file", "PATRON_DATABASE_PASSWORD_FILE", value_name = "FILE";
    /// Seconds that one statement may take on PostgreSQL.
    database_timeout_seconds: u64 = 30, "database-timeout-seconds", "PATRON_DATABASE_TIMEOUT_SECONDS", value_name = "SECONDS";
    /// Keep everything in memory and forget it at the end.
    ephemeral: bool = false, "ephemeral", "PATRON_EPHEMERAL", num_args = 0..=1, default_missing_value = "true";
    /// Development or production.
    mode: Mode = Mode::Development, "mode", "PATRON_MODE", value_enum;
    /// Where clients reach the service, such as https://patron.example.com; the listening address when empty.
    public_url: String = String::new(), "public-url", "PATRON_PUBLIC_URL", value_name = "URL";
    /// The key of the control API (`Authorization: Bearer …`); empty in development: open to this machine only.
    control_key: Secret = Secret(String::new()), "control-key", "PATRON_CONTROL_KEY", hide_env_values = true, value_name = "KEY";
    /// E-mail address of the first console user, made when the first organization has none; empty: admin@localhost.
    admin_email: String = String::new(), "admin-email", "PATRON_ADMIN_EMAIL", value_name = "EMAIL";
    /// Password of the first console user; empty: one is made up and printed once.
    admin_password: Secret = Secret(String::new()), "admin-password", "PATRON_ADMIN_PASSWORD", hide_env_values = true, value_name = "PASSWORD";
    /// A file with the certificate and those that vouch for it (PEM): https without a proxy; read again when it changes. Empty: none.
    tls_cert: PathBuf = PathBuf::new(), "tls-cert", "PATRON_TLS_CERT", value_name = "FILE";
    /// The file with the certificate's private key (PEM).
    tls_key: PathBuf = PathBuf::new(), "tls-key", "PATRON_TLS_KEY", value_name = "FILE";
    /// Leave the certificate's file name (x5u) out of tokens, for verifiers that insist on a URL there.
    omit_x5u: bool = false, "omit-x5u", "PATRON_OMIT_X5U", num_args = 0..=1, default_missing_value = "true";
    /// A proxy in front of the service ends TLS, so a public address may be listened on without it.
    behind_proxy: bool = false, "behind-proxy", "PATRON_BEHIND_PROXY", num_args = 0..=1, default_missing_value = "true";
    /// Networks of the proxies whose Forwarded or X-Forwarded-… headers are believed, such as 10.0.0.0/8, 192.0.2.7.
    trusted_proxies: Networks = Networks::this_machine(), "trusted-proxies", "PATRON_TRUSTED_PROXIES", value_name = "NETWORKS";
    /// A file to write `{"listening":"http://…"}` to, once requests can be answered; empty: none.
    ready_file: PathBuf = PathBuf::new(), "ready-file", "PATRON_READY_FILE", value_name = "FILE";
    /// What is logged: a level, or levels by module (`info,patron=debug`).
    log: String = "info".to_owned(), "log", "PATRON_LOG", value_name = "FILTER";
    /// Log one JSON object a line instead of text for people.
    log_json: bool = false, "log-json", "PATRON_LOG_JSON", num_args = 0..=1, default_missing_value = "true";
    /// Where traces are sent, by OTLP over HTTP, such as http://127.0.0.1:4318; empty: where OTEL_EXPORTER_OTLP_ENDPOINT says, or nowhere.
    otlp_endpoint: String = String::new(), "otlp-endpoint", "PATRON_OTLP_ENDPOINT", value_name = "URL";
    /// The largest body of a single call, in bytes.
    max_body_bytes: usize = 1024 * 1024, "max-body-bytes", "PATRON_MAX_BODY_BYTES", value_name = "BYTES";
    /// The largest body of a bulk or import call, in bytes.
    max_bulk_body_bytes: usize = 64 * 1024 * 1024, "max-bulk-body-bytes", "PATRON_MAX_BULK_BODY_BYTES", value_name = "BYTES";
    /// Seconds a client may take to send a request's head.
    header_timeout_seconds: u64 = 10, "header-timeout-seconds", "PATRON_HEADER_TIMEOUT_SECONDS", value_name = "SECONDS";
    /// Seconds a client may take to send a request's body.
    body_timeout_seconds: u64 = 30, "body-timeout-seconds", "PATRON_BODY_TIMEOUT_SECONDS", value_name = "SECONDS";
    /// Seconds that requests under way may still take after SIGTERM.
    drain_seconds: u64 = 20, "drain-seconds", "PATRON_DRAIN_SECONDS", value_name = "SECONDS";
    /// Connections held at once; more wait to be accepted.
    max_connections: usize = 16_384, "max-connections", "PATRON_MAX_CONNECTIONS", value_name = "NUMBER";
    /// Seconds that a connection is kept without a request.
    keep_alive_seconds: u64 = 75, "keep-alive-seconds", "PATRON_KEEP_ALIVE_SECONDS", value_name = "SECONDS";
    /// Seconds until a request's answer must begin; then it is given up.
    request_timeout_seconds: u64 = 300, "request-timeout-seconds", "PATRON_REQUEST_TIMEOUT_SECONDS", value_name = "SECONDS";
    /// The largest head of a request (its line and its headers), in bytes.
    max_head_bytes: usize = 64 * 1024, "max-head-bytes", "PATRON_MAX_HEAD_BYTES", value_name = "BYTES";
    /// The longest path and query of a request, in bytes.
    max_uri_bytes: usize = 48 * 1024, "max-uri-bytes", "PATRON_MAX_URI_BYTES", value_name = "BYTES";
    /// Requests under way at once; more are turned away with 503.
    max_requests: usize = 8192, "max-requests", "PATRON_MAX_REQUESTS", value_name = "NUMBER";
    /// Bulk and import requests that are read at once; eight times as many wait, more are turned away with 503.
    max_bulk_requests: usize = 8, "max-bulk-requests", "PATRON_MAX_BULK_REQUESTS", value_name = "NUMBER";
    /// Token requests a second from one address (of IPv6 one /64); 0: any number.
    token_rate_per_address: u32 = 0, "token-rate-per-address", "PATRON_TOKEN_RATE_PER_ADDRESS", value_name = "NUMBER";
    /// Tokens a second for one credential; 0: any number.
    token_rate_per_credential: u32 = 0, "token-rate-per-credential", "PATRON_TOKEN_RATE_PER_CREDENTIAL", value_name = "NUMBER";
    /// Searches that run at once, each until its last byte is sent; 0: four for each core. 32 times as many wait, more are turned away
    /// with 503.
    max_searches: usize = 0, "max-searches", "PATRON_MAX_SEARCHES", value_name = "NUMBER";
    /// Threads that hash passwords; 0: one for each core.
    hash_threads: usize = 0, "hash-threads", "PATRON_HASH_THREADS", value_name = "NUMBER";
    /// Seconds that who works behind the requests may be silent beyond its usual pauses; then the service is not ready.
    worker_patience_seconds: u64 = 300, "worker-patience-seconds", "PATRON_WORKER_PATIENCE_SECONDS", value_name = "SECONDS";
    /// Mail server to send through (smtp://user@host:port); empty: mails stay in the instance's inbox.
    smtp: String = String::new(), "smtp", "PATRON_SMTP", value_name = "URL";
    /// Password of the mail server.
    smtp_password: Secret = Secret(String::new()), "smtp-password", "PATRON_SMTP_PASSWORD", hide_env_values = true, value_name = "PASSWORD";
    /// A folder whose files replace the built-in mail templates; empty: none.
    mail_templates: PathBuf = PathBuf::new(), "mail-templates", "PATRON_MAIL_TEMPLATES", value_name = "FOLDER";
}

/// Reads all sources and checks what they say together.
pub fn load(options: ConfigOptions) -> Result<Config> {
    let config = Config::of(options.layer, read(options.config.as_deref())?);
    config.check()?;
    Ok(config)
}

fn read(file: Option<&Path>) -> Result<Layer> {
    let Some(path) = file else { return Ok(Layer::default()) };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not a configuration", path.display()))
}

/// What a command that calls the server needs of the server's own configuration.
pub struct ForClients {
    /// Where the server would be reached from this machine.
    pub server: String,
    /// The key of its control API; may be empty.
    pub control_key: Secret,
}

/// Reads the variables and the file as the server would, without its flags.
pub fn for_clients(file: Option<&Path>) -> Result<ForClients> {
    let variables = Layer::augment_args(clap::Command::new("patron")).try_get_matches_from(["patron"])?;
    let config = Config::of(Layer::from_arg_matches(&variables)?, read(file)?);
    Ok(ForClients { server: config.local_url(), control_key: config.control_key })
}

impl Config {
    /// Refuses what would be unsafe or cannot work.
    fn check(&self) -> Result<()> {
        let url = &self.public_url;
        if !url.is_empty() && !url.starts_with("http://") && !url.starts_with("https://") {
            bail!("the public URL {url:?} begins with neither http:// nor https://");
        }
        if self.tls_cert.as_os_str().is_empty() != self.tls_key.as_os_str().is_empty() {
            bail!("TLS needs both --tls-cert and --tls-key");
        }
        if let Some(fault) = self.issuers.iter().find_map(IssuerSettings::fault) {
            bail!("{fault}");
        }
        if self.mode == Mode::Production {
            self.check_exposure()?;
        }
        self.check_limits()
    }

    /// Refuses limits with which nothing works.
    fn check_limits(&self) -> Result<()> {
        for (name, value) in [
            ("max-connections", self.max_connections),
            ("max-requests", self.max_requests),
            ("max-bulk-requests", self.max_bulk_requests),
        ] {
            if value == 0 {
                bail!("--{name} 0 would let nobody in");
            }
        }
        // The HTTP library reads in pieces of this size.
        if self.max_head_bytes < 8192 {
            bail!("--max-head-bytes is {}, which is less than 8192", self.max_head_bytes);
        }
        Ok(())
    }

    /// Tokens and passwords never cross a network in clear.
    fn check_exposure(&self) -> Result<()> {
        if !self.listen.ip().is_loopback() && !self.behind_proxy && !self.has_tls() {
            bail!(
                "production mode does not listen on the public address {} without TLS: give --tls-cert and --tls-key, or put a proxy \
                 in front and say --behind-proxy",
                self.listen
            );
        }
        if self.behind_proxy && self.public_url.is_empty() {
            bail!(
                "production mode behind a proxy needs --public-url, such as https://patron.example.com: tokens name it as their issuer, \
                 and cookies are made for it"
            );
        }
        Ok(())
    }

    /// Whether the service itself speaks TLS.
    pub fn has_tls(&self) -> bool {
        !self.tls_cert.as_os_str().is_empty()
    }

    /// `https` or `http`: what the service itself speaks.
    pub fn scheme(&self) -> &'static str {
        if self.has_tls() { "https" } else { "http" }
    }

    /// The service's address as seen from its own machine.
    fn local_url(&self) -> String {
        let address = match self.listen.ip() {
            any if any.is_unspecified() && any.is_ipv6() => {
                SocketAddr::from((Ipv6Addr::LOCALHOST, self.listen.port()))
            }
            any if any.is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, self.listen.port())),
            _ => self.listen,
        };
        // A certificate names a host, not this machine's address.
        match self.public_url.as_str() {
            url if self.has_tls() && !url.is_empty() => url.to_owned(),
            _ => format!("{}://{address}", self.scheme()),
        }
    }

    /// The configuration as a TOML file, secrets hidden.
    pub fn redacted(&self) -> Result<String> {
        toml::to_string(self).context("the configuration cannot be written as TOML")
    }

    /// Time for one statement.
    pub fn database_timeout(&self) -> Duration {
        Duration::from_secs(self.database_timeout_seconds.max(1))
    }

    /// Time for a request's head.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds)
    }

    /// Time for a request's body.
    pub fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_seconds)
    }

    /// Time of a connection without a request.
    pub fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds)
    }

    /// Time between two signs of life of a worker.
    pub fn worker_patience(&self) -> Duration {
        Duration::from_secs(self.worker_patience_seconds)
    }

    /// Time until an answer begins.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }
}
