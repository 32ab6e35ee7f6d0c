//! The password policy (spec 1.2 op 1): length, outer blanks, classes of characters, not the e-mail address.
//!
//! Knows nothing of hashing, and keeps no password: a refusal carries the broken limit only.

use serde_json::Value;

/// Longest password in characters; a constant of the original, not a setting.
pub const LONGEST: usize = 256;

/// What PHP's `trim` removes, which is what the original calls a space.
const OUTER_BLANKS: [char; 6] = [' ', '\t', '\n', '\r', '\0', '\u{b}'];

/// The settings a password is measured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// `customer/password/minimum_password_length`, in characters.
    pub minimum_length: usize,
    /// `customer/password/required_character_classes_number`: how many of lower case, upper case, digits and others.
    pub required_classes: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self { minimum_length: 8, required_classes: 3 }
    }
}

/// Why a password is refused, with the limit it broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// More characters than allowed.
    TooLong {
        /// Characters allowed.
        at_most: usize,
    },
    /// Fewer characters than required; the empty password too.
    TooShort {
        /// Characters required.
        at_least: usize,
    },
    /// A blank at the beginning or the end.
    OuterBlank,
    /// Characters of too few classes.
    TooFewClasses {
        /// Classes required.
        required: usize,
    },
    /// The e-mail address, in whatever case.
    SameAsEmail,
}

impl Refusal {
    /// The message template of the wire, with its `%1` where [`Refusal::parameter`] goes.
    #[must_use]
    pub fn template(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "Please enter a password with at most %1 characters.",
            Self::TooShort { .. } => {
                "The password needs at least %1 characters. Create a new password and try again."
            }
            Self::OuterBlank => {
                "The password can't begin or end with a space. Verify the password and try again."
            }
            Self::TooFewClasses { .. } => {
                "Minimum of different classes of characters in password is %1. Classes of characters: Lower Case, \
                 Upper Case, Digits, Special Characters."
            }
            Self::SameAsEmail => {
                "The password can't be the same as the email address. Create a new password and try again."
            }
        }
    }

    /// The only parameter of the template: a number for the constant of the code, a string for what comes from settings.
    #[must_use]
    pub fn parameter(self) -> Option<Value> {
        match self {
            Self::TooLong { at_most } => Some(Value::from(at_most)),
            Self::TooShort { at_least } => Some(Value::from(at_least.to_string())),
            Self::TooFewClasses { required } => Some(Value::from(required.to_string())),
            Self::OuterBlank | Self::SameAsEmail => None,
        }
    }
}

/// Measures a new password; the first broken rule, in the order of the original, is the answer.
///
/// # Errors
/// The rule that `password` breaks.
pub fn check(policy: Policy, password: &str, email: &str) -> Result<(), Refusal> {
    let length = password.chars().count();
    if length > LONGEST {
        return Err(Refusal::TooLong { at_most: LONGEST });
    }
    if length < policy.minimum_length {
        return Err(Refusal::TooShort { at_least: policy.minimum_length });
    }
    if password.trim_matches(OUTER_BLANKS) != password {
        return Err(Refusal::OuterBlank);
    }
    if classes(password) < policy.required_classes {
        return Err(Refusal::TooFewClasses { required: policy.required_classes });
    }
    if password.eq_ignore_ascii_case(email) {
        return Err(Refusal::SameAsEmail);
    }
    Ok(())
}

/// How many of the four classes occur; a letter outside ASCII is a special character.
fn classes(password: &str) -> usize {
    let others = |character: char| !character.is_ascii_alphanumeric();
    [
        password.contains(|character: char| character.is_ascii_lowercase()),
        password.contains(|character: char| character.is_ascii_uppercase()),
        password.contains(|character: char| character.is_ascii_digit()),
        password.contains(others),
    ]
    .into_iter()
    .filter(|present| *present)
    .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(password: &str) -> Option<Refusal> {
        check(Policy::default(), password, "Ada1@example.com").err()
    }

    #[test]
    fn three_classes_of_characters_are_enough() {
        for password in ["TempPa55word!", "Inner 1x!", "!!!!!!!!aA", "Passw0rdx", "pässwörd1"] {
            assert_eq!(refusal(password), None, "{password:?}");
        }
    }

    #[test]
    fn lengths_are_characters_and_come_before_everything_else() {
        assert_eq!(refusal(&format!("Xy1{}", "ä".repeat(253))), None);
        assert_eq!(refusal(&"ä".repeat(257)), Some(Refusal::TooLong { at_most: 256 }));
        assert_eq!(refusal("short1!"), Some(Refusal::TooShort { at_least: 8 }));
        assert_eq!(refusal(""), Some(Refusal::TooShort { at_least: 8 }));
        assert_eq!(refusal("ääääää1"), Some(Refusal::TooShort { at_least: 8 }));
    }

    #[test]
    fn outer_blanks_are_refused_before_classes_are_counted() {
        for password in [" Leading1!", "Trailing1! ", "\tTab1234", "12345678\n", "        "] {
            assert_eq!(refusal(password), Some(Refusal::OuterBlank), "{password:?}");
        }
    }

    #[test]
    fn two_classes_are_too_few() {
        for password in ["Alllowercase", "12345678", "ADA@EXAMPLE.COM", "ääääääää1"] {
            assert_eq!(refusal(password), Some(Refusal::TooFewClasses { required: 3 }), "{password:?}");
        }
    }

    #[test]
    fn the_email_address_is_no_password_in_any_case() {
        assert_eq!(refusal("aDA1@EXAMPLE.com"), Some(Refusal::SameAsEmail));
    }

    #[test]
    fn settings_change_the_measure() {
        let strict = Policy { minimum_length: 12, required_classes: 4 };
        assert_eq!(check(strict, "Passw0rd!x", "").err(), Some(Refusal::TooShort { at_least: 12 }));
        assert_eq!(check(strict, "Passw0rdxxxxx", "").err(), Some(Refusal::TooFewClasses { required: 4 }));
        assert_eq!(check(Policy { minimum_length: 1, required_classes: 1 }, "x", "").err(), None);
    }

    #[test]
    fn a_limit_from_settings_is_a_string_and_the_constant_is_a_number() {
        assert_eq!(Refusal::TooLong { at_most: 256 }.parameter(), Some(Value::from(256)));
        assert_eq!(Refusal::TooShort { at_least: 8 }.parameter(), Some(Value::from("8")));
        assert_eq!(Refusal::TooFewClasses { required: 3 }.parameter(), Some(Value::from("3")));
        assert_eq!(Refusal::OuterBlank.parameter(), None);
    }
}
