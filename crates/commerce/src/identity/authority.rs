//! What a token means, on this node.
//!
//! A token that was verified is remembered together with the epoch it was verified in, and counts only in that epoch: a busy
//! client's call costs a look at it and at the epoch, no signature, and yet a deletion, a revocation or a withdrawn key is heeded
//! by the very next call on every node. Tokens of other issuers that are trusted are remembered for a few minutes, so that a key which their
//! issuer withdraws is soon believed no more.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use anyhow::anyhow;
use patron_sql::{Database, Session};
use patron_token::{
    Claims, Refusal, SigningKey, TokenType, VerifiedCache, claims::CTP_USER, jwt, key::X5u, secret,
    verified::Remembered,
};

use super::{
    Consumer, Credential, KeyRing, Resources, User, epoch, families, keys,
    model::COMMERCE_SCOPE,
    outside::{Issuers, Outsider, grants},
    revocation,
    roles::{self, Rights},
    store::{self, StoredKey},
};
use crate::{Moment, failure::Result};

/// How many tokens a node remembers: ours take some 1.5 KB each, and live a day. Where more are in use, some calls cost a signature.
const REMEMBERED_TOKENS: usize = 16_384;
/// For how long another issuer's token is remembered, in milliseconds.
const OUTSIDER_REMEMBERED_MS: i64 = 300_000;

/// See the module. One a process; shared by all threads.
pub struct Authority {
    verified: VerifiedCache<Verified>,
    ring: RwLock<Option<Arc<KeyRing>>>,
    making: Mutex<()>,
    outside: Issuers,
    x5u: X5u,
}

/// A consumer and the epoch in which it was found.
#[derive(Clone)]
struct Verified {
    epoch: i64,
    consumer: Arc<Consumer>,
    /// Who it is in instances where it may do something else.
    in_instances: Arc<BTreeMap<String, Arc<Consumer>>>,
    /// Who it is elsewhere in organisations where it may do something else; only of other issuers' tokens.
    in_organisations: Arc<BTreeMap<i64, Arc<Consumer>>>,
}

impl Verified {
    fn in_instance(self, code: &str, organisation_id: i64) -> Arc<Consumer> {
        let found = self.in_instances.get(code).or_else(|| self.in_organisations.get(&organisation_id));
        found.cloned().unwrap_or(self.consumer)
    }
}

/// Who holds a token that counts.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// What the token says.
    pub claims: Claims,
    /// The client that got it.
    pub credential: Credential,
    /// The user that it speaks for; None for a server's own.
    pub user: Option<User>,
}

/// What a token was found to be, for `validate_token`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspection {
    /// Good; what it says.
    Valid(Box<Claims>),
    /// Not good; why, in one word.
    Invalid(&'static str),
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// Knows no key and no token yet, and trusts nobody else.
    pub fn new() -> Self {
        Self::trusting(Issuers::default())
    }

    /// The same, which believes these issuers too.
    pub fn trusting(outside: Issuers) -> Self {
        Self {
            verified: VerifiedCache::new(REMEMBERED_TOKENS),
            ring: RwLock::new(None),
            making: Mutex::new(()),
            outside,
            x5u: X5u::default(),
        }
    }

    /// The same, whose tokens name their certificate or not.
    #[must_use]
    pub fn naming_certificates(self, x5u: X5u) -> Self {
        Self { x5u, ..self }
    }

    /// What the memory of good tokens has done.
    pub fn remembered(&self) -> Remembered {
        self.verified.stats()
    }

    /// The other issuers that are trusted.
    pub fn outside(&self) -> &Issuers {
        &self.outside
    }

    /// Who calls the instance (its code, its organisation) with this access token at `now_ms` (epoch milliseconds). None when the token is malformed, badly signed,
    /// over, of another type, revoked, without the scope `commerce.accs`, or its credential or user is gone.
    pub fn consumer(
        &self,
        sql: Session<'_>,
        bearer_token: &str,
        instance: (&str, i64),
        now_ms: i64,
    ) -> Result<Option<Arc<Consumer>>> {
        let (code, organisation_id) = instance;
        // Before anything is read that a deletion could change.
        let ticket = self.verified.ticket();
        let epoch = epoch::read(sql)?;
        if let Some(known) = self.verified.get(bearer_token, now_ms).filter(|known| known.epoch == epoch) {
            return Ok(Some(known.in_instance(code, organisation_id)));
        }
        let ring = self.ring_of(sql, epoch, now_ms)?;
        let claims = match jwt::verify(ring.trusted(), bearer_token, TokenType::AccessToken, now_ms) {
            Ok(claims) => claims,
            // Adobe's keys have the ids that ours have: only the signature tells whose a token is.
            Err(Refusal::UnknownKey | Refusal::BadSignature) if !self.outside.is_empty() => {
                let Some((ends_at, verified)) = self.outsider(sql, epoch, bearer_token, now_ms)? else {
                    return Ok(None);
                };
                let until = ends_at.min(now_ms + OUTSIDER_REMEMBERED_MS);
                let client_id = &verified.consumer.client_id;
                self.verified.remember(ticket, bearer_token, client_id, now_ms, until, verified.clone());
                return Ok(Some(verified.in_instance(code, organisation_id)));
            }
            Err(_) => return Ok(None),
        };
        let Ok(bearer) = standing(sql, claims)? else { return Ok(None) };
        if !bearer.claims.scope.contains(COMMERCE_SCOPE) || !bearer.credential.scopes.contains(COMMERCE_SCOPE)
        {
            return Ok(None);
        }
        let ends_at = bearer.claims.ends_at();
        let verified = verified(sql, epoch, bearer)?;
        let client_id = &verified.consumer.client_id;
        self.verified.remember(ticket, bearer_token, client_id, now_ms, ends_at, verified.clone());
        Ok(Some(verified.in_instance(code, organisation_id)))
    }

    /// Who holds a token of another issuer, until when; None when it does not count or opens nothing here.
    fn outsider(
        &self,
        sql: Session<'_>,
        epoch: i64,
        token: &str,
        now_ms: i64,
    ) -> Result<Option<(i64, Verified)>> {
        let Some((settings, outsider)) = self.outside.recognise(token, now_ms) else { return Ok(None) };
        let rights = grants::rights(sql, settings, &outsider)?;
        Ok(outsider_verified(epoch, &settings.name, &outsider, rights)
            .map(|verified| (outsider.ends_at, verified)))
    }

    /// Who holds this access token, whatever its scopes; None as for [`Self::consumer`].
    pub fn bearer(&self, sql: Session<'_>, token: &str, now_ms: i64) -> Result<Option<Bearer>> {
        let ring = self.ring(sql, now_ms)?;
        match jwt::verify(ring.trusted(), token, TokenType::AccessToken, now_ms) {
            Ok(claims) => Ok(standing(sql, claims)?.ok()),
            Err(_) => Ok(None),
        }
    }

    /// Whether a token of the wanted type is good at `now_ms`, and what it says; `client_id`, if given, must be its own.
    pub fn inspect(
        &self,
        sql: Session<'_>,
        token: &str,
        wanted: TokenType,
        client_id: Option<&str>,
        now_ms: i64,
    ) -> Result<Inspection> {
        let ring = self.ring(sql, now_ms)?;
        let claims = match jwt::verify(ring.trusted(), token, wanted, now_ms) {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Inspection::Invalid(refusal.reason())),
        };
        if client_id.is_some_and(|given| given != claims.client_id) {
            return Ok(Inspection::Invalid("invalid_client_id"));
        }
        Ok(match standing(sql, claims)? {
            Ok(bearer) => Inspection::Valid(Box::new(bearer.claims)),
            Err(reason) => Inspection::Invalid(reason),
        })
    }

    /// Reads a token that one of our keys signed, whatever its type and age: enough to revoke it.
    pub fn read(&self, sql: Session<'_>, token: &str, now_ms: i64) -> Result<Result<Claims, Refusal>> {
        Ok(jwt::read(self.ring(sql, now_ms)?.trusted(), token))
    }

    /// The keys as of this unit of work.
    pub fn ring(&self, sql: Session<'_>, now_ms: i64) -> Result<Arc<KeyRing>> {
        self.ring_of(sql, epoch::read(sql)?, now_ms)
    }

    /// The key that signs, made now if there is none. Safe to call from several threads and nodes at once: all get the same key.
    /// May take half a second, so not on a request's thread.
    pub fn ensure_key(&self, database: &Database, moment: Moment<'_>) -> Result<Arc<SigningKey>> {
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let known = database.read(|sql| self.ring(sql, moment.millis()))?.signing_key();
        match known {
            Some(key) => Ok(key),
            None => self.make_key(database, moment, 1),
        }
    }

    /// Makes the next key, which signs from now on; those before it are believed for [`keys::RETIREMENT_MS`] more. Where two nodes
    /// rotate at once, one new key comes of it. May take half a second.
    pub fn rotate(&self, database: &Database, moment: Moment<'_>) -> Result<Arc<SigningKey>> {
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = database.read(keys::newest_number)?;
        self.make_key(database, moment, newest + 1)
    }

    fn make_key(&self, database: &Database, moment: Moment<'_>, number: i64) -> Result<Arc<SigningKey>> {
        let kid = keys::kid(number);
        let made = SigningKey::generate(&kid).map_err(anyhow::Error::from)?;
        let private_key = made.to_text().map_err(anyhow::Error::from)?;
        let stored = StoredKey { number, kid, private_key, created_at: moment.millis(), retires_at: None };
        let step = epoch::step(moment);
        database.write_now(move |sql| keys::add(sql, &stored, step))?;
        // Not the one just made: another node's may have been first.
        let ring = database.read(|sql| self.ring(sql, moment.millis()))?;
        Ok(ring.signing_key().ok_or_else(|| anyhow!("the signing key that was just stored is not there"))?)
    }

    fn ring_of(&self, sql: Session<'_>, epoch: i64, now_ms: i64) -> Result<Arc<KeyRing>> {
        let kept = self.ring.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|ring| ring.epoch() == epoch) {
            return Ok(kept);
        }
        let read = Arc::new(KeyRing::load(sql, epoch, now_ms, self.x5u)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&read));
        Ok(read)
    }
}

/// Whoever stands behind a token, or why the token does not count any more.
fn standing(sql: Session<'_>, claims: Claims) -> Result<Result<Bearer, &'static str>> {
    let Some(credential) = store::credential_by_client_id(sql, &claims.client_id)? else {
        return Ok(Err("unknown_client"));
    };
    if revocation::is_revoked(sql, &claims)? {
        return Ok(Err("revoked_token"));
    }
    if claims.ctp != CTP_USER {
        return Ok(Ok(Bearer { claims, credential, user: None }));
    }
    Ok(match families::user_of(sql, &claims)? {
        Some(user) => Ok(Bearer { claims, credential, user: Some(user) }),
        None => Err("revoked_token"),
    })
}

/// What a token opens, instance by instance.
fn verified(sql: Session<'_>, epoch: i64, bearer: Bearer) -> Result<Verified> {
    let rights = match &bearer.user {
        Some(user) => roles::rights_of_user(sql, user, &bearer.credential)?,
        None => roles::rights_of_credential(sql, &bearer.credential)?,
    };
    let everywhere = Consumer {
        credential_id: bearer.credential.id,
        client_id: bearer.credential.client_id,
        user_id: bearer.claims.user_id,
        organisation_id: bearer.credential.organisation_id,
        resources: rights.everywhere,
    };
    let in_instances = rights
        .in_instances
        .into_iter()
        .map(|(code, resources)| (code, Arc::new(Consumer { resources, ..everywhere.clone() })))
        .collect();
    Ok(Verified {
        epoch,
        consumer: Arc::new(everywhere),
        in_instances: Arc::new(in_instances),
        in_organisations: Arc::default(),
    })
}

/// What a token of another issuer opens; None when it opens nothing.
fn outsider_verified(
    epoch: i64,
    issuer: &str,
    outsider: &Outsider,
    rights: BTreeMap<i64, Rights>,
) -> Option<Verified> {
    let consumer = |organisation_id: i64, resources: Resources| {
        Arc::new(Consumer {
            credential_id: stand_in(issuer, &outsider.client_id),
            client_id: outsider.client_id.clone(),
            user_id: outsider.user_id.clone(),
            organisation_id,
            resources,
        })
    };
    let (mut in_instances, mut in_organisations) = (BTreeMap::new(), BTreeMap::new());
    for (organisation_id, rights) in rights {
        for (code, resources) in rights.in_instances {
            in_instances.insert(code, consumer(organisation_id, resources));
        }
        in_organisations.insert(organisation_id, consumer(organisation_id, rights.everywhere));
    }
    let any = in_organisations.values().next().cloned()?;
    Some(Verified {
        epoch,
        consumer: any,
        in_instances: Arc::new(in_instances),
        in_organisations: Arc::new(in_organisations),
    })
}

/// A number for a client that has no credential here: below zero, where no credential is, and another for each client, because
/// idempotency keys and bulks belong to one.
fn stand_in(issuer: &str, client_id: &str) -> i64 {
    let digest = secret::hash(&format!("{issuer}\n{client_id}"));
    -1 - i64::from_str_radix(&digest[..15], 16).unwrap_or(0)
}
