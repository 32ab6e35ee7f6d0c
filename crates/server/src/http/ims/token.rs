//! The token endpoint: `POST /ims/token`, `/token/v1` … `/token/v4` (`spec/ims.md` 1). The versions differ in the unit of
//! `expires_in` and in what they tell of a user.
//!
//! A signature is made in place: it was measured at 0.3 ms, and a place of its own would let a flood of token requests use more
//! cores than the requests' own threads do.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use patron_commerce::identity::{
    Bearer, TokenRequest,
    grants::{self, GrantType},
    secrets::{self, SecretUse},
};
use patron_token::{SigningKey, id_token::half_hash, jwt, key::KeyError};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    answer::{self, Problem},
    keys,
    parameters::Parameters,
    people::{self, Verified},
};
use crate::state::App;

/// What a fresh token of 24 hours says in seconds: every sample has this number (`spec/ims-open-questions.md` 11).
const SECONDS: i64 = 86_399;
/// The same of version 1, in milliseconds.
const MILLISECONDS: i64 = 86_399_999;

/// In what an answer differs (`spec/ims.md` 1.5).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// Milliseconds; a user's answer says who the user is.
    One,
    /// A user's answer says `userId`.
    Two,
    /// The third and later ones.
    Three,
}

/// The success body: these members, in this order (`spec/ims.md` 1.4).
#[derive(Serialize, Default)]
struct Token {
    /// Written by [`Token::to_json`].
    #[serde(skip)]
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    token_type: &'static str,
    expires_in: i64,
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(flatten)]
    about_user: Map<String, Value>,
}

impl Token {
    /// The token goes first and as it is: its three parts are of an alphabet that JSON quotes nothing of, and looking for it is a tenth of
    /// what an answer costs beside the signature.
    fn to_json(&self) -> Vec<u8> {
        let others = answer::to_json(self);
        let mut json = Vec::with_capacity(others.len() + self.access_token.len() + 32);
        json.extend_from_slice(br#"{"access_token":""#);
        json.extend_from_slice(self.access_token.as_bytes());
        json.extend_from_slice(br#"","#);
        json.extend_from_slice(&others[1..]);
        json
    }
}

/// `/token` and `/token/v1`.
pub async fn v1(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    give(&app, request, Version::One).await
}

/// `/token/v2`.
pub async fn v2(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    give(&app, request, Version::Two).await
}

/// `/token/v3` and `/token/v4`.
pub async fn v3(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    give(&app, request, Version::Three).await
}

async fn give(app: &App, request: Request, version: Version) -> Result<Response, Problem> {
    app.token_rates.of_address(&app.config, &request).map_err(Problem::TooMany)?;
    let request = token_request(&Parameters::read(request).await?)?;
    let (mut token, secret_use) = match GrantType::of(&request)? {
        GrantType::ClientCredentials => for_client(app, &request).await?,
        grant_type => for_user(app, request, grant_type, version).await?,
    };
    token.token_type = "bearer";
    token.expires_in = if version == Version::One { MILLISECONDS } else { SECONDS };
    if let Some(secret_use) = secret_use {
        record(app, secret_use);
    }
    Ok(answer::of_json(StatusCode::OK, token.to_json()))
}

type Given = (Token, Option<SecretUse>);

async fn for_client(app: &App, request: &TokenRequest) -> Result<Given, Problem> {
    let granted = app.database.read(|sql| grants::grant(sql, app.moment(), request))?;
    // After the secret was found right: nobody can use up another's tokens.
    app.token_rates.of_credential(&granted.claims.client_id).map_err(Problem::TooMany)?;
    let key = signing_key(app).await?;
    let access_token = signed(jwt::sign(&key, &granted.claims))?;
    Ok((Token { access_token, ..Token::default() }, granted.secret_use))
}

async fn for_user(
    app: &App,
    request: TokenRequest,
    grant_type: GrantType,
    version: Version,
) -> Result<Given, Problem> {
    // Before anything is written: a code must not be used up by an answer that cannot be signed.
    let key = signing_key(app).await?;
    let (shared, moment) = (app.clone(), app.moment());
    let granted = app
        .database
        .write(move |sql| grants::grant_to_user(sql, moment, &shared.authority, &shared.base_url, &request));
    let (tokens, secret_use) = granted.await??;
    let access_token = signed(jwt::sign(&key, &tokens.access))?;
    let refresh_token = tokens.refresh.map(|refresh| signed(jwt::sign(&key, &refresh))).transpose()?;
    let id_token = tokens.id_token.map(|mut id_token| {
        id_token.at_hash = Some(half_hash(&access_token));
        signed(jwt::sign_id_token(&key, &id_token))
    });
    let user_id = &tokens.user.user_id;
    let bearer =
        Bearer { claims: tokens.access, credential: tokens.credential, user: Some(tokens.user.clone()) };
    let mut token =
        Token { access_token, refresh_token, id_token: id_token.transpose()?, ..Token::default() };
    if grant_type == GrantType::AuthorizationCode {
        token.sub = Some(user_id.clone());
    }
    if version == Version::Two {
        token.user_id = Some(user_id.clone());
    }
    if version == Version::One {
        token.about_user = people::claims(&bearer, Verified::Text);
        token.about_user.remove("account_type");
        // It has a place of its own.
        if let Some(Value::String(sub)) = token.about_user.remove("sub") {
            token.sub = Some(sub);
        }
    }
    Ok((token, secret_use))
}

async fn signing_key(app: &App) -> Result<Arc<SigningKey>, Problem> {
    keys::ring(app).await?.signing_key().ok_or(Problem::Unavailable(1))
}

fn signed(result: Result<String, KeyError>) -> Result<String, Problem> {
    result.map_err(|error| Problem::Failed(anyhow::Error::from(error).into()))
}

fn token_request(given: &Parameters) -> Result<TokenRequest, Problem> {
    Ok(TokenRequest {
        grant_type: given.one("grant_type")?.map(str::to_owned),
        client_id: given.client_id()?.map(str::to_owned),
        client_secret: given.client_secret()?,
        scope: given.joined("scope"),
        code: given.one("code")?.map(str::to_owned),
        redirect_uri: given.one("redirect_uri")?.map(str::to_owned),
        code_verifier: given.one("code_verifier")?.map(str::to_owned),
        refresh_token: given.one("refresh_token")?.map(str::to_owned),
    })
}

/// Writes the secret's use down behind the answer: it is for people to see which secret can go, and not worth waiting for.
fn record(app: &App, secret_use: SecretUse) {
    let database = app.database.clone();
    tokio::spawn(async move {
        let recorded = database.write(move |sql| secrets::record(sql, &secret_use)).await;
        if let Err(failure) = recorded {
            tracing::warn!(error = failure.to_string(), "the use of a client secret was not written down");
        }
    });
}
