//! The lines of a street as the original keeps them: one text, joined by line feeds and trimmed as a whole.

/// The lines that a stored street is shown with: `["a", ""]` is `["a"]`, and `["a\nb"]` is `["a", "b"]`.
#[must_use]
pub fn lines<S: AsRef<str>>(sent: &[S]) -> Vec<String> {
    let parts: Vec<&str> = sent.iter().map(AsRef::as_ref).collect();
    let text = parts.join("\n");
    text.trim_matches(is_blank).split('\n').map(str::to_owned).collect()
}

/// What PHP's `trim` takes away.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\0' | '\u{b}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_street_is_one_text_of_lines() {
        for (sent, kept) in [
            (&["12 St James Sq", "Flat 2"][..], &["12 St James Sq", "Flat 2"][..]),
            (&["a\nb"], &["a", "b"]),
            (&["a\r\nb"], &["a\r", "b"]),
            (&["a", ""], &["a"]),
            (&["", "b"], &["b"]),
            (&["a", "", "", ""], &["a"]),
            (&["a", "", "b"], &["a", "", "b"]),
            (&[" a ", " b "], &["a ", " b"]),
            (&["", ""], &[""]),
            (&[], &[""]),
        ] {
            assert_eq!(lines(sent), kept, "{sent:?}");
        }
    }
}
