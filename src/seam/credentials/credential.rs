//! `acs_credential`, as the API describes it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::seam::time::{self, Time, UnreadableTime};
use crate::seam::values::{AccessMode, Extra, Nullable, Sensitive, open_enum};

/// A user's means of access in an access control system: a card, a code, a mobile key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcsCredential {
    /// Id of the credential, a UUID.
    pub acs_credential_id: String,
    /// Id of the access control system it belongs to, a UUID.
    pub acs_system_id: String,
    /// Id of the connected account through which Seam reaches that system, a UUID.
    pub connected_account_id: String,
    /// Id of the workspace, a UUID.
    pub workspace_id: String,
    /// Id of the user of the access control system who holds it, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_user_id: Option<String>,
    /// Id of the user identity who holds it, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_identity_id: Option<String>,
    /// The credential of which this is the copy for one phone or one pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_acs_credential_id: Option<String>,
    /// Id of the pool it was taken from, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_credential_pool_id: Option<String>,
    /// Seam's name for it, to show to people.
    pub display_name: String,
    /// The kind of credential.
    pub access_method: AccessMode,
    /// What identifies the card at the access system; null until a card has been encoded.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub card_number: Nullable<String>,
    /// The PIN.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub code: Nullable<Sensitive>,
    /// Whether it has been issued. Absent means that Seam does not say; see [`AcsCredential::is_known_issued`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_issued: Option<bool>,
    /// When it was issued, RFC 3339.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub issued_at: Nullable<String>,
    /// From when it is valid, as Seam spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// Until when it is valid, as Seam spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// The access system's own kind of credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_type: Option<CredentialExternalType>,
    /// The name of `external_type`, to show to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_type_display_name: Option<String>,
    /// Whether the access system has what Seam was last asked for.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub is_latest_desired_state_synced_with_provider: Nullable<bool>,
    /// When the access system was last known to have it, RFC 3339.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub latest_desired_state_synced_with_provider_at: Nullable<String>,
    /// False for a credential that Seam only observes.
    pub is_managed: bool,
    /// Whether it is a mobile key that follows the user to every phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_multi_phone_sync_credential: Option<bool>,
    /// Whether one use ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_one_time_use: Option<bool>,
    /// Why it does not work.
    pub errors: Vec<CredentialIssue>,
    /// What may go wrong with it.
    pub warnings: Vec<CredentialWarning>,
    /// When it was created, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know, and what the access system says about it: see [`AcsCredential::metadata`].
    #[serde(flatten)]
    pub extra: Extra,
}

impl AcsCredential {
    /// What an access system says about it, by the API's name for that, such as `visionline_metadata`. It is passed on as it
    /// came: a caller that needs it knows the system.
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<&Value> {
        self.extra.get(name).filter(|metadata| !metadata.is_null())
    }

    /// Everything that access systems say about it, each with the API's name for it.
    pub fn all_metadata(&self) -> impl Iterator<Item = (&str, &Value)> {
        let fields = self.extra.iter();
        fields
            .filter(|(name, metadata)| name.ends_with("_metadata") && !metadata.is_null())
            .map(|(name, metadata)| (name.as_str(), metadata))
    }

    /// Whether Seam says that it has been issued. A credential of which Seam says nothing counts as not issued.
    #[must_use]
    pub fn is_known_issued(&self) -> bool {
        self.is_issued == Some(true)
    }

    /// Whether Seam warns of this.
    #[must_use]
    pub fn has_warning(&self, code: &CredentialWarningCode) -> bool {
        self.warnings
            .iter()
            .any(|warning| warning.warning_code == *code)
    }

    /// From when it is valid.
    ///
    /// # Errors
    /// When the API's text is no time with an offset.
    pub fn starts_at_time(&self) -> Result<Option<Time>, UnreadableTime> {
        time::instant("starts_at", self.starts_at.as_deref())
    }

    /// Until when it is valid.
    ///
    /// # Errors
    /// When the API's text is no time with an offset.
    pub fn ends_at_time(&self) -> Result<Option<Time>, UnreadableTime> {
        time::instant("ends_at", self.ends_at.as_deref())
    }
}

/// Why a credential does not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialIssue {
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

/// What may go wrong with a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialWarning {
    /// Which warning.
    pub warning_code: CredentialWarningCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// An access system's own kind of credential.
    pub enum CredentialExternalType {
        PtiCard = "pti_card",
        BrivoCredential = "brivo_credential",
        HidCredential = "hid_credential",
        VisionlineCard = "visionline_card",
        SaltoKsCredential = "salto_ks_credential",
        AssaAbloyVostioKey = "assa_abloy_vostio_key",
        SaltoSpaceKey = "salto_space_key",
        LatchAccess = "latch_access",
        DormakabaAmbianceCredential = "dormakaba_ambiance_credential",
        HotekCard = "hotek_card",
        SaltoKsTag = "salto_ks_tag",
        AvigilonAltaCredential = "avigilon_alta_credential",
        KisiCredential = "kisi_credential",
    }
}

open_enum! {
    /// Whom a Visionline card is for.
    pub enum CardFunctionType {
        Guest = "guest",
        Staff = "staff",
    }
}

open_enum! {
    /// What may go wrong with a credential.
    pub enum CredentialWarningCode {
        WaitingToBeIssued = "waiting_to_be_issued",
        ScheduleExternallyModified = "schedule_externally_modified",
        ScheduleModified = "schedule_modified",
        BeingDeleted = "being_deleted",
        UnknownIssueWithAcsCredential = "unknown_issue_with_acs_credential",
        NeedsToBeReissued = "needs_to_be_reissued",
    }
}
