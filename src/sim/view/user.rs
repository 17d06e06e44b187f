//! A user of an access system as the API shows it.

use serde_json::{Value, json};

use super::set;
use crate::sim::model::User;
use crate::sim::state::State;

impl User {
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
