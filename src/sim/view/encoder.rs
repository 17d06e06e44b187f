//! An encoder as the API shows it.

use serde_json::{Value, json};

use crate::sim::model::Encoder;
use crate::sim::state::State;

impl Encoder {
    pub(in crate::sim) fn view(&self, state: &State) -> Value {
        let system = state.systems.get(self.acs_system_id);
        json!({
            "acs_encoder_id": self.acs_encoder_id,
            "acs_system_id": self.acs_system_id,
            "connected_account_id": system.map(|system| system.connected_account_id),
            "workspace_id": state.workspace.workspace_id,
            "display_name": self.display_name,
            "created_at": self.created_at,
            "errors": [],
        })
    }
}
