//! A request as plain data, and how its three sources of input become one.

use serde_json::Value;

use crate::{Fault, Object, body, query, route::Endpoint};

/// The verbs that have routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or starts something.
    Post,
    /// Changes.
    Put,
    /// Deletes.
    Delete,
}

impl Method {
    /// The verb, 405 for any other than the four.
    pub fn parse(verb: &str) -> Result<Self, Fault> {
        match verb {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "DELETE" => Ok(Self::Delete),
            other => Err(Fault::new(405, format!("The {other} HTTP method is not supported."))),
        }
    }

    /// The verb as it is sent.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Only POST and PUT have a body; others' bodies are ignored.
    pub fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put)
    }
}

/// What a caller sent to an endpoint.
#[derive(Debug, Clone)]
pub struct Request<'r> {
    /// The verb.
    pub method: Method,
    /// The query string, without `?`.
    pub query: &'r str,
    /// The `Content-Type` header.
    pub content_type: Option<&'r str>,
    /// The body's bytes.
    pub body: &'r [u8],
    /// The values of the path's parameters, decoded, in path order.
    pub path: Vec<(&'static str, String)>,
}

/// The token of `Authorization: Bearer …`; the scheme's case does not matter, anything after the token does.
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let is_one = !token.is_empty() && memchr::memchr(b' ', token.as_bytes()).is_none();
    (scheme.eq_ignore_ascii_case("bearer") && is_one).then_some(token)
}

/// Merges body, query string and path into one input; a later source replaces whole members of an earlier one. The character NUL is
/// refused in each: not every database has a place for it, and no name or address has one.
pub fn merge(request: &Request<'_>, endpoint: &Endpoint) -> Result<Object, Fault> {
    if request.query.contains("%00") || request.path.iter().any(|(_, value)| value.contains('\0')) {
        return Err(Fault::unprocessable());
    }
    let mut input = if request.method.has_body() {
        let mut decoded = body::decode(request.content_type, request.body)?;
        if request.method == Method::Put {
            body::drop_loose_duplicates(&mut decoded);
        }
        body::parameters(decoded)
    } else {
        Object::new()
    };
    if !request.query.is_empty() {
        input.extend(query::parse(request.query));
    }
    add_path(&mut input, &request.path, endpoint);
    Ok(input)
}

/// Writes the path's values into the input, and the last of them into the body's object where the endpoint says so.
pub fn add_path(input: &mut Object, path: &[(&'static str, String)], endpoint: &Endpoint) {
    for (name, value) in path {
        if !input.is_empty() {
            input.shift_remove(*name);
            input.shift_remove(&crate::names::snake(name));
        }
        input.insert((*name).to_owned(), Value::String(value.clone()));
    }
    let (Some((argument, property)), Some((_, value))) = (endpoint.path_writes, path.last()) else { return };
    if let Some(object @ (Value::Object(_) | Value::Array(_))) = input.get_mut(argument) {
        if object.as_array().is_some_and(Vec::is_empty) {
            *object = Value::Object(Object::new());
        }
        if let Value::Object(members) = object {
            members.retain(|key, _| !crate::names::same_property(property, key));
            members.insert(property.to_owned(), Value::String(value.clone()));
        }
    }
}
