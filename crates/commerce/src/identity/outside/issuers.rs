//! The trusted issuers and their keys, as this node knows them. Whoever fetches keys hands them in; a token is only ever held against what
//! is here.

use std::sync::{Arc, PoisonError, RwLock};

use patron_token::foreign::{self, ForeignKeys};

use super::{IssuerKind, IssuerSettings, Outsider, claims};

/// For how long keys are believed when their issuer cannot be reached any more, in milliseconds: a day.
pub const STALE_AFTER_MS: i64 = 86_400_000;

/// See the module. One a process.
#[derive(Default)]
pub struct Issuers(Vec<Issuer>);

struct Issuer {
    settings: IssuerSettings,
    keys: RwLock<Arc<Known>>,
}

#[derive(Default)]
struct Known {
    keys: ForeignKeys,
    fetched_at: i64,
}

impl Issuers {
    /// Issuers without keys yet.
    pub fn new(settings: Vec<IssuerSettings>) -> Self {
        Self(settings.into_iter().map(|settings| Issuer { settings, keys: RwLock::default() }).collect())
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their settings, by number.
    pub fn settings(&self) -> impl Iterator<Item = &IssuerSettings> {
        self.0.iter().map(|issuer| &issuer.settings)
    }

    /// Takes an issuer's keys in place of those before.
    pub fn learn(&self, number: usize, keys: ForeignKeys, now_ms: i64) {
        if let Some(issuer) = self.0.get(number) {
            let known = Arc::new(Known { keys, fetched_at: now_ms });
            *issuer.keys.write().unwrap_or_else(PoisonError::into_inner) = known;
        }
    }

    /// Whose token this is, and whom it speaks for; None when no trusted issuer made it, or when it does not count.
    pub fn recognise(&self, token: &str, now_ms: i64) -> Option<(&IssuerSettings, Outsider)> {
        if self.is_empty() {
            return None;
        }
        let hint = foreign::hint(token)?;
        self.0.iter().filter(|issuer| issuer.may_have_made(&hint)).find_map(|issuer| {
            let opened = issuer.known(now_ms).keys.verify(token, &issuer.settings.algorithms).ok()?;
            Some((&issuer.settings, claims::check(&issuer.settings, opened, now_ms)?))
        })
    }

    /// Whether one of them may have made this token.
    pub fn may_have_made(&self, token: &str) -> bool {
        foreign::hint(token).is_some_and(|hint| self.0.iter().any(|issuer| issuer.may_have_made(&hint)))
    }

    /// The issuers that may have made this token with a key that is not known here.
    pub fn strangers_to(&self, token: &str, now_ms: i64) -> Vec<usize> {
        let Some(hint) = foreign::hint(token) else { return Vec::new() };
        let lacks = |issuer: &Issuer| {
            issuer.may_have_made(&hint) && !issuer.known(now_ms).keys.has(hint.kid.as_deref())
        };
        self.0.iter().enumerate().filter(|(_, issuer)| lacks(issuer)).map(|(number, _)| number).collect()
    }
}

impl Issuer {
    /// By what the token says of itself: the signature decides later. An IMS token names no issuer.
    fn may_have_made(&self, hint: &foreign::Hint) -> bool {
        match self.settings.kind {
            IssuerKind::Oidc => hint.issuer.as_deref() == Some(self.settings.issuer.as_str()),
            IssuerKind::Ims => hint.issuer.is_none(),
        }
    }

    fn known(&self, now_ms: i64) -> Arc<Known> {
        let known = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        if now_ms - known.fetched_at < STALE_AFTER_MS { known } else { Arc::default() }
    }
}
