//! Entrances: the doors of a system.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::new_id;
use crate::sim::table::Row;
use crate::sim::time::Time;

/// A door.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct Entrance {
    #[serde(default = "new_id")]
    pub(in crate::sim) acs_entrance_id: Uuid,
    pub(in crate::sim) acs_system_id: Uuid,
    pub(in crate::sim) display_name: String,
    #[serde(default = "Time::now")]
    pub(in crate::sim) created_at: Time,
    #[serde(default)]
    pub(in crate::sim) visionline_metadata: Option<VisionlineDoor>,
    #[serde(default)]
    pub(in crate::sim) assa_abloy_vostio_metadata: Option<VostioDoor>,
}

/// What Visionline knows of a door.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct VisionlineDoor {
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

/// What Vostio knows of a door.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct VostioDoor {
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
}
