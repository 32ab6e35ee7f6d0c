//! Flags as a request: the path with its arguments, the body with its members.

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
};

use clap::ArgMatches;
use patron_commerce::{Moment, identity::first_user};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{
    client::{CallFailure, Server},
    command::placeholders,
    password,
    table::{Field, Kind, Verb},
};
use crate::state::SystemRandom;

/// What is left as it is in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// A request to the control API.
pub struct Call {
    /// Its method.
    pub method: &'static str,
    /// Its path, below `/_`.
    pub path: String,
    /// Its body, if it has one.
    pub body: Option<Value>,
    /// A password that was made up for it, to be shown once.
    pub made_password: Option<Zeroizing<String>>,
}

/// Makes the request of a command.
pub fn make(verb: &'static Verb, given: &ArgMatches, server: &Server) -> Result<Call, CallFailure> {
    let path = path(verb, given, server)?;
    confirm(verb, given)?;
    let mut made_password = None;
    let mut body = Map::new();
    for field in verb.fields {
        let value = match field.kind {
            Kind::Password => chosen_password(given, &mut made_password)?,
            _ => value(field, given),
        };
        if let Some(value) = value {
            body.insert(field.flag.replace('-', "_"), value);
        }
    }
    if verb.method == "PUT" && body.is_empty() {
        return Err(CallFailure::usage("Nothing to change was given; --help shows what can be."));
    }
    let has_body = matches!(verb.method, "POST" | "PUT");
    Ok(Call { method: verb.method, path, body: has_body.then_some(Value::Object(body)), made_password })
}

fn path(verb: &'static Verb, given: &ArgMatches, server: &Server) -> Result<String, CallFailure> {
    let mut path = verb.path.to_owned();
    for name in placeholders(verb.path) {
        let text = |name: &str| given.try_get_one::<String>(name).ok().flatten();
        let value = match (name, text("instance")) {
            ("owner", Some(instance)) => format!("instances/{}", escaped(instance)),
            ("owner", None) => format!("organizations/{}", organization(text("organization"), server)?),
            ("organization", _) => organization(text("organization"), server)?,
            _ => escaped(text(name).map_or("", String::as_str)),
        };
        path = path.replace(&format!("{{{name}}}"), &value);
    }
    Ok(path)
}

fn escaped(segment: &str) -> String {
    // A segment of dots would be another path.
    let dots = if segment.bytes().all(|byte| byte == b'.') { "%2E" } else { "." };
    utf8_percent_encode(segment, SEGMENT).to_string().replace('.', dots)
}

/// The organization that was named, or the only one.
fn organization(named: Option<&String>, server: &Server) -> Result<String, CallFailure> {
    if let Some(named) = named {
        return Ok(escaped(named));
    }
    let all = server.send("GET", "/organizations", None)?;
    let ids: Vec<&str> = all["organizations"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|own| own["org_id"].as_str())
        .collect();
    match ids.as_slice() {
        [only] => Ok(escaped(only)),
        [] => Err(CallFailure::usage(
            "There is no organization yet. Make one with: patron organization create --name NAME",
        )),
        several => Err(CallFailure::usage(format!(
            "There are {} organizations: say which with --organization. `patron organization list` shows them.",
            several.len()
        ))),
    }
}

fn value(field: &Field, given: &ArgMatches) -> Option<Value> {
    let name = field.flag;
    let texts = || {
        given
            .get_many::<String>(name)
            .map(|all| all.map(|text| text.trim()).filter(|text| !text.is_empty()).collect::<Vec<_>>())
    };
    match field.kind {
        Kind::Number => given.get_one::<i64>(name).map(|number| json!(number)),
        Kind::Numbers => given.get_many::<i64>(name).map(|all| json!(all.collect::<Vec<_>>())),
        Kind::Truth => given.get_one::<bool>(name).map(|truth| json!(truth)),
        Kind::Names => texts().map(|names| json!(names)),
        Kind::Resources => texts().map(|names| if names == ["all"] { json!("all") } else { json!(names) }),
        Kind::Text | Kind::Password => given.get_one::<String>(name).map(|text| json!(text)),
    }
}

fn chosen_password(
    given: &ArgMatches,
    made: &mut Option<Zeroizing<String>>,
) -> Result<Option<Value>, CallFailure> {
    if let Some(file) = given.get_one::<PathBuf>("password-file") {
        let read = password::from_file(file).map_err(|error| CallFailure::usage(format!("{error:#}")))?;
        return Ok(Some(json!(read.as_str())));
    }
    if !given.get_flag("generate-password") {
        return Ok(None);
    }
    let moment = Moment { now: jiff::Timestamp::UNIX_EPOCH, random: &SystemRandom };
    let password = made.insert(Zeroizing::new(first_user::password(moment)));
    Ok(Some(json!(password.as_str())))
}

/// Asks whoever sits at a terminal before something is deleted; a script says `--yes`.
fn confirm(verb: &Verb, given: &ArgMatches) -> Result<(), CallFailure> {
    if verb.method != "DELETE" || given.get_flag("yes") {
        return Ok(());
    }
    let unasked = || CallFailure::usage("Nothing was deleted: say --yes to delete without being asked.");
    if !std::io::stdin().is_terminal() {
        return Err(unasked());
    }
    eprint!("{}. Go on? [y/N] ", verb.about);
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|_| unasked())?;
    if matches!(line.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(CallFailure::usage("Nothing was deleted."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_stays_within_its_segment() {
        assert_eq!(escaped("ABC@AdobeOrg"), "ABC@AdobeOrg");
        assert_eq!(escaped("a/b?c#d"), "a%2Fb%3Fc%23d");
        assert_eq!(escaped(".."), "%2E%2E");
        assert_eq!(escaped("a.b"), "a.b");
    }
}
