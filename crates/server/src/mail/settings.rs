//! What an operator says about mail.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use lettre::Address;
use url::Url;

use super::smtp::{Security, Server};
use crate::config::{Config, Secret};

/// Who writes where nobody said: names nobody, so answers go nowhere.
const NOBODY: &str = "no-reply@localhost.localdomain";

/// See the module.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `smtp://user@host:port` or `smtps://…`; empty: nothing is sent. `?tls=none|opportunistic|required` decides for `smtp://`; without
    /// it TLS is required where there is a user, and used where the server offers it otherwise.
    pub smtp: String,
    /// The user's password.
    pub password: Secret,
    /// The address that mails come from where a store does not say; empty: the user, if that is an address.
    pub from: String,
    /// A folder whose files replace the built-in templates; empty: none.
    pub templates: PathBuf,
    /// How many mails an instance's inbox keeps: the newest.
    pub keep: i64,
    /// How often a mail is tried before it is given up: over a day.
    pub attempts: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            smtp: String::new(),
            password: Secret::default(),
            from: String::new(),
            templates: PathBuf::new(),
            keep: 10_000,
            attempts: 9,
        }
    }
}

impl Settings {
    /// What the configuration says.
    pub fn of(config: &Config) -> Self {
        Self {
            smtp: config.smtp.clone(),
            password: config.smtp_password.clone(),
            templates: config.mail_templates.clone(),
            ..Self::default()
        }
    }

    /// The sender where a store does not say.
    pub(super) fn sender(&self) -> Result<Address> {
        let user = self.url()?.map(|url| decoded(url.username())).unwrap_or_default();
        let text = match self.from.as_str() {
            "" if user.contains('@') => &user,
            "" => NOBODY,
            from => from,
        };
        text.parse().with_context(|| format!("{text:?} is not an e-mail address to send from"))
    }

    /// The mail server, if there is one.
    pub(super) fn server(&self) -> Result<Option<Server>> {
        let Some(url) = self.url()? else { return Ok(None) };
        let host = url.host_str().filter(|host| !host.is_empty()).context("it names no host")?;
        if url.password().is_some() {
            bail!("it holds a password; give that as smtp_password");
        }
        let user = decoded(url.username());
        let tls = url.query_pairs().find_map(|(key, value)| (key == "tls").then(|| value.into_owned()));
        let security = match (url.scheme(), tls.as_deref()) {
            ("smtps", _) => Security::Always,
            ("smtp", Some("required")) => Security::Required,
            ("smtp", Some("opportunistic")) => Security::Offered,
            ("smtp", Some("none")) => Security::None,
            // A password never goes over the wire in clear, unless somebody says so.
            ("smtp", None) if user.is_empty() => Security::Offered,
            ("smtp", None) => Security::Required,
            ("smtp", Some(other)) => bail!("tls={other} is not none, opportunistic or required"),
            (scheme, _) => bail!("{scheme}:// is not smtp:// or smtps://"),
        };
        let login = (!user.is_empty()).then(|| (user, self.password.reveal().to_owned()));
        Server::new(host, url.port(), security, login).map(Some)
    }

    fn url(&self) -> Result<Option<Url>> {
        if self.smtp.is_empty() {
            return Ok(None);
        }
        Url::parse(&self.smtp).map(Some).context("it is not a URL such as smtp://user@host:587")
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(smtp: &str) -> Settings {
        Settings { smtp: smtp.to_owned(), ..Settings::default() }
    }

    #[test]
    fn without_a_server_nothing_is_sent() {
        assert!(with("").server().unwrap().is_none());
        assert_eq!(with("").sender().unwrap().as_ref() as &str, NOBODY);
    }

    #[test]
    fn a_login_asks_for_tls_unless_told_otherwise() {
        let security = |url: &str| with(url).server().unwrap().unwrap().security();
        assert_eq!(security("smtp://localhost:2525"), Security::Offered);
        assert_eq!(security("smtp://shop%40example.net@mail.example.net:587"), Security::Required);
        assert_eq!(security("smtp://user@localhost?tls=none"), Security::None);
        assert_eq!(security("smtps://user@mail.example.net"), Security::Always);
        assert_eq!(
            with("smtp://shop%40example.net@m").sender().unwrap().as_ref() as &str,
            "shop@example.net"
        );
    }

    #[test]
    fn a_url_that_is_not_right_is_refused() {
        for url in
            ["localhost:25", "http://localhost", "smtp://", "smtp://u:secret@localhost", "smtp://h?tls=maybe"]
        {
            assert!(with(url).server().is_err(), "{url}");
        }
        let odd = Settings { from: "not an address".to_owned(), ..Settings::default() };
        assert!(odd.sender().is_err());
    }
}
