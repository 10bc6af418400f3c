//! Where a request comes from: the other end of the connection, or, if that is a proxy of the operator's, who it says.

use std::net::IpAddr;

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

/// The address of the caller. Each proxy adds the address it was called from at the right end of `X-Forwarded-For`, so
/// the last one that is not itself trusted is the caller; what stands left of it anybody may have written. Who connects to
/// a socket in the file system has no address, and is a proxy of this machine's.
pub(super) fn caller(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: &Option<IpAddr>| match address {
        Some(address) => trusted.iter().any(|network| network.contains(address)),
        None => true,
    };
    let mut found = peer.map(|peer| peer.to_canonical());
    let values = headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    for said in values.rsplit(',').map(str::trim).filter(|said| !said.is_empty()) {
        if !is_trusted(&found) {
            break;
        }
        // What is no address was not written by a proxy: the last one that is known stays.
        let Some(address) = read(said) else { break };
        found = Some(address.to_canonical());
    }
    found
}

/// An address, as some proxies write it with its port or in brackets.
fn read(said: &str) -> Option<IpAddr> {
    let bare = said.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| said.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn from(peer: &str, forwarded: &[&'static str]) -> String {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "::1/128"].map(|text| text.parse().unwrap()).to_vec();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static(value));
        }
        caller(peer.parse().ok(), &headers, &trusted).map_or_else(String::new, |address| address.to_string())
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(from("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(from("10.0.0.2", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(from("10.0.0.2", &[]), "10.0.0.2");
        // The kernel shows IPv4 callers of a dual-stack socket in the IPv6 form.
        assert_eq!(from("::ffff:10.0.0.2", &["198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn who_connects_to_a_socket_is_a_proxy() {
        assert_eq!((from("", &["198.51.100.1"]), from("", &[])), ("198.51.100.1".to_owned(), String::new()));
        assert_eq!(from("", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn what_the_caller_wrote_into_the_header_itself_says_nothing() {
        assert_eq!(from("10.0.0.2", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(from("10.0.0.2", &["1.1.1.1", "198.51.100.1, 10.0.0.3"]), "198.51.100.1");
        assert_eq!(from("10.0.0.2", &["nonsense, 198.51.100.1:4711, [::1]"]), "198.51.100.1");
        assert_eq!(from("10.0.0.2", &["nonsense"]), "10.0.0.2");
    }
}
