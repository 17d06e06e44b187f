//! The names under which the agent may be called. A page whose own name was made to lead here (DNS rebinding) calls it by that
//! name, and is sent away.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{StatusCode, header, request::Parts};

use crate::rpc::Refusal;

/// Host and port, in every form in which a client may write them.
#[derive(Debug)]
pub struct HostNames(Vec<String>);

impl HostNames {
    /// Those of a server at `address`, and these names with its port.
    pub(super) fn new(address: SocketAddr, names: &[String]) -> Self {
        let port = address.port();
        let of_address = match address.ip() {
            ip if ip.is_unspecified() => vec![],
            IpAddr::V4(ip) => vec![ip.to_string()],
            IpAddr::V6(ip) => vec![format!("[{ip}]")],
        };
        let mut hosts = names.to_vec();
        hosts.extend(of_address);
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            hosts.extend([
                "127.0.0.1".to_owned(),
                "localhost".to_owned(),
                format!("[{}]", Ipv6Addr::LOCALHOST),
            ]);
        }
        let with_port = |host: String| match port {
            // What a browser leaves out.
            80 | 443 => vec![format!("{host}:{port}"), host],
            _ => vec![format!("{host}:{port}")],
        };
        Self(hosts.into_iter().flat_map(with_port).collect())
    }

    /// The one to show to people.
    pub(super) fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// The host that a request is for.
    ///
    /// # Errors
    /// When it names another one, none, or more than one.
    pub(super) fn check(&self, head: &Parts) -> Result<String, Refusal> {
        let mut hosts = head.headers.get_all(header::HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok().map(str::to_ascii_lowercase),
            _ => None,
        };
        // A request may name a host in its first line as well.
        let authority = head
            .uri
            .authority()
            .map(|authority| authority.as_str().to_ascii_lowercase());
        host.filter(|host| self.0.contains(host))
            .filter(|host| authority.is_none_or(|authority| authority == *host))
            .ok_or_else(|| {
                Refusal::new(
                    StatusCode::MISDIRECTED_REQUEST,
                    "wrong_host",
                    format!("This is {}; the request names another host", self.first()),
                )
            })
    }
}
