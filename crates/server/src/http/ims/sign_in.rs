//! A password is tried. Whoever does not know it learns nothing from the answer: not from its text or status, which are the same for a
//! wrong password, an unknown user, a user without a password and one who may not sign in, and not from its time, because a hash is
//! computed in each case. Also the wait after too many failures comes to unknown users as to known ones.

use axum::response::Response;
use patron_commerce::identity::{
    User,
    authorize::Asked,
    lockout::{self, Permission},
    logins, users,
};
use patron_token::password::{self, Verdict};
use zeroize::Zeroizing;

use super::{answer::Problem, browser::Browser, pages, parameters::Parameters, redirect};
use crate::state::App;

const WRONG: &str = "E-mail address or password is wrong.";
/// Bytes of a password that is looked at; a longer one is wrong.
const LONGEST_PASSWORD: usize = 4096;

/// How an attempt ended.
pub enum Attempt {
    /// With a new session: its cookie.
    SignedIn(Zeroizing<String>),
    /// Without; what to tell the user.
    Refused(String),
}

/// Tries what the form holds; sends the browser on to `next` with a new session, or shows the form again.
pub async fn try_password(
    app: &App,
    asked: &Asked,
    browser: &Browser,
    form: &Parameters,
    next: &str,
) -> Result<Response, Problem> {
    let email = form.of_body("email")?.unwrap_or_default().trim().to_owned();
    let password = Zeroizing::new(form.of_body("password")?.unwrap_or_default().to_owned());
    match attempt(app, asked.credential.organisation_id, browser, &email, password).await? {
        Attempt::SignedIn(cookie) => Ok(on_to(app, cookie, next)),
        Attempt::Refused(message) => {
            pages::sign_in(asked, &browser.form_token(), &email, Some(message.as_str()))
        }
    }
}

/// Sends a browser on with its new session.
pub fn on_to(app: &App, cookie: Zeroizing<String>, next: &str) -> Response {
    let mut response = redirect::see_other(next);
    Browser::renewed(cookie).remember(app, response.headers_mut());
    response
}

/// Tries a password of an organisation's user, and begins a session.
pub async fn attempt(
    app: &App,
    organisation_id: i64,
    browser: &Browser,
    email: &str,
    password: Zeroizing<String>,
) -> Result<Attempt, Problem> {
    let wrong = || Ok(Attempt::Refused(WRONG.to_owned()));
    if email.is_empty() || email.len() > 1024 {
        return wrong();
    }
    if let Permission::Wait(seconds) = ask(app, organisation_id, email).await? {
        return Ok(Attempt::Refused(format!("Too many attempts. Try again in {}.", in_words(seconds))));
    }
    let Some(user) = verified(app, organisation_id, email, password).await? else { return wrong() };
    let (moment, old, email) = (app.moment(), browser.cookie().to_owned(), email.to_owned());
    let begun = app.database.write(move |sql| {
        lockout::forgive(sql, organisation_id, &email)?;
        // The session that this browser had is over: another user's, or this one's before the password was asked for again.
        if let Some(before) =
            logins::find(sql, &old, moment.millis())?.filter(|before| before.user.id != user.id)
        {
            logins::end(sql, moment, &before.id_hash)?;
        }
        logins::begin(sql, moment, user.id)
    });
    Ok(Attempt::SignedIn(begun.await?))
}

async fn ask(app: &App, organisation_id: i64, email: &str) -> Result<Permission, Problem> {
    let (moment, email) = (app.moment(), email.to_owned());
    Ok(app.database.write(move |sql| lockout::ask(sql, moment, organisation_id, &email)).await?)
}

/// The user whose password this is. Costs one hash whatever the outcome.
async fn verified(
    app: &App,
    organisation_id: i64,
    email: &str,
    given: Zeroizing<String>,
) -> Result<Option<User>, Problem> {
    let found = app.database.read(|sql| users::to_sign_in(sql, organisation_id, email))?;
    let (user, stored) = match found {
        Some((user, Some(hash))) if user.is_active => (Some(user), hash),
        _ => (None, password::DECOY.to_owned()),
    };
    if given.len() > LONGEST_PASSWORD {
        return Ok(None);
    }
    let verdict = app.hasher.verify(given.clone(), stored).await.map_err(|_| Problem::Unavailable(2))?;
    match (user, verdict) {
        (Some(user), Verdict::Right) => Ok(Some(user)),
        (Some(user), Verdict::RightButOld) => {
            rehash(app, user.id, given).await?;
            Ok(Some(user))
        }
        _ => Ok(None),
    }
}

async fn rehash(app: &App, user_id: i64, given: Zeroizing<String>) -> Result<(), Problem> {
    let hash = app.hasher.hash(given, app.moment().bytes()).await.map_err(|_| Problem::Unavailable(2))?;
    Ok(app.database.write(move |sql| users::rehash(sql, user_id, &hash)).await?)
}

fn in_words(seconds: i64) -> String {
    match seconds {
        ..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}
