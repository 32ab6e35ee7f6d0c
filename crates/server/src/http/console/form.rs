//! A form that was sent: whose it is, what it holds, and what was wrong with it.

use std::collections::BTreeMap;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use minijinja::Value;
use patron_commerce::Failure;
use patron_webapi::{Fault, Parameters};
use zeroize::Zeroizing;

use super::{
    super::{body, ims::browser::Browser},
    problem::Problem,
    visit::Visit,
};
use crate::state::App;

/// Bytes of the longest form: a role has up to a thousand resources.
const LONGEST: usize = 256 * 1024;

/// A form of somebody who may use the console. It has come from a page of ours, which its token shows.
pub struct Sent {
    /// Who sent it.
    pub visit: Visit,
    /// What is in it.
    pub fields: Fields,
}

impl FromRequest<App> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        let fields = Fields::read(app, Request::from_parts(parts, body)).await;
        let fields = fields.map_err(IntoResponse::into_response)?;
        fields.check_origin(&visit.browser).map_err(IntoResponse::into_response)?;
        Ok(Self { visit, fields })
    }
}

/// Names and values, in the order of the form.
pub struct Fields(Vec<(String, Zeroizing<String>)>);

impl Fields {
    /// Reads a form to its end.
    pub async fn read(app: &App, request: Request) -> Result<Self, Problem> {
        let is_form = is_form(request.headers());
        let bytes = body::read(app, request.into_body(), LONGEST).await?;
        if !is_form && !bytes.is_empty() {
            return Err(Fault::new(415, "A form is sent as application/x-www-form-urlencoded.").into());
        }
        let pairs = url::form_urlencoded::parse(&bytes);
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned()))).collect()))
    }

    /// Refuses a form that is not from a page of ours (`browser.rs` of `/ims` says how that is known).
    pub fn check_origin(&self, browser: &Browser) -> Result<(), Problem> {
        if browser.has_sent(Some(self.text("csrf"))) {
            return Ok(());
        }
        let text = "This form is not from the page that you were shown, or your browser does not keep cookies. Go back, load the \
                    page again and try once more.";
        Err(Fault::new(StatusCode::FORBIDDEN.as_u16(), text).into())
    }

    /// The value of a field without blanks around it, empty if it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.values(name).next().unwrap_or_default().trim()
    }

    /// The value of a password field, exactly as typed; None when it was left empty.
    pub fn password(&self, name: &str) -> Option<Zeroizing<String>> {
        let value = self.values(name).next().unwrap_or_default();
        (!value.is_empty()).then(|| Zeroizing::new(value.to_owned()))
    }

    /// Whether a box is ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// Every value of a field that may be there more than once.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// What to fill the form with when it is shown again: everything but secrets.
    pub fn to_show(&self) -> Value {
        let shown = self
            .0
            .iter()
            .filter(|(name, _)| name != "csrf" && !name.contains("password") && !name.contains("secret"));
        shown
            .map(|(name, value)| (name.clone(), value.as_str().to_owned()))
            .collect::<BTreeMap<_, _>>()
            .into()
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let sent = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
    sent.split(';')
        .next()
        .is_some_and(|name| name.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// What was wrong, by field; under `form` what is of no field.
pub struct Errors(BTreeMap<String, String>);

impl Errors {
    /// One message at one field.
    pub fn at(field: &str, message: impl Into<String>) -> Self {
        Self([(field.to_owned(), message.into())].into())
    }

    /// For templates: `errors.name`.
    pub fn to_show(&self) -> Value {
        self.0.clone().into()
    }

    fn of(fault: &Fault) -> Self {
        let field = match &fault.parameters {
            Parameters::Named(named) => named.get("field").and_then(|field| field.as_str()).unwrap_or("form"),
            _ => "form",
        };
        let message = fault.message.replacen(field, &in_words(field), 1);
        Self::at(field, message)
    }
}

/// Tells what was wrong with a form, which is shown again, from what else may happen.
pub fn outcome<T>(result: Result<T, Failure>) -> Result<Result<T, Errors>, Problem> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Fault(fault)) if matches!(fault.status, 400 | 409) => Ok(Err(Errors::of(&fault))),
        Err(other) => Err(other.into()),
    }
}

/// A field's name as its label has it.
fn in_words(field: &str) -> String {
    match field {
        "default_redirect_uri" => "The default redirect URI".to_owned(),
        "redirect_uri_patterns" => "The patterns".to_owned(),
        "first_name" => "The first name".to_owned(),
        "last_name" => "The last name".to_owned(),
        "form" => "form".to_owned(),
        other => {
            let mut letters = other.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_stands_at_its_field_in_words() {
        let fault = Fault::bad_request("name must be a text.").with("field", "name");
        let Ok(Err(Errors(errors))) = outcome::<()>(Err(fault.into())) else { panic!("no errors") };
        assert_eq!(errors["name"], "Name must be a text.");
        let Ok(Err(Errors(errors))) = outcome::<()>(Err(Fault::new(409, "Taken.").into())) else { panic!() };
        assert_eq!(errors["form"], "Taken.");
        assert!(outcome::<()>(Err(Fault::not_found("x").into())).is_err());
    }

    #[test]
    fn what_is_shown_again_holds_no_secret() {
        let pairs = [("name", "a"), ("password", "b"), ("csrf", "c"), ("client_secret", "d")];
        let fields = Fields(pairs.map(|(n, v)| (n.to_owned(), Zeroizing::new(v.to_owned()))).into());
        assert_eq!(fields.to_show(), Value::from(BTreeMap::from([("name", "a")])));
        assert_eq!((fields.text("password"), fields.text("none")), ("b", ""));
    }
}
