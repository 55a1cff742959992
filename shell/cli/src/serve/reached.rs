//! Where people reach the server, for the first link. It looks at nothing: what the owner says goes before the address on which it listens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::Url;

/// The beginning of links. An address that stands for all of this machine's is no place to go to, and this machine reaches it by its own.
pub(super) fn reached(public_url: Option<&Url>, has_tls: bool, listens: SocketAddr) -> String {
    if let Some(url) = public_url {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("{}://{}", if has_tls { "https" } else { "http" }, SocketAddr::new(ip, listens.port()))
}

#[cfg(test)]
mod tests {
    use super::reached;

    #[test]
    fn a_link_begins_where_people_reach_the_server() {
        let told = |public_url: &str, has_tls: bool, listens: &str| {
            let public_url = (!public_url.is_empty()).then(|| public_url.parse().unwrap());
            reached(public_url.as_ref(), has_tls, listens.parse().unwrap())
        };
        let told = [
            told("", false, "127.0.0.1:4680"),
            told("", false, "0.0.0.0:4680"),
            told("", false, "[::]:4680"),
            told("", true, "192.0.2.7:443"),
            told("https://tenor.example", false, "0.0.0.0:4680"),
            told("https://example.com/tenor/", true, "127.0.0.1:4680"),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        http://127.0.0.1:4680
        http://127.0.0.1:4680
        http://[::1]:4680
        https://192.0.2.7:443
        https://tenor.example
        https://example.com/tenor
        ");
    }
}
