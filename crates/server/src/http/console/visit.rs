//! A visit: who has signed in, and what they may see. A page's handler takes one, so no page is shown without.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderValue, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use minijinja::{Value, context};
use patron_commerce::{
    Failure,
    identity::{
        Organisation, User,
        administration::{self, Reach},
        logins, organisations,
    },
    instances::{self, Instance},
};
use patron_sql::Session;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    super::ims::{browser::Browser, redirect},
    page,
    problem::{Problem, not_found},
};
use crate::state::App;

/// A user who administers something, in front of a page.
pub struct Visit {
    /// The service.
    pub app: App,
    /// Where the session's cookie is.
    pub browser: Browser,
    /// Who.
    pub user: User,
    /// What they administer.
    pub reach: Reach,
    /// The page's address, with its query.
    pub address: String,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    /// Whoever has not signed in is sent to do so and comes back; whoever administers nothing is told.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let browser = Browser::of(app, &parts.headers);
        let address = address(parts).await;
        let now_ms = app.moment().millis();
        let found = app.database.read(|sql| {
            let Some(login) = logins::find(sql, browser.cookie(), now_ms)? else { return Ok(None) };
            let reach = administration::reach(sql, &login.user)?;
            Ok::<_, Failure>(Some((login.user, reach)))
        });
        match found.map_err(|failure| Problem::from(failure).into_response())? {
            None => Err(send_to_sign_in(parts, &address)),
            Some((user, Reach::Nothing)) => Err(nothing_here(&browser, &user)),
            Some((user, reach)) => Ok(Self { app: app.clone(), browser, user, reach, address }),
        }
    }
}

impl Visit {
    /// The organisation that an address names by its number, if this user administers it.
    pub fn organization(&self, sql: Session<'_>, number: &str) -> Result<Organisation, Failure> {
        let id = number.parse().ok().and_then(Organisation::key_of);
        let id = id.filter(|id| self.reach.covers(*id)).ok_or_else(not_found)?;
        Ok(organisations::find(sql, id)?.ok_or_else(not_found)?)
    }

    /// The instance that an address names below its organisation.
    pub fn instance(
        &self,
        sql: Session<'_>,
        number: &str,
        code: &str,
    ) -> Result<(Organisation, Instance), Failure> {
        let organisation = self.organization(sql, number)?;
        let instance = instances::store::find(sql, code)?;
        let own = instance.filter(|instance| instance.organisation_id == organisation.id);
        Ok((organisation, own.ok_or_else(not_found)?))
    }

    /// The organisations that this user administers, oldest first.
    pub fn organizations(&self, sql: Session<'_>) -> Result<Vec<Organisation>, Failure> {
        let all = organisations::all(sql)?.into_iter();
        Ok(all.filter(|organisation| self.reach.covers(organisation.id)).collect())
    }

    /// Shows a page with what every page shows besides.
    pub fn page(&self, name: &str, words: Value) -> Response {
        self.page_with(StatusCode::OK, name, words)
    }

    /// The same page again, because a form was not right.
    pub fn page_again(&self, name: &str, words: Value) -> Response {
        self.page_with(StatusCode::UNPROCESSABLE_ENTITY, name, words)
    }

    fn page_with(&self, status: StatusCode, name: &str, words: Value) -> Response {
        let name_of_user = self.user.name();
        let everybody = context! {
            csrf => self.browser.form_token(),
            user => context! { email => self.user.email.as_str(), name => name_of_user },
            is_operator => self.reach == Reach::All,
            done => self.done(),
        };
        page::render(status, name, context! { ..words, ..everybody })
    }

    /// What the form that led here has done (`?done=…`); words of our own, whatever the address says.
    fn done(&self) -> Option<&'static str> {
        let (_, query) = self.address.split_once('?')?;
        let word = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "done")?.1;
        Some(match word.as_ref() {
            "created" => "Created.",
            "saved" => "Saved.",
            "deleted" => "Deleted.",
            "unlocked" => "Unlocked: the next attempt to sign in does not have to wait.",
            "secret-deleted" => "The secret was deleted: it gets no more tokens.",
            _ => return None,
        })
    }
}

/// Sends the browser on after a form, with a word for what was done.
pub fn done(address: &str, word: &str) -> Response {
    redirect::see_other(&format!("{address}?done={word}"))
}

/// The address that the browser asked for; a nested router sees only the end of it.
async fn address(parts: &mut Parts) -> String {
    let uri: Result<OriginalUri, Infallible> = OriginalUri::from_request_parts(parts, &()).await;
    let OriginalUri(uri) = uri.unwrap_or_else(|never| match never {});
    uri.path_and_query().map_or_else(String::new, ToString::to_string)
}

/// A form that comes without a session is lost; a page is come back to.
fn send_to_sign_in(parts: &Parts, address: &str) -> Response {
    let back = if parts.method == "GET" && address != "/console" {
        format!("?next={}", utf8_percent_encode(address, NON_ALPHANUMERIC))
    } else {
        String::new()
    };
    let target = format!("/console/sign-in{back}");
    let mut response = redirect::see_other(&target);
    if parts.headers.contains_key("hx-request") {
        // A part of a page was asked for: the sign-in page would be put into the middle of it.
        *response.status_mut() = StatusCode::NO_CONTENT;
        let value = HeaderValue::from_str(&target).unwrap_or(HeaderValue::from_static("/console/sign-in"));
        response.headers_mut().insert("hx-redirect", value);
    }
    response
}

fn nothing_here(browser: &Browser, user: &User) -> Response {
    let words = context! {
        title => "Nothing to administer",
        message => "The console is for users who administer an organization: ask one of them for a role that allows everything.",
        csrf => browser.form_token(),
        user => context! { email => user.email.as_str() },
    };
    page::render(StatusCode::FORBIDDEN, "problem.html", words)
}
