//! Secrets that are none: examples, defaults, one character over and over. Production mode does not start with them. Knows no dictionary:
//! a key is random text and this only catches what was never meant to be one.

/// Parts of secrets that somebody meant to replace.
const EXAMPLES: &[&str] = &[
    "changethis",
    "changeme",
    "change",
    "replace",
    "control",
    "example",
    "default",
    "password",
    "passwort",
    "passwd",
    "secret",
    "sample",
    "insert",
    "please",
    "temp",
    "pa55word",
    "patron",
    "admin",
    "letmein",
    "qwertz",
    "qwerty",
    "demo",
    "dummy",
    "test",
    "todo",
    "foobar",
    "xxxx",
    "your",
    "this",
    "here",
    "key",
    "api",
    "123456789",
    "12345678",
    "1234567",
    "123456",
    "12345",
    "1234",
    "abcdef",
    "abcd",
];
/// Characters that have to be left when all of the above are taken away.
const LEAST_LEFT: usize = 8;
/// Different characters that a secret has to have.
const LEAST_VARIETY: usize = 6;

/// Why a secret is too weak for production mode; None when nothing speaks against it. `least` is its shortest length.
pub fn why(secret: &str, least: usize) -> Option<String> {
    let length = secret.chars().count();
    if length < least {
        return Some(format!("is too short: it has {length} characters and needs {least}"));
    }
    let mut different: Vec<char> = secret.to_lowercase().chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < LEAST_VARIETY || repeats(secret) {
        return Some("repeats itself".to_owned());
    }
    if left(secret) < LEAST_LEFT.min(least) {
        return Some("is made of words from examples".to_owned());
    }
    None
}

/// The same few characters over and over: `abcabcabc…`.
fn repeats(secret: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    (1..=characters.len() / 2)
        .any(|period| characters.iter().zip(&characters[period..]).all(|(one, next)| one == next))
}

/// Letters and digits that remain when every example is taken out.
fn left(secret: &str) -> usize {
    let mut text: String = secret.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    for example in EXAMPLES {
        text = text.replace(example, "");
    }
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_and_repetitions_are_weak() {
        for weak in [
            "",
            "short",
            "changemechangeme",
            "change-me-change-me-123",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabcabcabc",
            "0101010101010101010101",
            "my-secret-control-key",
            "REPLACE_THIS_SECRET_KEY",
            "your-control-key-here-1234",
            "0123456789012345678901234567890",
        ] {
            assert!(why(weak, 16).is_some(), "{weak}");
        }
    }

    #[test]
    fn random_text_and_phrases_are_not() {
        for good in
            ["kT9-mountain-velvet-41", "0f8e7d6c5b4a39281706f5e4d3c2b1a0", "pk-Vq1n0vZr7m2T4cS8yXbL6w"]
        {
            assert_eq!(why(good, 16), None, "{good}");
        }
        assert_eq!(why("correct horse battery", 12), None);
        assert!(why("TempPa55word!", 12).is_some(), "the password of the examples");
    }
}
