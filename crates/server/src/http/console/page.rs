//! A page: a template filled in, and the headers that every page has.
//!
//! Templates are compiled in and escape what they are given. A page loads and runs nothing that does not come from this service, has no
//! script or style of its own, and stands in nobody's frame.

use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use jiff::{Timestamp, civil::DateTime, tz::Offset};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::{assets, problem};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        const TEMPLATES: &[(&str, &str)] = &[$(($name, include_str!(concat!("templates/", $name)))),*];
    };
}

templates![
    "layout.html",
    "app.html",
    "ui.html",
    "sign_in.html",
    "problem.html",
    "organizations.html",
    "organization_new.html",
    "organization_settings.html",
    "projects.html",
    "project_new.html",
    "project.html",
    "credential_new.html",
    "credential.html",
    "instances.html",
    "instance_new.html",
    "instance.html",
    "customers.html",
    "customer.html",
    "mails.html",
    "mail.html",
    "users.html",
    "user.html",
    "roles.html",
    "role.html",
];

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    // A form that was not sent has no values, and no field of one either.
    pages.set_undefined_behavior(UndefinedBehavior::Chainable);
    for (name, source) in TEMPLATES {
        pages.add_template(name, source).expect("the templates that come with the program can be read");
    }
    pages.add_function("asset", |name: &str| {
        assets::address(name)
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no asset {name}")))
    });
    pages.add_filter("instant", instant);
    pages.add_filter("wire_time", wire_time);
    pages.add_filter("region", region);
    pages
});

/// Fills in a template.
pub fn render(status: StatusCode, name: &str, words: Value) -> Response {
    match PAGES.get_template(name).and_then(|template| template.render(words)) {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => problem::failed(&anyhow::Error::from(error)),
    }
}

/// Adds the headers of a page.
pub async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Epoch milliseconds in words: `27 Nov 2026, 03:46 UTC`.
fn instant(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| in_words(Offset::UTC.to_datetime(at)))
}

/// A time of the wire in words; what is none stays as it is.
fn wire_time(text: &str) -> String {
    DateTime::strptime("%Y-%m-%d %H:%M:%S", text).map_or_else(|_| text.to_owned(), in_words)
}

fn in_words(at: DateTime) -> String {
    at.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// A region's name, as the original's instance list shows it, with its code.
fn region(code: &str) -> String {
    match code {
        "na1" => "North America (na1)".to_owned(),
        "eu1" => "Europe (eu1)".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read_and_every_asset_it_names_is_there() {
        for (name, source) in TEMPLATES {
            PAGES.get_template(name).unwrap();
            let asset_names = source.split("asset(\"").skip(1).filter_map(|rest| rest.split('"').next());
            for asset in asset_names {
                assert!(assets::address(asset).is_some(), "{name} names {asset}");
            }
        }
    }

    #[test]
    fn no_template_has_a_script_or_style_of_its_own() {
        for (name, source) in TEMPLATES {
            for word in ["style=", "<style", " onclick", " onchange", " onsubmit", "javascript:", "|safe"] {
                assert!(!source.contains(word), "{name} has {word}");
            }
            assert_eq!(source.matches("<script").count(), source.matches("<script src=").count(), "{name}");
        }
    }

    #[test]
    fn times_are_told_in_words() {
        assert_eq!(instant(0), "1 Jan 1970, 00:00 UTC");
        assert_eq!(wire_time("2026-11-27 03:46:58"), "27 Nov 2026, 03:46 UTC");
        assert_eq!(wire_time("soon"), "soon");
    }
}
