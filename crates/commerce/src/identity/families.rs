//! The tokens that come of one login, as one family: they are good while the family is there, and one look at it ends them all.
//!
//! A code is used once; a second use means that two parties had it, and ends the family (RFC 6749 4.1.2). A refresh
//! token is replaced with every use; using a replaced one means the same. A client that did not hear the answer may ask again for a
//! short while and hears the same one: the answer is made of a stored seed and a deterministic signature, so that no token is stored.

use patron_sql::Session;
use patron_token::{
    Claims, IdToken, Scopes, TokenType,
    claims::{ACCESS_TOKEN_LIFE_MS, CODE_LIFE_MS, token_id},
    pkce::{self, Method},
    secret,
};

use super::{
    Credential, User,
    authorize::Asked,
    epoch,
    grants::TokenRefusal,
    logins::Login,
    model::OFFLINE_SCOPE,
    store::{
        self, accounts,
        flows::{self, Family, Replaced, StoredCode},
    },
};
use crate::{Moment, failure::Result};

/// For how long a replaced refresh token still gets the answer that it got, in milliseconds.
pub const GRACE_MS: i64 = 30_000;
/// Bytes of randomness that an answer is made of.
const SEED: usize = 40;

/// What a browser takes back to the client; what is None was not asked for.
#[derive(Debug)]
pub struct Answered {
    /// The code, to be signed.
    pub code: Option<Claims>,
    /// The access token, to be signed.
    pub access: Option<Claims>,
    /// The id token, to be completed with the hashes of the others and signed.
    pub id_token: Option<IdToken>,
}

/// What a client gets at the token endpoint for a user.
#[derive(Debug)]
pub struct UserTokens {
    /// The access token, to be signed.
    pub access: Claims,
    /// The refresh token, to be signed.
    pub refresh: Option<Claims>,
    /// The id token, to be completed and signed.
    pub id_token: Option<IdToken>,
    /// Who the tokens speak for.
    pub user: User,
    /// The client that gets them.
    pub credential: Credential,
}

/// Begins a family for a user who has agreed, and says what the browser takes back.
pub fn begin(
    sql: Session<'_>,
    moment: Moment<'_>,
    issuer: &str,
    asked: &Asked,
    login: &Login,
) -> Result<Answered> {
    let now_ms = moment.millis();
    let family = Family {
        id: token_id(now_ms, moment.bytes()),
        credential_id: asked.credential.id,
        user_id: login.user.id,
        login_hash: login.id_hash.clone(),
        scopes: asked.scopes.clone(),
        authenticated_at: login.authenticated_at,
        ends_at: now_ms + CODE_LIFE_MS + ACCESS_TOKEN_LIFE_MS,
    };
    flows::add_family(sql, &family, now_ms)?;
    let claims = |token_type| {
        let client_id = &asked.credential.client_id;
        Claims::of_user(
            token_type,
            client_id,
            &login.user.user_id,
            &family.id,
            asked.scopes.clone(),
            now_ms,
            moment.bytes(),
        )
    };
    let code = asked.wanted.code.then(|| claims(TokenType::AuthorizationCode));
    if let Some(code) = &code {
        let stored = StoredCode {
            family_id: family.id.clone(),
            redirect_uri: asked.answer_to.redirect_uri.clone(),
            nonce: asked.nonce.clone(),
            challenge: asked
                .challenge
                .clone()
                .map(|(challenge, method)| (challenge, method.as_str().to_owned())),
            ends_at: code.ends_at(),
        };
        flows::add_code(sql, &secret::hash(&code.id), &stored)?;
    }
    let id_token = match asked.wanted.id_token {
        true => {
            Some(id_token(sql, moment, issuer, &asked.credential, &login.user, &family, asked.nonce.clone())?)
        }
        false => None,
    };
    Ok(Answered { code, access: asked.wanted.token.then(|| claims(TokenType::AccessToken)), id_token })
}

/// Gives the tokens of a code whose signature was checked. A refusal is written too: a second use ends the family.
pub fn redeem(
    sql: Session<'_>,
    moment: Moment<'_>,
    issuer: &str,
    credential: &Credential,
    code: &Claims,
    redirect_uri: Option<&str>,
    verifier: Option<&str>,
) -> Result<Result<UserTokens, TokenRefusal>> {
    let refused = || Ok(Err(TokenRefusal::invalid_grant("code")));
    let (id_hash, now_ms) = (secret::hash(&code.id), moment.millis());
    let Some(stored) = flows::code(sql, &id_hash)? else { return refused() };
    if code.client_id != credential.client_id {
        return refused();
    }
    if !flows::is_unused(sql, &id_hash)? {
        end(sql, moment, &stored.family_id)?;
        return refused();
    }
    if now_ms >= stored.ends_at || redirect_uri.is_some_and(|given| given != stored.redirect_uri) {
        return refused();
    }
    if !proves(credential, &stored, verifier) {
        return Ok(Err(TokenRefusal::invalid_grant("code_verifier")));
    }
    if !flows::use_code(sql, &id_hash, now_ms)? {
        end(sql, moment, &stored.family_id)?;
        return refused();
    }
    let Some((family, user)) = living(sql, &stored.family_id)? else { return refused() };
    let (access, refresh) = make(credential, &user, &family, family.scopes.clone(), now_ms, &moment.bytes());
    keep(sql, &family, &access, refresh.as_ref())?;
    let id_token = match family.scopes.contains("openid") {
        true => Some(id_token(sql, moment, issuer, credential, &user, &family, stored.nonce)?),
        false => None,
    };
    Ok(Ok(UserTokens { access, refresh, id_token, user, credential: credential.clone() }))
}

/// Gives new tokens for a refresh token whose signature and age were checked. A refusal is written too: using a replaced token ends
/// the family.
pub fn refresh(
    sql: Session<'_>,
    moment: Moment<'_>,
    credential: &Credential,
    token: &Claims,
    scope: Option<&str>,
) -> Result<Result<UserTokens, TokenRefusal>> {
    let refused = || Ok(Err(TokenRefusal::invalid_grant("refresh_token")));
    let (id_hash, now_ms) = (secret::hash(&token.id), moment.millis());
    let Some(stored) = flows::refresh_token(sql, &id_hash)? else { return refused() };
    let Some((family, user)) = living(sql, &stored.family_id)? else { return refused() };
    if token.client_id != credential.client_id || family.credential_id != credential.id {
        return refused();
    }
    let granted: Scopes =
        family.scopes.iter().filter(|scope| credential.scopes.contains(scope)).map(str::to_owned).collect();
    let asked = Scopes::parse(scope.unwrap_or_default());
    if let Some(outside) = asked.first_outside(&granted) {
        return Ok(Err(TokenRefusal::invalid_scope(outside)));
    }
    let scopes = if asked.is_empty() { granted } else { asked };
    if let Some(replaced) = stored.replaced {
        if !may_hear_again(sql, &replaced, &scopes, now_ms)? {
            end(sql, moment, &stored.family_id)?;
            return refused();
        }
        return Ok(match read_seed(&replaced.seed) {
            Some(seed) => {
                let (access, refresh) = make(credential, &user, &family, replaced.scopes, replaced.at, &seed);
                Ok(UserTokens { access, refresh, id_token: None, user, credential: credential.clone() })
            }
            None => Err(TokenRefusal::invalid_grant("refresh_token")),
        });
    }
    let seed = moment.bytes();
    let (access, refresh) = make(credential, &user, &family, scopes.clone(), now_ms, &seed);
    let Some(next) = &refresh else { return refused() };
    let how = Replaced { at: now_ms, by: secret::hash(&next.id), seed: hex::encode(seed), scopes };
    if !flows::replace_refresh_token(sql, &id_hash, &how)? {
        // Another node was first, a moment ago: the client asked twice at once. It hears that answer when it asks again.
        return refused();
    }
    keep(sql, &family, &access, refresh.as_ref())?;
    Ok(Ok(UserTokens { access, refresh, id_token: None, user, credential: credential.clone() }))
}

/// Ends a family: its tokens are refused at once, on every node.
pub fn end(sql: Session<'_>, moment: Moment<'_>, family_id: &str) -> Result<()> {
    flows::end_family(sql, family_id)?;
    epoch::advance(sql, moment)
}

/// Ends the refresh tokens of a family; its access tokens live on.
pub fn end_refresh_tokens(sql: Session<'_>, family_id: &str) -> Result<()> {
    flows::end_refresh_tokens(sql, family_id)
}

/// Makes a code worthless.
pub fn spoil_code(sql: Session<'_>, moment: Moment<'_>, code: &Claims) -> Result<()> {
    flows::use_code(sql, &secret::hash(&code.id), moment.millis())?;
    Ok(())
}

/// The browser session that a family came of.
pub fn login_of(sql: Session<'_>, family_id: &str) -> Result<Option<String>> {
    Ok(flows::family(sql, family_id)?.map(|family| family.login_hash))
}

/// The user of a token that a login gave, while the token counts; for a code or a refresh token, while it can be used.
pub(super) fn user_of(sql: Session<'_>, claims: &Claims) -> Result<Option<User>> {
    let Some(family_id) = &claims.sid else { return Ok(None) };
    let id_hash = secret::hash(&claims.id);
    let counts = match claims.token_type {
        TokenType::AuthorizationCode => flows::is_unused(sql, &id_hash)?,
        TokenType::RefreshToken => {
            flows::refresh_token(sql, &id_hash)?.is_some_and(|stored| stored.replaced.is_none())
        }
        _ => true,
    };
    let found = living(sql, family_id)?.filter(|(_, user)| counts && user.user_id == claims.user_id);
    Ok(found.map(|(_, user)| user))
}

fn living(sql: Session<'_>, family_id: &str) -> Result<Option<(Family, User)>> {
    let Some(family) = flows::family(sql, family_id)? else { return Ok(None) };
    let user = accounts::user(sql, family.user_id)?.filter(|user| user.is_active);
    Ok(user.map(|user| (family, user)))
}

/// Whether the request comes from whoever asked for the code. A verifier without a challenge is refused as well: somebody has taken the
/// challenge out of the request (RFC 9700 4.8).
fn proves(credential: &Credential, code: &StoredCode, verifier: Option<&str>) -> bool {
    match (&code.challenge, verifier) {
        (Some((challenge, method)), Some(verifier)) => {
            Method::parse(method).is_some_and(|method| pkce::verifies(method, challenge, verifier))
        }
        (None, None) => !credential.kind.is_public(),
        _ => false,
    }
}

/// The tokens of an answer, which follow from the moment and the seed.
fn make(
    credential: &Credential,
    user: &User,
    family: &Family,
    scopes: Scopes,
    at_ms: i64,
    seed: &[u8; SEED],
) -> (Claims, Option<Claims>) {
    let claims = |token_type, scopes: &Scopes, random: &[u8]| {
        let random = random.try_into().expect("the halves of forty bytes have twenty each");
        let client_id = &credential.client_id;
        Claims::of_user(token_type, client_id, &user.user_id, &family.id, scopes.clone(), at_ms, random)
    };
    let (first, second) = seed.split_at(SEED / 2);
    let access = claims(TokenType::AccessToken, &scopes, first);
    if credential.kind.is_public() || !family.scopes.contains(OFFLINE_SCOPE) {
        return (access, None);
    }
    let refresh = claims(TokenType::RefreshToken, &family.scopes, second);
    (access.beside(&refresh), Some(refresh))
}

/// Writes down what was made.
fn keep(sql: Session<'_>, family: &Family, access: &Claims, refresh: Option<&Claims>) -> Result<()> {
    if let Some(refresh) = refresh {
        flows::add_refresh_token(sql, &secret::hash(&refresh.id), &family.id, refresh.ends_at())?;
    }
    let ends_at = refresh.map_or(access.ends_at(), Claims::ends_at);
    flows::prolong_family(sql, &family.id, ends_at)
}

/// A retry: soon, for the same, and before anybody went on with the answer.
fn may_hear_again(sql: Session<'_>, replaced: &Replaced, scopes: &Scopes, now_ms: i64) -> Result<bool> {
    let soon = now_ms < replaced.at + GRACE_MS;
    let next = flows::refresh_token(sql, &replaced.by)?;
    Ok(soon && *scopes == replaced.scopes && next.is_some_and(|next| next.replaced.is_none()))
}

fn read_seed(text: &str) -> Option<[u8; SEED]> {
    hex::decode(text).ok()?.try_into().ok()
}

fn id_token(
    sql: Session<'_>,
    moment: Moment<'_>,
    issuer: &str,
    credential: &Credential,
    user: &User,
    family: &Family,
    nonce: Option<String>,
) -> Result<IdToken> {
    let organisation = store::organisation(sql, user.organisation_id)?;
    let now_s = moment.millis() / 1000;
    Ok(IdToken {
        iss: issuer.to_owned(),
        sub: user.user_id.clone(),
        aud: credential.client_id.clone(),
        exp: now_s + ACCESS_TOKEN_LIFE_MS / 1000,
        iat: now_s,
        auth_time: family.authenticated_at / 1000,
        org_id: organisation.map(|organisation| organisation.ims_org_id).unwrap_or_default(),
        nonce,
        at_hash: None,
        c_hash: None,
    })
}
