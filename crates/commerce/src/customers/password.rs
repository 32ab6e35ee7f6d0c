//! A password on its way to its hash. It is hashed before the unit of work is opened, so that hashing never holds the
//! writer; the policy is checked first, so that what will be refused is not hashed.

use std::fmt;

use patron_webapi::{
    Fault, Read, ReadError, Value,
    describe::{Definitions, Describe},
    fault::Parameters,
};
use zeroize::Zeroizing;

use super::rules::password::{self as policy, Policy};
use crate::instances::{Catalogue, settings};

/// A clear-text password among a call's arguments; its text is wiped from memory when it is dropped and never shown.
///
/// A call that is kept for later is bound again without the text ([`Password::keep`]): what was found of it when the call was
/// accepted stands in its place.
#[derive(Clone)]
pub struct Password {
    clear: Zeroizing<String>,
    hash: Option<String>,
    judgement: Option<Result<(), Box<Fault>>>,
}

/// Where a password stands among a call's arguments, with what its policy needs of the others.
pub struct Place<'a> {
    /// The password.
    pub password: &'a mut Password,
    /// The e-mail address of the account, which must be another text.
    pub email: &'a str,
    /// The website whose policy holds; None is the default one.
    pub website_id: Option<i64>,
}

impl Place<'_> {
    /// Measures the password with the policy that the call will measure it with.
    pub fn check(&self, catalogue: &Catalogue) -> Result<(), Fault> {
        let website = self.website_id.unwrap_or(catalogue.default_website().id);
        self.password.check(policy_of(catalogue, website), self.email)
    }
}

impl Password {
    /// A password that is not hashed yet.
    pub fn new(clear: String) -> Self {
        Self { clear: Zeroizing::new(clear), hash: None, judgement: None }
    }

    /// The text.
    pub fn clear(&self) -> &Zeroizing<String> {
        &self.clear
    }

    /// Remembers the hash.
    pub fn set_hash(&mut self, hash: String) {
        self.hash = Some(hash);
    }

    /// Takes what was found of the password earlier: its hash, or why the policy refused it.
    pub fn keep(&mut self, found: Result<String, Fault>) {
        self.judgement = Some(match found {
            Ok(hash) => {
                self.hash = Some(hash);
                Ok(())
            }
            Err(refusal) => Err(Box::new(refusal)),
        });
    }

    /// The hash. Without one (the policy was tightened between hashing and running) the caller may just try again.
    pub fn hash(&self) -> Result<&str, Fault> {
        self.hash.as_deref().ok_or_else(|| Fault::unavailable("The service is busy. Try again later.", 1))
    }

    /// Refuses what breaks the policy of the website (`spec/accs-customer-operations.md` 1.2 op 1, step 5).
    pub fn check(&self, policy: Policy, email: &str) -> Result<(), Fault> {
        if let Some(judgement) = &self.judgement {
            return judgement.clone().map_err(|refusal| *refusal);
        }
        policy::check(policy, &self.clear, email).map_err(|refusal| {
            let mut fault = Fault::bad_request(refusal.template());
            if let Some(parameter) = refusal.parameter() {
                fault.parameters = Parameters::Positional(vec![parameter]);
            }
            fault
        })
    }
}

/// The policy of a website.
pub fn policy_of(catalogue: &Catalogue, website_id: i64) -> Policy {
    let number = |setting| catalogue.website_setting(setting, website_id).parse().ok();
    let fallback = Policy::default();
    Policy {
        minimum_length: number(&settings::PASSWORD_MINIMUM_LENGTH).unwrap_or(fallback.minimum_length),
        required_classes: number(&settings::PASSWORD_CLASSES).unwrap_or(fallback.required_classes),
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Describe for Password {
    fn schema(_: &mut Definitions) -> Value {
        serde_json::json!({ "type": "string", "format": "password" })
    }
}

impl Read for Password {
    fn read(value: &Value) -> Result<Self, ReadError> {
        String::read(value).map(Self::new)
    }

    fn read_list(value: &Value) -> Result<Vec<Self>, ReadError> {
        Ok(Vec::<String>::read(value)?.into_iter().map(Self::new).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_password_is_judged_by_what_was_found_of_it() {
        let mut password = Password::new("***".to_owned());
        assert!(password.check(Policy::default(), "").is_err());
        password.keep(Ok("hash".to_owned()));
        assert_eq!(password.check(Policy::default(), ""), Ok(()));
        assert_eq!(password.hash().unwrap(), "hash");
        let refusal = Fault::bad_request("too plain");
        password.keep(Err(refusal.clone()));
        assert_eq!(password.check(Policy::default(), ""), Err(refusal));
    }
}
