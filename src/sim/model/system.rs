//! Access systems.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{new_id, set};
use crate::sim::moment::Moment;
use crate::sim::state::{Row, State};

/// Whose access system it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(in crate::sim) enum Manufacturer {
    #[serde(rename = "visionline_system")]
    Visionline,
    #[serde(rename = "assa_abloy_vostio")]
    Vostio,
}

impl Manufacturer {
    fn system_type(self) -> (&'static str, &'static str) {
        match self {
            Self::Visionline => ("visionline_system", "Visionline System"),
            Self::Vostio => ("assa_abloy_vostio", "ASSA ABLOY Vostio"),
        }
    }

    /// The `external_type` of a credential of such a system, and its display name.
    pub(super) fn credential_type(self) -> (&'static str, &'static str) {
        match self {
            Self::Visionline => ("visionline_card", "Visionline Card"),
            Self::Vostio => ("assa_abloy_vostio_key", "ASSA ABLOY Vostio Key"),
        }
    }
}

/// An access system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct System {
    #[serde(default = "new_id")]
    pub(in crate::sim) acs_system_id: Uuid,
    #[serde(default = "new_id")]
    pub(in crate::sim) connected_account_id: Uuid,
    pub(in crate::sim) external_type: Manufacturer,
    pub(in crate::sim) name: String,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default = "Moment::now")]
    created_at: Moment,
    #[serde(default)]
    visionline_metadata: Option<Value>,
}

impl Row for System {
    const NOT_FOUND: &'static str = "acs_system_not_found";
    fn id(&self) -> Uuid {
        self.acs_system_id
    }
}

impl System {
    pub(in crate::sim) fn view(&self, state: &State) -> Value {
        let (system_type, display_name) = self.external_type.system_type();
        let users = state
            .users
            .iter()
            .filter(|user| user.acs_system_id == self.acs_system_id)
            .count();
        let mut view = json!({
            "acs_system_id": self.acs_system_id,
            "connected_account_id": self.connected_account_id,
            "connected_account_ids": [self.connected_account_id],
            "workspace_id": state.workspace.workspace_id,
            "name": self.name,
            "external_type": system_type,
            "external_type_display_name": display_name,
            "system_type": system_type,
            "system_type_display_name": display_name,
            "image_url": "https://connect.getseam.com/assets/images/acs_systems/default.png",
            "image_alt_text": display_name,
            "is_credential_manager": false,
            "default_credential_manager_acs_system_id": null,
            "acs_user_count": users,
            "acs_access_group_count": 0,
            "location": {"time_zone": self.time_zone},
            "created_at": self.created_at,
            "errors": [],
            "warnings": [],
        });
        set(
            &mut view,
            "visionline_metadata",
            self.visionline_metadata.as_ref(),
        );
        view
    }
}
