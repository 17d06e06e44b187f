//! Access grants and access methods as the API shows them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::set;
use crate::sim::model::{AccessGrant, AccessMethod, CardStep, Mode};
use crate::sim::state::State;

impl AccessGrant {
    pub(in crate::sim) fn view(&self, state: &State) -> Value {
        let methods: Vec<&AccessMethod> = state
            .methods
            .iter()
            .filter(|method| method.access_grant_id == self.access_grant_id)
            .collect();
        let ids: Vec<Uuid> = methods
            .iter()
            .map(|method| method.access_method_id)
            .collect();
        let requested: Vec<Value> = methods
            .iter()
            .map(|method| {
                json!({
                    "mode": method.mode,
                    "display_name": method.display_name(),
                    "created_at": method.created_at,
                    "created_access_method_ids": [method.access_method_id],
                })
            })
            .collect();
        let mut view = json!({
            "access_grant_id": self.access_grant_id,
            "user_identity_id": self.user_identity_id,
            "workspace_id": state.workspace.workspace_id,
            "display_name": self.name.as_deref().unwrap_or("Access Grant"),
            "name": self.name,
            "created_at": self.created_at,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "space_ids": [],
            "location_ids": [],
            "access_method_ids": ids,
            "requested_access_methods": requested,
            "pending_mutations": [],
            "errors": [],
            "warnings": [],
        });
        set(
            &mut view,
            "access_grant_key",
            self.access_grant_key.as_ref(),
        );
        set(&mut view, "reservation_key", self.reservation_key.as_ref());
        view
    }
}

impl AccessMethod {
    pub(in crate::sim) fn view(&self, state: &State) -> Value {
        let credential = self
            .acs_credential_id
            .and_then(|id| state.credentials.get(id));
        let mut view = json!({
            "access_method_id": self.access_method_id,
            "workspace_id": state.workspace.workspace_id,
            "display_name": self.display_name(),
            "mode": self.mode,
            "created_at": self.created_at,
            "is_issued": self.issued_at.is_some(),
            "issued_at": self.issued_at,
            "errors": [],
            "warnings": [],
            "pending_mutations": [],
        });
        set(&mut view, "code", self.code.as_ref());
        if self.mode == Mode::Card {
            let encoding = self.waits_for(CardStep::Encoding, credential);
            let assignment = self.waits_for(CardStep::Assignment, credential);
            view["is_encoding_required"] = json!(encoding);
            view["is_ready_for_encoding"] = json!(encoding && credential.is_some());
            view["is_assignment_required"] = json!(assignment);
            view["is_ready_for_assignment"] = json!(assignment);
        }
        view
    }
}
