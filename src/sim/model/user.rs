//! Users of one access system.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::new_id;
use crate::sim::table::Row;
use crate::sim::time::Time;

/// A user of one access system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct User {
    #[serde(default = "new_id")]
    pub(in crate::sim) acs_user_id: Uuid,
    pub(in crate::sim) acs_system_id: Uuid,
    pub(in crate::sim) full_name: String,
    #[serde(default)]
    pub(in crate::sim) email_address: Option<String>,
    #[serde(default)]
    pub(in crate::sim) phone_number: Option<String>,
    #[serde(default)]
    pub(in crate::sim) user_identity_id: Option<Uuid>,
    #[serde(default)]
    pub(in crate::sim) access_schedule: Option<AccessSchedule>,
    /// Entrances granted to the user directly, beside those of the user's credentials.
    #[serde(default)]
    pub(in crate::sim) acs_entrance_ids: Vec<Uuid>,
    #[serde(default)]
    pub(in crate::sim) is_suspended: bool,
    #[serde(default = "Time::now")]
    pub(in crate::sim) created_at: Time,
}

/// When a user has access; no end is open-ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct AccessSchedule {
    pub(in crate::sim) starts_at: Time,
    pub(in crate::sim) ends_at: Option<Time>,
}

impl Row for User {
    const NOT_FOUND: &'static str = "acs_user_not_found";
    fn id(&self) -> Uuid {
        self.acs_user_id
    }
}

impl User {
    /// A user without anything that is optional.
    pub(in crate::sim) fn new(acs_system_id: Uuid, full_name: String, created_at: Time) -> Self {
        Self {
            acs_user_id: new_id(),
            acs_system_id,
            full_name,
            email_address: None,
            phone_number: None,
            user_identity_id: None,
            access_schedule: None,
            acs_entrance_ids: Vec::new(),
            is_suspended: false,
            created_at,
        }
    }
}
