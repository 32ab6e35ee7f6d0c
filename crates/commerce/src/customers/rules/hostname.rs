//! Whether a host name can be that of a mail domain, told in the steps of the original (spec 1.0.7).
//!
//! Takes the ASCII form of the name. Knows nothing of e-mail, DNS records or which top level domains exist.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::scripts;

/// Longest name in characters; a shorter one than four cannot be a DNS name for the original.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=254;
/// Longest label in characters.
const LONGEST_LABEL: usize = 63;

/// One line the original says about a host name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    IpAddress,
    NotADnsName,
    UndecipherableTld,
    DashInInvalidPosition,
    UndecodablePunycode,
    NoMatchForTld(String),
    LocalNameNotAllowed,
    NotALocalName,
}

impl Problem {
    /// The line for `host`.
    pub(super) fn line(&self, host: &str) -> String {
        match self {
            Self::IpAddress => {
                format!("'{host}' looks like an IP address, which is not an acceptable format.")
            }
            Self::NotADnsName => {
                "The input does not match the expected structure for a DNS hostname".to_owned()
            }
            Self::UndecipherableTld => {
                format!("'{host}' looks like a DNS hostname but cannot extract TLD part.")
            }
            Self::DashInInvalidPosition => {
                format!("'{host}' looks like a DNS hostname but contains a dash in an invalid position.")
            }
            Self::UndecodablePunycode => format!(
                "'{host}' appears to be a DNS hostname, but the given punycode notation cannot be decoded."
            ),
            Self::NoMatchForTld(tld) => format!(
                "'{host}' looks like a DNS hostname but we cannot match it against the hostname schema for TLD '{tld}'."
            ),
            Self::LocalNameNotAllowed => {
                format!("'{host}' looks like a local network name, which is not an acceptable format.")
            }
            Self::NotALocalName => format!("'{host}' does not look like a valid local network name."),
        }
    }
}

/// Accepts DNS names of at least two labels.
///
/// # Errors
/// What is wrong, in the order of the original: what spoils the DNS name, then what kind of local name it would be.
pub(super) fn check(host: &str) -> Result<(), Vec<Problem>> {
    if is_ip_address(host) {
        return Err(vec![Problem::IpAddress]);
    }
    match check_dns_name(host) {
        Ok(()) => Ok(()),
        // The original gives up at once here, without a word about local names.
        Err(Problem::UndecodablePunycode) => Err(vec![Problem::UndecodablePunycode]),
        Err(problem) => Err(vec![problem, as_local_name(host)]),
    }
}

fn check_dns_name(host: &str) -> Result<(), Problem> {
    let labels: Vec<&str> = host.split('.').collect();
    let [.., domain, tld] = labels.as_slice() else { return Err(Problem::NotADnsName) };
    if !LENGTHS.contains(&host.chars().count()) {
        return Err(Problem::NotADnsName);
    }
    let tld = top_level_domain(tld)?;
    let mut all_match = true;
    for label in &labels {
        let decoded = decode(label)?;
        check_form(&decoded)?;
        // Underscores are for service names below a domain (`_dmarc.example.com`), not for the domain itself. Comparing
        // texts, not positions, is what the original does.
        let underscores = decoded != *domain;
        all_match &= matches_tld(&decoded, &tld, underscores);
    }
    if all_match { Ok(()) } else { Err(Problem::NoMatchForTld(tld)) }
}

/// The last label in the form that names its table of scripts: upper case, or decoded. Of a longer one its end.
fn top_level_domain(label: &str) -> Result<String, Problem> {
    let length = label.chars().count();
    if length < 2 {
        return Err(Problem::UndecipherableTld);
    }
    let end: String = label.chars().skip(length.saturating_sub(LONGEST_LABEL)).collect();
    Ok(if end.starts_with("xn--") { decode(&end)?.into_owned() } else { end.to_ascii_uppercase() })
}

fn decode(label: &str) -> Result<Cow<'_, str>, Problem> {
    match label.strip_prefix("xn--") {
        None => Ok(Cow::Borrowed(label)),
        Some(encoded) => {
            idna::punycode::decode_to_string(encoded).map(Cow::Owned).ok_or(Problem::UndecodablePunycode)
        }
    }
}

fn check_form(label: &str) -> Result<(), Problem> {
    if label.is_empty() {
        return Err(Problem::NotADnsName);
    }
    let dashes_inside = label.chars().skip(2).take(2).eq(['-', '-']);
    if label.starts_with('-') || label.ends_with('-') || dashes_inside {
        return Err(Problem::DashInInvalidPosition);
    }
    Ok(())
}

fn matches_tld(label: &str, tld: &str, underscores: bool) -> bool {
    if label.chars().count() > LONGEST_LABEL {
        return false;
    }
    let plain = |character: char| {
        character.is_ascii_alphanumeric() || character == '-' || (underscores && character == '_')
    };
    label.chars().all(plain) || scripts::allows(tld, label)
}

fn as_local_name(host: &str) -> Problem {
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if name.split('.').all(is_label) { Problem::LocalNameNotAllowed } else { Problem::NotALocalName }
}

/// An IPv6 address, or four numbers in one of the notations of the original: decimal, or each of them in eight binary,
/// three octal or two hexadecimal digits.
fn is_ip_address(host: &str) -> bool {
    if host.parse::<Ipv6Addr>().is_ok() {
        return true;
    }
    let parts: Vec<&str> = host.split('.').collect();
    let all = |matches: fn(&str) -> bool| parts.iter().all(|part| matches(part));
    parts.len() == 4
        && all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && (all(|part| part.parse::<u8>().is_ok_and(|number| number.to_string() == part))
            || all(|part| part.len() == 8 && u8::from_str_radix(part, 2).is_ok())
            || all(|part| part.len() == 3 && u8::from_str_radix(part, 8).is_ok())
            || all(|part| part.len() == 2))
}
