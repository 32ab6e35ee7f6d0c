//! Optimistic concurrency, beyond the original: a customer's answer carries an `ETag`, a PUT or DELETE with `If-Match` is refused
//! with 412 when the customer is not that version any more, and a GET with `If-None-Match` is answered 304 when it still is. Without
//! these headers nothing changes.
//!
//! A tag is the hash of the customer's whole answer, so it is strong, and the same on every node. `If-Match` compares strongly, as RFC
//! 9110 says: a tag that is marked as weak (`W/"…"`) matches no version.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::Response,
};
use patron_commerce::{Call, Failure, Row};
use patron_webapi::{Answer, Fault, Method};

/// Hex digits of a tag: 128 bits of the answer's hash.
const LENGTH: usize = 32;

/// The versions that a change accepts; None when it did not ask.
pub struct Expected(Option<Tags>);

impl Expected {
    /// Reads `If-Match`, where the row is about something that has versions.
    pub fn of(row: &Row, parts: &Parts) -> Self {
        Self(Tags::of(&parts.headers, header::IF_MATCH).filter(|_| row.current.is_some()))
    }

    /// Compares with what is stored, inside the change's own unit of work. What does not exist is for the handler to refuse.
    pub fn check(&self, call: &Call<'_>, row: &Row, id: &str) -> Result<(), Failure> {
        let (Some(tags), Some(current)) = (&self.0, row.current) else { return Ok(()) };
        let Some(answer) = current(call, id)? else { return Ok(()) };
        let stored = tag(&answer);
        if tags.hold(&stored) {
            return Ok(());
        }
        let fault = Fault::new(412, "It was changed in the meantime: its version is %current now.");
        Err(fault.with("current", stored).into())
    }

    /// Refuses the header where it cannot be heeded: a call that runs later is answered before anybody knows which version it meets,
    /// and the items of a bulk have one header together. Ignoring it would change what its sender wanted to protect.
    pub fn refuse_for_later(row: &Row, parts: &Parts) -> Result<(), Fault> {
        match Self::of(row, parts).0 {
            None => Ok(()),
            Some(_) => {
                Err(Fault::bad_request("The If-Match header can only be used with synchronous calls."))
            }
        }
    }
}

/// Does the caller of a GET have this version already?
pub fn is_known(parts: &Parts, tag: &str) -> bool {
    Tags::of(&parts.headers, header::IF_NONE_MATCH).is_some_and(|tags| tags.hold(tag) || tags.hold_weak(tag))
}

/// The version of an answer.
pub fn tag(answer: &Answer) -> String {
    let hash = patron_token::secret::digest(&answer.0);
    format!("\"{}\"", hash.get(..LENGTH).unwrap_or(&hash))
}

/// The tag that the response to a row shows: of a GET and a PUT, not of what a DELETE answers.
pub fn shown(row: &Row, answer: &Answer) -> Option<String> {
    (row.current.is_some() && row.endpoint.method != Method::Delete).then(|| tag(answer))
}

/// Puts a tag onto a response.
pub fn put(response: &mut Response, tag: Option<String>) {
    if let Some(value) = tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
        response.headers_mut().insert(header::ETAG, value);
    }
}

/// What `If-Match` or `If-None-Match` lists, on however many lines.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    Any,
    /// As they were sent, quotes and `W/` included. What is no tag is in no list, and matches nothing.
    These(Vec<String>),
}

impl Tags {
    fn of(headers: &HeaderMap, name: HeaderName) -> Option<Self> {
        if !headers.contains_key(&name) {
            return None;
        }
        let mut found = Vec::new();
        for line in headers.get_all(&name) {
            let line = line.to_str().unwrap_or("").trim();
            if line == "*" {
                return Some(Self::Any);
            }
            read_tags(line, &mut found);
        }
        Some(Self::These(found))
    }

    fn hold(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|sent| sent == tag),
        }
    }

    fn hold_weak(&self, tag: &str) -> bool {
        matches!(self, Self::These(tags) if tags.iter().any(|sent| sent.strip_prefix("W/") == Some(tag)))
    }
}

/// Reads `"a", W/"b"`. A comma inside quotes belongs to the tag; a line that is no such list names none.
fn read_tags(line: &str, found: &mut Vec<String>) {
    let before = found.len();
    let mut rest = line;
    loop {
        // Elements of a list may be empty (RFC 9110 5.6.1).
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return;
        }
        let Some(length) = tag_length(rest) else { return found.truncate(before) };
        let (tag, after) = rest.split_at(length);
        found.push(tag.to_owned());
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return found.truncate(before);
        }
    }
}

/// Bytes of the tag that a text begins with.
fn tag_length(text: &str) -> Option<usize> {
    let mark = if text.starts_with("W/") { 2 } else { 0 };
    let opaque = text[mark..].strip_prefix('"')?;
    Some(mark + 1 + opaque.find('"')? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(lines: &[&str]) -> Option<Tags> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_MATCH, HeaderValue::from_str(line).unwrap());
        }
        Tags::of(&headers, header::IF_MATCH)
    }

    #[test]
    fn lists_are_read_on_one_line_or_several_and_a_comma_in_quotes_is_no_end() {
        assert_eq!(tags(&[]), None);
        assert_eq!(tags(&[" * "]), Some(Tags::Any));
        let all = tags(&[r#""a",W/"b" , "c, *, d""#, r#""e""#]).unwrap();
        for tag in [r#""a""#, r#"W/"b""#, r#""c, *, d""#, r#""e""#] {
            assert!(all.hold(tag), "{tag}");
        }
        assert!(!all.hold(r#""b""#), "a weak tag is not the strong one");
        assert!(all.hold_weak(r#""b""#));
    }

    #[test]
    fn what_is_no_tag_matches_nothing() {
        for odd in ["", "a", r#""a"#, "W/a", "**", r#""a"x"#, r#""a" "b""#, r#"x"a""#, r#""a", b"#] {
            assert_eq!(tags(&[odd]), Some(Tags::These(Vec::new())), "{odd}");
        }
    }
}
