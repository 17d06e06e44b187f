//! A hotel before it is served: its facts, its keys, and the handle to what may go wrong.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::auth::Keys;
use super::faults::Faults;
use super::report::{REPORT_PATH, ReportSecret};
use super::state::State;

/// A simulated hotel, in memory.
pub struct Hotel {
    state: State,
    secrets: Secrets,
    faults: Faults,
}

/// What a caller and a reporter must know.
#[derive(Clone)]
pub(super) struct Secrets {
    pub(super) keys: Keys,
    pub(super) report_secret: ReportSecret,
}

/// How to reach a served hotel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The base URL of the API.
    pub endpoint: String,
    /// An API key of the workspace.
    pub api_key: String,
    /// Where issuance reports are received.
    pub report_url: String,
    /// What reports are signed with: `whsec_` and base64.
    pub report_secret: String,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("endpoint", &self.endpoint)
            .field("report_url", &self.report_url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Hotel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hotel")
            .field("state", &self.state)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl Hotel {
    /// How to reach this hotel from this machine once it is served at `address`.
    #[must_use]
    pub fn access(&self, address: SocketAddr) -> Access {
        let endpoint = endpoint_at(address);
        Access {
            api_key: self.secrets.keys.api_key.clone(),
            report_url: format!("{endpoint}{REPORT_PATH}"),
            report_secret: self.secrets.report_secret.to_string(),
            endpoint,
        }
    }

    /// A personal access token, and the workspace to send with it as `seam-workspace`.
    #[must_use]
    pub fn personal_access_token(&self) -> (String, String) {
        let keys = &self.secrets.keys;
        (
            keys.personal_access_token.clone(),
            keys.workspace_id.to_string(),
        )
    }

    /// The handle by which calls are made to fail, and by which the calls that came are seen.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    pub(super) fn new(state: State, secrets: Secrets) -> Self {
        Self {
            state,
            secrets,
            faults: Faults::default(),
        }
    }

    pub(super) fn into_parts(self) -> (State, Secrets, Faults) {
        (self.state, self.secrets, self.faults)
    }
}

/// The URL by which this machine reaches a server that is bound to `address`. Bound to every address, it is reached by that
/// of the loopback: "any" is none to connect to.
pub(super) fn endpoint_at(mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("http://{address}")
}
