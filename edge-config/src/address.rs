use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host and a port to connect to. Prints as `host:port`, an IPv6 address in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address, without brackets.
    pub host: String,
    /// 1–65535.
    pub port: u16,
}

impl Endpoint {
    /// Whether the traffic stays inside this machine: `localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// `host[:port]`, where `port` may be left out only if there is a `default_port`.
pub(crate) fn endpoint(text: &str, default_port: Option<u16>) -> Option<Endpoint> {
    let (host, rest) = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, rest)
        }
        None => {
            let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
            is_name_or_ipv4(host).then_some(())?;
            (host, rest)
        }
    };
    let port = match rest.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
        None if rest.is_empty() => default_port?,
        None => return None,
    };
    (port != 0).then(|| Endpoint { host: host.to_owned(), port })
}

fn is_name_or_ipv4(host: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let only_digits = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match only_digits {
        true => host.parse::<Ipv4Addr>().is_ok(),
        false => host.len() <= 253 && host.bytes().all(letters),
    }
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn hosts_and_ports_are_taken_apart() {
        let shown = |text| endpoint(text, Some(1883)).map(|endpoint| endpoint.to_string());
        assert_eq!(shown("broker.local").as_deref(), Some("broker.local:1883"));
        assert_eq!(shown("10.0.0.5:1884").as_deref(), Some("10.0.0.5:1884"));
        assert_eq!(shown("[::1]:1884").as_deref(), Some("[::1]:1884"));
        for bad in [
            "",
            ":1883",
            "a b",
            "10.0.0.300",
            "host:0",
            "host:65536",
            "host:+1",
            "host:",
            "::1",
            "[::1",
            "[x]:1",
        ] {
            assert_eq!(shown(bad), None, "{bad}");
        }
        assert_eq!(endpoint("host", None), None);
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let loopback = |text| endpoint(text, Some(1)).unwrap().is_loopback();
        assert!(loopback("localhost") && loopback("127.3.0.1") && loopback("[::1]"));
        assert!(!loopback("10.0.0.5") && !loopback("localhost.example") && !loopback("[2001:db8::1]"));
    }
}
