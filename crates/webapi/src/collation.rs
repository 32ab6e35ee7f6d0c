//! How the original's database compares texts: MySQL's `utf8mb4_general_ci`.
//!
//! Case and accents do not count, blanks at the end do not count, and every code point stands for itself: ligatures are not
//! taken apart and a combining accent is a letter of its own. [`fold`] turns a text into a key: two texts are equal for the
//! original when their keys are the same, and keys sort (by code point, which is by byte) as the original sorts. That is why
//! letters fold to **upper** case: in the original `_` comes after `z`.
//!
//! One thing is not imitated: there all characters beyond U+FFFF (emoji, rare ideographs) are equal to each other, so one
//! customer's name would find another's. Here they stay distinct, and sort last.
//!
//! Knows no SQL: a store keeps folded copies of what must match, and folds what is searched for.

use std::borrow::Cow;

use unicode_normalization::char::decompose_canonical;

/// The key of a text. See the module for what it promises.
#[must_use]
pub fn fold(text: &str) -> String {
    fold_cow(text).into_owned()
}

/// As [`fold`], without a copy of a text that is its own key.
#[must_use]
pub fn fold_cow(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(' ');
    if !text.is_ascii() {
        return Cow::Owned(text.chars().map(weight).collect());
    }
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Cow::Owned(text.to_ascii_uppercase());
    }
    Cow::Borrowed(text)
}

/// MySQL's `text LIKE pattern`: `%` is any characters, `_` is one, `\` takes the next character literally. The whole text
/// must match, blanks at its end included. Both may be folded already or not; do not pass a key where blanks matter.
#[must_use]
pub fn like(pattern: &str, text: &str) -> bool {
    let pattern: Vec<Token> = tokens(pattern);
    let text: Vec<char> = text.chars().map(weight).collect();
    let (mut at, mut in_text) = (0, 0);
    // After the last `%`, and where in the text its share ends for now. A later `%` makes earlier ones settled, so the
    // search is at worst the product of both lengths, never exponential.
    let mut retry: Option<(usize, usize)> = None;
    while in_text < text.len() {
        match pattern.get(at) {
            Some(Token::AnyCharacters) => {
                at += 1;
                retry = Some((at, in_text));
                continue;
            }
            Some(Token::OneCharacter) => {}
            Some(Token::Literal(character)) if *character == text[in_text] => {}
            _ => {
                let Some((after, end)) = retry else { return false };
                retry = Some((after, end + 1));
                (at, in_text) = (after, end + 1);
                continue;
            }
        }
        at += 1;
        in_text += 1;
    }
    pattern[at..].iter().all(|token| *token == Token::AnyCharacters)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    AnyCharacters,
    OneCharacter,
    /// A character by its weight.
    Literal(char),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut characters = pattern.chars();
    let mut tokens = Vec::with_capacity(pattern.len());
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '%' => Token::AnyCharacters,
            '_' => Token::OneCharacter,
            // A backslash at the end has nothing to escape and stands for itself.
            '\\' => Token::Literal(weight(characters.next().unwrap_or('\\'))),
            _ => Token::Literal(weight(character)),
        });
    }
    tokens
}

/// The character that stands for this one and for all that equal it.
fn weight(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_uppercase();
    }
    if !has_weights(character) {
        return character;
    }
    if character == 'ß' {
        return 'S';
    }
    let mut base = character;
    let mut first = true;
    decompose_canonical(character, |part| {
        if std::mem::take(&mut first) {
            base = part;
        }
    });
    let mut upper = base.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) if upper.is_ascii() || has_weights(upper) => upper,
        _ => base,
    }
}

/// The pages of 256 characters that the original's table covers: Latin, Greek, Cyrillic, Armenian, their extensions, letter-like
/// and circled and full-width letters. Everywhere else (Hangul, Kana, Arabic, …) a character only equals itself.
fn has_weights(character: char) -> bool {
    matches!(u32::from(character) >> 8, 0x00..=0x05 | 0x1e | 0x1f | 0x21 | 0x24 | 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &str, right: &str) -> bool {
        fold(left) == fold(right)
    }

    #[test]
    fn case_and_accents_do_not_count() {
        for (left, right) in [
            ("ada@example.com", "ADA@Example.COM"),
            ("uni2@example.com", "ünï2@example.com"),
            ("Ärger", "arger"),
            ("École", "ecole"),
            ("Straße", "STRASE"),
            ("Ñandú", "nandu"),
            ("ΆΛΦΑς", "αλφασ"),
            ("Ёлка", "елка"),
            ("ı", "I"),
            ("ｆｕｌｌ", "ＦＵＬＬ"),
            ("Ệ", "e"),
        ] {
            assert!(same(left, right), "{left} {right}");
        }
    }

    #[test]
    fn ligatures_and_letters_of_their_own_stay_what_they_are() {
        for (left, right) in
            [("Æ", "AE"), ("ø", "o"), ("ł", "l"), ("ß", "ss"), ("ﬁ", "fi"), ("œ", "oe"), ("e\u{301}", "é")]
        {
            assert!(!same(left, right), "{left} {right}");
        }
        assert!(same("Æ", "æ") && same("ø", "Ø") && same("Ł", "ł"));
    }

    #[test]
    fn scripts_without_case_are_compared_as_they_are() {
        for (left, right) in [("한", "하"), ("が", "か"), ("آ", "ا"), ("李", "理")] {
            assert!(!same(left, right), "{left} {right}");
        }
    }

    #[test]
    fn characters_beyond_the_basic_plane_stay_distinct() {
        assert!(!same("🙂", "🙁"));
        assert!(!same("🙂", "\u{fffd}"));
        assert!(same("a🙂", "Á🙂"));
    }

    #[test]
    fn blanks_at_the_end_do_not_count_and_those_elsewhere_do() {
        assert!(same("ada", "ada   "));
        assert!(same("", "   "));
        assert!(!same("ada", " ada"));
        assert!(!same("ada", "ada\t"));
        assert!(!same("ada", "ada\u{a0}"));
    }

    #[test]
    fn a_key_is_its_own_key_and_is_not_copied_again() {
        for character in ('\0'..='\u{ffff}').filter(|character| *character != ' ') {
            let key = fold(&character.to_string());
            assert_eq!(fold(&key), key, "{character:?}");
            assert_eq!(key.chars().count(), 1, "{character:?}");
        }
        assert!(matches!(fold_cow("ADA 1_@"), Cow::Borrowed("ADA 1_@")));
        assert!(matches!(fold_cow("ADA "), Cow::Borrowed("ADA")));
    }

    #[test]
    fn keys_sort_letters_before_the_underscore() {
        let mut names = ["ann_x", "anna", "Änn", "ann", "zoe", "Ann-x", "andy"];
        names.sort_by_key(|name| fold(name));
        assert_eq!(names, ["andy", "Änn", "ann", "Ann-x", "anna", "ann_x", "zoe"]);
    }

    #[test]
    fn like_matches_whole_texts_with_wildcards() {
        for (pattern, text) in [
            ("ada%", "ADA@example.com"),
            ("%@EXAMPLE.com", "ada@example.com"),
            ("%", ""),
            ("%%", "x"),
            ("a_a", "Ädá"),
            ("%a%b%", "xxAyyBzz"),
            ("%ab", "aab"),
            ("100\\%", "100%"),
            ("a\\_b", "a_b"),
            ("a\\b", "ab"),
            ("a\\\\b", "a\\b"),
            ("a\\", "a\\"),
            ("_", "🙂"),
            ("ada ", "ada "),
        ] {
            assert!(like(pattern, text), "{text:?} like {pattern:?}");
        }
        for (pattern, text) in [
            ("", "x"),
            ("ada", "ada "),
            ("ada ", "ada"),
            ("_", ""),
            ("a_b", "ab"),
            ("a\\_b", "axb"),
            ("100\\%", "1000"),
            ("%a", "ab"),
            ("a%b%c", "acb"),
        ] {
            assert!(!like(pattern, text), "{text:?} like {pattern:?}");
        }
    }

    #[test]
    fn a_pattern_of_many_wildcards_does_not_explode() {
        assert!(!like(&"%a".repeat(500), &format!("{}b", "a".repeat(2000))));
    }
}
