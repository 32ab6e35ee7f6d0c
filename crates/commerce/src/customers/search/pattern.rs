//! A `LIKE` pattern taken apart: which index can help, and how it is asked for again in SQL.

use patron_webapi::collation::fold;

/// A pattern by the weights of its characters.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    /// `%`
    Any,
    /// `_`
    One,
    /// A character that stands for itself and its like.
    Literal(char),
}

impl Pattern {
    /// Reads a pattern: `\` takes the next character literally.
    pub fn of(text: &str) -> Self {
        let weights = weights(text);
        let mut characters = weights.chars();
        let mut tokens = Vec::new();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '%' => Token::Any,
                '_' => Token::One,
                '\\' => Token::Literal(characters.next().unwrap_or('\\')),
                other => Token::Literal(other),
            });
        }
        tokens.dedup_by(|a, b| *a == Token::Any && *b == Token::Any);
        Self(tokens)
    }

    /// Matches every text.
    pub fn is_anything(&self) -> bool {
        self.0 == [Token::Any]
    }

    /// The literal characters before the first wildcard.
    pub fn prefix(&self) -> String {
        self.0.iter().map_while(|token| if let Token::Literal(c) = token { Some(*c) } else { None }).collect()
    }

    /// Is it a prefix, then anything? Then a range of keys says the same, unless the prefix ends with a blank, which keys lack.
    pub fn is_prefix_only(&self) -> bool {
        let Some((Token::Any, literals)) = self.0.split_last() else { return false };
        literals.iter().all(|token| matches!(token, Token::Literal(_)))
            && literals.last() != Some(&Token::Literal(' '))
    }

    /// Would a match on the key, which lacks the blanks at the text's end, be a match on the text?
    pub fn ignores_blanks_at_end(&self) -> bool {
        match self.0.split_last() {
            Some((Token::Any, [.., Token::Literal(last)])) => *last != ' ',
            Some((Token::Any, [])) => true,
            _ => false,
        }
    }

    /// The longest run of literal characters, without blanks around it: what a match certainly contains.
    pub fn longest_run(&self) -> String {
        let runs = self.0.split(|token| !matches!(token, Token::Literal(_)));
        let text = |run: &[Token]| -> String {
            run.iter()
                .filter_map(|token| if let Token::Literal(c) = token { Some(*c) } else { None })
                .collect()
        };
        let longest =
            runs.map(text).max_by_key(|run| run.trim_matches(' ').chars().count()).unwrap_or_default();
        longest.trim_matches(' ').to_owned()
    }

    /// What stands between two `%`, if that is all.
    pub fn infix(&self) -> Option<String> {
        let [Token::Any, literals @ .., Token::Any] = self.0.as_slice() else { return None };
        literals.iter().map(|token| if let Token::Literal(c) = token { Some(*c) } else { None }).collect()
    }

    /// The pattern for SQL's `LIKE … ESCAPE '\'`.
    pub fn sql(&self) -> String {
        let mut text = String::new();
        for token in &self.0 {
            match token {
                Token::Any => text.push('%'),
                Token::One => text.push('_'),
                Token::Literal(character) => {
                    if matches!(character, '%' | '_' | '\\') {
                        text.push('\\');
                    }
                    text.push(*character);
                }
            }
        }
        text
    }
}

/// The key of a text with the blanks at its end.
fn weights(text: &str) -> String {
    let mut weights = fold(&format!("{text}|"));
    weights.pop();
    weights
}

/// The least key that is greater than all keys that begin with `prefix`; None when there is none.
pub fn after_prefix(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_what_stands_before_the_first_wildcard() {
        for (pattern, prefix, only) in [
            ("ada%", "ADA", true),
            ("ada%%", "ADA", true),
            ("ada", "ADA", false),
            ("a_a%", "A", false),
            ("%a", "", false),
            ("100\\%%", "100%", true),
            ("a %", "A ", false),
        ] {
            let pattern = Pattern::of(pattern);
            assert_eq!((pattern.prefix().as_str(), pattern.is_prefix_only()), (prefix, only), "{pattern:?}");
        }
        assert_eq!(after_prefix("ADA").as_deref(), Some("ADB"));
        assert_eq!(after_prefix("A\u{10ffff}").as_deref(), Some("B"));
        assert_eq!(after_prefix("\u{10ffff}"), None);
    }

    #[test]
    fn the_longest_run_is_what_a_match_contains() {
        assert_eq!(Pattern::of("%ab%lace_x%").longest_run(), "LACE");
        assert_eq!(Pattern::of("% kay %").longest_run(), "KAY");
        assert_eq!(Pattern::of("%").longest_run(), "");
    }

    #[test]
    fn an_infix_is_all_that_stands_between_two_wildcards() {
        assert_eq!(Pattern::of("%%a b \\%%").infix().as_deref(), Some("A B %"));
        for pattern in ["%", "a%", "%a", "%a_b%", "%a%b%"] {
            assert_eq!(Pattern::of(pattern).infix(), None, "{pattern}");
        }
    }

    #[test]
    fn the_pattern_is_written_again_with_its_escapes() {
        assert_eq!(Pattern::of("é\\%_\\x\\").sql(), "E\\%_X\\\\");
        assert_eq!(Pattern::of("a ").sql(), "A ");
    }
}
