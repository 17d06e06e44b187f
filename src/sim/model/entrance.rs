//! Entrances: the doors of a system.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{new_id, set};
use crate::sim::moment::Moment;
use crate::sim::state::{Row, State};

/// A door.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct Entrance {
    #[serde(default = "new_id")]
    pub(in crate::sim) acs_entrance_id: Uuid,
    pub(in crate::sim) acs_system_id: Uuid,
    pub(in crate::sim) display_name: String,
    #[serde(default = "Moment::now")]
    created_at: Moment,
    #[serde(default)]
    visionline_metadata: Option<VisionlineDoor>,
    #[serde(default)]
    assa_abloy_vostio_metadata: Option<VostioDoor>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VisionlineDoor {
    door_name: String,
    door_category: VisionlineDoorCategory,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum VisionlineDoorCategory {
    #[serde(rename = "entrance")]
    Entrance,
    #[serde(rename = "guest")]
    Guest,
    #[serde(rename = "elevator reader")]
    ElevatorReader,
    #[serde(rename = "common")]
    Common,
    #[serde(rename = "common (PMS)")]
    CommonPms,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VostioDoor {
    door_name: String,
    door_type: VostioDoorType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    door_number: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pms_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum VostioDoorType {
    CommonDoor,
    EntranceDoor,
    GuestDoor,
    Elevator,
}

impl Row for Entrance {
    const NOT_FOUND: &'static str = "acs_entrance_not_found";
    fn id(&self) -> Uuid {
        self.acs_entrance_id
    }
}

impl Entrance {
    /// Whether it is a guest's own door, not one that guests share.
    pub(in crate::sim) fn is_guest_door(&self) -> bool {
        self.visionline_metadata
            .as_ref()
            .is_some_and(|door| door.door_category == VisionlineDoorCategory::Guest)
            || self
                .assa_abloy_vostio_metadata
                .as_ref()
                .is_some_and(|door| door.door_type == VostioDoorType::GuestDoor)
    }

    /// The name that the access system has for the door.
    pub(in crate::sim) fn door_name(&self) -> &str {
        let visionline = self
            .visionline_metadata
            .as_ref()
            .map(|door| &door.door_name);
        let vostio = self
            .assa_abloy_vostio_metadata
            .as_ref()
            .map(|door| &door.door_name);
        visionline.or(vostio).unwrap_or(&self.display_name)
    }

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
