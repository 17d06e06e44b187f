//! `access_method`, as the API describes it.

use serde::{Deserialize, Serialize};

use crate::seam::values::{AccessMode, Extra, Nullable, Sensitive, open_enum};

/// One way in which an access grant lets its holder enter: a card, a code, a mobile key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessMethod {
    /// Id of the access method, a UUID.
    pub access_method_id: String,
    /// Id of the workspace, a UUID.
    pub workspace_id: String,
    /// Seam's name for it, to show to people.
    pub display_name: String,
    /// Which way.
    pub mode: AccessMode,
    /// Whether it has been issued.
    pub is_issued: bool,
    /// When it was issued, RFC 3339.
    pub issued_at: Option<String>,
    /// Whether a card has to be encoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_encoding_required: Option<bool>,
    /// Whether a card can be encoded now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_ready_for_encoding: Option<bool>,
    /// Whether a card that the access system knows has to be assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_assignment_required: Option<bool>,
    /// Whether a card can be assigned now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_ready_for_assignment: Option<bool>,
    /// The PIN.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub code: Nullable<Sensitive>,
    /// Lets a phone act for its holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_session_token: Option<Sensitive>,
    /// Opening this link gives the key away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instant_key_url: Option<Sensitive>,
    /// How the instant key looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customization_profile_id: Option<String>,
    /// Changes that have not reached the access system.
    pub pending_mutations: Vec<AccessMethodMutation>,
    /// Why it does not work.
    pub errors: Vec<AccessMethodIssue>,
    /// What may go wrong.
    pub warnings: Vec<AccessMethodWarning>,
    /// When it was created, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A change of an access method that has not reached the access system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessMethodMutation {
    /// Which change.
    pub mutation_code: AccessMethodMutationCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// When it was asked for, RFC 3339.
    pub created_at: String,
    /// What it was.
    pub from: AccessMethodChange,
    /// What it is to be.
    pub to: AccessMethodChange,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One side of a change of an access method: only what changes is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessMethodChange {
    /// The devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ids: Option<Vec<String>>,
    /// From when, RFC 3339.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub starts_at: Nullable<String>,
    /// Until when, RFC 3339.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub ends_at: Nullable<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Why an access method does not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessMethodIssue {
    /// Which error.
    pub error_code: AccessMethodErrorCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What may go wrong with an access method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessMethodWarning {
    /// Which warning.
    pub warning_code: AccessMethodWarningCode,
    /// Seam's description of it, in English.
    pub message: String,
    /// The access method for which a backup code was pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_access_method_id: Option<String>,
    /// When Seam noticed it, RFC 3339.
    pub created_at: String,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// Why an access method does not work.
    pub enum AccessMethodErrorCode {
        FailedToIssue = "failed_to_issue",
    }
}

open_enum! {
    /// What may go wrong with an access method.
    pub enum AccessMethodWarningCode {
        BeingDeleted = "being_deleted",
        UpdatingAccessTimes = "updating_access_times",
        PulledBackupAccessCode = "pulled_backup_access_code",
        DelayInIssuing = "delay_in_issuing",
    }
}

open_enum! {
    /// A change that has not reached the access system.
    pub enum AccessMethodMutationCode {
        ProvisioningAccess = "provisioning_access",
        RevokingAccess = "revoking_access",
        UpdatingAccessTimes = "updating_access_times",
    }
}
