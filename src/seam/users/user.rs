//! `acs_user`, as the API describes it.

use serde::{Deserialize, Serialize};

use crate::seam::values::{Extra, Nullable, open_enum};

/// A user of an access control system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcsUser {
    /// Id of the user, a UUID.
    pub acs_user_id: String,
    /// Id of the access control system, a UUID.
    pub acs_system_id: String,
    /// Id of the connected account through which Seam reaches that system, a UUID.
    pub connected_account_id: String,
    /// Id of the workspace, a UUID.
    pub workspace_id: String,
    /// Seam's name for the user, to show to people.
    pub display_name: String,
    /// The user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// The user's e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// The same under its old name. Deprecated by Seam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The user's telephone number, E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Id of the HID system of the user, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hid_acs_system_id: Option<String>,
    /// The access system's own kind of user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_type: Option<UserExternalType>,
    /// The name of `external_type`, to show to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_type_display_name: Option<String>,
    /// When the user may enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_schedule: Option<AccessSchedule>,
    /// False for a user that Seam only observes.
    pub is_managed: bool,
    /// Whether the user is suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_suspended: Option<bool>,
    /// Id of the user identity that this user belongs to, a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_identity_id: Option<String>,
    /// The identity's name.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub user_identity_full_name: Nullable<String>,
    /// The identity's e-mail address.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub user_identity_email_address: Nullable<String>,
    /// The identity's telephone number.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub user_identity_phone_number: Nullable<String>,
    /// When the access system was last known to have the user's latest state, RFC 3339.
    pub last_successful_sync_at: Option<String>,
    /// What Salto KS says about the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salto_ks_metadata: Option<SaltoKsUserMetadata>,
    /// What Salto Space says about the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salto_space_metadata: Option<SaltoSpaceUserMetadata>,
    /// Changes that have not reached the access system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_mutations: Option<Vec<UserMutation>>,
    /// Why the user cannot enter.
    pub errors: Vec<UserIssue>,
    /// What may go wrong.
    pub warnings: Vec<UserWarning>,
    /// When the user was created, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// When a user may enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessSchedule {
    /// From when, RFC 3339.
    pub starts_at: String,
    /// Until when, RFC 3339; none means for ever.
    pub ends_at: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Salto KS side of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaltoKsUserMetadata {
    /// Whether the user takes up one of the site's subscriptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_subscribed: Option<bool>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The Salto Space side of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaltoSpaceUserMetadata {
    /// Whether the user's openings are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_openings: Option<bool>,
    /// Salto's own identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A change of a user that has not reached the access system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserMutation {
    /// Which change.
    pub mutation_code: UserMutationCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// When it was asked for, RFC 3339.
    pub created_at: String,
    /// What it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UserChange>,
    /// What it is to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<UserChange>,
    /// When a deferred creation is to happen, RFC 3339.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub scheduled_at: Nullable<String>,
    /// The access group of a deferred change of membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acs_access_group_id: Option<String>,
    /// Whether that change adds or removes the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<GroupMembershipChange>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One side of a change of a user: only what changes is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserChange {
    /// The user's name.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub full_name: Nullable<String>,
    /// The user's e-mail address.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub email_address: Nullable<String>,
    /// The user's telephone number.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub phone_number: Nullable<String>,
    /// Begin of the schedule.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub starts_at: Nullable<String>,
    /// End of the schedule.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub ends_at: Nullable<String>,
    /// Whether the user is suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_suspended: Option<bool>,
    /// Id of the access group, a UUID.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub acs_access_group_id: Nullable<String>,
    /// Id of the credential, a UUID.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub acs_credential_id: Nullable<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Why a user cannot enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserIssue {
    /// Which error.
    pub error_code: UserErrorCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What may go wrong with a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserWarning {
    /// Which warning.
    pub warning_code: UserWarningCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// An access system's own kind of user.
    pub enum UserExternalType {
        PtiUser = "pti_user",
        BrivoUser = "brivo_user",
        HidCredentialManagerUser = "hid_credential_manager_user",
        SaltoSiteUser = "salto_site_user",
        LatchUser = "latch_user",
        DormakabaCommunityUser = "dormakaba_community_user",
        SaltoSpaceUser = "salto_space_user",
        AvigilonAltaUser = "avigilon_alta_user",
        KisiUser = "kisi_user",
    }
}

open_enum! {
    /// A change that has not reached the access system.
    pub enum UserMutationCode {
        Creating = "creating",
        Deleting = "deleting",
        DeferringCreation = "deferring_creation",
        UpdatingUserInformation = "updating_user_information",
        UpdatingAccessSchedule = "updating_access_schedule",
        UpdatingSuspensionState = "updating_suspension_state",
        UpdatingGroupMembership = "updating_group_membership",
        DeferringGroupMembershipUpdate = "deferring_group_membership_update",
        UpdatingCredentialAssignment = "updating_credential_assignment",
    }
}

open_enum! {
    /// Whether a user is added to a group or removed from it.
    pub enum GroupMembershipChange {
        Adding = "adding",
        Removing = "removing",
    }
}

open_enum! {
    /// Why a user cannot enter.
    pub enum UserErrorCode {
        DeletedExternally = "deleted_externally",
        SaltoKsSubscriptionLimitExceeded = "salto_ks_subscription_limit_exceeded",
        FailedToCreateOnAcsSystem = "failed_to_create_on_acs_system",
        FailedToUpdateOnAcsSystem = "failed_to_update_on_acs_system",
        FailedToDeleteOnAcsSystem = "failed_to_delete_on_acs_system",
        LatchConflictWithResidentUser = "latch_conflict_with_resident_user",
    }
}

open_enum! {
    /// What may go wrong with a user.
    pub enum UserWarningCode {
        BeingDeleted = "being_deleted",
        SaltoKsUserNotSubscribed = "salto_ks_user_not_subscribed",
        AcsUserInactive = "acs_user_inactive",
        UnknownIssueWithAcsUser = "unknown_issue_with_acs_user",
        LatchResidentUser = "latch_resident_user",
    }
}
