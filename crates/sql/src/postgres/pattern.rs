//! Regular expressions with one meaning on both engines.
//!
//! A pattern is read as SQLite's `regexp` function reads it (Rust's syntax, Unicode, without case) and written again in
//! PostgreSQL's, spelled out: what case or a class like `\w` stands for becomes plain characters. So the same patterns
//! are refused and the same texts match, whatever the locale of the database; and no pattern can look back, which is
//! what takes exponential time.

use std::fmt::Write as _;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use crate::Error;

/// PostgreSQL's limit (`DUPMAX`).
const REPEATS: u32 = 255;

/// Characters in the longest pattern that is written for the server.
const LENGTH: usize = 1 << 18;

/// The pattern for PostgreSQL's `~`. Fails with [`Error::Pattern`].
pub(super) fn translate(pattern: &str) -> Result<String, Error> {
    let refused = |reason: String| Error::Pattern { reason };
    let mut parser = ParserBuilder::new().case_insensitive(true).nest_limit(100).build();
    let read = parser.parse(pattern).map_err(|error| refused(error.to_string()))?;
    // Without the director a pattern that begins with `***` or `(?` would set options.
    let mut out = String::from("(?:");
    write(&read, &mut out).map_err(|reason| refused(reason.to_owned()))?;
    out.push(')');
    Ok(out)
}

fn write(hir: &Hir, out: &mut String) -> Result<(), &'static str> {
    if out.len() > LENGTH {
        return Err("the pattern is too large");
    }
    match hir.kind() {
        HirKind::Empty => out.push_str("(?:)"),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).map_err(|_| "the pattern matches bytes, not text")?;
            text.chars().for_each(|char| one(char, out));
        }
        HirKind::Class(class) => self::class(class, out)?,
        HirKind::Look(look) => out.push_str(self::look(*look)?),
        HirKind::Repetition(repetition) => repeat(repetition, out)?,
        HirKind::Capture(capture) => {
            out.push_str("(?:");
            write(&capture.sub, out)?;
            out.push(')');
        }
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, out))?,
        HirKind::Alternation(parts) => {
            out.push_str("(?:");
            for (place, part) in parts.iter().enumerate() {
                if place > 0 {
                    out.push('|');
                }
                write(part, out)?;
            }
            out.push(')');
        }
    }
    Ok(())
}

fn repeat(repetition: &Repetition, out: &mut String) -> Result<(), &'static str> {
    let Repetition { min, max, sub, .. } = repetition;
    if *min > REPEATS || max.is_some_and(|max| max > REPEATS) {
        return Err("more than 255 repetitions");
    }
    out.push_str("(?:");
    write(sub, out)?;
    // Greedy or not decides how much is matched, never whether.
    let _ = match max {
        Some(max) => write!(out, "){{{min},{max}}}"),
        None => write!(out, "){{{min},}}"),
    };
    Ok(())
}

fn class(class: &Class, out: &mut String) -> Result<(), &'static str> {
    let mut class = match class {
        Class::Unicode(class) => class.clone(),
        Class::Bytes(class) => class.to_unicode_class().ok_or("the pattern matches bytes, not text")?,
    };
    if class.ranges().is_empty() {
        // Matches nothing: no character stands before and behind the same place.
        out.push_str("(?=a)(?!a)");
        return Ok(());
    }
    // `.` is everything but one: shorter from the other side.
    let mut inverse = class.clone();
    inverse.negate();
    let negated = !inverse.ranges().is_empty() && inverse.ranges().len() < class.ranges().len();
    if negated {
        class = inverse;
    }
    out.push_str(if negated { "[^" } else { "[" });
    for range in class.ranges() {
        // Text in PostgreSQL has no NUL, and its patterns cannot name it.
        entry(range.start().max('\u{1}'), out);
        if range.end() != range.start() {
            out.push('-');
            entry(range.end().max('\u{1}'), out);
        }
    }
    out.push(']');
    Ok(())
}

fn look(look: Look) -> Result<&'static str, &'static str> {
    Ok(match look {
        Look::Start => "^",
        Look::End => "$",
        Look::StartLF => r"(?:^|(?<=\u000a))",
        Look::EndLF => r"(?:$|(?=\u000a))",
        Look::WordAscii | Look::WordUnicode => r"\y",
        Look::WordAsciiNegate | Look::WordUnicodeNegate => r"\Y",
        Look::WordStartAscii | Look::WordStartUnicode => r"\m",
        Look::WordEndAscii | Look::WordEndUnicode => r"\M",
        _ => return Err("an assertion that the database does not know"),
    })
}

/// A character that stands for itself.
fn one(char: char, out: &mut String) {
    if char.is_ascii_alphanumeric() || (!char.is_ascii() && !char.is_control()) {
        out.push(char);
    } else {
        entry(char, out);
    }
}

/// A character by its number, which is safe anywhere.
fn entry(char: char, out: &mut String) {
    let number = u32::from(char);
    let _ = if number > 0xffff { write!(out, "\\U{number:08x}") } else { write!(out, "\\u{number:04x}") };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_classes_are_spelled_out() {
        let same = |pattern: &str| translate(pattern).unwrap();
        assert_eq!(same("1"), "(?:1)");
        assert_eq!(same("^a$"), r"(?:^[\u0041\u0061]$)");
        assert_eq!(same("."), r"(?:[^\u000a])");
        assert_eq!(same("(1|22){2,}"), "(?:(?:(?:(?:1|22))){2,})");
        assert_eq!(same("a*"), r"(?:(?:[\u0041\u0061]){0,})");
        assert_eq!(same(r"\."), r"(?:\u002e)");
    }

    #[test]
    fn what_the_other_engine_refuses_is_refused() {
        for pattern in ["(", "[z-a]", r"(a)\1", "(?=a)", r"(\w{1000}){1000}", "***:(?i)a"] {
            assert!(matches!(translate(pattern), Err(Error::Pattern { .. })), "{pattern}");
        }
    }
}
