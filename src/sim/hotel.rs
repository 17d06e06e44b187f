//! A hotel before it is served: its facts, its keys, and the handle to what may go wrong.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::auth::Keys;
use super::faults::Faults;
use super::report::ReportSecret;
use super::seed::{self, SeedError};
use super::server::REPORT_PATH;
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

/// How to reach a served hotel; as JSON, the first line of `cardbridge sim-api`.
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
    /// The hotel that ships with cardbridge, its keys new at every start.
    ///
    /// A Visionline and a Vostio system, guests, doors, vendor encoders, access grants, a dozen card credentials that wait to
    /// be issued, and some that must be refused.
    #[must_use]
    pub fn seeded() -> Self {
        seed::shipped()
    }

    /// The hotel that a seed file describes: see `seed` for the format.
    ///
    /// # Errors
    /// [`SeedError`] with the place in the file.
    pub fn from_seed_file(json: &str) -> Result<Self, SeedError> {
        seed::load(json)
    }

    /// How to reach this hotel once it is served at `address`.
    #[must_use]
    pub fn access(&self, address: SocketAddr) -> Access {
        let endpoint = format!("http://{address}");
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
