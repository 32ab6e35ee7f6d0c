//! Calls to another server: with a token that is renewed, waiting as long as the server says, and tried again when it fails in a way
//! that may pass (429, 5xx, a broken or cut answer).

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use reqwest::{
    StatusCode,
    blocking::{Client, Response},
    header::{HeaderMap, RETRY_AFTER},
};
use serde_json::Value;

use crate::config::Secret;

/// The first pause before a call is tried again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause, unless the server names a longer one.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// The scopes that a token is asked for with.
const SCOPES: &str = "openid,AdobeID,email,profile,additional_info.projectedProductContext,additional_info.roles,org.read,commerce.accs";

/// How the other server knows us.
#[derive(Debug, Clone, Args)]
pub struct Access {
    /// An access token of the other server.
    #[arg(
        long,
        env = "PATRON_CLONE_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        required_unless_present = "client_id"
    )]
    token: Option<Secret>,
    /// A server-to-server credential's client id, instead of a token.
    #[arg(
        long,
        env = "PATRON_CLONE_CLIENT_ID",
        value_name = "ID",
        requires = "client_secret",
        conflicts_with = "token"
    )]
    client_id: Option<String>,
    /// Its secret.
    #[arg(long, env = "PATRON_CLONE_CLIENT_SECRET", hide_env_values = true, value_name = "SECRET")]
    client_secret: Option<Secret>,
    /// The token service that knows the credential.
    #[arg(long, value_name = "URL", default_value = "https://ims-na1.adobelogin.com/ims")]
    ims: String,
    /// How long one call is tried again before the clone gives up; it can be gone on with later.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    give_up_after: u64,
}

/// See the module.
pub struct Remote {
    base: String,
    client: Client,
    access: Access,
    token: Option<String>,
}

/// What came of one attempt.
enum Attempt {
    Answered(Value),
    /// It may work later: after this time, when the server named one.
    Later(String, Option<Duration>),
    /// The token is not, or no longer, good.
    Unauthorized(String),
}

impl Remote {
    /// Reaches no further than reading the options.
    pub fn open(from: &str, access: Access) -> Result<Self> {
        let base = from.trim_end_matches('/').trim_end_matches("/V1").to_owned();
        if !base.starts_with("https://") && !base.starts_with("http://") {
            bail!("{from:?} begins with neither https:// nor http://");
        }
        let client = Client::builder()
            .timeout(PATIENCE)
            .user_agent(concat!("patron/", env!("CARGO_PKG_VERSION")))
            .build();
        let token = access.token.as_ref().map(|token| token.reveal().to_owned());
        Ok(Self { base, client: client.context("no connection can be made")?, access, token })
    }

    /// Where its `/V1/…` begins.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// GETs a path; the answer is whole JSON.
    pub fn get(&mut self, path: &str) -> Result<Value> {
        self.try_get(path)?.with_context(|| format!("{} answered 404", self.short(path)))
    }

    /// GETs a path; None when it is not there.
    pub fn try_get(&mut self, path: &str) -> Result<Option<Value>> {
        let (began, mut pause, mut renewed) = (Instant::now(), FIRST_PAUSE, false);
        loop {
            let attempt = self.attempt(path)?;
            let (why, named) = match attempt {
                Attempt::Answered(Value::Null) => return Ok(None),
                Attempt::Answered(answer) => return Ok(Some(answer)),
                Attempt::Unauthorized(_) if self.access.client_id.is_some() && !renewed => {
                    renewed = true;
                    self.token = None;
                    continue;
                }
                Attempt::Unauthorized(why) => bail!("{} answered {why}", self.short(path)),
                Attempt::Later(why, named) => (why, named),
            };
            let wait = named.unwrap_or(pause);
            if began.elapsed() + wait > Duration::from_secs(self.access.give_up_after) {
                bail!("{} still failed after {} s: {why}", self.short(path), began.elapsed().as_secs());
            }
            if wait > Duration::from_secs(5) {
                eprintln!("{why}; trying again in {} s", wait.as_secs());
            }
            thread::sleep(wait);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn attempt(&mut self, path: &str) -> Result<Attempt> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => match self.new_token()? {
                Ok(token) => self.token.insert(token).clone(),
                Err(later) => return Ok(later),
            },
        };
        let mut request =
            self.client.get(format!("{}{path}", self.base)).bearer_auth(token).header("Store", "all");
        if let Some(id) = &self.access.client_id {
            request = request.header("x-api-key", id);
        }
        judge(request.send())
    }

    /// A token for the credential; or what to do about there being none.
    fn new_token(&self) -> Result<std::result::Result<String, Attempt>> {
        let (Some(id), Some(secret)) = (&self.access.client_id, &self.access.client_secret) else {
            bail!("there is neither a token nor a client id with its secret");
        };
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret.reveal()),
            ("scope", SCOPES),
        ];
        let url = format!("{}/token/v3", self.access.ims.trim_end_matches('/'));
        match judge(self.client.post(&url).form(&form).send())? {
            Attempt::Answered(answer) => {
                let token = answer["access_token"].as_str().map(str::to_owned);
                token.map(Ok).with_context(|| format!("{url} answered no access_token"))
            }
            Attempt::Unauthorized(why) => bail!("{url} answered {why}"),
            later => Ok(Err(later)),
        }
    }

    /// A path without its query.
    fn short(&self, path: &str) -> String {
        format!("{}{}", self.base, path.split('?').next().unwrap_or(path))
    }
}

fn judge(sent: reqwest::Result<Response>) -> Result<Attempt> {
    let response = match sent {
        Ok(response) => response,
        Err(error) if error.is_builder() => return Err(error.without_url().into()),
        Err(error) => return Ok(Attempt::Later(format!("no answer: {}", error.without_url()), None)),
    };
    let (status, wait) = (response.status(), retry_after(response.headers()));
    let body = match response.bytes() {
        Ok(body) => body,
        Err(error) => {
            return Ok(Attempt::Later(format!("the answer broke off: {}", error.without_url()), wait));
        }
    };
    match status {
        StatusCode::OK => Ok(match serde_json::from_slice(&body) {
            Ok(answer) => Attempt::Answered(answer),
            Err(_) => Attempt::Later("the answer was no whole JSON".to_owned(), wait),
        }),
        StatusCode::NOT_FOUND => Ok(Attempt::Answered(Value::Null)),
        StatusCode::UNAUTHORIZED => Ok(Attempt::Unauthorized(format!("401 {}", said(&body)))),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
            Ok(Attempt::Later(status.to_string(), wait))
        }
        status if status.is_server_error() => Ok(Attempt::Later(status.to_string(), wait)),
        status => bail!("the server answered {status} {}", said(&body)),
    }
}

fn said(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(200).collect()
}

/// `Retry-After` in seconds, or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    let left = date.timestamp().duration_since(jiff::Timestamp::now());
    Some(Duration::try_from(left).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_name_the_pause_in_seconds_or_as_a_date() {
        let said = |text: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]));
        assert_eq!(said("7"), Some(Duration::from_secs(7)));
        assert_eq!(said("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(said("soon"), None);
    }
}
