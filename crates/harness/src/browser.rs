//! A user's browser, as far as a login needs one: it keeps cookies, fills in the forms of a page, and stops at every redirect to show
//! where it was sent.

use std::collections::BTreeMap;

use regex::Regex;
use reqwest::{
    blocking::{Client, RequestBuilder},
    header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};

/// Cookies and a connection.
pub struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

/// What the browser shows.
#[derive(Debug, Clone)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Headers of the answer.
    pub headers: HeaderMap,
    /// The address that was asked.
    pub url: String,
    /// Where the answer sends the browser, if it does.
    pub location: Option<String>,
    /// The page.
    pub html: String,
}

impl Browser {
    /// A browser that has been nowhere yet.
    pub fn new() -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build();
        let client = client.expect("a client without TLS needs nothing from its surroundings");
        Self { client, cookies: BTreeMap::new() }
    }

    /// Opens an address.
    #[track_caller]
    pub fn open(&mut self, url: &str) -> Page {
        let request = self.client.get(url);
        self.send(url, request)
    }

    /// Fills in a form of the page and sends it: its hidden fields, and these.
    #[track_caller]
    pub fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        self.submit_to(page, &page.url.clone(), fields)
    }

    /// As [`Browser::submit`], for a form that goes to another address than its page's.
    #[track_caller]
    pub fn submit_to(&mut self, page: &Page, url: &str, fields: &[(&str, &str)]) -> Page {
        let mut form: BTreeMap<&str, &str> = page.csrf().iter().map(|token| ("csrf", *token)).collect();
        form.extend(fields.iter().copied());
        let request = self.client.post(url).form(&form);
        self.send(url, request)
    }

    /// Opens an address and follows redirects that stay below `base`.
    #[track_caller]
    pub fn follow(&mut self, base: &str, page: Page) -> Page {
        let mut page = page;
        for _ in 0..5 {
            let next = match &page.location {
                Some(location) if location.starts_with('/') => format!("{base}{location}"),
                Some(location) if location.starts_with(base) => location.clone(),
                _ => return page,
            };
            page = self.open(&next);
        }
        panic!("too many redirects, the last to {:?}", page.location);
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Sets a cookie, as a neighbour might.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    #[track_caller]
    fn send(&mut self, url: &str, request: RequestBuilder) -> Page {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) };
        let response = request.send().unwrap_or_else(|error| panic!("no answer from {url}: {error:#}"));
        for line in response.headers().get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap_or_default();
            match value.is_empty() {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        Page {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            url: url.to_owned(),
            location: response
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            html: response.text().unwrap_or_default(),
        }
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Page {
    /// The token that the page's forms carry.
    pub fn csrf(&self) -> Option<&str> {
        let field = Regex::new(r#"name="csrf" value="([^"]+)""#).expect("the expression is right");
        field.captures(&self.html).map(|found| found.get(1).expect("the group is not optional").as_str())
    }

    /// What the element with this id holds, as its reader sees it.
    #[track_caller]
    pub fn text_of(&self, id: &str) -> String {
        let element = Regex::new(&format!(r#"id="{id}"[^>]*>([^<]*)<"#)).expect("the expression is right");
        let found = element.captures(&self.html).unwrap_or_else(|| panic!("no element {id}:\n{}", self.html));
        let entities = [
            ("&#x2f;", "/"),
            ("&#x27;", "'"),
            ("&quot;", "\""),
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&amp;", "&"),
        ];
        entities.iter().fold(found[1].to_owned(), |text, (entity, sign)| text.replace(entity, sign))
    }

    /// A header of the answer.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A parameter of the address that the browser is sent to, from its query or fragment.
    pub fn sent(&self, name: &str) -> Option<String> {
        let location = self.location.as_deref()?;
        let (_, parameters) = location.split_once(['?', '#'])?;
        let mut pairs = parameters.split(['&', '#']).filter_map(|pair| pair.split_once('='));
        pairs.find(|(own, _)| *own == name).map(|(_, value)| decoded(value))
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
