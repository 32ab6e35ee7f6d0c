//! What we keep in a user's browser: one cookie of random text, and tokens for forms that follow from it.
//!
//! A form carries a hash of the cookie. Another site can make the browser send the cookie, but can neither read nor compute the hash; so
//! a form that carries it came from our page (RFC 9700 4.7). The cookie is another one after every sign-in.

use axum::http::{HeaderMap, HeaderValue, header};
use patron_commerce::identity::logins;
use patron_token::secret;
use zeroize::Zeroizing;

use crate::state::App;

/// The cookie of a browser, from before or of this request.
pub struct Browser {
    cookie: Zeroizing<String>,
    is_new: bool,
}

impl Browser {
    /// Finds the cookie of a request, or makes one.
    pub fn of(app: &App, headers: &HeaderMap) -> Self {
        match read(app, headers) {
            Some(cookie) => Self { cookie: Zeroizing::new(cookie), is_new: false },
            None => Self { cookie: logins::new_cookie(app.moment()), is_new: true },
        }
    }

    /// A browser that has just got another cookie.
    pub fn renewed(cookie: Zeroizing<String>) -> Self {
        Self { cookie, is_new: true }
    }

    /// The cookie itself.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// What a form of this browser must carry.
    pub fn form_token(&self) -> String {
        secret::hash(&format!("form of {}", self.cookie.as_str()))
    }

    /// Whether a form carried it. A browser that had no cookie has no form of ours.
    pub fn has_sent(&self, token: Option<&str>) -> bool {
        let expected = secret::hash(&self.form_token());
        !self.is_new && token.is_some_and(|token| secret::matches(token, &expected))
    }

    /// Sets the cookie, if the browser does not have it yet.
    pub fn remember(&self, app: &App, headers: &mut HeaderMap) {
        if self.is_new {
            set(app, headers, &self.cookie);
        }
    }
}

/// Takes the cookie away.
pub fn forget(app: &App, headers: &mut HeaderMap) {
    set(app, headers, "");
}

/// The cookie of a request.
pub fn read(app: &App, headers: &HeaderMap) -> Option<String> {
    let is_ours = |value: &&str| {
        value.len() == 43 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    one(headers, name(app)).filter(is_ours).map(str::to_owned)
}

/// The only cookie of a name. Two of them: a neighbour has planted one, and nobody can say which.
pub fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value);
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// `__Host-` keeps neighbours under the same domain from planting one; browsers take it over https only.
fn name(app: &App) -> &'static str {
    if app.is_https() { "__Host-patron_session" } else { "patron_session" }
}

/// Ends with the browser's own session, and on the server with [`logins::LIFE_MS`].
fn set(app: &App, headers: &mut HeaderMap, value: &str) {
    let secure = if app.is_https() { "; Secure" } else { "" };
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{end}", name(app));
    headers
        .append(header::SET_COOKIE, HeaderValue::from_str(&cookie).expect("a cookie of ours is plain text"));
}
