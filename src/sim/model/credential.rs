//! Credentials.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Entrance, Manufacturer, Notice, VisionlineMetadata, VostioMetadata, Warning, WarningCode,
    new_id, set,
};
use crate::sim::moment::Moment;
use crate::sim::state::{Row, State};

/// What a credential or an access method is carried by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum Mode {
    Code,
    #[default]
    Card,
    MobileKey,
    CloudKey,
}

impl Mode {
    /// The values as the API spells them.
    pub(in crate::sim) const ALL: &[(&str, Self)] = &[
        ("code", Self::Code),
        ("card", Self::Card),
        ("mobile_key", Self::MobileKey),
        ("cloud_key", Self::CloudKey),
    ];
}

impl State {
    /// Gives a credential the metadata of its manufacturer, worked out from its doors where it is not given.
    pub(in crate::sim) fn complete_metadata(&self, credential: &mut Credential) {
        let doors: Vec<&Entrance> = credential
            .allowed_acs_entrance_ids
            .iter()
            .filter_map(|id| self.entrances.get(*id))
            .collect();
        match self
            .systems
            .get(credential.acs_system_id)
            .map(|system| system.external_type)
        {
            Some(Manufacturer::Visionline) => credential
                .visionline_metadata
                .get_or_insert_default()
                .complete(&doors),
            Some(Manufacturer::Vostio) => {
                credential
                    .assa_abloy_vostio_metadata
                    .get_or_insert_default()
                    .complete(&doors, credential.access_method);
            }
            None => {}
        }
    }
}

/// A credential.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct Credential {
    #[serde(default = "new_id")]
    pub(in crate::sim) acs_credential_id: Uuid,
    pub(in crate::sim) acs_system_id: Uuid,
    #[serde(default)]
    pub(in crate::sim) acs_user_id: Option<Uuid>,
    #[serde(default)]
    pub(in crate::sim) access_method: Mode,
    #[serde(default)]
    pub(in crate::sim) display_name: Option<String>,
    #[serde(default = "Moment::now")]
    pub(in crate::sim) created_at: Moment,
    #[serde(default)]
    pub(in crate::sim) starts_at: Option<Moment>,
    #[serde(default)]
    pub(in crate::sim) ends_at: Option<Moment>,
    #[serde(default)]
    pub(in crate::sim) card_number: Option<String>,
    #[serde(default)]
    pub(in crate::sim) code: Option<String>,
    /// An issued credential is one that has this.
    #[serde(default)]
    pub(in crate::sim) issued_at: Option<Moment>,
    #[serde(default)]
    pub(in crate::sim) allowed_acs_entrance_ids: Vec<Uuid>,
    #[serde(default)]
    pub(in crate::sim) is_multi_phone_sync_credential: bool,
    #[serde(default)]
    pub(in crate::sim) visionline_metadata: Option<VisionlineMetadata>,
    #[serde(default)]
    pub(in crate::sim) assa_abloy_vostio_metadata: Option<VostioMetadata>,
    #[serde(default)]
    pub(in crate::sim) errors: Vec<Notice>,
    #[serde(default)]
    pub(in crate::sim) warnings: Vec<Warning>,
}

impl Row for Credential {
    const NOT_FOUND: &'static str = "acs_credential_not_found";
    fn id(&self) -> Uuid {
        self.acs_credential_id
    }
}

impl Credential {
    /// A credential without anything that is optional.
    pub(in crate::sim) fn new(
        acs_system_id: Uuid,
        access_method: Mode,
        created_at: Moment,
    ) -> Self {
        Self {
            acs_credential_id: new_id(),
            acs_system_id,
            acs_user_id: None,
            access_method,
            display_name: None,
            created_at,
            starts_at: None,
            ends_at: None,
            card_number: None,
            code: None,
            issued_at: None,
            allowed_acs_entrance_ids: Vec::new(),
            is_multi_phone_sync_credential: false,
            visionline_metadata: None,
            assa_abloy_vostio_metadata: None,
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(in crate::sim) fn is_issued(&self) -> bool {
        self.issued_at.is_some()
    }

    pub(in crate::sim) fn warns(&self, code: WarningCode) -> bool {
        self.warnings.iter().any(|warning| warning.code == code)
    }

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
