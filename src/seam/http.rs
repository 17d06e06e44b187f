//! The HTTP client underneath: what it trusts, and what it never does. Reports go out through one of the same make.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::{Client, Url, redirect};

use super::error::{SeamError, TransportError};
use super::proxy::Proxy;
use super::tls;

/// A client for one place. It follows no redirect and repeats nothing by itself.
///
/// # Errors
/// [`SeamError::Tls`] when the system's certificates cannot be used, [`SeamError::Settings`] when the proxy cannot.
pub fn http_client(
    to: &Url,
    user_agent: &str,
    connect_timeout: Duration,
    request_timeout: Duration,
) -> Result<Client, SeamError> {
    let encrypted = to.scheme() == "https";
    let tls = tls::config(encrypted).map_err(|error| SeamError::Tls(TransportError::new(error)))?;
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(connect_timeout)
        .timeout(request_timeout)
        .user_agent(user_agent)
        .no_proxy();
    if let Some(proxy) = Proxy::on_the_way(to)? {
        let proxy = reqwest::Proxy::all(proxy.url().clone());
        builder = builder.proxy(proxy.map_err(|error| SeamError::Tls(TransportError::new(error)))?);
    }
    if !encrypted {
        // A name service that sends "localhost" elsewhere would carry a secret off this machine in the clear.
        builder = builder.resolve_to_addrs("localhost", &loopback());
    }
    builder
        .build()
        .map_err(|error| SeamError::Tls(TransportError::new(error)))
}

/// The proxy through which an address is reached, as shown to people, without its password; none where it is reached directly.
#[must_use]
pub fn proxy_to(to: &Url) -> Option<String> {
    Some(Proxy::on_the_way(to).ok()??.shown())
}

/// The addresses of this machine. The port is the call's own.
fn loopback() -> [SocketAddr; 2] {
    [
        (Ipv4Addr::LOCALHOST, 0).into(),
        (Ipv6Addr::LOCALHOST, 0).into(),
    ]
}
