//! A secret is shown once: on the page that the form which made it leads to. On the way there it is in a cookie of the browser that
//! sent the form, for a minute, bound to the session and to the credential, so that nothing readable is kept here and nobody can have
//! another text shown as a secret. The page takes the cookie away.

use axum::http::{HeaderMap, HeaderValue, header};
use patron_token::secret;
use zeroize::Zeroizing;

use super::{super::ims::browser, visit::Visit};
use crate::state::App;

/// Gives the browser a new secret of a credential to bring to the next page.
pub fn hand_over(visit: &Visit, headers: &mut HeaderMap, client_id: &str, new: &str) {
    let value = Zeroizing::new(format!("{new}.{}", seal(visit, client_id, new)));
    set(&visit.app, headers, &value, 60);
}

/// The secret of a credential that the browser brings.
pub fn take(visit: &Visit, headers: &HeaderMap, client_id: &str) -> Option<Zeroizing<String>> {
    let (brought, sealed) = browser::one(headers, name(&visit.app))?.split_once('.')?;
    let expected = secret::hash(&seal(visit, client_id, brought));
    secret::matches(sealed, &expected).then(|| Zeroizing::new(brought.to_owned()))
}

/// Takes the cookie away.
pub fn forget(app: &App, headers: &mut HeaderMap) {
    set(app, headers, "", 0);
}

/// What only this session can have been given.
fn seal(visit: &Visit, client_id: &str, new: &str) -> String {
    secret::hash(&format!("secret {new} of {client_id} for {}", visit.browser.cookie()))
}

fn name(app: &App) -> &'static str {
    if app.is_https() { "__Host-patron_secret" } else { "patron_secret" }
}

fn set(app: &App, headers: &mut HeaderMap, value: &str, seconds: u32) {
    let secure = if app.is_https() { "; Secure" } else { "" };
    let cookie =
        format!("{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}", name(app));
    let mut value = HeaderValue::from_str(&cookie).expect("a secret and its seal are plain text");
    value.set_sensitive(true);
    headers.append(header::SET_COOKIE, value);
}
