//! The pages that a user sees on the way through an authorization: signing in, agreeing, and being told that nothing can be done.
//!
//! No page runs or loads anything but its style sheet, and none may stand inside another site's page (RFC 9700 4.16). Templates are
//! compiled in and escape what they are given.

use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use minijinja::{Environment, Value, context};
use patron_commerce::identity::{User, authorize::Asked, redirects};

use super::answer::Problem;

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    for (name, source) in [
        ("layout.html", include_str!("pages/layout.html")),
        ("sign_in.html", include_str!("pages/sign_in.html")),
        ("consent.html", include_str!("pages/consent.html")),
        ("refused.html", include_str!("pages/refused.html")),
    ] {
        pages.add_template(name, source).expect("the templates that come with the program can be read");
    }
    pages
});

/// What scopes mean in words; a scope that is not here is shown by its name alone.
const WORDS: &[(&str, &str)] = &[
    ("openid", "know who you are"),
    ("AdobeID", "know your account"),
    ("email", "see your e-mail address"),
    ("profile", "see your name"),
    ("address", "see your country"),
    ("additional_info.roles", "see your roles"),
    ("additional_info.projectedProductContext", "see which instances you may use"),
    ("commerce.accs", "use the Commerce REST API as you may"),
    ("commerce.aco.ingestion", "send catalog data"),
    ("org.read", "see your organization"),
    ("offline_access", "keep access while you are away"),
];

/// `GET /ims/pages.css`.
pub async fn style() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("pages/pages.css")).into_response()
}

/// Asks for e-mail address and password. `message` says what was wrong with the last ones.
pub fn sign_in(asked: &Asked, csrf: &str, email: &str, message: Option<&str>) -> Result<Response, Problem> {
    let status = if message.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let words = context! { client => asked.credential.name.as_str(), csrf, email, message };
    page(status, "sign_in.html", words, Some(&asked.answer_to.redirect_uri))
}

/// Asks whether the client may act for the user.
pub fn consent(asked: &Asked, csrf: &str, user: &User, organization: &str) -> Result<Response, Problem> {
    let scopes: Vec<Value> = asked
        .scopes
        .iter()
        .map(|name| {
            let words = WORDS.iter().find(|(known, _)| *known == name).map_or("use", |(_, words)| words);
            context! { name, words }
        })
        .collect();
    let redirect_uri = &asked.answer_to.redirect_uri;
    let words = context! {
        client => asked.credential.name.as_str(),
        csrf,
        scopes,
        organization,
        user => context! { email => user.email.as_str() },
        destination => redirects::form_target(redirect_uri).unwrap_or_default(),
    };
    page(StatusCode::OK, "consent.html", words, Some(redirect_uri))
}

/// Tells the user that there is no way on.
pub fn refused(status: StatusCode, title: &str, message: &str) -> Result<Response, Problem> {
    page(status, "refused.html", context! { title, message }, None)
}

/// `leads_to`: where a form of the page may end, because browsers hold a redirect after a form to the same policy.
fn page(status: StatusCode, name: &str, words: Value, leads_to: Option<&str>) -> Result<Response, Problem> {
    let filled = PAGES.get_template(name).and_then(|template| template.render(words));
    let html = filled.map_err(|error| Problem::Failed(anyhow::Error::from(error).into()))?;
    let target = leads_to.and_then(redirects::form_target).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {target}; frame-ancestors 'none'; base-uri 'none'"
    );
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}
