//! Keeps the keys of other issuers: fetched in the background, again every ten minutes, and once more when a token names one that is not
//! known yet, at most twice a minute whatever is asked. No token is ever held up by an issuer but one of its own, and that for seconds at most.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::join_all;
use metrics::{counter, gauge};
use patron_commerce::identity::outside::{IssuerKind, IssuerSettings, settings::is_trustworthy};
use patron_token::foreign::ForeignKeys;
use reqwest::{Client, redirect::Policy};
use serde_json::Value;
use tokio::{
    sync::Mutex,
    time::{self, Instant},
};

use crate::{
    state::{App, State},
    workers::Working,
};

/// Between two fetches, when all is well.
const EVERY: Duration = Duration::from_secs(600);
/// Before another try after a failure; each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// In which tokens may ask for two fetches and no more.
const TWICE_IN: Duration = Duration::from_secs(60);
/// How long an issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of the longest answer that is read.
const LONGEST_ANSWER: usize = 256 * 1024;

/// See the module.
pub struct KeyFetcher {
    /// None where nobody is asked: reading the system's certificates would take longer than the whole start.
    client: Option<Client>,
    /// The last two times that each issuer was asked because of a token, the older first. Whoever holds the lock asks, and others wait
    /// for what it finds.
    asked: Vec<Mutex<[Option<Instant>; 2]>>,
}

impl KeyFetcher {
    /// For so many issuers.
    pub fn new(issuers: usize) -> Result<Self> {
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(Policy::none())
            .user_agent(concat!("patron/", env!("CARGO_PKG_VERSION")));
        let client = if issuers == 0 { None } else { Some(client.build()?) };
        Ok(Self { client, asked: (0..issuers).map(|_| Mutex::default()).collect() })
    }

    /// Looks for the key that a refused token names, where its issuer is trusted and the key is not known. True when it is worth another look
    /// at the token.
    pub async fn find_key_of(&self, app: &State, token: Option<&str>) -> bool {
        let Some(token) = token.filter(|_| !self.asked.is_empty()) else { return false };
        let strangers = || app.authority.outside().strangers_to(token, app.moment().millis());
        let before = strangers();
        if before.is_empty() {
            // The key may have come while the token was being refused.
            return app.authority.outside().may_have_made(token);
        }
        if is_ours(app, token) {
            return false;
        }
        for number in &before {
            let is_needed = || strangers().contains(number);
            // Longer than one answer takes: nobody waits behind a queue.
            let asking = time::timeout(PATIENCE * 2, self.ask(app, *number, is_needed));
            let _ = asking.await;
        }
        strangers().len() < before.len()
    }

    /// Asks an issuer because of a token, unless somebody else has just found the key, or asked too often.
    async fn ask(&self, app: &State, number: usize, is_needed: impl Fn() -> bool) {
        let mut asked = self.asked[number].lock().await;
        let [older, newer] = *asked;
        if is_needed() && older.is_none_or(|older| older.elapsed() >= TWICE_IN) {
            *asked = [newer, Some(Instant::now())];
            self.refresh(app, number).await;
        }
    }

    /// Asks an issuer because it is time to.
    async fn ask_in_time(&self, app: &State, number: usize) -> bool {
        let _asking = self.asked[number].lock().await;
        self.refresh(app, number).await
    }

    /// Fetches an issuer's keys; true when that worked. What cannot be used is logged, and the keys before it stay.
    async fn refresh(&self, app: &State, number: usize) -> bool {
        let Some(settings) = app.config.issuers.get(number) else { return false };
        let fetched = self.fetch(settings).await;
        let result = if fetched.is_ok() { "success" } else { "failure" };
        counter!("patron_issuer_fetches_total", "issuer" => settings.name.clone(), "result" => result)
            .increment(1);
        match fetched {
            Ok(keys) => {
                gauge!("patron_issuer_keys", "issuer" => settings.name.clone()).set(keys.len() as f64);
                app.authority.outside().learn(number, keys, app.moment().millis());
                true
            }
            Err(error) => {
                let issuer = settings.name.as_str();
                tracing::warn!(
                    issuer,
                    error = format!("{error:#}"),
                    "The keys of an issuer could not be fetched; those before stay."
                );
                false
            }
        }
    }

    async fn fetch(&self, settings: &IssuerSettings) -> Result<ForeignKeys> {
        let issuer = settings.issuer.trim_end_matches('/');
        let url = match (settings.jwks_url.as_str(), settings.kind) {
            ("", IssuerKind::Ims) => format!("{issuer}/ims/keys"),
            ("", IssuerKind::Oidc) => self.discover(&settings.issuer).await?,
            (url, _) => url.to_owned(),
        };
        let keys =
            ForeignKeys::read(&self.get(&url).await?).with_context(|| format!("{url} answers no JWKS"))?;
        ensure!(!keys.is_empty(), "{url} has no key that could be used");
        Ok(keys)
    }

    /// Where an OpenID Connect provider says that its keys are (Discovery 1.0, 4).
    async fn discover(&self, issuer: &str) -> Result<String> {
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document: Value = serde_json::from_slice(&self.get(&url).await?)
            .with_context(|| format!("{url} answers no JSON"))?;
        // A document of somebody else must not say whose keys count.
        ensure!(
            document["issuer"] == issuer,
            "{url} is the document of {} and not of {issuer}",
            document["issuer"]
        );
        let keys = document["jwks_uri"].as_str().with_context(|| format!("{url} has no jwks_uri"))?;
        ensure!(is_trustworthy(keys), "the keys of {issuer} are not behind https: {keys}");
        Ok(keys.to_owned())
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>> {
        let client = self.client.as_ref().context("no issuer is trusted")?;
        let mut response = client.get(url).send().await?;
        ensure!(response.status().as_u16() == 200, "{url} answered {}", response.status());
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await? {
            body.extend_from_slice(&part);
            if body.len() > LONGEST_ANSWER {
                bail!("{url} answers more than {LONGEST_ANSWER} bytes");
            }
        }
        Ok(body)
    }
}

/// Whether we signed it: such a token was refused for a reason that no issuer can change, and never waits for one.
fn is_ours(app: &State, token: &str) -> bool {
    let read = app.database.read(|sql| app.authority.read(sql, token, app.moment().millis()));
    read.is_ok_and(|read| read.is_ok())
}

/// Fetches the keys of every issuer now, and again and again until the task is dropped.
pub async fn keep_fresh(app: App, working: Working) {
    // Each issuer's fetching gives signs of life of its own.
    working.pauses(Duration::MAX);
    join_all((0..app.config.issuers.len()).map(|number| keep_one_fresh(&app, number, working.beside())))
        .await;
}

async fn keep_one_fresh(app: &State, number: usize, working: Working) {
    let mut pause = FIRST_PAUSE;
    loop {
        working.lives();
        if app.issuers.ask_in_time(app, number).await {
            pause = FIRST_PAUSE;
            working.pauses(EVERY);
            time::sleep(EVERY).await;
        } else {
            working.pauses(pause);
            time::sleep(pause).await;
            pause = (pause * 2).min(EVERY);
        }
    }
}
