//! The parameters of a request to IMS, however they arrive: in the query, in a urlencoded or multipart body, and for id and secret in
//! an `Authorization: Basic` header (`spec/ims.md` 1.2). All of these come from clients in use, mixed freely.
//!
//! The body wins over the query. What must not be guessed is refused: two client ids, or one parameter with two values in one place
//! (`spec/ims-open-questions.md` 7 and 8). Knows nothing of what a parameter means.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, header, request::Parts},
};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use multer::Multipart;
use patron_commerce::identity::{GivenSecret, TokenRefusal};
use percent_encoding::percent_decode;

use super::{answer::Problem, basic};

/// Bytes of the longest body that is read.
pub const LONGEST_BODY: usize = 64 * 1024;

/// How long a body may take to arrive: an extension of the request.
#[derive(Clone, Copy)]
pub struct BodyTime(pub Duration);

/// Name and value, in the order of the request.
type Pairs = Vec<(String, String)>;

/// See the module. An empty value counts as none (RFC 6749 3.1).
#[derive(Debug, Default)]
pub struct Parameters {
    query: Pairs,
    body: Pairs,
    basic: Option<(String, String)>,
}

impl Parameters {
    /// Reads them all, the body to its end.
    pub async fn read(request: Request) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let basic = basic::read(&parts.headers)
            .map_err(|_| TokenRefusal::invalid_request("invalid Authorization header"))?;
        let body = collect(&parts, body).await?;
        Ok(Self {
            query: urlencoded(parts.uri.query().unwrap_or_default().as_bytes()),
            body: read_body(&parts.headers, body).await?,
            basic,
        })
    }

    /// The value of a parameter: the body's, or else the query's.
    pub fn one(&self, name: &str) -> Result<Option<&str>, TokenRefusal> {
        match single(&self.body, name)? {
            Some(value) => Ok(Some(value)),
            None => single(&self.query, name),
        }
    }

    /// The value of a parameter of the query alone: of a request that stays in the address while forms are posted to it.
    pub fn of_query(&self, name: &str) -> Result<Option<&str>, TokenRefusal> {
        single(&self.query, name)
    }

    /// Every value of a query's parameter that may be repeated, joined by blanks.
    pub fn of_query_joined(&self, name: &str) -> Option<String> {
        let found: Vec<&str> = values(&self.query, name).collect();
        (!found.is_empty()).then(|| found.join(" "))
    }

    /// The value of a parameter of the body alone: what a form holds, and no link can.
    pub fn of_body(&self, name: &str) -> Result<Option<&str>, TokenRefusal> {
        single(&self.body, name)
    }

    /// Every value of a parameter that may be repeated, joined by blanks: the body's, or else the query's.
    pub fn joined(&self, name: &str) -> Option<String> {
        let found = [&self.body, &self.query].map(|place| values(place, name).collect::<Vec<_>>());
        found.into_iter().find(|values| !values.is_empty()).map(|values| values.join(" "))
    }

    /// The client id, in which all places must agree.
    pub fn client_id(&self) -> Result<Option<&str>, TokenRefusal> {
        let header = self.basic.iter().map(|(id, _)| id.as_str()).filter(|id| !id.is_empty());
        let mut ids = values(&self.body, "client_id").chain(values(&self.query, "client_id")).chain(header);
        let first = ids.next();
        if ids.any(|other| Some(other) != first) {
            return Err(TokenRefusal::invalid_request("more than one client_id"));
        }
        Ok(first)
    }

    /// The client secret; a parameter and the header must agree.
    pub fn client_secret(&self) -> Result<Option<GivenSecret>, TokenRefusal> {
        let given = self.one("client_secret")?;
        let header =
            self.basic.as_ref().map(|(_, secret)| secret.as_str()).filter(|secret| !secret.is_empty());
        match (given, header) {
            (Some(given), Some(header)) if given != header => {
                Err(TokenRefusal::invalid_request("more than one client_secret"))
            }
            _ => Ok(given.or(header).map(|secret| GivenSecret::from(secret.to_owned()))),
        }
    }
}

fn single<'p>(place: &'p Pairs, name: &str) -> Result<Option<&'p str>, TokenRefusal> {
    let mut values = values(place, name);
    let first = values.next();
    match values.all(|other| Some(other) == first) {
        true => Ok(first),
        false => Err(TokenRefusal::invalid_request(format!("{name} parameter given twice"))),
    }
}

fn values<'p>(place: &'p Pairs, name: &str) -> impl Iterator<Item = &'p str> {
    place.iter().filter(move |(own, value)| own == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

async fn collect(parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    let told = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > LONGEST_BODY as u64) {
        return Err(Problem::TooLong);
    }
    let reading = Limited::new(body, LONGEST_BODY).collect();
    let read = match parts.extensions.get::<BodyTime>() {
        Some(BodyTime(most)) => tokio::time::timeout(*most, reading).await.map_err(|_| Problem::TooSlow)?,
        None => reading.await,
    };
    match read {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::TooLong),
        Err(_) => Err(TokenRefusal::invalid_request("the body ended too soon").into()),
    }
}

/// A body of any other type, JSON among them, is not read: its parameters count as absent (`spec/ims-open-questions.md` 6).
async fn read_body(headers: &HeaderMap, body: Bytes) -> Result<Pairs, TokenRefusal> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(urlencoded(&body))
    } else if essence.eq_ignore_ascii_case("multipart/form-data") {
        multipart(content_type, body)
            .await
            .map_err(|_| TokenRefusal::invalid_request("the multipart body cannot be read"))
    } else {
        Ok(Pairs::new())
    }
}

fn urlencoded(text: &[u8]) -> Pairs {
    let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (form_decoded(&pair[..end]), form_decoded(pair.get(end + 1..).unwrap_or_default()))
        })
        .collect()
}

fn form_decoded(text: &[u8]) -> String {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return String::from_utf8_lossy(text).into_owned();
    }
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

async fn multipart(content_type: &str, body: Bytes) -> multer::Result<Pairs> {
    let boundary = multer::parse_boundary(content_type)?;
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let mut pairs = Pairs::new();
    while let Some(part) = parts.next_field().await? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        pairs.push((name, String::from_utf8_lossy(&part.bytes().await?).into_owned()));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(query: &str, body: &str) -> Parameters {
        Parameters { query: urlencoded(query.as_bytes()), body: urlencoded(body.as_bytes()), basic: None }
    }

    async fn read(content_type: &str, query: &str, body: impl Into<Body>) -> Result<Parameters, Problem> {
        let request = Request::post(format!("/token?{query}")).header(header::CONTENT_TYPE, content_type);
        Parameters::read(request.body(body.into()).unwrap()).await
    }

    #[test]
    fn the_body_wins_over_the_query() {
        let given = form("a=query&b=query", "a=body&c=");
        assert_eq!(given.one("a"), Ok(Some("body")));
        assert_eq!(given.one("b"), Ok(Some("query")));
        assert_eq!(given.one("c"), Ok(None), "an empty value is none");
    }

    #[test]
    fn one_parameter_with_two_values_in_one_place_is_refused_and_the_same_value_twice_is_not() {
        assert!(form("", "a=1&a=2").one("a").is_err());
        assert_eq!(form("", "a=1&a=1").one("a"), Ok(Some("1")));
        assert_eq!(form("", "scope=a&scope=b%20c").joined("scope").as_deref(), Some("a b c"));
    }

    #[test]
    fn all_places_must_agree_in_the_client_id() {
        assert!(form("client_id=a", "client_id=b").client_id().is_err());
        assert_eq!(form("client_id=a", "client_id=a").client_id(), Ok(Some("a")));
        let basic = |id: &str| Parameters {
            basic: Some((id.to_owned(), "s".to_owned())),
            ..form("", "client_id=a&client_secret=t")
        };
        assert!(basic("b").client_id().is_err());
        assert_eq!(basic("a").client_id(), Ok(Some("a")));
        assert!(basic("a").client_secret().is_err());
    }

    #[tokio::test]
    async fn scopes_are_read_whatever_encodes_their_delimiters() {
        for body in ["scope=a,b", "scope=a%2Cb", "scope=a+b", "scope=a%20b"] {
            let given = read("application/x-www-form-urlencoded;charset=UTF-8", "", body).await.unwrap();
            let scope = given.joined("scope").unwrap();
            assert_eq!(scope.split([',', ' ']).collect::<Vec<_>>(), ["a", "b"], "{body}");
        }
    }

    #[tokio::test]
    async fn multipart_is_read_without_a_blank_before_the_boundary() {
        let body = "--xyz\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\nabc\r\n--xyz--\r\n";
        for content_type in ["multipart/form-data;boundary=xyz", "Multipart/Form-Data; boundary=\"xyz\""] {
            let given = read(content_type, "", body).await.unwrap();
            assert_eq!(given.client_id(), Ok(Some("abc")), "{content_type}");
        }
        let broken = read("multipart/form-data;boundary=xyz", "", "--xyz\r\n").await;
        assert!(matches!(broken, Err(Problem::Refused(_))), "{broken:?}");
    }

    #[tokio::test]
    async fn a_body_of_another_type_is_not_read_but_the_query_is() {
        let given = read("application/json", "grant_type=x", r#"{"client_id":"abc"}"#).await.unwrap();
        assert_eq!((given.one("grant_type"), given.client_id()), (Ok(Some("x")), Ok(None)));
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_refused_whether_it_says_so_or_not() {
        let long = "a".repeat(LONGEST_BODY + 1);
        let told = read("application/x-www-form-urlencoded", "", long.clone()).await;
        let chunks = stream::iter([Ok::<_, Infallible>(Bytes::from(long))]);
        let untold = read("application/x-www-form-urlencoded", "", Body::from_stream(chunks)).await;
        assert!(matches!((told, untold), (Err(Problem::TooLong), Err(Problem::TooLong))));
    }
}
