//! Where a request came from: the client's address and whether it used https. A proxy in front of the service hides both, and tells them
//! in headers that any client could send as well; so they are believed from trusted proxies alone (`--trusted-proxies`).
//!
//! The host that a proxy tells is never believed: links and the issuer of tokens come from `--public-url`.

use std::net::{IpAddr, SocketAddr};

use axum::{extract::ConnectInfo, http::Extensions, http::HeaderMap};

use crate::config::Config;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The client's address, as far as it is known for sure.
    pub address: IpAddr,
    /// Whether the client used https; None when a proxy does not say.
    pub is_https: Option<bool>,
}

impl Origin {
    /// The origin of a request to the router; None only in tests without a connection.
    pub fn of(config: &Config, headers: &HeaderMap, extensions: &Extensions) -> Option<Self> {
        extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| Self::behind(config, headers, peer.0))
    }

    /// The origin of a request that came over a connection with this peer.
    pub fn behind(config: &Config, headers: &HeaderMap, peer: SocketAddr) -> Self {
        let peer = peer.ip().to_canonical();
        if !config.behind_proxy || !config.trusted_proxies.contain(peer) {
            return Self { address: peer, is_https: Some(config.has_tls()) };
        }
        let hops = hops(headers);
        // Each proxy adds whom it heard from, so the last ones are ours: the first address from the end that is no proxy of ours is
        // the client's, and what stands before it the client may have made up.
        let mut address = peer;
        let mut is_https = scheme(headers);
        for hop in hops.iter().rev() {
            let Some(said) = hop.address else { break };
            address = said;
            is_https = hop.is_https.or(is_https);
            if !config.trusted_proxies.contain(said) {
                break;
            }
        }
        Self { address, is_https }
    }
}

/// What one proxy says of whom it heard from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hop {
    /// None when it is hidden (`for=unknown`) or cannot be read.
    address: Option<IpAddr>,
    is_https: Option<bool>,
}

/// The hops in their order: of `Forwarded` (RFC 7239) where there is one, else of `X-Forwarded-For`.
fn hops(headers: &HeaderMap) -> Vec<Hop> {
    let forwarded = elements(headers, "forwarded");
    if !forwarded.is_empty() {
        return forwarded.iter().map(|element| hop(element)).collect();
    }
    let addresses = elements(headers, "x-forwarded-for");
    addresses.iter().map(|text| Hop { address: address(text), is_https: None }).collect()
}

/// The last proxy's word on the scheme.
fn scheme(headers: &HeaderMap) -> Option<bool> {
    elements(headers, "x-forwarded-proto").last().map(|scheme| scheme.eq_ignore_ascii_case("https"))
}

/// What stands between the commas of all lines of a header.
fn elements(headers: &HeaderMap, name: &'static str) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|element| element.trim().to_owned()).collect()
}

/// `for=192.0.2.60;proto=https;by=…`
fn hop(element: &str) -> Hop {
    let mut hop = Hop { address: None, is_https: None };
    for pair in element.split(';') {
        let Some((name, value)) = pair.trim().split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "for" => hop.address = address(value),
            "proto" => hop.is_https = Some(value.eq_ignore_ascii_case("https")),
            _ => {}
        }
    }
    hop
}

/// An address, perhaps in brackets and with a port.
fn address(text: &str) -> Option<IpAddr> {
    let plain =
        text.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|with_port| with_port.ip()));
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    plain.ok().or_else(bracketed).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Layer};

    fn behind(trusted: &str) -> Config {
        Config::of(
            Layer {
                behind_proxy: Some(true),
                trusted_proxies: Some(trusted.parse().unwrap()),
                ..Layer::default()
            },
            Layer::default(),
        )
    }

    fn origin(config: &Config, peer: &str, headers: &[(&'static str, &str)]) -> (String, Option<bool>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let origin = Origin::behind(config, &map, SocketAddr::new(peer.parse().unwrap(), 1));
        (origin.address.to_string(), origin.is_https)
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let headers = [("x-forwarded-for", "198.51.100.7"), ("x-forwarded-proto", "https")];
        let told = ("198.51.100.7".to_owned(), Some(true));
        assert_eq!(origin(&behind("10.0.0.0/8"), "10.1.2.3", &headers), told);
        assert_eq!(
            origin(&behind("10.0.0.0/8"), "192.0.2.1", &headers),
            ("192.0.2.1".to_owned(), Some(false))
        );
        let direct = Config::of(Layer::default(), Layer::default());
        assert_eq!(origin(&direct, "127.0.0.1", &headers), ("127.0.0.1".to_owned(), Some(false)));
    }

    #[test]
    fn what_a_client_made_up_stands_before_its_own_address() {
        let config = behind("10.0.0.0/8,127.0.0.1");
        let chain = [("x-forwarded-for", "1.1.1.1, 198.51.100.7"), ("x-forwarded-for", "10.0.0.9")];
        assert_eq!(origin(&config, "127.0.0.1", &chain).0, "198.51.100.7");
        assert_eq!(origin(&config, "127.0.0.1", &[("x-forwarded-for", "garbage")]).0, "127.0.0.1");
    }

    #[test]
    fn the_header_of_the_standard_is_read_with_its_quotes_and_brackets() {
        let config = behind("127.0.0.1");
        let standard = [
            ("forwarded", r#"for=1.1.1.1, For="[2001:db8::1]:4711";Proto=https"#),
            ("x-forwarded-for", "9.9.9.9"),
        ];
        assert_eq!(origin(&config, "127.0.0.1", &standard), ("2001:db8::1".to_owned(), Some(true)));
        assert_eq!(origin(&config, "127.0.0.1", &[("forwarded", "for=unknown")]).0, "127.0.0.1");
    }
}
