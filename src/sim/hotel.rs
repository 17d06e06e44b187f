//! A hotel before it is served: its facts, its keys, and the handle to what may go wrong.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::auth::Keys;
use super::faults::Faults;
use super::report::{REPORT_PATH, ReportSecret};
use super::seed::{self, SeedError};
use super::server::endpoint_at;
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
    /// The hotel that ships with cardbridge, its keys new at every start.
    ///
    /// A Visionline and a Vostio system, guests, doors, vendor encoders, access grants, a dozen card credentials that wait to
    /// be issued, and some that must be refused.
    #[must_use]
    pub fn seeded() -> Self {
        seed::shipped()
    }

    /// The hotel that a seed file describes.
    ///
    /// A seed is a JSON object of Seam's own objects, in lists named as the API names them: `acs_systems`, `acs_entrances`,
    /// `acs_encoders`, `user_identities`, `acs_users`, `acs_credentials`, `access_grants`, `access_methods`. Fields have Seam's
    /// names. Whatever follows from something else is left out (workspace, connected account, external type of a credential,
    /// `is_issued`, the warning `waiting_to_be_issued`), and nearly all else may be: an id that is left out is made up.
    ///
    /// * A time is RFC 3339, or `now`, `now+3d`, `now-90m` (units `s`, `m`, `h`, `d`), so that a seed stays good.
    /// * A credential is issued if it has `issued_at`. Its `warnings` are codes, its doors are `allowed_acs_entrance_ids`; metadata
    ///   that is not given follows from the doors.
    /// * An access method names its `acs_credential_id`, and `card_step` is `encoding` or `assignment`.
    /// * `registered_card_numbers` are the cards that `assign_card` can assign.
    /// * `workspace`, `api_key`, `personal_access_token` and `report_secret` are new at each start unless given.
    ///
    /// The shipped hotel, `src/sim/seed/hotel.json`, is the example to start from.
    ///
    /// # Errors
    /// [`SeedError`] with the place in the file.
    pub fn from_seed_file(json: &str) -> Result<Self, SeedError> {
        seed::load(json)
    }

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
