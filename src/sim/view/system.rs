//! An access system as the API shows it.

use serde_json::{Value, json};

use super::set;
use crate::sim::model::System;
use crate::sim::state::State;

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
