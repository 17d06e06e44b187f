//! `/acs/users`: the users of access control systems.

mod user;

use serde::Serialize;

pub use user::{
    AccessSchedule, AcsUser, GroupMembershipChange, SaltoKsUserMetadata, SaltoSpaceUserMetadata,
    UserChange, UserErrorCode, UserExternalType, UserIssue, UserMutation, UserMutationCode,
    UserWarning, UserWarningCode,
};

use super::call::Call;
use super::client::Client;
use super::error::SeamError;
use super::pages::Pages;
use super::values::Nullable;

/// The calls under `/acs/users`.
#[derive(Debug, Clone, Copy)]
pub struct Users<'a>(&'a Client);

/// A user to be created.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CreateAcsUser {
    /// In this access control system.
    pub acs_system_id: String,
    /// The user's name.
    pub full_name: String,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// The same under its old name. Deprecated by Seam.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The user's telephone number, E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Id of the user identity that the user belongs to, a UUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_identity_id: Option<String>,
    /// The access groups that the user is put into.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acs_access_group_ids: Vec<String>,
    /// When the user may enter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_schedule: Option<NewAccessSchedule>,
}

/// When a new user may enter. Times are RFC 3339.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewAccessSchedule {
    /// From when; at once if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// Until when; null means for ever.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub ends_at: Nullable<String>,
}

/// One user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum AcsUserKey {
    /// By its own id.
    AcsUser {
        /// Id of the user, a UUID.
        acs_user_id: String,
    },
    /// By the user identity it belongs to.
    UserIdentity {
        /// Id of the user identity, a UUID.
        user_identity_id: String,
        /// The system, where the identity has users in several.
        #[serde(skip_serializing_if = "Option::is_none")]
        acs_system_id: Option<String>,
    },
}

/// Which users to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListAcsUsers {
    /// Of this access control system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_system_id: Option<String>,
    /// Of this user identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_identity_id: Option<String>,
    /// Of the user identity with this e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_identity_email_address: Option<String>,
    /// Of the user identity with this telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_identity_phone_number: Option<String>,
    /// Created before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<String>,
    /// With this text in the name, the address, the number, or an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Rows per page; 500 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_page_cursor` of the page before; the first page by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_cursor: Option<String>,
}

impl Client {
    /// `/acs/users`
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }
}

impl Users<'_> {
    /// Creates a user. Sent once: after a time-out look with [`list`](Self::list) whether it is there.
    ///
    /// # Errors
    /// [`SeamError`]; see [`SeamError::may_have_happened`].
    pub async fn create(&self, request: &CreateAcsUser) -> Result<AcsUser, SeamError> {
        self.0
            .call(Call::create("/acs/users/create"), request, "acs_user")
            .await
    }

    /// One user.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn get(&self, key: &AcsUserKey) -> Result<AcsUser, SeamError> {
        self.0
            .call(Call::read("/acs/users/get"), key, "acs_user")
            .await
    }

    /// The users of the workspace.
    #[must_use]
    pub fn list(&self, filters: &ListAcsUsers) -> Pages<AcsUser> {
        Pages::new(self.0, Call::read("/acs/users/list"), filters, "acs_users")
    }
}
