//! The scalar coercion table (`spec/magento-rest-conventions.md` 2.5): what PHP accepts for a declared type.

use serde_json::Value;

/// The text of a scalar as PHP casts it to a string; None for lists and objects.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(true) => Some("1".to_owned()),
        Value::Bool(false) | Value::Null => Some(String::new()),
        Value::Number(number) => Some(match number.as_f64() {
            Some(float) if number.is_f64() => float_text(float),
            _ => number.to_string(),
        }),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// How the value is shown in a type error: scalars as text, lists and objects as `array`.
pub fn shown(value: &Value) -> String {
    text_of(value).unwrap_or_else(|| "array".to_owned())
}

/// The PHP name of the value's type, shown when a list was expected.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "double",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) | Value::Object(_) => "array",
    }
}

/// A number as PHP's `is_numeric` and `(int)` read it: blanks around are ignored, fractions cut, beyond 64 bit saturated.
pub fn int_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(int_of_float)),
        Value::String(text) => int_of_text(text),
        _ => None,
    }
}

/// A float as PHP's `(int)` cuts it: beyond 64 bit the number wraps around (a text saturates instead).
fn int_of_float(float: f64) -> i64 {
    const RANGE: f64 = 18_446_744_073_709_551_616.0;
    if float >= i64::MIN as f64 && float < -(i64::MIN as f64) {
        return float as i64;
    }
    if !float.is_finite() {
        return 0;
    }
    float.rem_euclid(RANGE) as u64 as i64
}

/// PHP's `(int)` of any value: an empty list is 0, any other 1.
pub fn cast_to_int(value: &Value) -> i64 {
    match value {
        Value::String(text) => int_cast(text),
        Value::Number(_) => int_of(value).unwrap_or(0),
        other => i64::from(cast_to_bool(other)),
    }
}

/// PHP's `(float)` of any value.
pub fn cast_to_float(value: &Value) -> f64 {
    match value {
        Value::String(text) => numeric_head(text).parse().unwrap_or(0.0),
        Value::Number(number) => number.as_f64().unwrap_or(0.0),
        other => f64::from(u8::from(cast_to_bool(other))),
    }
}

/// PHP's `(bool)` of any value: "", "0", 0, null and what is empty are false.
pub fn cast_to_bool(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty() && text != "0",
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// [`int_of`] for a text.
pub fn int_of_text(text: &str) -> Option<i64> {
    let text = numeric(text)?;
    text.parse::<i64>().ok().or_else(|| text.parse::<f64>().ok().map(|float| float as i64))
}

/// A number as PHP's `(float)` reads it.
pub fn float_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => numeric(text)?.parse().ok(),
        _ => None,
    }
}

/// PHP's `filter_var(…, FILTER_VALIDATE_BOOLEAN)`: "1", "true", "on" and "yes" are true, everything else is false.
pub fn bool_of(value: &Value) -> Option<bool> {
    let text = text_of(value)?;
    Some(matches!(text.trim().to_ascii_lowercase().as_str(), "1" | "true" | "on" | "yes"))
}

/// PHP's `(int)` of a text: its numeric head, else 0 ("100abc" is 100, "abc" is 0).
pub fn int_cast(text: &str) -> i64 {
    int_of_text(numeric_head(text)).unwrap_or(0)
}

/// The longest beginning of a text that is a number; "" when there is none. One pass: texts come from outside.
fn numeric_head(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let bytes = text.as_bytes();
    let digits_from = |at: usize| at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = usize::from(bytes.first().is_some_and(|sign| matches!(sign, b'+' | b'-')));
    let mut end = digits_from(start);
    let mut digits = end - start;
    if bytes.get(end) == Some(&b'.') {
        let fraction_end = digits_from(end + 1);
        digits += fraction_end - end - 1;
        end = fraction_end;
    }
    if digits == 0 {
        return "";
    }
    if bytes.get(end).is_some_and(|byte| matches!(byte, b'e' | b'E')) {
        let sign = usize::from(bytes.get(end + 1).is_some_and(|sign| matches!(sign, b'+' | b'-')));
        let exponent_start = end + 1 + sign;
        if exponent_start < bytes.len() && digits_from(exponent_start) > exponent_start {
            end = digits_from(exponent_start);
        }
    }
    &text[..end]
}

/// The text without surrounding blanks, when it is a number in PHP's grammar (no hex, no "inf", no "1_000").
fn numeric(text: &str) -> Option<&str> {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let mantissa_ok = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_ok = exponent.is_none_or(|exponent| {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !unsigned.is_empty() && digits(unsigned)
    });
    (mantissa_ok && exponent_ok).then_some(text)
}

/// A float as PHP prints it: 14 digits, no trailing zeros, `E` notation from 1.0E+14 on (its setting `precision` is 14).
fn float_text(float: f64) -> String {
    let rounded: f64 = format!("{float:.13E}").parse().unwrap_or(float);
    if rounded == rounded.trunc() && rounded.abs() < 1e14 {
        return format!("{rounded:.0}");
    }
    if rounded.abs() >= 1e14 || (rounded != 0.0 && rounded.abs() < 1e-4) {
        let text = format!("{rounded:E}");
        let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
        let mantissa = if mantissa.contains('.') { mantissa.to_owned() } else { format!("{mantissa}.0") };
        let sign = if exponent.starts_with('-') { "" } else { "+" };
        return format!("{mantissa}E{sign}{exponent}");
    }
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn integers_are_read_as_php_reads_them() {
        for (sent, read) in [
            (json!(5), Some(5)),
            (json!("5"), Some(5)),
            (json!("1.9"), Some(1)),
            (json!(1.9), Some(1)),
            (json!("1e0"), Some(1)),
            (json!(" 1"), Some(1)),
            (json!("1 "), Some(1)),
            (json!(true), None),
            (json!(""), None),
            (json!("abc"), None),
            (json!("1abc"), None),
            (json!("0x1"), None),
            (json!("inf"), None),
            (json!([]), None),
            (json!("99999999999999999999"), Some(i64::MAX)),
            (json!(99999999999999999999.0), Some(7_766_279_631_452_241_920)),
            (json!(-1e19), Some(8_446_744_073_709_551_616)),
        ] {
            assert_eq!(int_of(&sent), read, "{sent}");
        }
    }

    #[test]
    fn only_four_words_are_true() {
        for (sent, read) in
            [("1", true), ("TRUE", true), ("on", true), ("yes", true), ("2", false), ("nah", false)]
        {
            assert_eq!(bool_of(&json!(sent)), Some(read), "{sent}");
        }
        assert_eq!(bool_of(&json!(2)), Some(false));
        assert_eq!(bool_of(&json!(1.5)), Some(false));
        assert_eq!(bool_of(&json!({})), None);
    }

    #[test]
    fn scalars_become_texts() {
        assert_eq!(text_of(&json!(true)).as_deref(), Some("1"));
        assert_eq!(text_of(&json!(false)).as_deref(), Some(""));
        assert_eq!(text_of(&json!(4.5)).as_deref(), Some("4.5"));
        assert_eq!(text_of(&json!(1e20)).as_deref(), Some("1.0E+20"));
        assert_eq!(text_of(&json!(1e14)).as_deref(), Some("1.0E+14"));
        assert_eq!(text_of(&json!(0.1 + 0.2)).as_deref(), Some("0.3"));
        assert_eq!(text_of(&json!(1_234_567.890_123_456_7)).as_deref(), Some("1234567.8901235"));
        assert_eq!(shown(&json!({"a": 1})), "array");
    }

    #[test]
    fn a_cast_keeps_the_numeric_head() {
        assert_eq!(int_cast("100abc"), 100);
        assert_eq!(int_cast("abc"), 0);
        assert_eq!(int_cast("1.5"), 1);
        assert_eq!(int_cast("-1"), -1);
        assert_eq!(int_cast("é"), 0);
        assert_eq!(int_cast(" 1e2x"), 100);
        assert_eq!(int_cast("1e"), 1);
        assert_eq!(int_cast("-.5e+"), 0);
        assert_eq!(int_cast("."), 0);
    }
}
