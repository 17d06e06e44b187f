//! The handlers, a file per resource of the API.

pub(super) mod access_grants;
pub(super) mod access_methods;
pub(super) mod action_attempts;
mod contact;
pub(super) mod create_credential;
pub(super) mod credentials;
pub(super) mod encoders;
pub(super) mod entrances;
pub(super) mod events;
pub(super) mod simulate;
mod subject;
pub(super) mod systems;
pub(super) mod user_identities;
pub(super) mod users;
pub(super) mod workspaces;
