//! What every request shares: the database, caches, keys, the hash pool, the call table, clock and randomness.

use std::sync::Arc;

use jiff::Timestamp;
use patron_commerce::{Moment, Random, Row, identity::Authority, instances::Catalogues};
use patron_sql::Database;
use patron_token::hasher::HashPool;
use patron_webapi::Routes;

use crate::{config::Config, issuers::KeyFetcher, limits::Limits, mail::Mailer, workers::Workers};

/// See the module; cheap to clone.
pub type App = Arc<State>;

/// The parts of a running service.
pub struct State {
    /// The effective configuration.
    pub config: Config,
    /// The database.
    pub database: Database,
    /// Instances' websites, stores, settings and attributes.
    pub catalogues: Catalogues,
    /// Signing keys and verified tokens.
    pub authority: Authority,
    /// What fetches the keys of other issuers.
    pub issuers: KeyFetcher,
    /// Password hashing, off the request threads.
    pub hasher: HashPool,
    /// Mail templates and the mail server.
    pub mail: Mailer,
    /// What is let in at once.
    pub limits: Limits,
    /// Who works behind the requests.
    pub workers: Workers,
    /// What was found out about readiness, and when.
    pub readiness: crate::http::Readiness,
    /// How many tokens may be asked for.
    pub token_rates: crate::http::TokenRates,
    /// What `/_/metrics` shows.
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
    /// The REST API's rows.
    pub table: Vec<Row>,
    /// The rows' routes.
    pub routes: Routes,
    /// The routes of the rows' bulk forms.
    pub bulk_routes: Routes,
    /// Is told when calls were kept for later.
    pub queued: tokio::sync::Notify,
    /// Set once the console's first user is stored, or is found to need nothing.
    pub first_user: tokio::sync::SetOnce<()>,
    /// Where the service is reached from outside, without a trailing slash: `http://127.0.0.1:8080`.
    pub base_url: String,
}

impl State {
    /// Whether clients reach the service by https, through a proxy or not.
    pub fn is_https(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// Lets whoever waits to sign in go on.
    pub fn first_user_is_known(&self) {
        // Set already: then they have gone on.
        let _ = self.first_user.set(());
    }

    /// This instant, with the operating system's randomness.
    pub fn moment(&self) -> Moment<'static> {
        Moment { now: Timestamp::now(), random: &SystemRandom }
    }
}

impl crate::bulk::Service for State {
    fn database(&self) -> &Database {
        &self.database
    }

    fn catalogues(&self) -> &Catalogues {
        &self.catalogues
    }

    fn table(&self) -> &[Row] {
        &self.table
    }

    fn moment(&self) -> Moment<'_> {
        self.moment()
    }

    fn queued(&self) -> &tokio::sync::Notify {
        &self.queued
    }
}

/// The operating system's randomness.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        use rand::TryRng;
        // There is no safe way on without randomness: ids and secrets would be guessable.
        rand::rngs::SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}
