//! Users of one access system.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{new_id, set};
use crate::sim::moment::Moment;
use crate::sim::state::{Row, State};

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
    #[serde(default = "Moment::now")]
    pub(in crate::sim) created_at: Moment,
}

/// When a user has access; no end is open-ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct AccessSchedule {
    pub(in crate::sim) starts_at: Moment,
    pub(in crate::sim) ends_at: Option<Moment>,
}

impl Row for User {
    const NOT_FOUND: &'static str = "acs_user_not_found";
    fn id(&self) -> Uuid {
        self.acs_user_id
    }
}

impl User {
    /// A user without anything that is optional.
    pub(in crate::sim) fn new(acs_system_id: Uuid, full_name: String, created_at: Moment) -> Self {
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

    pub(in crate::sim) fn view(&self, state: &State) -> Value {
        let system = state.systems.get(self.acs_system_id);
        let mut view = json!({
            "acs_user_id": self.acs_user_id,
            "acs_system_id": self.acs_system_id,
            "connected_account_id": system.map(|system| system.connected_account_id),
            "workspace_id": state.workspace.workspace_id,
            "display_name": self.full_name,
            "full_name": self.full_name,
            "is_managed": true,
            "is_suspended": self.is_suspended,
            "last_successful_sync_at": self.created_at,
            "pending_mutations": [],
            "created_at": self.created_at,
            "errors": [],
            "warnings": [],
        });
        set(&mut view, "email_address", self.email_address.as_ref());
        set(&mut view, "email", self.email_address.as_ref());
        set(&mut view, "phone_number", self.phone_number.as_ref());
        set(&mut view, "access_schedule", self.access_schedule);
        if let Some(identity) = self
            .user_identity_id
            .and_then(|id| state.identities.get(id))
        {
            view["user_identity_id"] = json!(identity.user_identity_id);
            view["user_identity_full_name"] = json!(identity.full_name);
            view["user_identity_email_address"] = json!(identity.email_address);
            view["user_identity_phone_number"] = json!(identity.phone_number);
        }
        view
    }
}
