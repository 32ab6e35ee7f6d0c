//! Which first, middle and last names are accepted, for customers and for addresses (spec 1.0.6).
//!
//! Whether a name is required is another rule: an absent or empty name is valid here. Names are not trimmed.

use std::sync::LazyLock;

use regex::Regex;

use super::first_run_is_whole;

/// Longest name, in characters.
pub const LONGEST: usize = 255;

static RUN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{L}\p{M},\-_.'’`&\s\d]+").expect("the pattern of names is fixed and valid")
});

/// The three names of a person as the rule sees them; what is absent is valid.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// Given name.
    pub first: Option<&'a str>,
    /// Name or initial between the two.
    pub middle: Option<&'a str>,
    /// Family name.
    pub last: Option<&'a str>,
}

/// True when `name` may be stored. Odd but recorded: a name without a single allowed character ("$$$") is valid too.
#[must_use]
pub fn is_valid(name: &str) -> bool {
    first_run_is_whole(&RUN, LONGEST, name)
}

/// The message lines of all names that are refused, in the order of the original: first, last, middle.
#[must_use]
pub fn problems(names: Names<'_>) -> Vec<String> {
    [("First Name", names.first), ("Last Name", names.last), ("Middle Name", names.middle)]
        .into_iter()
        .filter(|(_, name)| name.is_some_and(|name| !is_valid(name)))
        .map(|(label, _)| format!("{label} is not valid!"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_letters_marks_digits_and_a_few_signs_are_valid() {
        for name in [
            "Ada",
            "李",
            "St. John-Smith",
            "O’Toole & Söns, Jr. `x` 1_2",
            "1 2 3",
            "a&b",
            "a_b",
            "\tTab\n",
            "   ",
            "",
        ] {
            assert!(is_valid(name), "{name:?}");
        }
    }

    #[test]
    fn one_sign_outside_the_set_spoils_a_name() {
        for name in ["A<b>", "{{var x}}", "a@b", "a/b", "a(b)", "\"q\"", "Ada🙂"] {
            assert!(!is_valid(name), "{name:?}");
        }
    }

    #[test]
    fn a_name_with_nothing_of_the_set_has_nothing_to_compare_and_passes() {
        for name in ["$$$", "🙂", "<>"] {
            assert!(is_valid(name), "{name:?}");
        }
    }

    #[test]
    fn a_name_may_have_255_characters_whatever_their_bytes() {
        assert!(is_valid(&"ä".repeat(255)));
        assert!(!is_valid(&"x".repeat(256)));
    }

    #[test]
    fn the_middle_name_is_reported_last() {
        let names = Names { first: Some("<a>"), middle: Some("<b>"), last: Some("<c>") };
        assert_eq!(
            problems(names),
            ["First Name is not valid!", "Last Name is not valid!", "Middle Name is not valid!"]
        );
        assert!(problems(Names::default()).is_empty());
    }
}
