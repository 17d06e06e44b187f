//! The proxy on the way to a place, as the environment names it: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case.

use std::net::IpAddr;

use url::{Host, Url};

use super::error::SettingsError;

/// Where a proxy is named, first come first served.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A proxy that is to be used.
#[derive(Clone)]
pub(super) struct Proxy {
    variable: &'static str,
    url: Url,
}

impl Proxy {
    /// The proxy on the way to an encrypted place, if there is one. In the clear nothing goes through a proxy.
    pub(super) fn on_the_way(to: &Url) -> Result<Option<Self>, SettingsError> {
        Self::by(to, |name| std::env::var(name).ok())
    }

    fn by(
        to: &Url,
        variable: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Option<Self>, SettingsError> {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| {
                variable(name)
                    .filter(|value| !value.trim().is_empty())
                    .map(|value| (*name, value))
            })
        };
        let Some((name, address)) = first(&VARIABLES).filter(|_| to.scheme() == "https") else {
            return Ok(None);
        };
        if first(&EXCEPTIONS).is_some_and(|(_, list)| is_excepted(to, &list)) {
            return Ok(None);
        }
        parse(address.trim())
            .map(|url| {
                Some(Self {
                    variable: name,
                    url,
                })
            })
            .ok_or_else(|| SettingsError::ProxyUnreadable {
                variable: name,
                address: without_password(address.trim()),
            })
    }

    /// The address with the password, for the connection alone.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// The proxy as shown to people.
    pub(super) fn shown(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let port = self
            .url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        format!("{}://{host}{port} ({})", self.url.scheme(), self.variable)
    }
}

/// Reads an address strictly: what follows an unescaped `#`, `/` or `\` of a password would pass for something else.
fn parse(address: &str) -> Option<Url> {
    let with_scheme = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    let rest = with_scheme.split_once("://")?.1;
    if rest.trim_end_matches('/').contains(['/', '\\', '#', '?'])
        || rest.contains(char::is_whitespace)
    {
        return None;
    }
    let url = Url::parse(&with_scheme).ok()?;
    let known = matches!(url.scheme(), "http" | "https");
    (known && url.host_str().is_some_and(|host| !host.is_empty())).then_some(url)
}

/// What may be shown of an address that cannot be read: nothing from before its last `@`.
fn without_password(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => address.to_owned(),
    }
}

/// Whether a list of exceptions names a place. The lists of the world are separated by commas, blanks or semicolons.
fn is_excepted(to: &Url, list: &str) -> bool {
    list.split([',', ';', ' ', '\t', '\n'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .any(|entry| covers(entry, to))
}

/// Whether an entry names a place: `*`, a host and what is below it with or without `*.` or a dot before it, the beginning of
/// an address with `*` behind it, an address, a network, each with or without a port.
fn covers(entry: &str, to: &Url) -> bool {
    let Some(host) = to.host() else { return false };
    let (entry, port) = split_port(entry);
    if port.is_some() && port != to.port_or_known_default() {
        return false;
    }
    let address = match host {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
        Host::Domain(_) => None,
    };
    let name = match address {
        Some(address) => address.to_string(),
        None => host.to_string().trim_end_matches('.').to_ascii_lowercase(),
    };
    let entry = entry.to_ascii_lowercase();
    if entry == "*" {
        return true;
    }
    if let (Some(address), Some((network, bits))) = (address, entry.split_once('/')) {
        return is_in(address, network, bits);
    }
    if let Some(beginning) = entry.strip_suffix('*') {
        return name.starts_with(beginning);
    }
    let entry = entry.trim_start_matches(['*', '.']).trim_end_matches('.');
    match name.strip_suffix(entry) {
        Some("") => true,
        Some(below) => address.is_none() && !entry.is_empty() && below.ends_with('.'),
        None => false,
    }
}

/// Takes a port from the end of an entry. An IPv6 address with one is in brackets.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some(rest) = entry.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').unwrap_or((rest, ""));
        let port = rest.strip_prefix(':').and_then(|port| port.parse().ok());
        return (address, port);
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn is_in(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if bits <= 32 => {
            let differing = address.to_bits() ^ network.to_bits();
            differing.checked_shr(32 - bits).unwrap_or_default() == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if bits <= 128 => {
            let differing = address.to_bits() ^ network.to_bits();
            differing.checked_shr(128 - bits).unwrap_or_default() == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "https://seam.hotel.test:8443/acs";

    fn way(to: &str, https: &str, no: &str) -> Result<Option<Proxy>, SettingsError> {
        Proxy::by(&to.parse().unwrap(), |name| match name {
            "HTTPS_PROXY" => Some(https.to_owned()),
            "NO_PROXY" => Some(no.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn the_usual_exceptions_are_kept() {
        for no in [
            "*",
            "*.hotel.test",
            ".hotel.test",
            "hotel.test",
            "HOTEL.test",
            "localhost seam.hotel.test",
            "localhost;seam.hotel.test",
            "localhost, seam.hotel.test",
            "seam.hotel.test:8443",
            "*.test:8443",
            "seam.*",
        ] {
            assert!(
                way(PLACE, "http://127.0.0.1:3128", no).unwrap().is_none(),
                "{no}"
            );
        }
        for (to, no) in [
            ("https://10.1.2.3/", "10.0.0.0/8"),
            ("https://10.1.2.3/", "10.1.2.3"),
            ("https://10.1.2.3/", "10.1.*"),
            ("https://[fd00::1]/", "fd00::/8"),
            ("https://[fd00::1]:8443/", "[fd00::1]:8443"),
            ("https://seam.hotel.test/", "seam.hotel.test:443"),
        ] {
            assert!(
                way(to, "http://127.0.0.1:3128", no).unwrap().is_none(),
                "{no}"
            );
        }
    }

    #[test]
    fn others_go_through_the_proxy() {
        for no in [
            "",
            "localhost",
            "notel.test",
            "tel.test",
            "seam.hotel.test:443",
            "other.seam.hotel.test",
            "10.0.0.0/8",
        ] {
            let proxy = way(PLACE, "http://desk:secret@127.0.0.1:3128", no).unwrap();
            let shown = proxy.unwrap().shown();
            assert_eq!(shown, "http://127.0.0.1:3128 (HTTPS_PROXY)", "{no}");
        }
        assert!(
            way("https://11.1.2.3/", "127.0.0.1:3128", "10.0.0.0/8")
                .unwrap()
                .is_some()
        );
        assert!(
            way("http://127.0.0.1/", "http://127.0.0.1:3128", "")
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_its_password() {
        for address in [
            r"http://HOTEL\desk:pw@127.0.0.1:3128",
            "http://",
            "http://desk:p#ss@127.0.0.1:3128",
            "http://desk:p/ss@127.0.0.1:3128",
            "http://desk:12?34@127.0.0.1:3128",
            "http://desk:pw@127.0.0.1:port",
            "socks5://127.0.0.1:1080",
        ] {
            let Err(error) = way(PLACE, address, "") else {
                panic!("{address}")
            };
            let text = error.to_string();
            assert!(text.starts_with("HTTPS_PROXY is not"), "{text}");
            assert!(!text.contains("desk"), "{text}");
            for secret in ["pw", "p#", "ss@", "12?"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
        let escaped = way(PLACE, "http://HOTEL%5Cdesk:p%23ss@127.0.0.1:3128/", "");
        assert!(escaped.unwrap().is_some());
    }
}
