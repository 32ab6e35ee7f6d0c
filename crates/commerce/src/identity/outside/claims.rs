//! What a token of another issuer has to say, after its signature was found good.

use patron_token::{Scopes, foreign::Opened, jwt::CLOCK_TOLERANCE_MS};
use serde_json::{Map, Value};

use super::{IssuerKind, IssuerSettings};

/// Whom a token of another issuer speaks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Outsider {
    /// The client that got it; empty when the issuer does not say.
    pub client_id: String,
    /// The account.
    pub user_id: String,
    /// The first moment, in epoch milliseconds, at which it is no longer good.
    pub ends_at: i64,
    /// All that it says, for the grants.
    pub claims: Map<String, Value>,
}

/// Checks a verified token by its issuer's rules; None when anything is missing or wrong.
pub fn check(settings: &IssuerSettings, opened: Opened, now_ms: i64) -> Option<Outsider> {
    let outsider = match settings.kind {
        IssuerKind::Ims => of_ims(opened, now_ms)?,
        IssuerKind::Oidc => of_oidc(settings, opened, now_ms)?,
    };
    let is_known = settings.client_ids.is_empty() || settings.client_ids.contains(&outsider.client_id);
    let has_scope = settings.wanted_scope().is_none_or(|scope| scopes(&outsider.claims).contains(scope));
    (is_known && has_scope && now_ms < outsider.ends_at).then_some(outsider)
}

/// `created_at` and `expires_in`, both in milliseconds, make the end of an IMS token; there is no `exp` (`spec/ims.md` 2.2).
fn of_ims(opened: Opened, now_ms: i64) -> Option<Outsider> {
    let claims = opened.claims;
    let is_access_token = opened.header.get("itt").is_none_or(|itt| itt == "at");
    if !is_access_token || text(&claims, "type") != Some("access_token") {
        return None;
    }
    let (created_at, life) = (millis(&claims, "created_at")?, millis(&claims, "expires_in")?);
    if created_at > now_ms + CLOCK_TOLERANCE_MS {
        return None;
    }
    Some(Outsider {
        client_id: text(&claims, "client_id").filter(|id| !id.is_empty())?.to_owned(),
        user_id: text(&claims, "user_id").unwrap_or_default().to_owned(),
        ends_at: created_at.saturating_add(life),
        claims,
    })
}

/// RFC 9068 and OpenID Connect Core: from this issuer, for us, and within its time.
fn of_oidc(settings: &IssuerSettings, opened: Opened, now_ms: i64) -> Option<Outsider> {
    let claims = opened.claims;
    let kind = opened.header.get("typ").map_or(Some("jwt"), Value::as_str)?.to_ascii_lowercase();
    if !matches!(kind.as_str(), "jwt" | "at+jwt" | "application/at+jwt")
        || text(&claims, "iss")? != settings.issuer
    {
        return None;
    }
    let is_for_us =
        strings(claims.get("aud")?).iter().any(|own| settings.audiences.iter().any(|ours| ours == own));
    let is_begun = |name: &str| {
        claims.get(name).is_none_or(|at| seconds(at).is_some_and(|at| at <= now_ms + CLOCK_TOLERANCE_MS))
    };
    if !is_for_us || !is_begun("nbf") || !is_begun("iat") {
        return None;
    }
    let client_id =
        ["client_id", "azp", "appid", "cid"].iter().find_map(|name| text(&claims, name)).unwrap_or_default();
    Some(Outsider {
        client_id: client_id.to_owned(),
        user_id: text(&claims, "sub").filter(|sub| !sub.is_empty())?.to_owned(),
        ends_at: seconds(claims.get("exp")?)?,
        claims,
    })
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claims.get(name)?.as_str()
}

/// A text, or a list of texts.
pub(super) fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The scopes, wherever an issuer writes them.
fn scopes(claims: &Map<String, Value>) -> Scopes {
    let found = ["scope", "scp"].iter().filter_map(|name| claims.get(*name)).flat_map(strings);
    Scopes::parse(&found.collect::<Vec<_>>().join(" "))
}

/// Milliseconds, as text or as a number.
fn millis(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).filter(|millis| *millis >= 0)
}

/// NumericDate (RFC 7519 2) in milliseconds.
fn seconds(value: &Value) -> Option<i64> {
    let seconds =
        value.as_i64().or_else(|| value.as_f64().filter(|at| at.abs() < 1e12).map(|at| at as i64))?;
    seconds.checked_mul(1000)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn settings(kind: &str) -> IssuerSettings {
        serde_json::from_value(json!({
            "name": "n", "kind": kind, "issuer": "https://id.example.com", "audiences": ["patron"], "grants": [],
        }))
        .unwrap()
    }

    fn outcome(kind: &str, header: Value, claims: &Value, change: Value) -> Option<Outsider> {
        let mut claims = object(claims.clone());
        for (name, value) in object(change) {
            match value {
                Value::Null => claims.remove(&name),
                value => claims.insert(name, value),
            };
        }
        check(&settings(kind), Opened { header: object(header), claims }, NOW)
    }

    #[test]
    fn an_ims_token_ends_by_its_two_numbers_and_must_be_an_access_token_for_commerce() {
        let good = json!({
            "type": "access_token", "client_id": "c", "user_id": "u@techacct.adobe.com", "created_at": NOW.to_string(),
            "expires_in": "86400000", "scope": "openid,commerce.accs",
        });
        let is = |header: Value, change: Value| outcome("ims", header, &good, change);
        let found = is(json!({"itt": "at"}), json!({})).unwrap();
        assert_eq!((found.client_id.as_str(), found.ends_at), ("c", NOW + 86_400_000));
        assert!(is(json!({}), json!({"created_at": NOW, "expires_in": 1})).is_some(), "numbers are read too");
        for change in [
            json!({"type": "refresh_token"}),
            json!({"created_at": (NOW - 86_400_000).to_string()}),
            json!({"created_at": (NOW + 120_000).to_string()}),
            json!({"created_at": null}),
            json!({"expires_in": "-1"}),
            json!({"client_id": ""}),
            json!({"scope": "openid"}),
        ] {
            assert_eq!(is(json!({}), change.clone()), None, "{change}");
        }
        assert_eq!(is(json!({"itt": "rt"}), json!({})), None);
    }

    #[test]
    fn an_oidc_token_is_from_the_issuer_for_us_and_within_its_time() {
        let now = NOW / 1000;
        let good = json!({"iss": "https://id.example.com", "aud": ["other", "patron"], "sub": "s", "azp": "c", "exp": now + 60, "nbf": now, "iat": now});
        let is = |header: Value, change: Value| outcome("oidc", header, &good, change);
        let found = is(json!({"typ": "at+jwt"}), json!({})).unwrap();
        assert_eq!(
            (found.client_id.as_str(), found.user_id.as_str(), found.ends_at),
            ("c", "s", NOW + 60_000)
        );
        assert!(is(json!({}), json!({"aud": "patron", "nbf": null})).is_some());
        for change in [
            json!({"iss": "https://id.example.com/"}),
            json!({"iss": null}),
            json!({"aud": "other"}),
            json!({"aud": null}),
            json!({"exp": now}),
            json!({"exp": null}),
            json!({"exp": "tomorrow"}),
            json!({"nbf": now + 120}),
            json!({"iat": now + 120}),
            json!({"sub": ""}),
        ] {
            assert_eq!(is(json!({}), change.clone()), None, "{change}");
        }
        assert_eq!(is(json!({"typ": "logout+jwt"}), json!({})), None);
    }
}
