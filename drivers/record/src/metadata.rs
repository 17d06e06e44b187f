//! What an access system keeps about a card credential, under Seam's own field names.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// The access system that a record belongs to, with its metadata. Empty metadata takes no room on the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum System {
    /// ASSA ABLOY Visionline, on the hotel's premises.
    Visionline(VisionlineMetadata),
    /// ASSA ABLOY Vostio, in the cloud.
    Vostio(VostioMetadata),
}

/// Seam's `visionline_metadata` of a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisionlineMetadata {
    /// `guest` or `staff`; an open enum in the API, so anything else is kept as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_function_type: Option<String>,
    /// Credentials whose access this card shares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joiner_acs_credential_ids: Vec<String>,
    /// Guest rooms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guest_acs_entrance_ids: Vec<String>,
    /// Common doors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub common_acs_entrance_ids: Vec<String>,
    /// Whether Visionline still honours the credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_valid: Option<bool>,
    /// Whether Seam chose the credentials to join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_join: Option<bool>,
    /// Visionline's own card id, such as `5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_id: Option<String>,
    /// Visionline's own credential id, such as `15`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<String>,
}

/// Seam's `assa_abloy_vostio_metadata` of a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VostioMetadata {
    /// Whether Seam chooses which keys to join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_join: Option<bool>,
    /// Guest rooms whose earlier keys this one cancels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub override_guest_acs_entrance_ids: Vec<String>,
    /// Vostio's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Vostio's request to issue that key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_issuing_request_id: Option<String>,
    /// The doors by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub door_names: Vec<String>,
    /// Vostio's endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_id: Option<String>,
}

impl VisionlineMetadata {
    /// Whether nothing is known, so that there is nothing to put on a card.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl VostioMetadata {
    /// Whether nothing is known, so that there is nothing to put on a card.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
