//! `Authorization: Basic`, by which a client may send its id and secret.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// Id and secret of an `Authorization: Basic` header. None when there is no such header, or another scheme's; Err when it cannot be
/// read.
///
/// RFC 6749 2.3.1 wants both parts form-encoded, which `openid-client` does down to the hyphens and curl does not do at all. Our ids
/// and secrets hold neither `%` nor `+`, so decoding suits both.
pub fn read(headers: &HeaderMap) -> Result<Option<(String, String)>, Unreadable> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().map_err(|_| Unreadable)?;
    let Some((scheme, credentials)) = value.trim().split_once(' ') else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let decoded = STANDARD.decode(credentials.trim()).map_err(|_| Unreadable)?;
    let decoded = String::from_utf8(decoded).map_err(|_| Unreadable)?;
    let (id, secret) = decoded.split_once(':').ok_or(Unreadable)?;
    Ok(Some((form_decoded(id)?, form_decoded(secret)?)))
}

/// The header is no Basic authentication that can be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable;

fn form_decoded(text: &str) -> Result<String, Unreadable> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map(Into::into).map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(value: &str) -> Result<Option<(String, String)>, Unreadable> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        read(&headers)
    }

    #[test]
    fn plain_and_form_encoded_parts_mean_the_same() {
        let expected = Ok(Some(("cid".to_owned(), "p8e-x_y".to_owned())));
        for text in ["cid:p8e-x_y", "cid:p8e%2Dx%5Fy"] {
            assert_eq!(read_from(&format!("basic {}", STANDARD.encode(text))), expected, "{text}");
        }
        assert_eq!(read_from("Basic Y2lkOnNlYw=="), Ok(Some(("cid".to_owned(), "sec".to_owned()))));
    }

    #[test]
    fn another_scheme_is_no_basic_and_nonsense_is_told_apart() {
        assert_eq!(read_from("Bearer abc"), Ok(None));
        assert_eq!(read(&HeaderMap::new()), Ok(None));
        for nonsense in ["Basic ???", "Basic Y2lk"] {
            assert_eq!(read_from(nonsense), Err(Unreadable), "{nonsense}");
        }
    }
}
