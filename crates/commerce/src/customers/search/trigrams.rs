//! What the trigram index is asked for on behalf of a condition. Knows no SQL, and not what the index holds.

use super::compile::Condition;

/// Trigrams asked for at most: each halves what is left at least, and costs a list.
const TRIGRAMS: usize = 12;
/// The longest text that has no more.
const LONGEST: usize = TRIGRAMS + 2;

/// The column of the index that has a column's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexed {
    /// It has the text.
    As(&'static str),
    /// It has the text, without blanks around it, among others.
    Within(&'static str),
}

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// As FTS5 reads it.
    pub text: String,
    /// Whom the index finds passes the condition, and nobody else does. Otherwise it finds all who pass, and some more.
    pub is_exact: bool,
}

impl Query {
    /// The query for a condition; None when what a match contains is too short, or nothing.
    pub fn of(condition: &Condition) -> Option<Self> {
        let indexed = condition.column.indexed?;
        let text = condition.test.contained()?;
        let characters: Vec<char> = text.chars().collect();
        if characters.len() < 3 || characters.iter().any(|character| character.is_control()) {
            return None;
        }
        let (Indexed::As(column) | Indexed::Within(column)) = indexed;
        let is_exact = matches!(indexed, Indexed::As(_))
            && condition.test.infix() == Some(text)
            && characters.len() <= LONGEST
            && !characters.iter().copied().any(is_replaced);
        Some(Self { text: format!("{column} : ({})", wanted(&characters)), is_exact })
    }
}

/// The text, which is its trigrams one after the other; of a long one some trigrams, wherever they stand.
fn wanted(text: &[char]) -> String {
    let quoted = |text: &[char]| format!("\"{}\"", text.iter().collect::<String>().replace('"', "\"\""));
    if text.len() <= LONGEST {
        return quoted(text);
    }
    let trigrams = text.windows(3);
    let step = trigrams.len().div_ceil(TRIGRAMS);
    trigrams.step_by(step).map(quoted).collect::<Vec<_>>().join(" AND ")
}

/// Characters that FTS5 takes for one another.
fn is_replaced(character: char) -> bool {
    matches!(character, '\u{fffd}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::search::{columns, conditions::Test, pattern::Pattern};

    fn query(field: &str, pattern: &str) -> Option<(String, bool)> {
        let column = columns::own(field).expect("a field");
        let test = Test::Like(true, Pattern::of(pattern));
        Query::of(&Condition { column, test }).map(|query| (query.text, query.is_exact))
    }

    #[test]
    fn a_text_between_wildcards_is_asked_for_as_it_is() {
        let found = |field, pattern| query(field, pattern).expect("a query");
        assert_eq!(found("lastname", "%love%"), ("lastname : (\"LOVE\")".into(), true));
        assert_eq!(found("email", "%a\"b%"), ("email : (\"A\"\"B\")".into(), true));
        assert_eq!(found("firstname", "%a b c%"), ("firstname : (\"A B C\")".into(), true));
        for (pattern, wanted) in [("%love", "LOVE"), ("%lo_lace%", "LACE"), ("%love %", "LOVE")] {
            assert_eq!(
                found("lastname", pattern),
                (format!("lastname : (\"{wanted}\")"), false),
                "{pattern}"
            );
        }
        assert!(!found("lastname", "%a\u{fffd}b%").1);
    }

    #[test]
    fn a_long_text_is_asked_for_by_some_of_its_trigrams() {
        let (text, is_exact) = query("email", "%abcdefghijklmno%").expect("a query");
        assert!(text.starts_with("email : (\"ABC\" AND \"CDE\" AND ") && !is_exact, "{text}");
        assert!(query("email", "%abcdefghijklmn%").expect("a query").1);
    }

    #[test]
    fn the_smaller_parts_of_a_name_are_looked_for_in_it() {
        assert_eq!(query("name", "%da love%"), Some(("name : (\"DA LOVE\")".into(), true)));
        assert_eq!(query("middlename", "%king%"), Some(("name : (\"KING\")".into(), false)));
    }

    #[test]
    fn what_is_too_short_is_not_asked_for() {
        for pattern in ["%", "%ab%", "%a_b%", "%a\nbcd%"] {
            assert_eq!(query("lastname", pattern), None, "{pattern}");
        }
    }
}
