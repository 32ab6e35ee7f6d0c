//! A client asks, through a user's browser, to act for the user (`spec/ims.md` 3.1): what it asks, whether it may, and where the answer
//! goes. Pages, cookies and signatures are others' work.
//!
//! The order matters. First the client, and with it the one address that an answer may go to; only then is anything else refused,
//! because a refusal is an answer too. A request without a known client is told to the user and to nobody else.

use std::borrow::Cow;

use patron_sql::Session;
use patron_token::{
    Scopes,
    pkce::{self, Method},
};

use super::{Credential, model::OFFLINE_SCOPE, redirects, store};
use crate::{Failure, failure::Result};

/// Bytes of the longest `state` (`spec/ims.md` 3.1).
const LONGEST_STATE: usize = 4096;
/// Bytes of the longest `nonce`.
const LONGEST_NONCE: usize = 1024;

/// The parameters as they came; an empty one counts as absent.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "these are the parameters' own names")]
pub struct AuthorizeRequest {
    pub client_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub scope: Option<String>,
    pub response_type: Option<String>,
    pub response_mode: Option<String>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub prompt: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
}

/// A request that may be put before the user.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The client.
    pub credential: Credential,
    /// Where and how the answer goes.
    pub answer_to: AnswerTo,
    /// What the answer holds.
    pub wanted: Wanted,
    /// What the tokens may be used for.
    pub scopes: Scopes,
    /// To be repeated in the id token.
    pub nonce: Option<String>,
    /// Challenge and method.
    pub challenge: Option<(String, Method)>,
    /// Whether the user may be, or must be, asked.
    pub prompt: Prompt,
}

/// Where and how an answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerTo {
    /// The address: one that the credential allows.
    pub redirect_uri: String,
    /// In which part of it.
    pub mode: Mode,
    /// What the client wants back.
    pub state: Option<String>,
}

/// The part of an address that holds an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// After `?`: the client's server sees it.
    Query,
    /// After `#`: only the client's page sees it.
    Fragment,
}

/// What an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// A code.
    pub code: bool,
    /// An access token.
    pub token: bool,
    /// An id token.
    pub id_token: bool,
}

/// The `prompt` parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompt {
    /// Ask when it is needed.
    #[default]
    AsNeeded,
    /// Never ask; say what would have been asked.
    None,
    /// Ask for the password in any case.
    Login,
}

/// Why a request is not put before the user.
#[derive(Debug)]
pub enum NotAsked {
    /// There is no client to answer to: tell the user, send the browser nowhere.
    NoClient,
    /// To be told to the client.
    Refused(AnswerTo, Refused),
    /// Ours.
    Failed(Failure),
}

/// A refusal in the parameters of the redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The code of RFC 6749 4.1.2.1 or of OpenID Connect.
    pub error: &'static str,
    /// The sentence for the client's developer.
    pub description: Cow<'static, str>,
}

impl Refused {
    /// A refusal by its code.
    pub fn new(error: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self { error, description: description.into() }
    }
}

impl<F: Into<Failure>> From<F> for NotAsked {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// Checks a request.
pub fn check(sql: Session<'_>, request: &AuthorizeRequest) -> Result<Asked, NotAsked> {
    let credential = match request.client_id.as_deref() {
        Some(client_id) => store::credential_by_client_id(sql, client_id)?,
        None => None,
    };
    let credential =
        credential.filter(|credential| credential.kind.is_for_users()).ok_or(NotAsked::NoClient)?;
    let redirect_uri =
        redirects::choose(&credential.redirects, credential.kind, request.redirect_uri.as_deref());
    let wanted = Wanted::parse(request.response_type.as_deref().unwrap_or("code"));
    let state = request.state.clone().filter(|state| state.len() <= LONGEST_STATE);
    let mode = wanted.unwrap_or_default().default_mode();
    let mut answer_to = AnswerTo { redirect_uri, mode, state };
    let read = read(request, &credential, wanted).map(|(mode, scopes, challenge, prompt)| {
        answer_to.mode = mode;
        (scopes, challenge, prompt)
    });
    match read {
        Ok((scopes, challenge, prompt)) => Ok(Asked {
            wanted: wanted.unwrap_or_default(),
            nonce: request.nonce.clone(),
            credential,
            answer_to,
            scopes,
            challenge,
            prompt,
        }),
        Err(refused) => Err(NotAsked::Refused(answer_to, refused)),
    }
}

type Read = (Mode, Scopes, Option<(String, Method)>, Prompt);

fn read(
    request: &AuthorizeRequest,
    credential: &Credential,
    wanted: Option<Wanted>,
) -> Result<Read, Refused> {
    let invalid = |text: &'static str| Err(Refused::new("invalid_request", text));
    if request.state.as_ref().is_some_and(|state| state.len() > LONGEST_STATE) {
        return invalid("the state parameter is longer than 4096 bytes");
    }
    if request.nonce.as_ref().is_some_and(|nonce| nonce.len() > LONGEST_NONCE) {
        return invalid("the nonce parameter is longer than 1024 bytes");
    }
    let Some(wanted) = wanted else {
        return Err(Refused::new("unsupported_response_type", "unsupported response_type parameter"));
    };
    if wanted.token && credential.kind.is_public() {
        // RFC 9700 2.1.2: a token in an address ends in histories and logs, and a public client can have a code instead.
        let text = "this credential gets its tokens with a code and PKCE only";
        return Err(Refused::new("unauthorized_client", text));
    }
    let mode = match request.response_mode.as_deref() {
        None => wanted.default_mode(),
        Some("fragment") => Mode::Fragment,
        Some("query") if wanted.default_mode() == Mode::Query => Mode::Query,
        Some("query") => return invalid("a token cannot be answered in the query"),
        Some(_) => return invalid("invalid response_mode parameter"),
    };
    let prompt = match request.prompt.as_deref() {
        None => Prompt::AsNeeded,
        Some("none") => Prompt::None,
        Some("login") => Prompt::Login,
        Some(_) => return invalid("invalid prompt parameter"),
    };
    let challenge = challenge(request, credential)?;
    Ok((mode, scopes(request, credential, wanted)?, challenge, prompt))
}

/// PKCE: a must for public clients (`spec/ims.md` 3.1), an offer for the others.
fn challenge(
    request: &AuthorizeRequest,
    credential: &Credential,
) -> Result<Option<(String, Method)>, Refused> {
    let invalid = |text: &'static str| Err(Refused::new("invalid_request", text));
    let method = request.code_challenge_method.as_deref();
    match &request.code_challenge {
        None if credential.kind.is_public() => invalid("missing code_challenge parameter"),
        None if method.is_some() => invalid("code_challenge_method without code_challenge"),
        None => Ok(None),
        Some(challenge) if !pkce::is_well_formed(challenge) => invalid("invalid code_challenge parameter"),
        Some(challenge) => match method.map_or(Some(Method::default()), Method::parse) {
            Some(method) => Ok(Some((challenge.clone(), method))),
            None => invalid("invalid code_challenge_method parameter"),
        },
    }
}

/// The scopes asked for, all of which the credential must have; its own when none is named.
fn scopes(request: &AuthorizeRequest, credential: &Credential, wanted: Wanted) -> Result<Scopes, Refused> {
    let asked = Scopes::parse(request.scope.as_deref().unwrap_or_default());
    let scopes = if asked.is_empty() { credential.scopes.clone() } else { asked };
    if let Some(outside) = scopes.first_outside(&credential.scopes) {
        let outside: String = outside.chars().take(100).collect();
        return Err(Refused::new(
            "invalid_scope",
            format!("this credential does not have the scope {outside}"),
        ));
    }
    if wanted.id_token && !scopes.contains("openid") {
        return Err(Refused::new("invalid_scope", "an id_token needs the scope openid"));
    }
    Ok(scopes)
}

impl Asked {
    /// Whether the tokens shall outlive the login: a confidential client that asked for it.
    pub fn is_offline(&self) -> bool {
        !self.credential.kind.is_public() && self.scopes.contains(OFFLINE_SCOPE)
    }
}

impl Wanted {
    /// Reads `response_type`; the words may come in any order. None when there is no such combination.
    fn parse(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
        words.sort_unstable();
        let (code, token, id_token) = match words.as_slice() {
            ["code"] => (true, false, false),
            ["token"] => (false, true, false),
            ["id_token"] => (false, false, true),
            ["id_token", "token"] => (false, true, true),
            ["code", "id_token"] => (true, false, true),
            _ => return None,
        };
        Some(Self { code, token, id_token })
    }

    /// `query` for a code alone, `fragment` for everything else.
    fn default_mode(self) -> Mode {
        if self.token || self.id_token { Mode::Fragment } else { Mode::Query }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_types_are_read_in_any_order_and_unknown_combinations_are_not() {
        let both = Wanted { token: true, id_token: true, code: false };
        assert_eq!(Wanted::parse("token id_token"), Some(both));
        assert_eq!(Wanted::parse("id_token token"), Some(both));
        for text in ["", "none", "code token", "code code", "Code"] {
            assert_eq!(Wanted::parse(text), None, "{text}");
        }
    }
}
