//! `/console/sign-in` and `/console/sign-out`: the session, its cookie and the lockout are those of `/ims`.
//!
//! An e-mail address is a user of one organization. The page asks for the operators' unless its address names another one by its id
//! (`?organization=…@AdobeOrg`), which its administrators get as a link. Whether there is such an organization is not told.

use axum::{
    extract::{Query, Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use minijinja::context;
use patron_commerce::{
    Failure,
    identity::{administration, logins, organisations},
};
use serde::Deserialize;

use super::{
    super::ims::{
        browser::{self, Browser},
        redirect, revoke,
        sign_in::{self, Attempt},
    },
    form::Fields,
    page,
    problem::Answer,
};
use crate::state::App;

const HOME: &str = "/console";
/// The key of no organization: an attempt with it counts, and fails, as one with an unknown user.
const NO_ORGANIZATION: i64 = 0;

/// Where from, and where to.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    organization: String,
    #[serde(default)]
    next: String,
}

/// The page. Whoever has signed in already goes on.
pub async fn show(State(app): State<App>, headers: HeaderMap, Query(asked): Query<Asked>) -> Answer {
    let browser = Browser::of(&app, &headers);
    let now_ms = app.moment().millis();
    if app.database.read(|sql| logins::find(sql, browser.cookie(), now_ms))?.is_some() {
        return Ok(redirect::see_other(local(&asked.next)));
    }
    let mut response = form(&browser, &asked, "", None);
    browser.remember(&app, response.headers_mut());
    Ok(response)
}

/// Tries the password.
pub async fn sign_in(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    let browser = Browser::of(&app, &headers);
    let fields = Fields::read(&app, request).await?;
    fields.check_origin(&browser)?;
    // The first user is stored while the first requests come in already.
    app.first_user.wait().await;
    let organisation_id = app.database.read(|sql| {
        let organisation = match asked.organization.as_str() {
            "" => administration::operators(sql)?,
            named => organisations::find_by_ims_org_id(sql, named)?,
        };
        Ok::<_, Failure>(organisation.map_or(NO_ORGANIZATION, |organisation| organisation.id))
    })?;
    let email = fields.text("email");
    let password = fields.password("password").unwrap_or_default();
    match sign_in::attempt(&app, organisation_id, &browser, email, password).await? {
        Attempt::SignedIn(cookie) => Ok(sign_in::on_to(&app, cookie, local(&asked.next))),
        Attempt::Refused(message) => Ok(form(&browser, &asked, email, Some(message.as_str()))),
    }
}

/// Ends the session and everything that came of it.
pub async fn sign_out(State(app): State<App>, headers: HeaderMap, request: Request) -> Answer {
    let fields = Fields::read(&app, request).await?;
    fields.check_origin(&Browser::of(&app, &headers))?;
    revoke::end_browser_session(&app, &headers).await?;
    let mut response = redirect::see_other("/console/sign-in");
    browser::forget(&app, response.headers_mut());
    Ok(response)
}

fn form(browser: &Browser, asked: &Asked, email: &str, message: Option<&str>) -> Response {
    let status = if message.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let organization = asked.organization.as_str();
    page::render(
        status,
        "sign_in.html",
        context! { csrf => browser.form_token(), email, message, organization },
    )
}

/// An address of the console, and no other: a link must not lead a user through our sign-in to somebody else's page.
fn local(next: &str) -> &str {
    let is_page = next.starts_with("/console/") || next.starts_with("/console?") || next == HOME;
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_page && is_plain { next } else { HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_nobody_leaves_the_console() {
        assert_eq!(local("/console/organizations/100001?x=y"), "/console/organizations/100001?x=y");
        for elsewhere in
            ["", "//evil.example", "https://evil.example", "/consoles", "/console/\r\nx", "/ims/logout"]
        {
            assert_eq!(local(elsewhere), HOME, "{elsewhere:?}");
        }
    }
}
