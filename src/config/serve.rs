//! Section `[serve]`: where the desk page and the local API are served, and who may reach them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use super::{ConfigError, Located, Origin};

/// Seven, then three, two, one.
const DEFAULT_PORT: u16 = 7321;

/// A person has to fetch a card.
pub const CARD_TIMEOUT: Duration = Duration::from_secs(60);

/// Section `[serve]`.
#[derive(Debug)]
pub struct ServeConfig {
    /// `listen`: the address and the port. Port 0 takes a free one.
    pub listen: Located<SocketAddr>,
    /// `host_names`: names under which it is reached, beside its address; in lower case.
    pub host_names: Vec<String>,
    /// `allowed_origins`: web pages of others that may call the local API with a token, such as `https://pms.example.com`.
    pub allowed_origins: Vec<String>,
    /// `card_timeout_seconds`: how long a card is waited for that the local API is to encode or to scan.
    pub card_timeout: Duration,
    /// `certificate_file` and `key_file`; always there where the address is not this machine's own.
    pub tls: Option<TlsFiles>,
}

/// What the server proves to be itself with.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// `certificate_file`: PEM, its own certificate first.
    pub certificate: Located<PathBuf>,
    /// `key_file`: PEM.
    pub key: Located<PathBuf>,
}

impl ServeConfig {
    pub(super) fn parse(
        listen: Option<Located<String>>,
        host_names: Option<Located<Vec<String>>>,
        allowed_origins: Option<Located<Vec<String>>>,
        tls: (Option<Located<PathBuf>>, Option<Located<PathBuf>>),
        card_timeout: Option<Duration>,
    ) -> Result<Self, ConfigError> {
        let listen = match listen {
            Some(listen) => listen.parse(address)?,
            None => Located {
                value: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
                origin: Origin::Default,
            },
        };
        let tls = match tls {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            (Some(lone), None) => {
                return Err(value(lone.origin, "a certificate needs its `key_file`"));
            }
            (None, Some(lone)) => {
                return Err(value(lone.origin, "a key needs its `certificate_file`"));
            }
        };
        let host_names = each(host_names, host_name)?;
        if !listen.value.ip().is_loopback() {
            let address = listen.value;
            if tls.is_none() {
                let problem = format!(
                    "{address} can be reached from the network, where guests' names must not travel unencrypted: set `certificate_file` and `key_file`, or listen on 127.0.0.1"
                );
                return Err(value(listen.origin, problem));
            }
            if host_names.is_empty() {
                let problem = format!("{address} needs `host_names`: the names in its certificate");
                return Err(value(listen.origin, problem));
            }
        }
        Ok(Self {
            listen,
            host_names,
            allowed_origins: each(allowed_origins, web_origin)?,
            card_timeout: card_timeout.unwrap_or(CARD_TIMEOUT),
            tls,
        })
    }
}

fn value(origin: Origin, problem: impl Into<String>) -> ConfigError {
    ConfigError::Value {
        origin,
        problem: problem.into(),
    }
}

fn each(
    texts: Option<Located<Vec<String>>>,
    parse: fn(&str) -> Result<String, String>,
) -> Result<Vec<String>, ConfigError> {
    let Some(Located {
        value: texts,
        origin,
    }) = texts
    else {
        return Ok(Vec::new());
    };
    let parsed: Result<Vec<_>, _> = texts.iter().map(|text| parse(text)).collect();
    parsed.map_err(|problem| value(origin, problem))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is not an address and a port, such as \"127.0.0.1:{DEFAULT_PORT}\"")
    })
}

fn host_name(text: &str) -> Result<String, String> {
    match Host::parse(text) {
        Ok(host) if !text.is_empty() => Ok(host.to_string()),
        _ => Err(format!(
            "`{text}` is not a host name, such as \"frontdesk.hotel.example\""
        )),
    }
}

/// What a browser sends as `Origin`: scheme, host and port, and nothing else.
fn web_origin(text: &str) -> Result<String, String> {
    let origin = Url::parse(text).ok().map(|url| url.origin());
    origin
        .filter(url::Origin::is_tuple)
        .map(|origin| origin.ascii_serialization())
        .filter(|origin| origin == text)
        .ok_or_else(|| {
            format!("`{text}` is not the origin of a web page, such as \"https://pms.example.com\"")
        })
}
