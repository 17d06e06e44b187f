//! A credential as the API shows it.

use serde_json::{Value, json};

use super::set;
use crate::sim::model::{Credential, Entrance, Mode};
use crate::sim::state::State;

impl Credential {
    /// What `search` looks through.
    pub(in crate::sim) fn matches(&self, search: &str, state: &State) -> bool {
        let search = search.to_lowercase();
        let user = self.acs_user_id.map(|id| id.to_string());
        [
            Some(self.shown_name(state)),
            self.code.clone(),
            self.card_number.clone(),
            user,
            Some(self.acs_credential_id.to_string()),
        ]
        .into_iter()
        .flatten()
        .any(|text| text.to_lowercase().contains(&search))
    }

    pub(in crate::sim) fn view(&self, state: &State) -> Value {
        let system = state.systems.get(self.acs_system_id);
        let (external_type, display_name) =
            system.map_or(("", ""), |system| system.external_type.credential_type());
        let user = self.acs_user_id.and_then(|id| state.users.get(id));
        let mut view = json!({
            "acs_credential_id": self.acs_credential_id,
            "acs_system_id": self.acs_system_id,
            "connected_account_id": system.map(|system| system.connected_account_id),
            "workspace_id": state.workspace.workspace_id,
            "access_method": self.access_method,
            "display_name": self.shown_name(state),
            "external_type": external_type,
            "external_type_display_name": display_name,
            "card_number": self.card_number,
            "code": self.code,
            "is_issued": self.is_issued(),
            "issued_at": self.issued_at,
            "is_managed": true,
            "is_latest_desired_state_synced_with_provider": true,
            "latest_desired_state_synced_with_provider_at": self.created_at,
            "is_multi_phone_sync_credential": self.is_multi_phone_sync_credential,
            "is_one_time_use": false,
            "created_at": self.created_at,
            "errors": self.errors,
            "warnings": self.shown_warnings(),
        });
        set(&mut view, "acs_user_id", self.acs_user_id);
        set(
            &mut view,
            "user_identity_id",
            user.and_then(|user| user.user_identity_id),
        );
        set(&mut view, "starts_at", self.starts_at);
        set(&mut view, "ends_at", self.ends_at);
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

    fn shown_name(&self, state: &State) -> String {
        if let Some(name) = &self.display_name {
            return name.clone();
        }
        let doors: Vec<&str> = self
            .allowed_acs_entrance_ids
            .iter()
            .filter_map(|id| state.entrances.get(*id))
            .map(Entrance::door_name)
            .collect();
        if doors.is_empty() {
            "Credential".to_owned()
        } else {
            doors.join(", ")
        }
    }

    fn shown_warnings(&self) -> Vec<Value> {
        let mut warnings: Vec<Value> = self
            .warnings
            .iter()
            .map(|warning| warning.view(self.created_at))
            .collect();
        if self.access_method == Mode::Card && !self.is_issued() {
            warnings.push(json!({
                "warning_code": "waiting_to_be_issued",
                "message": "The credential is waiting to be issued: encode it on a card.",
                "created_at": self.created_at,
            }));
        }
        warnings
    }
}
