//! `/events`: what happened in a workspace.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::client::Client;
use super::error::SeamError;
use super::page::Page;
use super::values::{Extra, Sensitive, open_enum};

/// The calls under `/events`.
#[derive(Debug, Clone, Copy)]
pub struct Events<'a>(&'a Client);

/// Which events to list: a time, and as many filters as are wanted. The API gives no pages; `limit` and `unstable_offset` cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListEvents {
    /// From which time.
    #[serde(flatten)]
    pub when: When,
    /// Filters.
    #[serde(flatten)]
    pub filters: EventFilters,
    /// How many at most; 500 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many to leave out at the front. New events shift it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unstable_offset: Option<u32>,
}

impl ListEvents {
    /// All events of a time.
    #[must_use]
    pub fn new(when: When) -> Self {
        Self {
            when,
            filters: EventFilters::default(),
            limit: None,
            unstable_offset: None,
        }
    }
}

/// Of which time events are wanted, RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum When {
    /// After this time.
    #[serde(rename = "since")]
    Since(String),
    /// Between these times, both excluded.
    #[serde(rename = "between")]
    Between(String, String),
}

/// Which events are wanted. Filters are joined by "and".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EventFilters {
    /// Of this type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<EventType>,
    /// Of these types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub event_types: Vec<EventType>,
    /// These events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub event_ids: Vec<String>,
    /// Of this credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_credential_id: Option<String>,
    /// Of this encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_encoder_id: Option<String>,
    /// Of this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_user_id: Option<String>,
    /// Of this entrance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_entrance_id: Option<String>,
    /// Of this access group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_access_group_id: Option<String>,
    /// Of this access control system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_system_id: Option<String>,
    /// Of these access control systems.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acs_system_ids: Vec<String>,
    /// Of this access grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_grant_id: Option<String>,
    /// Of these access grants, 100 at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub access_grant_ids: Vec<String>,
    /// Of this access method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_method_id: Option<String>,
    /// Of these access methods, 100 at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub access_method_ids: Vec<String>,
    /// Of this space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_id: Option<String>,
    /// Of these spaces, 100 at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub space_ids: Vec<String>,
    /// Of this connected account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// Of this user identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_identity_id: Option<String>,
    /// Of this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_key: Option<String>,
    /// Of this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Of these devices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_ids: Vec<String>,
    /// Of this access code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_code_id: Option<String>,
    /// Of these access codes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub access_code_ids: Vec<String>,
    /// Of this Connect Webview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_webview_id: Option<String>,
}

impl Client {
    /// `/events`
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }
}

impl Events<'_> {
    /// The events of the workspace.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn list(&self, request: &ListEvents) -> Result<Page<Event>, SeamError> {
        self.0
            .list(Call::read("/events/list"), request, "events")
            .await
    }
}

/// Something that happened in a workspace. Which of the optional fields are there depends on the type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The event; the same in a webhook and in the list.
    pub event_id: String,
    /// What happened.
    pub event_type: EventType,
    /// Id of the workspace, a UUID.
    pub workspace_id: String,
    /// When Seam recorded it, RFC 3339.
    pub created_at: String,
    /// When it happened, RFC 3339.
    pub occurred_at: String,
    /// Seam's description of the event, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_description: Option<String>,
    /// Id of the connected account, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// Id of the access control system, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_system_id: Option<String>,
    /// Id of the credential, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_credential_id: Option<String>,
    /// Id of the user, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_user_id: Option<String>,
    /// Id of the encoder, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_encoder_id: Option<String>,
    /// Id of the entrance, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_entrance_id: Option<String>,
    /// Id of the access group, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_access_group_id: Option<String>,
    /// Id of the access method, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_method_id: Option<String>,
    /// Id of the access grant, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_grant_id: Option<String>,
    /// The access grants of the access method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_grant_ids: Option<Vec<String>>,
    /// The caller's own key of the access grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_grant_key: Option<String>,
    /// The caller's own keys of the access grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_grant_keys: Option<Vec<String>>,
    /// The PIN that was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Sensitive>,
    /// Whether that PIN is a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_backup_code: Option<bool>,
    /// New begin of the access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// New end of the access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// Why access methods could not be created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Devices for which they could not be created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_device_ids: Option<Vec<String>>,
    /// Why the access control system disconnected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_system_errors: Option<Vec<EventIssue>>,
    /// Its warnings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_system_warnings: Option<Vec<EventWarning>>,
    /// Why the connected account disconnected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_account_errors: Option<Vec<EventIssue>>,
    /// Its warnings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_account_warnings: Option<Vec<EventWarning>>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// An error that an event carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventIssue {
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

/// A warning that an event carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventWarning {
    /// Which warning; the API declares no closed list.
    pub warning_code: String,
    /// Seam's description of it, in English.
    pub message: String,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// What happened. Events outside access control come as unknown values.
    pub enum EventType {
        AccessGrantCreated = "access_grant.created",
        AccessGrantDeleted = "access_grant.deleted",
        AccessGrantAccessGrantedToAllDoors = "access_grant.access_granted_to_all_doors",
        AccessGrantAccessGrantedToDoor = "access_grant.access_granted_to_door",
        AccessGrantAccessToDoorLost = "access_grant.access_to_door_lost",
        AccessGrantAccessTimesChanged = "access_grant.access_times_changed",
        AccessGrantCouldNotCreateRequestedAccessMethods = "access_grant.could_not_create_requested_access_methods",
        AccessMethodIssued = "access_method.issued",
        AccessMethodRevoked = "access_method.revoked",
        AccessMethodCardEncodingRequired = "access_method.card_encoding_required",
        AccessMethodDeleted = "access_method.deleted",
        AccessMethodReissued = "access_method.reissued",
        AccessMethodCreated = "access_method.created",
        AccessMethodDelayInIssuing = "access_method.delay_in_issuing",
        AccessMethodFailedToIssue = "access_method.failed_to_issue",
        AcsSystemConnected = "acs_system.connected",
        AcsSystemAdded = "acs_system.added",
        AcsSystemDisconnected = "acs_system.disconnected",
        AcsCredentialDeleted = "acs_credential.deleted",
        AcsCredentialIssued = "acs_credential.issued",
        AcsCredentialReissued = "acs_credential.reissued",
        AcsCredentialInvalidated = "acs_credential.invalidated",
        AcsUserCreated = "acs_user.created",
        AcsUserDeleted = "acs_user.deleted",
        AcsEncoderAdded = "acs_encoder.added",
        AcsEncoderRemoved = "acs_encoder.removed",
        AcsAccessGroupDeleted = "acs_access_group.deleted",
        AcsEntranceAdded = "acs_entrance.added",
        AcsEntranceRemoved = "acs_entrance.removed",
    }
}
