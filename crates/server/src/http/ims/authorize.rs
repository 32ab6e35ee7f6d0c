//! `/ims/authorize/v2` and `/v1` (`spec/ims.md` 3.1): GET shows what the user has to do next, or answers the client when there is nothing
//! left to do; POST takes what the user did. The request itself stays in the address all the while, so nothing is kept before the
//! user has agreed.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use patron_commerce::identity::{
    authorize::{self, Asked, AuthorizeRequest, NotAsked, Prompt, Refused},
    consents, families,
    families::Answered,
    logins::{self, Login},
    organisations,
};
use patron_token::{SigningKey, id_token::half_hash, jwt};
use percent_encoding::percent_decode_str;

use super::{
    answer::Problem,
    browser::{self, Browser},
    keys, pages,
    parameters::Parameters,
    redirect, sign_in,
};
use crate::state::App;

/// What a fresh access token says of its life, in seconds.
const SECONDS: &str = "86399";

/// GET.
pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (headers, _, given) = read(request).await?;
    let asked = match check(&app, &given)? {
        Ok(asked) => asked,
        Err(answered) => return Ok(answered),
    };
    let browser = Browser::of(&app, &headers);
    let login = login(&app, &browser, &asked)?;
    let mut response = match (login, asked.prompt) {
        (None, Prompt::None) => refuse(&asked, "login_required", "the user has to sign in"),
        (None, _) | (_, Prompt::Login) => pages::sign_in(&asked, &browser.form_token(), "", None)?,
        (Some(login), prompt) => match (has_agreed(&app, &login, &asked)?, prompt) {
            (true, _) => give(&app, asked, login).await?,
            (false, Prompt::None) => refuse(&asked, "consent_required", "the user has to agree"),
            (false, _) => ask_consent(&app, &asked, &browser, &login)?,
        },
    };
    browser.remember(&app, response.headers_mut());
    Ok(response)
}

/// POST: one of the forms.
pub async fn act(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (headers, uri, given) = read(request).await?;
    let asked = match check(&app, &given)? {
        Ok(asked) => asked,
        Err(answered) => return Ok(answered),
    };
    let browser = Browser::of(&app, &headers);
    if !browser.has_sent(given.of_body("csrf")?) {
        let text = "This form is not from the page that you were shown, or your browser does not keep cookies. \
                    Go back and try again.";
        return pages::refused(StatusCode::FORBIDDEN, "The form was not accepted", text);
    }
    match given.of_body("step")? {
        Some("sign_in") => sign_in::try_password(&app, &asked, &browser, &given, &on_with(&uri)).await,
        Some("deny") => Ok(refuse(&asked, "access_denied", "the user did not agree")),
        Some("switch") => {
            end_login(&app, &browser).await?;
            let mut response = redirect::see_other(&on_with(&uri));
            browser::forget(&app, response.headers_mut());
            Ok(response)
        }
        Some("allow") => match login(&app, &browser, &asked)? {
            Some(login) => {
                agree(&app, &asked, &login).await?;
                give(&app, asked, login).await
            }
            None => Ok(redirect::see_other(&on_with(&uri))),
        },
        _ => pages::refused(StatusCode::BAD_REQUEST, "The form was not understood", "Go back and try again."),
    }
}

async fn read(request: Request) -> Result<(HeaderMap, Uri, Parameters), Problem> {
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    Ok((headers, uri, Parameters::read(request).await?))
}

/// The request, or the answer that ends it.
fn check(app: &App, given: &Parameters) -> Result<Result<Asked, Response>, Problem> {
    let own = |name: &str| Ok::<_, Problem>(given.of_query(name)?.map(str::to_owned));
    let request = AuthorizeRequest {
        client_id: own("client_id")?,
        redirect_uri: own("redirect_uri")?,
        scope: given.of_query_joined("scope"),
        response_type: own("response_type")?,
        response_mode: own("response_mode")?,
        state: own("state")?,
        nonce: own("nonce")?,
        prompt: own("prompt")?,
        code_challenge: own("code_challenge")?,
        code_challenge_method: own("code_challenge_method")?,
    };
    match app.database.read(|sql| authorize::check(sql, &request)) {
        Ok(asked) => Ok(Ok(asked)),
        Err(NotAsked::Refused(to, refused)) => Ok(Err(redirect::refusal(&to, &refused))),
        Err(NotAsked::NoClient) => {
            let text = "The program that sent you here is not known to this service (client_id). Tell whoever made it.";
            pages::refused(StatusCode::BAD_REQUEST, "Unknown client", text).map(Err)
        }
        Err(NotAsked::Failed(failure)) => Err(failure.into()),
    }
}

fn refuse(asked: &Asked, error: &'static str, text: &'static str) -> Response {
    redirect::refusal(&asked.answer_to, &Refused::new(error, text))
}

/// Who has signed in here, if it is a user of the client's organisation.
fn login(app: &App, browser: &Browser, asked: &Asked) -> Result<Option<Login>, Problem> {
    let now_ms = app.moment().millis();
    let found = app.database.read(|sql| logins::find(sql, browser.cookie(), now_ms))?;
    Ok(found.filter(|login| login.user.organisation_id == asked.credential.organisation_id))
}

fn has_agreed(app: &App, login: &Login, asked: &Asked) -> Result<bool, Problem> {
    Ok(app.database.read(|sql| consents::covers(sql, &login.user, &asked.credential, &asked.scopes))?)
}

fn ask_consent(app: &App, asked: &Asked, browser: &Browser, login: &Login) -> Result<Response, Problem> {
    let organisation = app.database.read(|sql| organisations::find(sql, login.user.organisation_id))?;
    let name = organisation.map(|organisation| organisation.name).unwrap_or_default();
    pages::consent(asked, &browser.form_token(), &login.user, &name)
}

async fn agree(app: &App, asked: &Asked, login: &Login) -> Result<(), Problem> {
    let (moment, asked, user) = (app.moment(), asked.clone(), login.user.clone());
    let agreed =
        app.database.write(move |sql| consents::give(sql, moment, &user, &asked.credential, &asked.scopes));
    Ok(agreed.await?)
}

async fn end_login(app: &App, browser: &Browser) -> Result<(), Problem> {
    let (moment, cookie) = (app.moment(), browser.cookie().to_owned());
    let ended = app.database.write(move |sql| match logins::find(sql, &cookie, moment.millis())? {
        Some(login) => logins::end(sql, moment, &login.id_hash),
        None => Ok(()),
    });
    Ok(ended.await?)
}

/// Answers the client.
async fn give(app: &App, asked: Asked, login: Login) -> Result<Response, Problem> {
    let key = keys::ring(app).await?.signing_key().ok_or(Problem::Unavailable(1))?;
    let (moment, issuer, to) = (app.moment(), app.base_url.clone(), asked.answer_to.clone());
    let begun = app.database.write(move |sql| families::begin(sql, moment, &issuer, &asked, &login));
    let answered =
        sign(&key, begun.await?).map_err(|error| Problem::Failed(anyhow::Error::from(error).into()))?;
    let parameters: Vec<(&str, &str)> =
        answered.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(redirect::answer(&to, &parameters))
}

/// The parameters of an answer in the order of `spec/ims.md` 3.1; the state comes after them.
fn sign(
    key: &SigningKey,
    answered: Answered,
) -> Result<Vec<(&'static str, String)>, patron_token::key::KeyError> {
    let sign =
        |claims: Option<patron_token::Claims>| claims.map(|claims| jwt::sign(key, &claims)).transpose();
    let (code, access) = (sign(answered.code)?, sign(answered.access)?);
    let mut parameters = Vec::new();
    if let Some(access) = &access {
        parameters.push(("access_token", access.clone()));
    }
    if let Some(mut id_token) = answered.id_token {
        id_token.at_hash = access.as_deref().map(half_hash);
        id_token.c_hash = code.as_deref().map(half_hash);
        parameters.push(("id_token", jwt::sign_id_token(key, &id_token)?));
    }
    if let Some(code) = code {
        parameters.push(("code", code));
    }
    if access.is_some() {
        parameters.push(("token_type", "bearer".to_owned()));
        parameters.push(("expires_in", SECONDS.to_owned()));
    }
    Ok(parameters)
}

/// The same request once more, without the wish to sign in again: it was just fulfilled.
fn on_with(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default();
    let is_prompt = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        percent_decode_str(name).decode_utf8_lossy() == "prompt"
    };
    let rest: Vec<&str> = query.split('&').filter(|pair| !is_prompt(pair)).collect();
    format!("/ims{}?{}", uri.path(), rest.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_goes_on_without_its_prompt() {
        let uri: Uri = "/authorize/v2?client_id=a&prompt=login&p%72ompt=login&state=prompt".parse().unwrap();
        assert_eq!(on_with(&uri), "/ims/authorize/v2?client_id=a&state=prompt");
    }
}
