//! A list of networks, as `10.0.0.0/8, 192.0.2.7`: whose word on a request's origin counts.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// This machine alone: on a private network every neighbour could be the proxy.
    pub fn this_machine() -> Self {
        "127.0.0.0/8, ::1".parse().expect("the networks of this machine can be read")
    }

    /// Whether the address is in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for Networks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| {
            let read = part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
            read.map_err(|_| format!("{part:?} is no network such as 10.0.0.0/8"))
        };
        parts.map(network).collect::<Result<Vec<_>, _>>().map(Self)
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(IpNet::to_string).collect();
        f.write_str(&texts.join(", "))
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_single_addresses_are_read_and_nonsense_is_named() {
        let networks: Networks = "10.0.0.0/8, 192.0.2.7".parse().unwrap();
        assert!(
            networks.contain("10.9.9.9".parse().unwrap()) && networks.contain("192.0.2.7".parse().unwrap())
        );
        assert!(!networks.contain("192.0.2.8".parse().unwrap()));
        assert_eq!(networks.to_string(), "10.0.0.0/8, 192.0.2.7/32");
        assert!("10.0.0.0/8, everywhere".parse::<Networks>().unwrap_err().contains("everywhere"));
    }
}
