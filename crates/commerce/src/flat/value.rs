//! How MySQL reads the text that was sent where a column holds numbers or times.

use jiff::civil;

/// What garbage reads as: before every time.
const NO_TIME: &str = "0000-00-00 00:00:00";

/// A text as MySQL reads it beside a number: its numeric head, else 0.
pub fn number(text: &str) -> f64 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    text[..numeric_head(text.as_bytes())].parse().unwrap_or(0.0)
}

/// A whole number's comparison with what was sent: as whole numbers, which both engines can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// The same comparison with this number.
    Than(i64),
    /// Every number passes.
    All,
    /// No number passes.
    Nothing,
}

/// What comparing a whole number with this one comes to: 1.5 equals none, and what is greater than it is greater than 1.
pub fn whole(operator: &str, number: f64) -> Whole {
    // Numbers beyond 64 bit stand for the ends of their range.
    match operator {
        "=" if number.fract() != 0.0 => Whole::Nothing,
        "<>" if number.fract() != 0.0 => Whole::All,
        ">=" | "<" => Whole::Than(number.ceil() as i64),
        _ => Whole::Than(number.floor() as i64),
    }
}

/// Bytes of the longest head that is a decimal number, with or without fraction and exponent.
fn numeric_head(text: &[u8]) -> usize {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = |at: usize| usize::from(matches!(text.get(at), Some(b'+' | b'-')));
    let start = sign(0);
    let whole = digits(start);
    let mut end = start + whole;
    let mut fraction = 0;
    if text.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let exponent_at = end + 1 + sign(end + 1);
        let exponent = digits(exponent_at);
        if exponent > 0 {
            end = exponent_at + exponent;
        }
    }
    end
}

/// A text as MySQL reads it beside a time, in the wire's form: `2026-11-23` is that day's midnight, garbage is before every
/// time.
pub fn time(text: &str) -> String {
    parts(text.trim())
        .and_then(civil_time)
        .map_or_else(|| NO_TIME.to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// Year, month, day, hour, minute, second: numbers with any punctuation or `T` between them, or run together.
fn parts(text: &str) -> Option<[i64; 6]> {
    let mut parts = [0; 6];
    if (text.len() == 8 || text.len() == 14) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let ends = [4, 6, 8, 10, 12, 14];
        let mut start = 0;
        for (part, end) in parts.iter_mut().zip(ends.into_iter().take_while(|end| *end <= text.len())) {
            *part = text[start..end].parse().ok()?;
            start = end;
        }
        return Some(parts);
    }
    let mut count = 0;
    for (part, digits) in parts.iter_mut().zip(text.split(|c: char| !c.is_ascii_digit())) {
        *part = digits.parse().ok()?;
        count += 1;
    }
    (count >= 3).then_some(parts)
}

fn civil_time([year, month, day, hour, minute, second]: [i64; 6]) -> Option<civil::DateTime> {
    let year = match year {
        0..=69 => year + 2000,
        70..=99 => year + 1900,
        _ => year,
    };
    let small = |part: i64| i8::try_from(part).ok();
    let (month, day) = (small(month)?, small(day)?);
    civil::DateTime::new(
        i16::try_from(year).ok()?,
        month,
        day,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_beside_a_number_is_its_numeric_head() {
        for (text, read) in [
            ("1", 1.0),
            ("1abc", 1.0),
            (" 2", 2.0),
            ("abc", 0.0),
            ("", 0.0),
            ("-1.5e2x", -150.0),
            ("3e", 3.0),
            (".5", 0.5),
            ("7.", 7.0),
            (".", 0.0),
            ("-", 0.0),
            ("0x10", 0.0),
            ("é", 0.0),
        ] {
            assert_eq!(number(text), read, "{text:?}");
        }
    }

    #[test]
    fn whole_numbers_are_compared_with_fractions_as_whole_numbers() {
        for (operator, number, expected) in [
            ("=", 1.0, Whole::Than(1)),
            ("=", 1.5, Whole::Nothing),
            ("<>", 1.5, Whole::All),
            (">", 1.5, Whole::Than(1)),
            ("<=", 1.5, Whole::Than(1)),
            (">=", 1.5, Whole::Than(2)),
            ("<", -1.5, Whole::Than(-1)),
            (">", 1e30, Whole::Than(i64::MAX)),
        ] {
            assert_eq!(whole(operator, number), expected, "{operator} {number}");
        }
    }

    #[test]
    fn a_text_beside_a_time_is_the_time_it_reads_as() {
        for (text, read) in [
            ("2026-11-23 10:20:30", "2026-11-23 10:20:30"),
            ("2026-11-23T10:20:30Z", "2026-11-23 10:20:30"),
            ("2026-11-23", "2026-11-23 00:00:00"),
            ("2026/1/2 3:4", "2026-01-02 03:04:00"),
            ("20261123", "2026-11-23 00:00:00"),
            ("20261123102030", "2026-11-23 10:20:30"),
            ("26-11-23", "2026-11-23 00:00:00"),
            ("2026-13-01", NO_TIME),
            ("2026-11", NO_TIME),
            ("yesterday", NO_TIME),
            ("", NO_TIME),
        ] {
            assert_eq!(time(text), read, "{text:?}");
        }
    }
}
