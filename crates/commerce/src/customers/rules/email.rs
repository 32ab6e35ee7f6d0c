//! The e-mail rule (spec 1.0.7): which addresses are accepted, and the message lines of those that are not.
//!
//! Follows the steps of the original's validator, because its lines show them: split, lengths, host, local part. Host
//! lines come before those of the local part. Nothing is looked up in the DNS and any top level domain will do.

use std::borrow::Cow;

use super::hostname;

/// Longest local part, in bytes.
const LONGEST_LOCAL_PART: usize = 64;
/// Longest host in its ASCII form, in bytes.
const LONGEST_HOST: usize = 255;

/// The message lines about `email`, in the order of the original; none when it is accepted. `label` is the attribute's.
#[must_use]
pub fn problems(label: &str, email: &str) -> Vec<String> {
    let not_an_address = || format!("\"{label}\" is not a valid email address.");
    let Some((local_part, host)) = split(email) else { return vec![not_an_address()] };
    let host = ascii_form(host);
    let mut lines = Vec::new();
    if local_part.len() > LONGEST_LOCAL_PART || host.len() > LONGEST_HOST {
        lines.push(format!("\"{label}\" uses too many characters."));
    }
    if let Err(problems) = hostname::check(&host) {
        lines.push(format!("\"{label}\" is not a valid hostname."));
        lines.extend(problems.iter().map(|problem| problem.line(&host)));
    }
    if !is_local_part(local_part) {
        lines.push(not_an_address());
    }
    lines
}

/// Local part and host, parted at the last `@`. Two dots in a row are refused anywhere, line feeds in the local part.
fn split(email: &str) -> Option<(&str, &str)> {
    let (local_part, host) = email.rsplit_once('@')?;
    let well_formed =
        !local_part.is_empty() && !host.is_empty() && !local_part.contains('\n') && !email.contains("..");
    well_formed.then_some((local_part, host))
}

/// The host as the DNS would be asked for it (lower case, international labels as `xn--…`), or as typed when it has no
/// such form. The messages quote this form. Transitional processing as in PHP: ß becomes ss, joiners vanish.
fn ascii_form(host: &str) -> Cow<'_, str> {
    let mapped: Cow<'_, str> = if host.is_ascii() {
        Cow::Borrowed(host)
    } else {
        let joiners = ['\u{200c}', '\u{200d}'];
        Cow::Owned(host.replace(['ß', 'ẞ'], "ss").replace('ς', "σ").replace(joiners, ""))
    };
    idna::uts46::Uts46::new()
        .to_ascii(
            mapped.as_bytes(),
            idna::AsciiDenyList::EMPTY,
            idna::uts46::Hyphens::Check,
            idna::uts46::DnsLength::VerifyAllowRootDot,
        )
        .map_or(Cow::Borrowed(host), |ascii| Cow::Owned(ascii.into_owned()))
}

/// A dot-atom, of ASCII or of any letters of the basic plane, or a quoted string (RFC 5321 4.1.2, RFC 6532 3.1).
fn is_local_part(local_part: &str) -> bool {
    is_dot_atom(local_part) || is_quoted_string(local_part)
}

fn is_dot_atom(text: &str) -> bool {
    // Several dots in a row would pass here, but `split` has refused them.
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character))
}

fn is_atom_character(character: char) -> bool {
    match character {
        '!' | '#'..='\'' | '*' | '+' | '-' | '/' | '=' | '?' | '^'..='`' | '{'..='~' => true,
        _ => character.is_ascii_alphanumeric() || ('\u{80}'..='\u{ffff}').contains(&character),
    }
}

/// Printable ASCII between quotation marks; a quotation mark or a backslash inside needs a backslash before it.
fn is_quoted_string(text: &str) -> bool {
    let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return false };
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        let content = if character == '\\' { characters.next() } else { Some(character) };
        let allowed = content.is_some_and(|content| matches!(content, ' '..='~'));
        if !allowed || character == '"' {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn message(email: &str) -> String {
        problems("Email", email).join("\n")
    }

    #[test]
    fn every_recorded_address_gets_the_recorded_message() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/recorded/customers-create.json");
        let scenarios: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut seen = 0;
        for scenario in scenarios.as_array().unwrap() {
            let id = scenario["id"].as_str().unwrap();
            if !id.contains("/bad-email-") && !id.contains("/good-email-") && !id.ends_with("/blank-email") {
                continue;
            }
            seen += 1;
            let step = &scenario["steps"][0];
            let email = step["body"]["customer"]["email"].as_str().unwrap();
            let expected = step["expect"]["body"]["message"].as_str().unwrap_or_default();
            assert_eq!(message(email), expected, "{id}: {email}");
        }
        assert!(seen > 20, "the recorded exchanges are missing");
    }

    #[test]
    fn usual_and_unusual_addresses_are_accepted() {
        for email in [
            "ada@example.com",
            "Ada.Lovelace+x@EXAMPLE.CO.UK",
            "a@x.test",
            "a@x.123",
            "o'brien@example.com",
            "李@example.com",
            "\"a b\"@example.com",
            "\"a\\\"b\"@example.com",
            "a@_dmarc.example.com",
            "a@xn--exmple-cua.com",
            "a@müller.de",
            "a@straße.test",
            "a@пример.рф",
            "a@例え.jp",
        ] {
            assert_eq!(message(email), "", "{email}");
        }
    }

    #[test]
    fn a_malformed_local_part_gets_one_line() {
        for email in
            [".a@x.co", "a.@x.co", "a b@x.co", "a,b@x.co", "a@b@x.co", "\"a@x.co", "\"a\\\"@x.co", "🙂@x.co"]
        {
            assert_eq!(message(email), "\"Email\" is not a valid email address.", "{email}");
        }
    }

    #[test]
    fn lengths_are_bytes_and_do_not_stop_the_other_checks() {
        assert_eq!(
            message(&format!("{}@example.com", "ä".repeat(33))),
            "\"Email\" uses too many characters."
        );
        assert_eq!(
            message(&format!("{},@example.com", "a".repeat(64))),
            "\"Email\" uses too many characters.\n\"Email\" is not a valid email address."
        );
    }

    #[test]
    fn addresses_of_machines_are_not_hosts() {
        for (email, host) in
            [("a@192.168.0.1", "192.168.0.1"), ("a@::1", "::1"), ("a@010.010.010.010", "010.010.010.010")]
        {
            assert_eq!(
                message(email),
                format!(
                    "\"Email\" is not a valid hostname.\n'{host}' looks like an IP address, which is not an \
                     acceptable format."
                )
            );
        }
    }

    #[test]
    fn dashes_in_the_wrong_place_are_named() {
        for host in ["ex--ample.com", "example-.com", "-a.example.com"] {
            assert_eq!(
                message(&format!("a@{host}")),
                format!(
                    "\"Email\" is not a valid hostname.\n'{host}' looks like a DNS hostname but contains a dash in an \
                     invalid position.\n'{host}' looks like a local network name, which is not an acceptable format."
                )
            );
        }
    }

    #[test]
    fn a_name_that_is_too_short_or_has_an_empty_label_has_not_the_structure_of_one() {
        let structure = "The input does not match the expected structure for a DNS hostname";
        assert_eq!(
            message("a@b.c"),
            format!(
                "\"Email\" is not a valid hostname.\n{structure}\n'b.c' looks like a local network name, which is not an \
                 acceptable format."
            )
        );
        assert_eq!(
            message("a@.example.com"),
            format!(
                "\"Email\" is not a valid hostname.\n{structure}\n'.example.com' does not look like a valid local \
                 network name."
            )
        );
    }

    #[test]
    fn international_labels_need_a_top_level_domain_that_takes_their_script() {
        assert_eq!(
            message("a@MÜLLER.example"),
            "\"Email\" is not a valid hostname.\n'xn--mller-kva.example' looks like a DNS hostname but we cannot match \
             it against the hostname schema for TLD 'EXAMPLE'.\n'xn--mller-kva.example' looks like a local network name, \
             which is not an acceptable format."
        );
    }

    #[test]
    fn line_feeds_are_never_part_of_an_address() {
        for email in ["a\n@example.com", "a@example.com\n", "a@exa\nmple.com"] {
            assert_ne!(message(email), "", "{email:?}");
        }
    }
}
