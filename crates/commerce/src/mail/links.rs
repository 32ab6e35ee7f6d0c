//! Where a mail's links lead: pages of the storefront, with what they need to know in the query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    customers::Customer,
    instances::{Catalogue, settings},
};

/// What stays as it is in a query's value.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// A longer address is nobody's page.
const LONGEST_REDIRECT: usize = 2048;

/// The links of a mail. One that the template has no use for is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Links {
    /// Where the customer goes after reading: the page that the caller named, or the account.
    pub account: String,
    /// Confirms the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Sets a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// What only the mail's reader may know, and where the caller wants the reader to end up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Secrets<'s> {
    /// The key that confirms the account.
    pub confirmation_key: Option<&'s str>,
    /// The token that lets a password be set.
    pub reset_token: Option<&'s str>,
    /// `redirectUrl` as it was sent.
    pub redirect_url: Option<&'s str>,
}

impl Links {
    /// The links of a mail about `customer`; `base` ends with a slash.
    pub fn of(base: &str, customer: &Customer, secrets: &Secrets<'_>) -> Self {
        let redirect = secrets.redirect_url.filter(|url| is_page(url));
        let link = |page: &str, name: &str, secret: &str| {
            let mut link =
                format!("{base}customer/account/{page}/?id={}&{name}={}", customer.id, encoded(secret));
            if let Some(redirect) = redirect {
                link.push_str("&back_url=");
                link.push_str(&encoded(redirect));
            }
            link
        };
        Self {
            account: redirect.map_or_else(|| format!("{base}customer/account/"), str::to_owned),
            confirm: secrets.confirmation_key.map(|key| link("confirm", "key", key)),
            password: secrets.reset_token.map(|token| link("createPassword", "token", token)),
        }
    }
}

/// Where a store view's storefront is, with a slash at the end.
pub fn base(catalogue: &Catalogue, store_id: i64) -> String {
    let secure = catalogue.setting(&settings::SECURE_BASE_URL, store_id);
    let base = if secure.is_empty() { catalogue.setting(&settings::BASE_URL, store_id) } else { secure };
    format!("{}/", base.trim_end_matches('/'))
}

/// Only a web page may be linked to: `javascript:` and its like, blanks and control characters never reach a mail.
fn is_page(url: &str) -> bool {
    let scheme = ["https://", "http://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    scheme && url.len() <= LONGEST_REDIRECT && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_linked_to() {
        assert!(is_page("https://shop.example.net/welcome?a=1"));
        assert!(is_page("HTTP://shop.example.net"));
        for other in [
            "",
            "x",
            "/account",
            "javascript:alert(1)",
            "https://a b",
            "https://a\r\nBcc: c@d.ef",
            "data:text/html,x",
            "ht",
        ] {
            assert!(!is_page(other), "{other}");
        }
        assert!(!is_page(&format!("https://{}", "a".repeat(LONGEST_REDIRECT))));
    }
}
