//! What each kind of access control system says about its entrances.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::seam::values::{Extra, open_enum};

/// The Visionline side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisionlineEntranceMetadata {
    /// The door's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_name: Option<String>,
    /// What kind of door it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_category: Option<VisionlineDoorCategory>,
    /// How the door can be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profiles: Option<Vec<VisionlineDoorProfile>>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One way in which a Visionline door can be opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisionlineDoorProfile {
    /// Visionline's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visionline_door_profile_id: Option<String>,
    /// Which way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visionline_door_profile_type: Option<VisionlineDoorProfileType>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Vostio side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VostioEntranceMetadata {
    /// The door's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_name: Option<String>,
    /// The door's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_number: Option<Number>,
    /// What kind of door it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_type: Option<VostioDoorType>,
    /// The door's identifier in the property management system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pms_id: Option<String>,
    /// Whether keys may set it to stay open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_open: Option<bool>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Avigilon Alta side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvigilonAltaEntranceMetadata {
    /// The entry's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_name: Option<String>,
    /// How many relays the entry has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_relays_total_count: Option<Number>,
    /// The organisation's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_name: Option<String>,
    /// The site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_id: Option<Number>,
    /// The site's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_name: Option<String>,
    /// The zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_id: Option<Number>,
    /// The zone's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_name: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Brivo side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrivoEntranceMetadata {
    /// The access point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_point_id: Option<String>,
    /// The site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_id: Option<Number>,
    /// The site's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_name: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The dormakaba Ambiance side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DormakabaAmbianceEntranceMetadata {
    /// The access point's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_point_name: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The dormakaba Community side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DormakabaCommunityEntranceMetadata {
    /// The access point's profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_point_profile: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Hotek side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotekEntranceMetadata {
    /// Name of the common area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_area_name: Option<String>,
    /// Number of the common area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_area_number: Option<String>,
    /// Number of the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_number: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Latch side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatchEntranceMetadata {
    /// Who may reach the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessibility_type: Option<String>,
    /// The door's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_name: Option<String>,
    /// What kind of door it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_type: Option<String>,
    /// Whether the lock is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_connected: Option<bool>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Salto KS side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaltoKsEntranceMetadata {
    /// How full the battery is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_level: Option<String>,
    /// The door's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_name: Option<String>,
    /// Whether the intrusion alarm sounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intrusion_alarm: Option<bool>,
    /// Whether the left-open alarm sounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_open_alarm: Option<bool>,
    /// The kind of lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_type: Option<String>,
    /// Whether it is locked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_state: Option<String>,
    /// Whether the lock is online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    /// Whether privacy mode keeps everybody out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_mode: Option<bool>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Salto Space side of an entrance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaltoSpaceEntranceMetadata {
    /// Whether openings are recorded on the keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_on_keys: Option<bool>,
    /// The door in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_description: Option<String>,
    /// Salto's own identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_id: Option<String>,
    /// The door's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_name: Option<String>,
    /// The room in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_description: Option<String>,
    /// The room's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_name: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// What kind of door Visionline takes an entrance for.
    pub enum VisionlineDoorCategory {
        Entrance = "entrance",
        Guest = "guest",
        ElevatorReader = "elevator reader",
        Common = "common",
        CommonPMS = "common (PMS)",
    }
}

open_enum! {
    /// How a Visionline door can be opened.
    pub enum VisionlineDoorProfileType {
        Ble = "BLE",
        CommonDoor = "commonDoor",
        Touch = "touch",
    }
}

open_enum! {
    /// What kind of door Vostio takes an entrance for.
    pub enum VostioDoorType {
        CommonDoor = "CommonDoor",
        EntranceDoor = "EntranceDoor",
        GuestDoor = "GuestDoor",
        Elevator = "Elevator",
    }
}
