//! Where a browser may be sent with a code (`spec/ims.md` 3.1 and 5.2): to an address that one of the credential's patterns matches,
//! and otherwise to the credential's default, never anywhere else.
//!
//! A pattern is a regular expression, and a careless one is how codes are stolen (RFC 9700 4.1). So it is matched in two parts: scheme
//! and host by what stands before the path, the path by the rest. `https://.*\.example\.com/cb` then never matches
//! `https://evil.example/.example.com/cb`. Both parts match whole or not at all.

use patron_webapi::Fault;
use regex::{Regex, RegexBuilder};
use url::{Host, Url};

use super::model::{CredentialKind, Redirects};

/// Characters of all patterns together.
const LONGEST_PATTERNS: usize = 512;
/// Characters of a default redirect URI.
const LONGEST_DEFAULT: usize = 256;
/// Characters of an address that is compared at all.
const LONGEST_ASKED: usize = 2048;
/// Bytes that a compiled pattern may take.
const LARGEST_PATTERN: usize = 256 * 1024;
/// Schemes that run something or read something instead of opening a program.
const FORBIDDEN_SCHEMES: [&str; 8] =
    ["javascript", "data", "vbscript", "file", "blob", "about", "ftp", "view-source"];

/// The address to answer to.
pub fn choose(redirects: &Redirects, kind: CredentialKind, asked: Option<&str>) -> String {
    match asked.filter(|asked| *asked == redirects.default_uri || is_allowed(redirects, kind, asked)) {
        Some(asked) => asked.to_owned(),
        None => redirects.default_uri.clone(),
    }
}

/// Whether an address matches one of the patterns.
pub fn is_allowed(redirects: &Redirects, kind: CredentialKind, asked: &str) -> bool {
    if asked.len() > LONGEST_ASKED || !is_plain(asked, kind) {
        return false;
    }
    let Some((origin, rest)) = split(asked, &['/', '?']) else { return false };
    patterns(&redirects.patterns).any(|pattern| {
        Pattern::parse(&pattern)
            .is_some_and(|pattern| pattern.origin.is_match(origin) && pattern.rest.is_match(rest))
    })
}

/// Refuses patterns and a default that a credential of this kind must not have.
pub fn check(redirects: &Redirects, kind: CredentialKind) -> Result<(), Fault> {
    let wrong = |field: &str, text: String| Err(Fault::bad_request(text).with("field", field));
    let default = redirects.default_uri.as_str();
    if default.is_empty()
        || default.len() > LONGEST_DEFAULT
        || default.contains('*')
        || !is_plain(default, kind)
    {
        let allowed = match kind {
            CredentialKind::NativeApp => "https, a scheme of the app's own, or http on this machine",
            _ => "https, or http on this machine",
        };
        let rule = format!("at most {LONGEST_DEFAULT} characters, no wildcard, no fragment; {allowed}");
        return wrong(
            "default_redirect_uri",
            format!("default_redirect_uri must be an absolute address ({rule})."),
        );
    }
    if redirects.patterns.len() > LONGEST_PATTERNS {
        return wrong(
            "redirect_uri_patterns",
            format!("redirect_uri_patterns must have at most {LONGEST_PATTERNS} characters."),
        );
    }
    match patterns(&redirects.patterns).find(|pattern| Pattern::parse(pattern).is_none()) {
        Some(bad) => wrong(
            "redirect_uri_patterns",
            format!(
                "{bad:?} is no pattern: a scheme, ://, a host and a path, each a regular expression by itself."
            ),
        ),
        None => Ok(()),
    }
}

/// What a page's `form-action` must name so that a browser follows the redirect after a form: an origin, or a scheme.
pub fn form_target(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    match url.scheme() {
        "http" | "https" => Some(url.origin().ascii_serialization()),
        scheme => Some(format!("{scheme}:")),
    }
}

/// The credential's patterns, one by one. Adobe's own pages write a dot as `\\.`; an address has no backslash, so one stands for both.
fn patterns(list: &str) -> impl Iterator<Item = String> {
    list.split(',')
        .map(str::trim)
        .filter(|pattern| !pattern.is_empty())
        .map(|pattern| pattern.replace(r"\\", r"\"))
}

struct Pattern {
    origin: Regex,
    rest: Regex,
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        let (origin, rest) = split(text, &['/'])?;
        // A host that ends in a wildcard would go on into somebody else's domain.
        let (_, host) = origin.split_once("://")?;
        if host.is_empty() || host.ends_with(['*', '+', '?', '}']) && !host.contains(':') {
            return None;
        }
        Some(Self { origin: whole(origin)?, rest: whole(rest)? })
    }
}

fn whole(text: &str) -> Option<Regex> {
    // By itself first: `a)|(b` must not become good by what is put around it.
    let build = |text: &str| RegexBuilder::new(text).size_limit(LARGEST_PATTERN).build().ok();
    build(text)?;
    build(&format!("^(?:{text})$"))
}

/// Scheme and host, and what comes after them. In an address a question mark ends the host too; in a pattern it is a quantifier.
fn split<'t>(text: &'t str, path_begins: &[char]) -> Option<(&'t str, &'t str)> {
    let host = text.find("://")? + 3;
    let end = text[host..].find(path_begins).map_or(text.len(), |at| host + at);
    Some(text.split_at(end))
}

/// Whether an address is absolute, without a fragment, a user or steps upwards, and means to every reader what it means to us.
fn is_plain(text: &str, kind: CredentialKind) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte);
    let Ok(url) = Url::parse(text) else { return false };
    let scheme_fits = match url.scheme() {
        "https" => true,
        "http" => is_this_machine(&url),
        scheme => kind == CredentialKind::NativeApp && !FORBIDDEN_SCHEMES.contains(&scheme),
    };
    // What the parser would have changed, another parser may read otherwise.
    let unchanged = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
    text.bytes().all(allowed)
        && scheme_fits
        && unchanged
        && url.username().is_empty()
        && url.password().is_none()
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirects(patterns: &str) -> Redirects {
        Redirects { patterns: patterns.to_owned(), default_uri: "https://app.example/cb".to_owned() }
    }

    fn allows(patterns: &str, asked: &str) -> bool {
        is_allowed(&redirects(patterns), CredentialKind::WebApp, asked)
    }

    #[test]
    fn an_address_matches_whole_or_not_at_all() {
        let patterns = r"https://app\.example/cb, https://app\\.example/other/.*";
        assert!(allows(patterns, "https://app.example/cb"));
        assert!(allows(patterns, "https://app.example/other/x?y=z"));
        for other in [
            "https://app.example/cb2",
            "https://app.example/cb/",
            "https://app.example/cb?x",
            "https://appxexample/cb",
            "https://app.example.evil.example/cb",
            "https://evil.example/?https://app.example/cb",
            "http://app.example/cb",
            "https://user@app.example/cb",
            "https://app.example/cb#fragment",
            "https://app.example\\@evil.example/cb",
            "https://app.example/other/../cb2",
            "https://app.example/other/%2e%2e/cb2",
            "https://APP.example/cb",
            " https://app.example/cb",
            "javascript://app.example/%0aalert(1)",
            "//app.example/cb",
            "",
        ] {
            assert!(!allows(patterns, other), "{other}");
        }
    }

    #[test]
    fn a_wildcard_in_the_host_does_not_reach_into_the_path() {
        let pattern = r"https://.*\.example\.com/cb";
        assert!(allows(pattern, "https://a.b.example.com/cb"));
        assert!(!allows(pattern, "https://evil.net/.example.com/cb"));
        assert!(!allows(pattern, "https://evil.net?.example.com/cb"));
    }

    #[test]
    fn a_port_on_this_machine_may_vary_if_the_pattern_says_so() {
        let pattern = r"http://localhost:[0-9]+/cb,http://127\.0\.0\.1:\d+/cb";
        assert!(allows(pattern, "http://localhost:3000/cb") && allows(pattern, "http://127.0.0.1:4/cb"));
        assert!(!allows(pattern, "http://localhost:80a/cb"));
        assert!(!allows(r"http://app\.example/cb", "http://app.example/cb"), "http leaves this machine");
    }

    #[test]
    fn an_unknown_address_is_answered_at_the_default() {
        let redirects = redirects(r"https://app\.example/.*");
        let choose = |asked| choose(&redirects, CredentialKind::WebApp, asked);
        assert_eq!(choose(Some("https://app.example/x")), "https://app.example/x");
        for asked in [None, Some("https://evil.example/x"), Some("")] {
            assert_eq!(choose(asked), "https://app.example/cb", "{asked:?}");
        }
    }

    #[test]
    fn a_scheme_of_its_own_is_for_native_apps() {
        let own = Redirects {
            patterns: r"adobe\+abc://adobeid/.*".to_owned(),
            default_uri: "adobe+abc://adobeid/0123".to_owned(),
        };
        assert!(check(&own, CredentialKind::NativeApp).is_ok());
        assert!(check(&own, CredentialKind::WebApp).is_err());
        assert!(is_allowed(&own, CredentialKind::NativeApp, "adobe+abc://adobeid/9"));
        for uri in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "relative",
            "",
            "https://*.example",
        ] {
            let own = Redirects { default_uri: uri.to_owned(), ..own.clone() };
            assert!(check(&own, CredentialKind::NativeApp).is_err(), "{uri}");
        }
    }

    #[test]
    fn a_careless_pattern_is_refused_when_it_is_made() {
        for good in ["", r"https://a\.example/.*", r"https://(a|b)\.example/cb", r"http://localhost:\d+"] {
            assert!(check(&redirects(good), CredentialKind::WebApp).is_ok(), "{good}");
        }
        for bad in [
            ".*",
            "https://",
            r"https://a\.example.*",
            "https://(a/b",
            r"https://a\.example/)|(.*",
            &"a".repeat(513),
        ] {
            assert!(check(&redirects(bad), CredentialKind::WebApp).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_form_may_lead_to_an_origin_or_to_a_scheme() {
        assert_eq!(form_target("https://app.example:8/cb?x").as_deref(), Some("https://app.example:8"));
        assert_eq!(form_target("adobe+abc://adobeid/1").as_deref(), Some("adobe+abc:"));
    }
}
