//! Which street lines, cities and telephone numbers are accepted (spec 1.0.5 stage B, rules 1 and 3 to 5).
//!
//! Names of an address follow [`super::name`]; what is required is stage A and not checked here. Empty is valid.

use std::sync::LazyLock;

use regex::Regex;

use super::first_run_is_whole;

/// Longest city, telephone number or street line of [`Validators::Current`], in characters: the width of the column.
const LONGEST: usize = 255;
/// Longest city and telephone number of [`Validators::Commerce248`], in characters.
const LONGEST_CITY_248: usize = 100;
const LONGEST_TELEPHONE_248: usize = 20;

/// Which generation of the original's validators speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validators {
    /// 2.4.8 to 2.4.8-p2, the one in the recorded exchanges: unanchored patterns, so a value without a single allowed
    /// character passes; the street is never refused.
    #[default]
    Commerce248,
    /// The development line of 2026: anchored patterns, lengths before characters, wider sets.
    Current,
}

static CITY_248: LazyLock<Regex> = LazyLock::new(|| fixed(r"[\p{L}\p{M}\s\-']+"));
static TELEPHONE_248: LazyLock<Regex> = LazyLock::new(|| fixed(r"[\d\s+\-()]+"));
static CITY: LazyLock<Regex> = LazyLock::new(|| fixed(r"^[\p{L}\p{M}\d\s\-_'’.,&()]*$"));
static TELEPHONE: LazyLock<Regex> = LazyLock::new(|| fixed(r"^[\d\s+()./\-]*$"));
static FORBIDDEN_IN_STREET: LazyLock<Regex> = LazyLock::new(|| fixed(r"[<>\p{Cc}]"));

impl Validators {
    /// The message lines of all parts that are refused, in the order of the original: street, city, telephone.
    #[must_use]
    pub fn problems<S: AsRef<str>>(self, street: &[S], city: &str, telephone: &str) -> Vec<String> {
        [self.street(street), self.city(city), self.telephone(telephone)].into_iter().flatten().collect()
    }

    /// Why the lines of a street are refused. Their number is another rule: [`too_many_lines`].
    #[must_use]
    pub fn street<S: AsRef<str>>(self, entries: &[S]) -> Option<String> {
        match self {
            Self::Commerce248 => None,
            Self::Current if lines(entries).any(is_too_long) => {
                Some(too_long("Street Address", "street address"))
            }
            Self::Current => lines(entries)
                .any(|line| FORBIDDEN_IN_STREET.is_match(line))
                .then(|| invalid("Street Address", "The street address contains invalid characters.")),
        }
    }

    /// Why a city is refused.
    #[must_use]
    pub fn city(self, city: &str) -> Option<String> {
        match self {
            Self::Commerce248 => (!first_run_is_whole(&CITY_248, LONGEST_CITY_248, city))
                .then(|| invalid("City", "Please use A-Z, a-z, 0-9, -, ', spaces")),
            Self::Current if is_too_long(city) => Some(too_long("City", "city name")),
            Self::Current => (!CITY.is_match(city)).then(|| {
                invalid(
                    "City",
                    "Please use letters, numbers, spaces, and the following characters: - _ ' ’ . , & ( )",
                )
            }),
        }
    }

    /// Why a telephone number is refused.
    #[must_use]
    pub fn telephone(self, telephone: &str) -> Option<String> {
        match self {
            Self::Commerce248 => (!first_run_is_whole(&TELEPHONE_248, LONGEST_TELEPHONE_248, telephone))
                .then(|| invalid("Phone Number", "Please use 0-9, +, -, (, ) and space.")),
            Self::Current if is_too_long(telephone) => Some(too_long("Phone Number", "phone number")),
            Self::Current => (!TELEPHONE.is_match(telephone))
                .then(|| invalid("Phone Number", "Please use 0-9, +, -, (, ), ., / and space.")),
        }
    }
}

/// Why a street of more than `limit` lines (the attribute's multiline count) is refused; line feeds inside an entry count.
#[must_use]
pub fn too_many_lines<S: AsRef<str>>(label: &str, entries: &[S], limit: usize) -> Option<String> {
    (lines(entries).count() > limit).then(|| format!("\"{label}\" cannot contain more than {limit} lines."))
}

/// The lines of a street as it is stored: entries joined with line feeds, so one entry may hold several.
fn lines<S: AsRef<str>>(entries: &[S]) -> impl Iterator<Item = &str> {
    entries.iter().flat_map(|entry| entry.as_ref().split('\n'))
}

fn is_too_long(text: &str) -> bool {
    text.chars().count() > LONGEST
}

fn too_long(label: &str, what: &str) -> String {
    invalid(label, &format!("The {what} is too long. Enter no more than {LONGEST} characters."))
}

fn invalid(label: &str, why: &str) -> String {
    format!("Invalid {label}. {why}")
}

fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of addresses are fixed and valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: [&str; 0] = [];

    #[test]
    fn in_248_a_city_is_letters_blanks_dashes_and_apostrophes() {
        let refused = Some("Invalid City. Please use A-Z, a-z, 0-9, -, ', spaces".to_owned());
        for city in ["Austin", "Saint-Étienne", "L'Aquila", "東京", "", "x".repeat(100).as_str()] {
            assert_eq!(Validators::Commerce248.city(city), None, "{city:?}");
        }
        for city in ["St. Davids", "29 Palms", "a,b", "x".repeat(101).as_str()] {
            assert_eq!(Validators::Commerce248.city(city), refused, "{city:?}");
        }
    }

    #[test]
    fn in_248_a_value_without_any_allowed_character_passes() {
        for city in ["@#!", "1"] {
            assert_eq!(Validators::Commerce248.city(city), None, "{city:?}");
        }
        for telephone in ["abc", "ext"] {
            assert_eq!(Validators::Commerce248.telephone(telephone), None, "{telephone:?}");
        }
    }

    #[test]
    fn in_248_a_telephone_number_has_at_most_twenty_characters_of_a_small_set() {
        let refused = Some("Invalid Phone Number. Please use 0-9, +, -, (, ) and space.".to_owned());
        for telephone in ["+1 (512) 555-0100", "5125550100", "0".repeat(20).as_str()] {
            assert_eq!(Validators::Commerce248.telephone(telephone), None, "{telephone:?}");
        }
        for telephone in ["0aaaa", "512.555", "0".repeat(21).as_str()] {
            assert_eq!(Validators::Commerce248.telephone(telephone), refused, "{telephone:?}");
        }
    }

    #[test]
    fn in_248_a_street_is_never_refused_for_its_characters() {
        assert_eq!(Validators::Commerce248.street(&["<script>", "\u{7}"]), None);
    }

    #[test]
    fn current_validators_are_anchored_and_accept_more_characters() {
        let current = Validators::Current;
        for city in ["St. Davids", "29 Palms", "a,b (c) & d_e", "L’Aquila", ""] {
            assert_eq!(current.city(city), None, "{city:?}");
        }
        assert_eq!(
            current.city("@#!").as_deref(),
            Some(
                "Invalid City. Please use letters, numbers, spaces, and the following characters: - _ ' ’ . , & ( )"
            )
        );
        for telephone in ["512.555/1", "+1 (512) 555-0100", ""] {
            assert_eq!(current.telephone(telephone), None, "{telephone:?}");
        }
        assert_eq!(
            current.telephone("abc").as_deref(),
            Some("Invalid Phone Number. Please use 0-9, +, -, (, ), ., / and space.")
        );
        assert_eq!(current.street(&["12 St James Sq", "Flat 2\nx"]), None);
        for street in ["<b>", "a\tb"] {
            assert_eq!(
                current.street(&[street]).as_deref(),
                Some("Invalid Street Address. The street address contains invalid characters."),
                "{street:?}"
            );
        }
    }

    #[test]
    fn current_validators_check_the_length_before_the_characters() {
        let long = "<".repeat(256);
        assert_eq!(
            Validators::Current.problems(&[&long], &long, &long),
            [
                "Invalid Street Address. The street address is too long. Enter no more than 255 characters.",
                "Invalid City. The city name is too long. Enter no more than 255 characters.",
                "Invalid Phone Number. The phone number is too long. Enter no more than 255 characters.",
            ]
        );
        assert!(Validators::Current.problems(&NOTHING, "", "").is_empty());
    }

    #[test]
    fn line_feeds_inside_an_entry_count_as_lines() {
        let refused = Some("\"Street Address\" cannot contain more than 2 lines.".to_owned());
        assert_eq!(too_many_lines("Street Address", &["a", "b"], 2), None);
        assert_eq!(too_many_lines("Street Address", &["a", "b", "c"], 2), refused);
        assert_eq!(too_many_lines("Street Address", &["a\nb", "c"], 2), refused);
    }
}
