//! Access systems.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::new_id;
use crate::sim::table::Row;
use crate::sim::time::Time;

/// Whose access system it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(in crate::sim) enum Manufacturer {
    #[serde(rename = "visionline_system")]
    Visionline,
    #[serde(rename = "assa_abloy_vostio")]
    Vostio,
}

impl Manufacturer {
    pub(in crate::sim) fn system_type(self) -> (&'static str, &'static str) {
        match self {
            Self::Visionline => ("visionline_system", "Visionline System"),
            Self::Vostio => ("assa_abloy_vostio", "ASSA ABLOY Vostio"),
        }
    }

    /// The `external_type` of a credential of such a system, and its display name.
    pub(in crate::sim) fn credential_type(self) -> (&'static str, &'static str) {
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
    pub(in crate::sim) time_zone: Option<String>,
    #[serde(default = "Time::now")]
    pub(in crate::sim) created_at: Time,
    #[serde(default)]
    pub(in crate::sim) visionline_metadata: Option<Value>,
}

impl Row for System {
    const NOT_FOUND: &'static str = "acs_system_not_found";
    fn id(&self) -> Uuid {
        self.acs_system_id
    }
}
