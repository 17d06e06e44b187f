//! What a scan of a card found.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::seam::credentials::AcsCredential;
use crate::seam::values::{CardFormat, Extra, open_enum};

/// What an encoder found on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanResult {
    /// What is on the card; null if it is empty.
    pub acs_credential_on_encoder: Option<CredentialOnEncoder>,
    /// The credential that Seam finds for it; null if there is none.
    pub acs_credential_on_seam: Option<AcsCredential>,
    /// In what the two differ.
    pub warnings: Vec<ScanWarning>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A credential as it is on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialOnEncoder {
    /// What identifies the card at the access system.
    pub card_number: Option<String>,
    /// When it was encoded, RFC 3339.
    pub created_at: Option<String>,
    /// From when it is valid, RFC 3339.
    pub starts_at: Option<String>,
    /// Until when it is valid, RFC 3339.
    pub ends_at: Option<String>,
    /// Whether the access system takes it for issued.
    pub is_issued: Option<bool>,
    /// What Visionline says about the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visionline_metadata: Option<VisionlineCardMetadata>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A card as Visionline reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisionlineCardMetadata {
    /// How the card is laid out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_format: Option<CardFormat>,
    /// Whose card it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_holder: Option<String>,
    /// Visionline's number of the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_id: Option<String>,
    /// Whether it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<bool>,
    /// Whether it was discarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discarded: Option<bool>,
    /// Whether it has expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired: Option<bool>,
    /// Whether a later card ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<bool>,
    /// Whether its data has been written over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwritten: Option<bool>,
    /// Whether a reader will update it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_auto_update: Option<bool>,
    /// How many cards were issued for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_of_issued_cards: Option<Number>,
    /// Guest doors it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_acs_entrance_ids: Option<Vec<String>>,
    /// Common doors it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_acs_entrance_ids: Option<Vec<String>>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// In what the card and Seam differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanWarning {
    /// Which difference.
    pub warning_code: ScanWarningCode,
    /// Seam's description of it, in English.
    pub warning_message: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// In what a card and Seam differ.
    pub enum ScanWarningCode {
        AcsCredentialOnEncoderOutOfSync = "acs_credential_on_encoder_out_of_sync",
        AcsCredentialOnSeamNotFound = "acs_credential_on_seam_not_found",
    }
}
