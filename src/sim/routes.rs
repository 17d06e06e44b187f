//! Every path of the API that is answered: one line each, with its verbs and its handler.

use axum::http::{HeaderMap, Method};

use super::auth::Keys;
use super::call::Call;
use super::resources::{
    access_grants, access_methods, action_attempts, create_credential, credentials, encoders,
    entrances, events, simulate, systems, user_identities, users, workspaces,
};
use super::state::State;
use crate::rpc::{Answer, Refusal};

/// What answers a call.
type Handler = fn(&mut State, &Call<'_>) -> Answer;

/// One line of the table.
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) verbs: &'static [Method],
    pub(super) handler: Handler,
}

const READ: &[Method] = &[Method::GET, Method::POST];
const ACT: &[Method] = &[Method::POST];
const UPDATE: &[Method] = &[Method::POST, Method::PATCH];
const DELETE: &[Method] = &[Method::POST, Method::DELETE];

const fn route(path: &'static str, verbs: &'static [Method], handler: Handler) -> Route {
    Route {
        path,
        verbs,
        handler,
    }
}

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    route("/acs/credentials/assign", UPDATE, credentials::assign),
    route("/acs/credentials/create", ACT, create_credential::create),
    route("/acs/credentials/delete", DELETE, credentials::delete),
    route("/acs/credentials/get", READ, credentials::get),
    route("/acs/credentials/list", READ, credentials::list),
    route("/acs/credentials/list_accessible_entrances", READ, credentials::list_accessible_entrances),
    route("/acs/credentials/unassign", UPDATE, credentials::unassign),
    route("/acs/credentials/update", UPDATE, credentials::update),
    route("/acs/encoders/encode_credential", ACT, encoders::encode_credential),
    route("/acs/encoders/get", READ, encoders::get),
    route("/acs/encoders/list", READ, encoders::list),
    route("/acs/encoders/scan_credential", ACT, encoders::scan_credential),
    route("/acs/encoders/scan_to_assign_credential", ACT, encoders::scan_to_assign_credential),
    route("/acs/encoders/simulate/next_credential_encode_will_fail", ACT, simulate::encode_will_fail),
    route("/acs/encoders/simulate/next_credential_encode_will_succeed", ACT, simulate::encode_will_succeed),
    route("/acs/encoders/simulate/next_credential_scan_will_fail", ACT, simulate::scan_will_fail),
    route("/acs/encoders/simulate/next_credential_scan_will_succeed", ACT, simulate::scan_will_succeed),
    route("/acs/entrances/get", READ, entrances::get),
    route("/acs/entrances/grant_access", ACT, entrances::grant_access),
    route("/acs/entrances/list", READ, entrances::list),
    route("/acs/entrances/list_credentials_with_access", READ, entrances::list_credentials_with_access),
    route("/acs/systems/get", READ, systems::get),
    route("/acs/systems/list", READ, systems::list),
    route("/acs/users/create", ACT, users::create),
    route("/acs/users/delete", DELETE, users::delete),
    route("/acs/users/get", READ, users::get),
    route("/acs/users/list", READ, users::list),
    route("/acs/users/list_accessible_entrances", READ, users::list_accessible_entrances),
    route("/acs/users/revoke_access_to_all_entrances", ACT, users::revoke_access_to_all_entrances),
    route("/acs/users/suspend", ACT, users::suspend),
    route("/acs/users/unsuspend", ACT, users::unsuspend),
    route("/acs/users/update", UPDATE, users::update),
    route("/access_grants/get", READ, access_grants::get),
    route("/access_grants/list", READ, access_grants::list),
    route("/access_methods/assign_card", ACT, access_methods::assign_card),
    route("/access_methods/delete", DELETE, access_methods::delete),
    route("/access_methods/encode", ACT, access_methods::encode),
    route("/access_methods/get", READ, access_methods::get),
    route("/access_methods/get_related", READ, access_methods::get_related),
    route("/access_methods/list", READ, access_methods::list),
    route("/action_attempts/get", READ, action_attempts::get),
    route("/action_attempts/list", READ, action_attempts::list),
    route("/events/get", READ, events::get),
    route("/events/list", READ, events::list),
    route("/health", READ, workspaces::health),
    route("/user_identities/create", ACT, user_identities::create),
    route("/user_identities/get", READ, user_identities::get),
    route("/user_identities/list", READ, user_identities::list),
    route("/workspaces/get", READ, workspaces::get),
];

pub(super) fn find(path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.path == path)
}

impl Route {
    /// Lets a caller in that shows a key; `/health` needs none.
    pub(super) fn authorize(&self, keys: &Keys, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.path == "/health" {
            Ok(())
        } else {
            keys.authorize(headers)
        }
    }
}
