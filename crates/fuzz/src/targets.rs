//! The ways in. Texts rather than packed numbers, so that a corpus can be read and written by hand.

use std::sync::OnceLock;

use patron_commerce::transfer::{
    Checks, Entry, Ids, Prepared, Rules,
    columns::{Layout, Target},
    flat::{Behavior, Part, Reader},
    put,
};
use patron_token::{Claims, KeySet, Scopes, SigningKey, TokenType, jwt, pkce};
use patron_webapi::{
    Answer, accept::Format, answer, fields, query, request, search::SearchCriteriaInput, xml,
};

use crate::service::{moment, service};

/// A target: any bytes.
pub type Fuzz = fn(&[u8]);

/// Every target, by the name of its corpus.
pub const ALL: [(&str, Fuzz); 7] = [
    ("query", query),
    ("search", search),
    ("json", json),
    ("xml", xml),
    ("bearer", bearer),
    ("fields", fields),
    ("import", import),
];

/// What can be searched.
const SEARCHES: [&str; 4] =
    ["/V1/customers/search", "/V1/customerGroups/search", "/V1/taxClasses/search", "/V1/bulk"];

/// A query string: read in PHP's grammar, as search criteria and as a `fields` filter.
pub fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let input = query::parse(text);
    let _ = <SearchCriteriaInput as patron_webapi::Read>::read(&input.clone().into());
    if let Some(criteria) = input.get("searchCriteria") {
        let _ = <SearchCriteriaInput as patron_webapi::Read>::read(criteria);
    }
    let _ = answer::selection(text);
}

/// The query string of a search, which is run: a first digit says which.
pub fn search(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (first, query) = text.split_at_checked(1).unwrap_or(("0", text));
    let at = first.bytes().next().unwrap_or(0) as usize % SEARCHES.len();
    service().call("GET", &format!("{}?{query}", SEARCHES[at]), "", &[]);
}

/// A call with a JSON body, which is run: `PUT /V1/customers/1` on the first line, the body on the others.
pub fn json(bytes: &[u8]) {
    call(bytes, "application/json");
}

/// The same in XML; what can be read can be written and read again.
pub fn xml(bytes: &[u8]) {
    call(bytes, "application/xml");
    let body = bytes.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or(bytes);
    if let Some(value) = std::str::from_utf8(body).ok().and_then(xml::parse) {
        let written = xml::write(&value);
        assert!(xml::parse(&written).is_some(), "what was written cannot be read: {written}");
    }
}

/// Whether the call got as far as its handler.
pub(crate) fn call(bytes: &[u8], content_type: &str) -> bool {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let (first, body) = (parts.next().unwrap_or(&[]), parts.next().unwrap_or(&[]));
    let Ok(first) = std::str::from_utf8(first) else { return false };
    let (method, target) = first.split_once(' ').unwrap_or(("GET", first));
    service().call(method, target, content_type, body)
}

/// An `Authorization` header, and pairs of place and difference that damage a good token: only the token itself is ever good.
pub fn bearer(bytes: &[u8]) {
    let (keys, good) = token();
    if let Ok(text) = std::str::from_utf8(bytes) {
        let token = request::bearer(text).unwrap_or(text);
        assert!(jwt::read(keys, token).is_err(), "a stranger's token is good");
        let now = moment().millis();
        let known = service().database.read(|sql| service().authority.consumer(sql, token, ("x", 0), now));
        assert!(matches!(known, Ok(None)), "a stranger's token opens an instance");
        let _ = (Scopes::parse(text), pkce::Method::parse(text), pkce::is_well_formed(text));
    }
    let mut damaged = good.clone().into_bytes();
    for edit in bytes.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % damaged.len();
        damaged[at] = (damaged[at] ^ edit[2]) & 0x7f;
    }
    let damaged = String::from_utf8(damaged).expect("seven bits are UTF-8");
    let read = jwt::verify(keys, &damaged, TokenType::AccessToken, moment().millis());
    assert_eq!(read.is_ok(), damaged == *good, "a damaged token is good, or a good one is not: {damaged}");
}

fn token() -> &'static (KeySet, String) {
    static TOKEN: OnceLock<(KeySet, String)> = OnceLock::new();
    TOKEN.get_or_init(|| {
        let key = SigningKey::generate("fuzz").expect("a key can be made");
        let claims = Claims::server_to_server(
            "c",
            "u@techacct.adobe.com",
            Scopes::parse("openid"),
            moment().millis(),
            [1; 20],
        );
        let good = jwt::sign(&key, &claims).expect("a key signs");
        ([key.verifying_key()].into_iter().collect(), good)
    })
}

/// A `fields` filter on the first line, and a document on the others that it is laid over.
pub fn fields(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (filter, document) =
        text.split_once('\n').unwrap_or((text, r#"{"a":[{"b":{"c":1}}],"items":[],"d":null}"#));
    let selection = fields::parse(filter);
    let Ok(document) = serde_json::from_str::<serde_json::Value>(document) else { return };
    for format in [Format::Json, Format::Xml] {
        let rendered = Answer(document.to_string().into_bytes()).render(&selection, format);
        let rendered = String::from_utf8(rendered).expect("an answer is UTF-8");
        if format == Format::Json {
            serde_json::from_str::<serde_json::Value>(&rendered).expect("an answer is JSON");
        }
    }
    for name in ["a", "items", ""] {
        let _ = answer::below(&selection, name);
    }
}

/// A customer file, which is imported.
pub fn import(bytes: &[u8]) {
    let service = service();
    let mut file = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
    let mut header = csv::StringRecord::new();
    if !matches!(file.read_record(&mut header), Ok(true)) {
        return;
    }
    let Some(layout) = Layout::of(header.iter()) else { return };
    let targets: Option<Vec<Target>> =
        header.iter().map(|column| layout.target(&service.catalogue, column)).collect();
    let Some(targets) = targets else { return };
    let mut entries: Vec<Entry> = Vec::new();
    for behavior in [Behavior::AddUpdate, Behavior::Delete, Behavior::Custom] {
        let reader = Reader { catalogue: &service.catalogue, layout, behavior };
        let mut again = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        for row in again.records().take(50).flatten() {
            let mut cells = targets.iter().copied().zip(row.iter());
            match reader.row(&mut cells) {
                Ok(Part::Entry(entry)) => entries.push(*entry),
                Ok(Part::Address(_)) | Err(_) => {}
            }
        }
    }
    let rules = Rules { ids: Ids::New, checks: Checks::All };
    service.undone(move |call| {
        let prepared = entries.iter().map(|entry| put::prepare(call, rules, entry.clone()));
        let prepared: Vec<Prepared> = prepared.collect::<Result<_, _>>()?;
        put::put(call, rules, &prepared).map(drop)
    });
}
