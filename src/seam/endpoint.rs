//! Where the API is: https anywhere, plain http on this machine only.

use url::{Host, Url};

use super::error::SettingsError;

/// The hosted API.
pub const DEFAULT_ENDPOINT: &str = "https://connect.getseam.com";

/// A checked base address.
#[derive(Debug, Clone)]
pub(super) struct Endpoint(Url);

impl Endpoint {
    /// Checks a base address: a key must not cross a network in the clear, nor hide in the address.
    pub(super) fn parse(text: &str) -> Result<Self, SettingsError> {
        let url = Url::parse(text.trim()).map_err(SettingsError::EndpointUnreadable)?;
        let Some(host) = url.host() else {
            return Err(SettingsError::EndpointScheme(url.scheme().to_owned()));
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
            "http" => return Err(SettingsError::EndpointInTheClear(host.to_string())),
            other => return Err(SettingsError::EndpointScheme(other.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SettingsError::EndpointWithCredentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(SettingsError::EndpointWithQuery);
        }
        Ok(Self(url))
    }

    /// The address of one call. `path` begins with a slash.
    pub(super) fn call(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// The base address.
    pub(super) fn base(&self) -> &Url {
        &self.0
    }

    /// The base address, as shown to people.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

/// An address as shown to people: without a name, password or query, which may give access.
#[must_use]
pub fn without_tokens(url: &Url) -> String {
    let mut shown = url.clone();
    // An address without a host has no name either.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(url.query().map(|_| "…"));
    shown.set_fragment(None);
    shown.as_str().replace("?%E2%80%A6", "?…")
}

/// Whether what is sent to this host stays on this machine.
#[must_use]
pub fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_tokens() {
        let shown = |url: &str| without_tokens(&url.parse().unwrap());
        let hook = "https://pms.example.com/hook";
        assert_eq!(shown(hook), hook);
        let secret = shown("https://desk:secret@pms.example.com/hook?token=secret#secret");
        assert_eq!(secret, "https://pms.example.com/hook?…");
    }
}
