//! A credential asks for a token: who is it, may it, and for which scopes (`spec/ims.md` 1.3 and 1.6).
//!
//! The proven texts are `invalid client_id parameter` and `invalid client_secret parameter`; the others follow their style
//! (`spec/ims-open-questions.md` 2). Knows no HTTP status: every refusal here is a 400.

use std::borrow::Cow;

use patron_sql::Session;
use patron_token::{Claims, Scopes, TokenType};
use serde::Serialize;

use super::{Authority, Credential, GivenSecret, families, families::UserTokens, secrets, store};
use crate::{Failure, Moment, failure::Result};

/// Characters of a client's own text that a refusal repeats.
const REPEATED: usize = 100;

/// What the client sent; an empty parameter counts as absent.
#[derive(Debug, Clone, Default)]
pub struct TokenRequest {
    /// How it wants to prove itself.
    pub grant_type: Option<String>,
    /// The credential.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<GivenSecret>,
    /// The scopes wanted, delimited by commas or blanks; None for all that the credential has.
    pub scope: Option<String>,
    /// The code of an authorization.
    pub code: Option<String>,
    /// Where the code was sent, if the client says.
    pub redirect_uri: Option<String>,
    /// The proof of whoever asked for the code.
    pub code_verifier: Option<String>,
    /// The token to be replaced.
    pub refresh_token: Option<String>,
}

/// How a client proves that it may have a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// With its own id and secret; nothing is written.
    ClientCredentials,
    /// With what a browser brought.
    AuthorizationCode,
    /// With what it got the last time.
    RefreshToken,
}

impl GrantType {
    /// Reads `grant_type`.
    pub fn of(request: &TokenRequest) -> Result<Self, TokenRefusal> {
        match request.grant_type.as_deref() {
            None => Err(TokenRefusal::invalid_request("missing grant_type parameter")),
            Some("client_credentials") => Ok(Self::ClientCredentials),
            Some("authorization_code") => Ok(Self::AuthorizationCode),
            Some("refresh_token") => Ok(Self::RefreshToken),
            Some(other) => Err(TokenRefusal::unsupported_grant_type(other)),
        }
    }
}

/// A token that may be signed.
#[derive(Debug)]
pub struct Granted {
    /// What it says.
    pub claims: Claims,
    /// The use of the secret, if it is time to [record](secrets::record) one.
    pub secret_use: Option<secrets::SecretUse>,
}

/// A refusal in the wire's members and order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRefusal {
    /// The code of RFC 6749 5.2.
    pub error: &'static str,
    /// The sentence for people.
    #[serde(rename = "error_description")]
    pub description: Cow<'static, str>,
}

/// Why there is no token.
#[derive(Debug)]
pub enum NotGranted {
    /// The client's fault.
    Refused(TokenRefusal),
    /// Ours.
    Failed(Failure),
}

impl From<Failure> for NotGranted {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<patron_sql::Error> for NotGranted {
    fn from(error: patron_sql::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<TokenRefusal> for NotGranted {
    fn from(refusal: TokenRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl TokenRefusal {
    /// A request that cannot be understood.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self { error: "invalid_request", description: description.into() }
    }

    fn invalid_client(parameter: &str) -> Self {
        Self { error: "invalid_client", description: format!("invalid {parameter} parameter").into() }
    }

    fn unsupported_grant_type(named: &str) -> Self {
        let named = shortened(named);
        Self {
            error: "unsupported_grant_type",
            description: format!("unsupported grant_type parameter: {named}").into(),
        }
    }

    fn unauthorized_client(grant_type: GrantType, credential: &Credential) -> Self {
        let description = match (credential.kind.is_for_users(), grant_type) {
            (true, _) if credential.kind.is_public() => {
                "this credential can only use the grant_type authorization_code"
            }
            (true, _) => "this credential cannot use the grant_type client_credentials",
            (false, _) => "this credential can only use the grant_type client_credentials",
        };
        Self { error: "unauthorized_client", description: description.into() }
    }

    /// A code, verifier or refresh token that is not good, whatever the reason.
    pub(super) fn invalid_grant(parameter: &str) -> Self {
        Self { error: "invalid_grant", description: format!("invalid {parameter} parameter").into() }
    }

    pub(super) fn invalid_scope(scope: &str) -> Self {
        let scope = shortened(scope);
        Self {
            error: "invalid_scope",
            description: format!("invalid scope parameter: this credential does not have {scope}").into(),
        }
    }
}

/// Checks a request for a credential's own token and says what that shall hold. Nothing is written.
pub fn grant(sql: Session<'_>, moment: Moment<'_>, request: &TokenRequest) -> Result<Granted, NotGranted> {
    let grant_type = GrantType::of(request)?;
    let (credential, secret_use) = authenticate(sql, moment, request)?;
    if grant_type != GrantType::ClientCredentials || credential.kind.is_for_users() {
        return Err(TokenRefusal::unauthorized_client(grant_type, &credential).into());
    }
    let scope = granted_scopes(request, &credential)?;
    let claims = Claims::server_to_server(
        &credential.client_id,
        &credential.technical_account_id,
        scope,
        moment.millis(),
        moment.bytes(),
    );
    Ok(Granted { claims, secret_use })
}

/// Gives a user's tokens for a code or a refresh token. What is written stays written when the answer is a refusal: a second use ends
/// what the first gave.
pub fn grant_to_user(
    sql: Session<'_>,
    moment: Moment<'_>,
    authority: &Authority,
    issuer: &str,
    request: &TokenRequest,
) -> Result<Result<(UserTokens, Option<secrets::SecretUse>), TokenRefusal>> {
    let refused = |refusal| Ok(Err(refusal));
    let grant_type = match GrantType::of(request) {
        Ok(grant_type) => grant_type,
        Err(refusal) => return refused(refusal),
    };
    let (credential, secret_use) = match authenticate(sql, moment, request) {
        Ok(known) => known,
        Err(NotGranted::Refused(refusal)) => return refused(refusal),
        Err(NotGranted::Failed(failure)) => return Err(failure),
    };
    let is_allowed = match grant_type {
        GrantType::AuthorizationCode => credential.kind.is_for_users(),
        GrantType::RefreshToken => credential.kind.is_for_users() && !credential.kind.is_public(),
        GrantType::ClientCredentials => false,
    };
    if !is_allowed {
        return refused(TokenRefusal::unauthorized_client(grant_type, &credential));
    }
    let (name, given, token_type) = match grant_type {
        GrantType::RefreshToken => ("refresh_token", &request.refresh_token, TokenType::RefreshToken),
        _ => ("code", &request.code, TokenType::AuthorizationCode),
    };
    let Some(given) = given else {
        return refused(TokenRefusal::invalid_request(format!("missing {name} parameter")));
    };
    let claims = match authority.read(sql, given, moment.millis())? {
        Ok(claims) if claims.token_type == token_type => claims,
        _ => return refused(TokenRefusal::invalid_grant(name)),
    };
    let given = match grant_type {
        GrantType::RefreshToken if moment.millis() >= claims.ends_at() => {
            Err(TokenRefusal::invalid_grant(name))
        }
        GrantType::RefreshToken => {
            families::refresh(sql, moment, &credential, &claims, request.scope.as_deref())?
        }
        _ => {
            let (uri, verifier) = (request.redirect_uri.as_deref(), request.code_verifier.as_deref());
            families::redeem(sql, moment, issuer, &credential, &claims, uri, verifier)?
        }
    };
    Ok(given.map(|tokens| (tokens, secret_use)))
}

/// The client that a request comes from: a confidential one proves it, a public one says it.
pub fn authenticate(
    sql: Session<'_>,
    moment: Moment<'_>,
    request: &TokenRequest,
) -> Result<(Credential, Option<secrets::SecretUse>), NotGranted> {
    let credential = match request.client_id.as_deref() {
        Some(client_id) => store::credential_by_client_id(sql, client_id)?,
        None => None,
    };
    let stored = match &credential {
        Some(credential) => store::secrets(sql, credential.id)?,
        None => Vec::new(),
    };
    // The secret is hashed and compared whether there is a credential or not.
    let nothing = GivenSecret::from(String::new());
    let used = secrets::recognise(&stored, request.client_secret.as_ref().unwrap_or(&nothing));
    let credential = credential.ok_or_else(|| TokenRefusal::invalid_client("client_id"))?;
    if credential.kind.is_public() && request.client_secret.is_none() {
        return Ok((credential, None));
    }
    let used = used.ok_or_else(|| TokenRefusal::invalid_client("client_secret"))?;
    let secret_use = secrets::use_of(credential.id, used, moment.millis());
    Ok((credential, secret_use))
}

/// The scopes asked for, all of which the credential must have; its own when none is named
/// (`spec/ims-open-questions.md` 4 and 5).
fn granted_scopes(request: &TokenRequest, credential: &Credential) -> Result<Scopes, TokenRefusal> {
    let asked = Scopes::parse(request.scope.as_deref().unwrap_or_default());
    if asked.is_empty() {
        return Ok(credential.scopes.clone());
    }
    match asked.first_outside(&credential.scopes) {
        Some(outside) => Err(TokenRefusal::invalid_scope(outside)),
        None => Ok(asked),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(REPEATED).collect()
}
