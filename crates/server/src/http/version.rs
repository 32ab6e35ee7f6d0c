//! Optimistic concurrency, beyond the original: a customer's answer carries an `ETag`, and a PUT or DELETE with `If-Match` is refused
//! with 412 when the customer is not that version any more. Without the header nothing changes.

use axum::{
    http::{HeaderValue, header, request::Parts},
    response::Response,
};
use patron_commerce::{Call, Failure, Row};
use patron_webapi::{Answer, Fault, Method};

/// Hex digits of a tag: 128 bits of the answer's hash.
const LENGTH: usize = 32;

/// The versions that a change accepts; None when it did not ask.
pub struct Expected(Option<Vec<String>>);

impl Expected {
    /// Reads `If-Match`, where the row is about something that has versions.
    pub fn of(row: &Row, parts: &Parts) -> Self {
        let sent = parts.headers.get(header::IF_MATCH).filter(|_| row.current.is_some());
        let tags = |value: &HeaderValue| {
            value.to_str().unwrap_or("").split(',').map(|tag| tag.trim().to_owned()).collect::<Vec<_>>()
        };
        Self(sent.map(tags))
    }

    /// Compares with what is stored, inside the change's own unit of work. What does not exist is for the handler to refuse.
    pub fn check(&self, call: &Call<'_>, row: &Row, id: &str) -> Result<(), Failure> {
        let (Some(tags), Some(current)) = (&self.0, row.current) else { return Ok(()) };
        let Some(answer) = current(call, id)? else { return Ok(()) };
        let stored = tag(&answer);
        if tags.iter().any(|tag| tag == "*" || *tag == stored) {
            return Ok(());
        }
        let fault = Fault::new(412, "It was changed in the meantime: its version is %current now.");
        Err(fault.with("current", stored).into())
    }
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
