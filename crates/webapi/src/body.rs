//! The body of a POST or PUT: content type rules, JSON and XML (`spec/magento-rest-conventions.md` 2.3).

use serde::Deserialize;
use serde_json::Value;

use crate::{Fault, Object, names, xml};

/// Nesting that PHP's `json_decode` still accepts.
const MAX_DEPTH: usize = 512;

/// Decodes a body. An empty body (and PHP's falsy "0") is no input; its content type is not looked at.
pub fn decode(content_type: Option<&str>, body: &[u8]) -> Result<Value, Fault> {
    if body.is_empty() || body == b"0" {
        return Ok(Value::Null);
    }
    let value = match media_type(content_type.unwrap_or(""))? {
        MediaType::Json => json(body)?,
        MediaType::Xml => {
            std::str::from_utf8(body).ok().and_then(xml::parse).ok_or_else(Fault::undecodable)?
        }
    };
    if holds_nul(&value) { Err(Fault::unprocessable()) } else { Ok(value) }
}

/// Whether a text somewhere in the value holds the character NUL, which is stored nowhere: not every database has a place for it.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// The named parameters that a decoded body carries: a scalar, null or a list names none.
pub fn parameters(decoded: Value) -> Object {
    match decoded {
        Value::Object(members) => members,
        _ => Object::new(),
    }
}

/// Drops keys of a PUT that differ from an earlier one only by case or underscores, at every depth: the first wins.
pub fn drop_loose_duplicates(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let mut seen = std::collections::HashSet::with_capacity(members.len());
            members.retain(|key, _| seen.insert(names::loose(key)));
            members.values_mut().for_each(drop_loose_duplicates);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_loose_duplicates),
        _ => {}
    }
}

enum MediaType {
    Json,
    Xml,
}

fn media_type(header: &str) -> Result<MediaType, Fault> {
    if header.trim().is_empty() {
        return Err(Fault::bad_request("Content-Type header is empty."));
    }
    let (media, charset) =
        parts(header).ok_or_else(|| Fault::bad_request("Content-Type header is invalid."))?;
    if charset.is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        return Err(Fault::bad_request("UTF-8 is the only supported charset."));
    }
    match media {
        "application/json" => Ok(MediaType::Json),
        "application/xml" | "application/xhtml+xml" | "text/xml" => Ok(MediaType::Xml),
        other => Err(Fault::bad_request(format!(
            "Server cannot understand Content-Type HTTP header media type {other}"
        ))),
    }
}

/// Media type and charset. The charset is all that follows `charset=`, quotation marks and further parameters with it; there is
/// no other form of the header.
fn parts(header: &str) -> Option<(&str, Option<&str>)> {
    let header = header.trim();
    let (media, parameter) =
        header.split_once(';').map_or((header, None), |(media, rest)| (media, Some(rest)));
    let is_media = |byte: u8| byte.is_ascii_alphanumeric() || b"/-+.".contains(&byte);
    if media.is_empty() || !media.bytes().all(is_media) {
        return None;
    }
    let Some(parameter) = parameter else { return Some((media, None)) };
    let (name, charset) = parameter.trim_start().split_once('=')?;
    (name.eq_ignore_ascii_case("charset") && !charset.is_empty()).then_some((media, Some(charset)))
}

/// Strict JSON; the depth is bounded before parsing, so that nesting cannot exhaust the stack.
fn json(body: &[u8]) -> Result<Value, Fault> {
    if depth(body) > MAX_DEPTH {
        return Err(Fault::undecodable());
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    deserializer.disable_recursion_limit();
    let value = Value::deserialize(&mut deserializer).map_err(|_| Fault::undecodable())?;
    deserializer.end().map_err(|_| Fault::undecodable())?;
    Ok(value)
}

/// The deepest nesting of brackets outside strings.
fn depth(body: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for byte in body {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn message(content_type: &str, body: &str) -> String {
        decode(Some(content_type), body.as_bytes()).unwrap_err().message.into_owned()
    }

    #[test]
    fn content_types_are_judged_only_when_there_is_a_body() {
        assert_eq!(decode(None, b"").unwrap(), Value::Null);
        assert_eq!(decode(Some("text/plain"), b"0").unwrap(), Value::Null);
        assert_eq!(message("", "{}"), "Content-Type header is empty.");
        assert_eq!(message("application/json; foo=bar", "{}"), "Content-Type header is invalid.");
        assert_eq!(message("application/json; charset=latin1", "{}"), "UTF-8 is the only supported charset.");
        assert_eq!(
            message("APPLICATION/JSON", "{}"),
            "Server cannot understand Content-Type HTTP header media type APPLICATION/JSON"
        );
        for accepted in ["application/json;charset=UTF-8", "application/json; Charset=utf-8"] {
            assert_eq!(decode(Some(accepted), b"{}").unwrap(), json!({}), "{accepted}");
        }
    }

    #[test]
    fn a_content_type_is_one_media_type_and_at_most_a_charset() {
        for invalid in [
            "application/json, text/plain",
            "application/json ; charset=utf-8",
            "application/json;",
            "application/json; charset=",
            "application/json; foo=bar; charset=utf-8",
            "*/*",
        ] {
            assert_eq!(message(invalid, "{}"), "Content-Type header is invalid.", "{invalid}");
        }
        for charset in ["\"utf-8\"", "utf-8; foo=bar", "utf8"] {
            let header = format!("application/json; charset={charset}");
            assert_eq!(message(&header, "{}"), "UTF-8 is the only supported charset.", "{header}");
        }
    }

    #[test]
    fn json_is_strict_and_bounded() {
        for bad in ["{", "{\"a\":}", "{\"a\":1,}", "{'a':1}", " ", "{} x", "{\"a\":\"\\ud800\"}"] {
            assert_eq!(message("application/json", bad), "Decoding error.", "{bad}");
        }
        assert!(decode(Some("application/json"), ("[".repeat(512) + &"]".repeat(512)).as_bytes()).is_ok());
        assert_eq!(message("application/json", &("[".repeat(513) + &"]".repeat(513))), "Decoding error.");
    }

    #[test]
    fn on_put_the_first_spelling_of_a_key_wins() {
        let mut value = json!({"c": {"firstname": "D1", "firstName": "D2", "first_name": "D3"}});
        drop_loose_duplicates(&mut value);
        assert_eq!(value, json!({"c": {"firstname": "D1"}}));
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(Some("application/json"), &body);
            let _ = decode(Some("text/xml"), &body);
        }
    }
}
