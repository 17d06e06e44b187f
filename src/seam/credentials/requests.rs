//! What the calls under `/acs/credentials` can be asked. Times are RFC 3339; what is not given is not sent.

use serde::Serialize;

use super::credential::CardFunctionType;
use crate::seam::values::{AccessMode, CardFormat, Sensitive};

/// A credential to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreateAcsCredential {
    /// The kind of credential.
    pub access_method: AccessMode,
    /// Whom it is for.
    #[serde(flatten)]
    pub holder: CredentialHolder,
    /// The entrances it may open; the holder's own if none are given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_acs_entrance_ids: Vec<String>,
    /// From when it is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// Until when it is valid, after its begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// The PIN of a code credential, digits only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Sensitive>,
    /// Whether a mobile key follows its holder to every phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_multi_phone_sync_credential: Option<bool>,
    /// The system that manages a mobile key, where that is another than the one it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_manager_acs_system_id: Option<String>,
    /// For a Visionline system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visionline_metadata: Option<VisionlineOptions>,
    /// For a Vostio system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assa_abloy_vostio_metadata: Option<VostioOptions>,
    /// For a Salto Space system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salto_space_metadata: Option<SaltoSpaceOptions>,
    /// For a Hotek system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotek_metadata: Option<HotekOptions>,
}

impl CreateAcsCredential {
    /// A credential of which only the kind and the holder are given.
    #[must_use]
    pub fn new(access_method: AccessMode, holder: CredentialHolder) -> Self {
        Self {
            access_method,
            holder,
            allowed_acs_entrance_ids: Vec::new(),
            starts_at: None,
            ends_at: None,
            code: None,
            is_multi_phone_sync_credential: None,
            credential_manager_acs_system_id: None,
            visionline_metadata: None,
            assa_abloy_vostio_metadata: None,
            salto_space_metadata: None,
            hotek_metadata: None,
        }
    }
}

/// Whom a new credential is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CredentialHolder {
    /// A user of the access control system.
    AcsUser {
        /// Id of the user, a UUID.
        acs_user_id: String,
    },
    /// A user identity, in one of the systems. Where it has no user there, Seam finds or makes one.
    UserIdentity {
        /// Id of the user identity, a UUID.
        user_identity_id: String,
        /// Id of the access control system, a UUID.
        acs_system_id: String,
    },
}

/// Who holds a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Holder {
    /// A user of the access control system.
    #[serde(rename = "acs_user_id")]
    AcsUser(String),
    /// A user identity.
    #[serde(rename = "user_identity_id")]
    UserIdentity(String),
}

/// What can be set on a new Visionline credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VisionlineOptions {
    /// How the card is laid out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_format: Option<CardFormat>,
    /// The kind of holder; a guest by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_function_type: Option<CardFunctionType>,
    /// Whether the card ends earlier cards of its rooms: the first card of a stay does.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub overrides: Option<bool>,
    /// The cards of the same stay that it joins, if it does not override.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joiner_acs_credential_ids: Vec<String>,
    /// Whether Seam chooses between joining and overriding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_join: Option<bool>,
    /// `override` under its old name. Deprecated by Seam.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_override_key: Option<bool>,
    /// The mobile endpoint of a mobile key. Deprecated by Seam.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assa_abloy_credential_service_mobile_endpoint_id: Option<String>,
}

/// What can be set on a new Vostio credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VostioOptions {
    /// Whether Seam chooses between joining and overriding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_join: Option<bool>,
    /// Whether it joins the earlier keys of every guest door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_all_guest_acs_entrances: Option<bool>,
    /// Whether it ends the earlier keys of every guest door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_all_guest_acs_entrances: Option<bool>,
    /// The guest doors where it ends earlier keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub override_guest_acs_entrance_ids: Vec<String>,
}

/// What can be set on a new Salto Space credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SaltoSpaceOptions {
    /// Whether the holder gets a new key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assign_new_key: Option<bool>,
    /// Whether the holder's key is updated instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_current_key: Option<bool>,
}

/// What can be set on a new Hotek credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HotekOptions {
    /// Whether Seam chooses between joining and overriding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_join: Option<bool>,
    /// Whether it ends earlier cards.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub overrides: Option<bool>,
}

/// Which credentials to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListAcsCredentials {
    /// Of this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_user_id: Option<String>,
    /// Of this access control system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_system_id: Option<String>,
    /// Of this user identity; not together with a user or a system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_identity_id: Option<String>,
    /// Created before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<String>,
    /// Only mobile keys that follow their holder to every phone, or only others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_multi_phone_sync_credential: Option<bool>,
    /// With this text in the name, the code, the card number, or an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Rows per page; 500 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_page_cursor` of the page before; the first page by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_cursor: Option<String>,
}

/// What to change in a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UpdateAcsCredential {
    /// Id of the credential, a UUID.
    pub acs_credential_id: String,
    /// Its new PIN, digits only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Sensitive>,
    /// Its new end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
}
