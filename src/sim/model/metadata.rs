//! What a manufacturer adds to a credential, as the API shows it. `override` and `card_format` are taken by create and are
//! never shown again.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Entrance, Mode};

/// `visionline_metadata` of a credential.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::sim) struct VisionlineMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) card_function_type: Option<CardFunctionType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) joiner_acs_credential_ids: Option<Vec<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) guest_acs_entrance_ids: Option<Vec<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) common_acs_entrance_ids: Option<Vec<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) is_valid: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) auto_join: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) card_id: Option<String>,
    /// Whether the card cancels earlier guest access to its doors once it is issued. Taken by create, never shown.
    #[serde(rename = "override", skip_serializing)]
    pub(in crate::sim) overrides: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) credential_id: Option<String>,
}

/// Whose card it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum CardFunctionType {
    Guest,
    Staff,
}

impl VisionlineMetadata {
    /// Fills in what follows from the doors.
    pub(in crate::sim) fn complete(&mut self, doors: &[&Entrance]) {
        let ids = |guest: bool| {
            doors
                .iter()
                .filter(|door| door.is_guest_door() == guest)
                .map(|door| door.acs_entrance_id)
                .collect()
        };
        self.guest_acs_entrance_ids.get_or_insert_with(|| ids(true));
        self.common_acs_entrance_ids
            .get_or_insert_with(|| ids(false));
        self.card_function_type
            .get_or_insert(CardFunctionType::Guest);
        self.is_valid.get_or_insert(true);
    }
}

/// `assa_abloy_vostio_metadata` of a credential.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::sim) struct VostioMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) auto_join: Option<bool>,
    /// Free strings in the API, unlike all other ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) override_guest_acs_entrance_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) key_issuing_request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) door_names: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sim) endpoint_id: Option<String>,
}

impl VostioMetadata {
    /// Fills in what follows from the doors and the mode.
    pub(in crate::sim) fn complete(&mut self, doors: &[&Entrance], mode: Mode) {
        self.door_names.get_or_insert_with(|| {
            doors
                .iter()
                .map(|door| door.door_name().to_owned())
                .collect()
        });
        if mode == Mode::MobileKey {
            self.endpoint_id
                .get_or_insert_with(|| super::new_id().to_string());
        }
    }
}
