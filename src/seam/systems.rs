//! `/acs/systems`: access control systems.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::call::Call;
use super::client::Client;
use super::error::SeamError;
use super::page::Page;
use super::values::{Extra, Nullable, open_enum};

/// The calls under `/acs/systems`.
#[derive(Debug, Clone, Copy)]
pub struct Systems<'a>(&'a Client);

/// Which systems to list. The API gives them all at once, without pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListAcsSystems {
    /// Of this connected account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// Of this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_key: Option<String>,
    /// With this text in the name or an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
}

impl Client {
    /// `/acs/systems`
    #[must_use]
    pub fn systems(&self) -> Systems<'_> {
        Systems(self)
    }
}

impl Systems<'_> {
    /// One system.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn get(&self, acs_system_id: &str) -> Result<AcsSystem, SeamError> {
        #[derive(Serialize)]
        struct Request<'a> {
            acs_system_id: &'a str,
        }
        self.0
            .call(
                Call::read("/acs/systems/get"),
                &Request { acs_system_id },
                "acs_system",
            )
            .await
    }

    /// The systems of the workspace.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn list(&self, filters: &ListAcsSystems) -> Result<Page<AcsSystem>, SeamError> {
        self.0
            .list(Call::read("/acs/systems/list"), filters, "acs_systems")
            .await
    }
}

/// An access control system: a Visionline server, a Vostio property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcsSystem {
    /// Id of the access control system, a UUID.
    pub acs_system_id: String,
    /// Id of the connected account through which Seam reaches it, a UUID.
    pub connected_account_id: String,
    /// The same as a list. Deprecated by Seam.
    pub connected_account_ids: Vec<String>,
    /// Id of the workspace, a UUID.
    pub workspace_id: String,
    /// The system's name.
    pub name: String,
    /// The kind of system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_type: Option<SystemExternalType>,
    /// The name of `external_type`, to show to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_type_display_name: Option<String>,
    /// The same under its old name. Deprecated by Seam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_type: Option<SystemExternalType>,
    /// The name of `system_type`, to show to people. Deprecated by Seam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_type_display_name: Option<String>,
    /// Whether it manages credentials for other systems.
    pub is_credential_manager: bool,
    /// The system that manages its credentials by default.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub default_credential_manager_acs_system_id: Nullable<String>,
    /// How many access groups it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_access_group_count: Option<Number>,
    /// How many users it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_user_count: Option<Number>,
    /// The location of the system.
    pub location: SystemLocation,
    /// A picture of its brand.
    pub image_url: String,
    /// That picture in words.
    pub image_alt_text: String,
    /// What Visionline says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visionline_metadata: Option<VisionlineSystemMetadata>,
    /// Why it cannot be reached or used.
    pub errors: Vec<SystemIssue>,
    /// What may go wrong.
    pub warnings: Vec<SystemWarning>,
    /// When it was connected, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The location of a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemLocation {
    /// Its time zone, IANA name.
    pub time_zone: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Visionline side of a system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisionlineSystemMetadata {
    /// The server's address in the property's network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lan_address: Option<String>,
    /// Identifies the system to mobile keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile_access_uuid: Option<String>,
    /// Visionline's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_id: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Why a system cannot be reached or used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemIssue {
    /// Which error.
    pub error_code: SystemErrorCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// Whether it is Seam Bridge that fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_bridge_error: Option<bool>,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What may go wrong with a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemWarning {
    /// Which warning.
    pub warning_code: SystemWarningCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// Entrances with another time zone than the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misconfigured_acs_entrance_ids: Option<Vec<String>>,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// The kind of an access control system.
    pub enum SystemExternalType {
        PtiSite = "pti_site",
        AvigilonAltaOrg = "avigilon_alta_org",
        SaltoKsSite = "salto_ks_site",
        SaltoSpaceSystem = "salto_space_system",
        BrivoAccount = "brivo_account",
        HidCredentialManagerOrganization = "hid_credential_manager_organization",
        VisionlineSystem = "visionline_system",
        AssaAbloyCredentialService = "assa_abloy_credential_service",
        LatchBuilding = "latch_building",
        DormakabaCommunitySite = "dormakaba_community_site",
        DormakabaAmbianceSite = "dormakaba_ambiance_site",
        LegicConnectCredentialService = "legic_connect_credential_service",
        AssaAbloyVostio = "assa_abloy_vostio",
        AssaAbloyVostioCredentialService = "assa_abloy_vostio_credential_service",
        HotekSite = "hotek_site",
        KisiOrganization = "kisi_organization",
    }
}

open_enum! {
    /// Why a system cannot be reached or used.
    pub enum SystemErrorCode {
        SeamBridgeDisconnected = "seam_bridge_disconnected",
        BridgeDisconnected = "bridge_disconnected",
        VisionlineInstanceUnreachable = "visionline_instance_unreachable",
        SaltoKsSubscriptionLimitExceeded = "salto_ks_subscription_limit_exceeded",
        AcsSystemDisconnected = "acs_system_disconnected",
        AccountDisconnected = "account_disconnected",
        SaltoKsCertificationExpired = "salto_ks_certification_expired",
        ProviderServiceUnavailable = "provider_service_unavailable",
    }
}

open_enum! {
    /// What may go wrong with a system.
    pub enum SystemWarningCode {
        SaltoKsSubscriptionLimitAlmostReached = "salto_ks_subscription_limit_almost_reached",
        TimeZoneDoesNotMatchLocation = "time_zone_does_not_match_location",
        SetupRequired = "setup_required",
    }
}
