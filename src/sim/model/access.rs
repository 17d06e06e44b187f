//! Access grants and the access methods that they led to.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Credential, Mode, new_id, set};
use crate::sim::moment::Moment;
use crate::sim::state::{Row, State};

/// Access for a person, for a time, to some doors.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct AccessGrant {
    #[serde(default = "new_id")]
    pub(in crate::sim) access_grant_id: Uuid,
    #[serde(default)]
    pub(in crate::sim) access_grant_key: Option<String>,
    #[serde(default)]
    pub(in crate::sim) reservation_key: Option<String>,
    pub(in crate::sim) user_identity_id: Uuid,
    #[serde(default)]
    name: Option<String>,
    #[serde(default = "Moment::now")]
    created_at: Moment,
    starts_at: Moment,
    #[serde(default)]
    ends_at: Option<Moment>,
    #[serde(default)]
    pub(in crate::sim) acs_entrance_ids: Vec<Uuid>,
}

impl Row for AccessGrant {
    const NOT_FOUND: &'static str = "access_grant_not_found";
    fn id(&self) -> Uuid {
        self.access_grant_id
    }
}

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

/// How a card comes to hold an access method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum CardStep {
    /// An encoder writes it (Visionline, Vostio).
    #[default]
    Encoding,
    /// A card that the system knows is assigned by its number.
    Assignment,
}

/// One way in, made by a grant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct AccessMethod {
    #[serde(default = "new_id")]
    pub(in crate::sim) access_method_id: Uuid,
    pub(in crate::sim) access_grant_id: Uuid,
    /// The credential that carries it, which the API shows through `get_related` only.
    #[serde(default)]
    pub(in crate::sim) acs_credential_id: Option<Uuid>,
    #[serde(default)]
    pub(in crate::sim) mode: Mode,
    #[serde(default)]
    pub(in crate::sim) card_step: CardStep,
    #[serde(default)]
    pub(in crate::sim) code: Option<String>,
    #[serde(default = "Moment::now")]
    pub(in crate::sim) created_at: Moment,
    #[serde(default)]
    pub(in crate::sim) issued_at: Option<Moment>,
}

impl Row for AccessMethod {
    const NOT_FOUND: &'static str = "access_method_not_found";
    fn id(&self) -> Uuid {
        self.access_method_id
    }
}

impl AccessMethod {
    pub(in crate::sim) fn display_name(&self) -> &'static str {
        match self.mode {
            Mode::Code => "PIN Code Access",
            Mode::Card => "Card Access",
            Mode::MobileKey => "Mobile Key Access",
            Mode::CloudKey => "Cloud Key Access",
        }
    }

    /// Whether a card has still to be made for it.
    pub(in crate::sim) fn waits_for(
        &self,
        step: CardStep,
        credential: Option<&Credential>,
    ) -> bool {
        let reissue = credential
            .is_some_and(|credential| credential.warns(super::WarningCode::NeedsToBeReissued));
        self.mode == Mode::Card && self.card_step == step && (self.issued_at.is_none() || reissue)
    }

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
