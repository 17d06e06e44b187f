//! `acs_entrance`, as the API describes it.

use serde::{Deserialize, Serialize};

use super::metadata::{
    AvigilonAltaEntranceMetadata, BrivoEntranceMetadata, DormakabaAmbianceEntranceMetadata,
    DormakabaCommunityEntranceMetadata, HotekEntranceMetadata, LatchEntranceMetadata,
    SaltoKsEntranceMetadata, SaltoSpaceEntranceMetadata, VisionlineEntranceMetadata,
    VostioEntranceMetadata,
};
use crate::seam::values::{Extra, open_enum};

/// A door, a gate, a lift: a place that an access control system guards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcsEntrance {
    /// Id of the entrance, a UUID.
    pub acs_entrance_id: String,
    /// Id of the access control system, a UUID.
    pub acs_system_id: String,
    /// Id of the connected account through which Seam reaches that system, a UUID.
    pub connected_account_id: String,
    /// Seam's name for it, to show to people.
    pub display_name: String,
    /// Whether a card opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_unlock_with_card: Option<bool>,
    /// Whether a code opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_unlock_with_code: Option<bool>,
    /// Whether a mobile key opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_unlock_with_mobile_key: Option<bool>,
    /// Whether Seam can open it from afar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_unlock_with_cloud_key: Option<bool>,
    /// Whether it can be part of a reservation, as a guest room can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_belong_to_reservation: Option<bool>,
    /// Whether it is locked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_locked: Option<bool>,
    /// The spaces it belongs to.
    pub space_ids: Vec<String>,
    /// What Visionline says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visionline_metadata: Option<VisionlineEntranceMetadata>,
    /// What Vostio says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assa_abloy_vostio_metadata: Option<VostioEntranceMetadata>,
    /// What Avigilon Alta says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avigilon_alta_metadata: Option<AvigilonAltaEntranceMetadata>,
    /// What Brivo says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brivo_metadata: Option<BrivoEntranceMetadata>,
    /// What dormakaba Ambiance says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dormakaba_ambiance_metadata: Option<DormakabaAmbianceEntranceMetadata>,
    /// What dormakaba Community says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dormakaba_community_metadata: Option<DormakabaCommunityEntranceMetadata>,
    /// What Hotek says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotek_metadata: Option<HotekEntranceMetadata>,
    /// What Latch says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latch_metadata: Option<LatchEntranceMetadata>,
    /// What Salto KS says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salto_ks_metadata: Option<SaltoKsEntranceMetadata>,
    /// What Salto Space says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salto_space_metadata: Option<SaltoSpaceEntranceMetadata>,
    /// Why it cannot be used.
    pub errors: Vec<EntranceIssue>,
    /// What may go wrong.
    pub warnings: Vec<EntranceWarning>,
    /// When it was found, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Why an entrance cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntranceIssue {
    /// Which error; the API declares no closed list.
    pub error_code: String,
    /// Seam's description of it, in English.
    pub message: String,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What may go wrong with an entrance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntranceWarning {
    /// Which warning.
    pub warning_code: EntranceWarningCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// What may go wrong with an entrance.
    pub enum EntranceWarningCode {
        SaltoKsEntranceAccessCodeSupportRemoved = "salto_ks_entrance_access_code_support_removed",
        EntranceSharesZone = "entrance_shares_zone",
        EntranceSetupRequired = "entrance_setup_required",
        SaltoKsPrivacyMode = "salto_ks_privacy_mode",
        PrivacyMode = "privacy_mode",
    }
}
