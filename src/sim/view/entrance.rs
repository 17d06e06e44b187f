//! An entrance as the API shows it.

use serde_json::{Value, json};

use super::set;
use crate::sim::model::Entrance;
use crate::sim::state::State;

impl Entrance {
    pub(in crate::sim) fn view(&self, state: &State) -> Value {
        let system = state.systems.get(self.acs_system_id);
        let mut view = json!({
            "acs_entrance_id": self.acs_entrance_id,
            "acs_system_id": self.acs_system_id,
            "connected_account_id": system.map(|system| system.connected_account_id),
            "display_name": self.display_name,
            "can_unlock_with_card": true,
            "can_unlock_with_code": false,
            "can_unlock_with_mobile_key": true,
            "can_unlock_with_cloud_key": false,
            "can_belong_to_reservation": self.is_guest_door(),
            "space_ids": [],
            "created_at": self.created_at,
            "errors": [],
            "warnings": [],
        });
        set(
            &mut view,
            "visionline_metadata",
            self.visionline_metadata.as_ref(),
        );
        set(
            &mut view,
            "assa_abloy_vostio_metadata",
            self.assa_abloy_vostio_metadata.as_ref(),
        );
        view
    }
}
