//! How the original's database reads a text that is compared with a number or a time (`spec/magento-rest-conventions.md` 2.8, 2.10).

/// What garbage compares as: before every time there is.
const ZERO: &str = "0000-00-00";

/// The number at the head of a text, 0 when there is none: "1abc" is 1, "abc" and "" are 0.
pub fn number(text: &str) -> f64 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0.0;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = if end + 1 + sign <= bytes.len() { digits(end + 1 + sign) } else { 0 };
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    text[..end].parse().unwrap_or(0.0)
}

/// The time that a text means, as `YYYY-MM-DD HH:MM:SS` with a fraction if one was given; `0000-00-00 00:00:00` for garbage. A date
/// alone is its midnight; any sign may stand between the numbers, or none at all.
pub fn moment(text: &str) -> String {
    let (date, time) = parse(text).unwrap_or_else(|| (ZERO.to_owned(), String::new()));
    if time.is_empty() { format!("{date} 00:00:00") } else { format!("{date} {time}") }
}

/// As [`moment`], for a column that holds only dates: midnight is the date alone, any other time sorts after its date.
pub fn day(text: &str) -> String {
    let (date, time) = parse(text).unwrap_or_else(|| (ZERO.to_owned(), String::new()));
    if time.is_empty() || time == "00:00:00" { date } else { format!("{date} {time}") }
}

fn parse(text: &str) -> Option<(String, String)> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r']);
    let head = text.bytes().take_while(u8::is_ascii_digit).count();
    let (numbers, fraction) = if head >= 5 { packed(&text[..head])? } else { separated(text) };
    let [year, month, day, hour, minute, second] = numbers;
    let days = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if year > 9999 || day == 0 || day > days || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if hour + minute + second == 0 && fraction.is_empty() {
        return Some((date, String::new()));
    }
    Some((date, format!("{hour:02}:{minute:02}:{second:02}{fraction}")))
}

/// Numbers without signs between them: YYMMDD, YYYYMMDD, with or without a time.
fn packed(digits: &str) -> Option<([u32; 6], String)> {
    let year_digits = if matches!(digits.len(), 6 | 12) { 2 } else { 4 };
    if !matches!(digits.len(), 6 | 8 | 12 | 14) {
        return None;
    }
    let mut numbers = [0; 6];
    numbers[0] = year(&digits[..year_digits]);
    for (at, number) in numbers[1..].iter_mut().enumerate() {
        let from = year_digits + 2 * at;
        *number = digits.get(from..from + 2).map_or(0, |two| two.parse().unwrap_or(0));
    }
    Some((numbers, String::new()))
}

/// Numbers with signs between them; what follows the last is cut off, and what is missing is 0.
fn separated(text: &str) -> ([u32; 6], String) {
    let mut numbers = [0; 6];
    let mut rest = text;
    for (at, number) in numbers.iter_mut().enumerate() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || digits > 4 {
            break;
        }
        *number = if at == 0 { year(&rest[..digits]) } else { rest[..digits].parse().unwrap_or(0) };
        rest = &rest[digits..];
        if at == 5 {
            return (numbers, fraction(rest));
        }
        let between = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_punctuation() || matches!(byte, b' ' | b'T'))
            .count();
        if between == 0 {
            break;
        }
        rest = &rest[between..];
    }
    (numbers, String::new())
}

/// Two digits are a year between 1970 and 2069.
fn year(digits: &str) -> u32 {
    let year = digits.parse().unwrap_or(0);
    match digits.len() {
        2 if year < 70 => 2000 + year,
        2 => 1900 + year,
        _ => year,
    }
}

/// `.5` of `.500 garbage`: compared as text it sorts right after the whole second.
fn fraction(rest: &str) -> String {
    let Some(digits) = rest.strip_prefix('.') else { return String::new() };
    let digits: String = digits.chars().take_while(char::is_ascii_digit).take(6).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() { String::new() } else { format!(".{digits}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_number_at_its_head() {
        let cases = [
            ("1abc", 1.0),
            ("abc", 0.0),
            ("", 0.0),
            (" 2.5x", 2.5),
            ("-3", -3.0),
            ("1e2", 100.0),
            ("1e", 1.0),
            (".5", 0.5),
        ];
        for (text, read) in cases {
            assert_eq!(number(text), read, "{text}");
        }
        assert_eq!((number("-"), number("."), number("é1"), number("+1e+")), (0.0, 0.0, 0.0, 1.0));
    }

    #[test]
    fn a_date_alone_is_its_midnight_and_garbage_is_before_all_times() {
        for (text, read) in [
            ("2026-11-23", "2026-11-23 00:00:00"),
            ("2026-11-23 10:05", "2026-11-23 10:05:00"),
            ("2026-11-23T10:05:06Z", "2026-11-23 10:05:06"),
            ("2026/1/2", "2026-01-02 00:00:00"),
            ("20261123100506", "2026-11-23 10:05:06"),
            ("26-11-23", "2026-11-23 00:00:00"),
            ("2026-11-23 10:05:06.50", "2026-11-23 10:05:06.5"),
            ("2026-02-30", "0000-00-00 00:00:00"),
            ("2026-11", "0000-00-00 00:00:00"),
            ("yesterday", "0000-00-00 00:00:00"),
            ("", "0000-00-00 00:00:00"),
        ] {
            assert_eq!(moment(text), read, "{text}");
        }
    }

    #[test]
    fn a_day_with_a_time_sorts_after_the_day_alone() {
        assert_eq!(day("1912-06-23 00:00:00"), "1912-06-23");
        assert!(day("1912-06-23 01:00:00").as_str() > "1912-06-23");
    }
}
