//! Whom is trusted with what: the `[[issuers]]` of the configuration file (`docs/security.md`).

use std::net::IpAddr;

use patron_token::foreign::Algorithm;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::super::model::COMMERCE_SCOPE;

/// Whose rules a token follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssuerKind {
    /// Adobe's: `type`, `created_at` and `expires_in`, no `exp` (`spec/ims.md` 2.2).
    Ims,
    /// OpenID Connect's: `iss`, `aud`, `exp`.
    Oidc,
}

/// An issuer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// Its name here, for logs and metrics.
    pub name: String,
    /// Whose rules its tokens follow.
    pub kind: IssuerKind,
    /// Its address: `iss` of an OIDC provider's tokens; keys are found from it when `jwks_url` is not given.
    #[serde(default)]
    pub issuer: String,
    /// Where its keys are.
    #[serde(default)]
    pub jwks_url: String,
    /// One of these must be among `aud`. For OIDC, where a token for somebody else must not count.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// The clients whose tokens count; empty: whatever client a grant names.
    #[serde(default)]
    pub client_ids: Vec<String>,
    /// The algorithms that count.
    #[serde(default = "rs256")]
    pub algorithms: Vec<Algorithm>,
    /// The scope that a token must have; for IMS `commerce.accs` when not given, otherwise none.
    #[serde(default)]
    pub scope: Option<String>,
    /// What tokens may do here; the first must be there, and all that fit add up.
    pub grants: Vec<Grant>,
}

/// What a token that fits may do. Every condition that is given must hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The token's client.
    #[serde(default)]
    pub client_id: Option<String>,
    /// A claim, with dots for members of members: `realm_access.roles`.
    #[serde(default)]
    pub claim: Option<String>,
    /// What the claim must be or hold; without it the claim must only be there.
    #[serde(default)]
    pub value: Option<String>,
    /// The organization here, `…@AdobeOrg`, whose instances open.
    pub organization: String,
    /// Only these of its instances; empty: all.
    #[serde(default)]
    pub instances: Vec<String>,
    /// Names of the organization's roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Resources beside those of the roles; `all` for everything.
    #[serde(default)]
    pub resources: Vec<String>,
}

fn rs256() -> Vec<Algorithm> {
    vec![Algorithm::Rs256]
}

impl IssuerSettings {
    /// The scope that a token must have.
    pub fn wanted_scope(&self) -> Option<&str> {
        let own = self.scope.as_deref().filter(|scope| !scope.is_empty());
        match (self.kind, &self.scope) {
            (IssuerKind::Ims, None) => Some(COMMERCE_SCOPE),
            _ => own,
        }
    }

    /// What is wrong with it, in one sentence.
    pub fn fault(&self) -> Option<String> {
        let wrong = |text: &str| Some(format!("issuer {:?}: {text}", self.name));
        if self.name.is_empty() {
            return Some("an issuer has no name".to_owned());
        }
        if self.issuer.is_empty() && self.jwks_url.is_empty() {
            return wrong("issuer or jwks_url must be given");
        }
        for (name, url) in [("issuer", &self.issuer), ("jwks_url", &self.jwks_url)] {
            if !url.is_empty() && !is_trustworthy(url) {
                return wrong(&format!("{name} must be an https address"));
            }
        }
        if self.kind == IssuerKind::Oidc && (self.issuer.is_empty() || self.audiences.is_empty()) {
            return wrong(
                "an oidc issuer needs issuer and audiences: a token for somebody else must not count",
            );
        }
        if self.algorithms.is_empty() {
            return wrong("algorithms must name RS256, PS256 or ES256");
        }
        if self.grants.is_empty() {
            return wrong("without grants its tokens open nothing");
        }
        self.grants.iter().find_map(|grant| grant.fault()).and_then(|text| wrong(&text))
    }
}

impl Grant {
    fn fault(&self) -> Option<String> {
        if self.client_id.is_none() && self.claim.is_none() {
            return Some(
                "a grant needs client_id or claim: otherwise every token of the issuer would fit".to_owned(),
            );
        }
        if self.value.is_some() && self.claim.is_none() {
            return Some("a grant's value belongs to a claim".to_owned());
        }
        if self.roles.is_empty() && self.resources.is_empty() {
            return Some("a grant needs roles or resources".to_owned());
        }
        let bad =
            self.resources.iter().find(|name| *name != "all" && !super::super::roles::is_resource(name));
        bad.map(|name| format!("{name:?} is no resource such as Magento_Customer::manage"))
    }
}

/// Keys that come in clear could be anybody's; from this machine to itself nobody is in between.
pub fn is_trustworthy(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    url.host().is_some() && (url.scheme() == "https" || url.scheme() == "http" && is_here)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fault(change: Value) -> Option<String> {
        let mut settings = json!({
            "name": "corp", "kind": "oidc", "issuer": "https://id.example.com", "audiences": ["patron"],
            "grants": [{"client_id": "c", "organization": "X@AdobeOrg", "roles": ["Reader"]}],
        });
        settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::from_value::<IssuerSettings>(settings).unwrap().fault()
    }

    #[test]
    fn settings_that_would_open_too_much_are_refused() {
        assert_eq!(fault(json!({})), None);
        for change in [
            json!({"issuer": "http://id.example.com"}),
            json!({"issuer": ""}),
            json!({"audiences": []}),
            json!({"algorithms": []}),
            json!({"grants": []}),
            json!({"grants": [{"organization": "X@AdobeOrg", "roles": ["Reader"]}]}),
            json!({"grants": [{"client_id": "c", "organization": "X@AdobeOrg"}]}),
            json!({"grants": [{"client_id": "c", "organization": "X@AdobeOrg", "resources": ["everything"]}]}),
        ] {
            assert!(fault(change.clone()).is_some(), "{change}");
        }
        assert_eq!(fault(json!({"issuer": "http://127.0.0.1:9"})), None, "nobody is in between");
    }

    #[test]
    fn other_algorithms_cannot_even_be_configured() {
        for name in ["none", "HS256", "RS1"] {
            assert!(serde_json::from_value::<Algorithm>(json!(name)).is_err(), "{name}");
        }
    }
}
