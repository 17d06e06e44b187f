//! What is in a seed file.

use serde::Deserialize;

use crate::sim::model::{
    AccessGrant, AccessMethod, Credential, Encoder, Entrance, System, User, UserIdentity, Workspace,
};

/// A seed file, not yet checked.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Seed {
    pub(super) workspace: Workspace,
    pub(super) api_key: Option<String>,
    pub(super) personal_access_token: Option<String>,
    pub(super) report_secret: Option<String>,
    pub(super) acs_systems: Vec<System>,
    pub(super) acs_entrances: Vec<Entrance>,
    pub(super) acs_encoders: Vec<Encoder>,
    pub(super) user_identities: Vec<UserIdentity>,
    pub(super) acs_users: Vec<User>,
    pub(super) acs_credentials: Vec<Credential>,
    pub(super) access_grants: Vec<AccessGrant>,
    pub(super) access_methods: Vec<AccessMethod>,
    pub(super) registered_card_numbers: Vec<String>,
}
