//! A set of OAuth scopes, however a client delimits it.
//!
//! Adobe's samples use commas, OAuth libraries send blanks, and both arrive in one request (`spec/ims.md` 1.2).
//! This module knows no scope by name.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Scopes in the order in which they were first named, each once. Case matters.
#[derive(Debug, Clone, Default)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Splits on any run of commas and white space.
    pub fn parse(text: &str) -> Self {
        text.split(|c: char| c == ',' || c.is_whitespace()).filter(|scope| !scope.is_empty()).collect()
    }

    /// Whether the scope is among them.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|own| own == scope)
    }

    /// The first scope that `granted` lacks: the one to name in a refusal.
    pub fn first_outside<'a>(&'a self, granted: &Scopes) -> Option<&'a str> {
        self.iter().find(|scope| !granted.contains(scope))
    }

    /// The scopes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<S: Into<String>> FromIterator<S> for Scopes {
    fn from_iter<I: IntoIterator<Item = S>>(scopes: I) -> Self {
        let mut set = Self::default();
        for scope in scopes.into_iter().map(Into::into) {
            if !set.contains(&scope) {
                set.0.push(scope);
            }
        }
        set
    }
}

/// Two sets are equal whatever their order.
impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.first_outside(other).is_none()
    }
}

impl Eq for Scopes {}

/// The form in a token: comma separated, no blanks.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_blanks_delimit_alike() {
        let expected: Scopes = ["openid", "AdobeID", "commerce.accs"].into_iter().collect();
        for text in [
            "openid,AdobeID,commerce.accs",
            "openid AdobeID commerce.accs",
            " openid, AdobeID,\tcommerce.accs,",
        ] {
            assert_eq!(Scopes::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn order_is_kept_and_a_scope_named_twice_counts_once() {
        assert_eq!(Scopes::parse("b a,b").to_string(), "b,a");
    }

    #[test]
    fn a_scope_in_another_case_is_another_scope() {
        assert!(!Scopes::parse("adobeid").contains("AdobeID"));
    }

    #[test]
    fn the_scope_that_was_not_granted_is_named() {
        let granted = Scopes::parse("openid,AdobeID");
        assert_eq!(Scopes::parse("openid,org.read").first_outside(&granted), Some("org.read"));
        assert_eq!(Scopes::parse("AdobeID").first_outside(&granted), None);
    }
}
