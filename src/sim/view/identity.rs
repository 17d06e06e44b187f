//! A user identity as the API shows it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::sim::model::UserIdentity;
use crate::sim::state::State;

impl UserIdentity {
    pub(in crate::sim) fn view(&self, state: &State) -> Value {
        let users: Vec<Uuid> = state
            .users
            .iter()
            .filter(|user| user.user_identity_id == Some(self.user_identity_id))
            .map(|user| user.acs_user_id)
            .collect();
        json!({
            "user_identity_id": self.user_identity_id,
            "user_identity_key": self.user_identity_key,
            "full_name": self.full_name,
            "email_address": self.email_address,
            "phone_number": self.phone_number,
            "display_name": self.display_name(),
            "acs_user_ids": users,
            "workspace_id": state.workspace.workspace_id,
            "created_at": self.created_at,
            "errors": [],
            "warnings": [],
        })
    }
}
