//! Tokens end early: `/ims/revoke` (RFC 7009), `/ims/invalidate_token/v2` and `/ims/logout/v1` (`spec/ims.md` 3.3, 3.4 and 3.9).
//!
//! Holding a token is enough to end it. A token that cannot be read, or that ended before, is answered as one that was ended: there is
//! nothing left to do, and nothing to learn.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use patron_commerce::{
    Failure, Moment,
    identity::{TokenRequest, credentials, families, grants, logins, redirects, revocation},
};
use patron_sql::Session;
use patron_token::{Claims, TokenType, claims::CTP_USER};
use serde_json::json;

use super::{
    answer::{self, Problem},
    bearer, browser,
    parameters::Parameters,
    redirect,
};
use crate::state::App;

/// How much ends with a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The token; with a refresh token those that come after it.
    Token,
    /// All that came of the same login to the same client.
    Family,
}

/// `POST /ims/revoke`: the client says who it is, and proves it if it can keep a secret.
pub async fn revoke(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let given = Parameters::read(request).await?;
    let who = TokenRequest {
        client_id: given.client_id()?.map(str::to_owned),
        client_secret: given.client_secret()?,
        ..TokenRequest::default()
    };
    let (credential, _) = app.database.read(|sql| grants::authenticate(sql, app.moment(), &who))?;
    let Some(claims) = given.one("token")?.map(|token| read(&app, token)).transpose()?.flatten() else {
        return Ok(empty());
    };
    if claims.client_id == credential.client_id {
        // RFC 7009 2.1: with a refresh token go the access tokens of the same grant.
        let reach = match claims.token_type {
            TokenType::RefreshToken => Reach::Family,
            _ => Reach::Token,
        };
        end(&app, claims, reach).await?;
    }
    Ok(empty())
}

/// `POST /ims/invalidate_token/v2`: 200 without a body. `cascading=all` ends what came of the same login.
pub async fn invalidate(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let bearer = bearer::token(request.headers()).map(str::to_owned);
    let given = Parameters::read(request).await?;
    let Some(token) = given.one("token")?.or(bearer.as_deref()) else { return Ok(empty()) };
    let Some(claims) = read(&app, token)? else { return Ok(empty()) };
    if given.client_id()?.is_none_or(|client_id| client_id == claims.client_id) {
        let reach = if given.one("cascading")? == Some("all") { Reach::Family } else { Reach::Token };
        end(&app, claims, reach).await?;
    }
    Ok(empty())
}

/// `/ims/logout/v1`: ends the browser's session, or the one that a token came of, and sends the browser on: to an address that the
/// client's credential allows, or to its default. Without a client, or with the client's secret, 200.
pub async fn logout(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let given = Parameters::read(request).await?;
    let token = given.one("access_token")?.or(bearer::token(&headers));
    if let Some(claims) = token.map(|token| read(&app, token)).transpose()?.flatten() {
        end_login_of(&app, claims).await?;
    }
    end_browser_session(&app, &headers).await?;
    let mut response = match (given.client_id()?, given.one("client_secret")?) {
        (Some(client_id), None) => {
            let found = app.database.read(|sql| credentials::find_by_client_id(sql, client_id))?;
            let found = found.filter(|credential| credential.kind.is_for_users());
            match found {
                Some(own) => {
                    let asked = given.one("redirect_uri")?;
                    redirect::found(&redirects::choose(&own.redirects, own.kind, asked))
                }
                None => answer::json(StatusCode::OK, &json!({})),
            }
        }
        _ => answer::json(StatusCode::OK, &json!({})),
    };
    browser::forget(&app, response.headers_mut());
    Ok(response)
}

/// `/ims/logout/v1/token`: 200 and `{}`.
pub async fn logout_token(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let bearer = bearer::token(request.headers()).map(str::to_owned);
    let given = Parameters::read(request).await?;
    let token = given.one("access_token")?.or(bearer.as_deref());
    if let Some(claims) = token.map(|token| read(&app, token)).transpose()?.flatten() {
        end_login_of(&app, claims).await?;
    }
    Ok(answer::json(StatusCode::OK, &json!({})))
}

/// What a token says, if one of our keys signed it.
fn read(app: &App, token: &str) -> Result<Option<Claims>, Problem> {
    Ok(app.database.read(|sql| app.authority.read(sql, token, app.moment().millis()))?.ok())
}

async fn end(app: &App, claims: Claims, reach: Reach) -> Result<(), Problem> {
    let moment = app.moment();
    Ok(app.database.write(move |sql| end_in(sql, moment, &claims, reach)).await?)
}

fn end_in(sql: Session<'_>, moment: Moment<'_>, claims: &Claims, reach: Reach) -> Result<(), Failure> {
    let family = claims.sid.as_deref().filter(|_| claims.ctp == CTP_USER);
    match (family, reach, claims.token_type) {
        (Some(family), Reach::Family, _) => families::end(sql, moment, family),
        (Some(family), Reach::Token, TokenType::RefreshToken) => families::end_refresh_tokens(sql, family),
        (Some(_), Reach::Token, TokenType::AuthorizationCode) => families::spoil_code(sql, moment, claims),
        _ => revocation::revoke(sql, moment, claims),
    }
}

/// Ends the session that a token came of, with everything else that came of it; a server's own token ends alone.
async fn end_login_of(app: &App, claims: Claims) -> Result<(), Problem> {
    let moment = app.moment();
    let ended = app.database.write(move |sql| {
        let Some(family) = claims.sid.as_deref().filter(|_| claims.ctp == CTP_USER) else {
            return revocation::revoke(sql, moment, &claims);
        };
        match families::login_of(sql, family)? {
            Some(login) => logins::end(sql, moment, &login),
            None => Ok(()),
        }
    });
    Ok(ended.await?)
}

/// Ends the session of a browser, with everything that came of it.
pub async fn end_browser_session(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(cookie) = browser::read(app, headers) else { return Ok(()) };
    let moment = app.moment();
    let ended = app.database.write(move |sql| match logins::find(sql, &cookie, moment.millis())? {
        Some(login) => logins::end(sql, moment, &login.id_hash),
        None => Ok(()),
    });
    Ok(ended.await?)
}

fn empty() -> Response {
    (StatusCode::OK, Body::empty()).into_response()
}
