//! Every path that is answered: one line each, with its verbs, what a caller needs for it, and what answers it.
//!
//! The list is of what a program at a desk has to do with. What opens a door by itself, changes what Seam knows of the hardware, or gives
//! out keys is not on it.

use axum::http::Method;

use super::stage::Scene;
use crate::serve::admission::Need;

/// What answers a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    EncodersGet,
    EncodersList,
    Encode,
    EncodeMethod,
    Scan,
    ScanToAssign,
    /// Only where the encoders are simulated.
    Simulate(Scene),
    AttemptsGet,
    AttemptsList,
    /// Seam.
    Upstream,
}

/// One line of the table.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) verbs: &'static [Method],
    pub(super) need: Need,
    pub(super) answers: Answers,
}

const READ: &[Method] = &[Method::GET, Method::POST];
const ACT: &[Method] = &[Method::POST];
const UPDATE: &[Method] = &[Method::POST, Method::PATCH];
const DELETE: &[Method] = &[Method::POST, Method::DELETE];
const ADD: &[Method] = &[Method::POST, Method::PUT];

const fn here(path: &'static str, verbs: &'static [Method], need: Need, answers: Answers) -> Route {
    Route {
        path,
        verbs,
        need,
        answers,
    }
}

/// Reads at Seam.
const fn read(path: &'static str) -> Route {
    here(path, READ, Need::Read, Answers::Upstream)
}

/// Changes something at Seam.
const fn change(path: &'static str, verbs: &'static [Method]) -> Route {
    here(path, verbs, Need::Change, Answers::Upstream)
}

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    here("/acs/encoders/get", READ, Need::Watch, Answers::EncodersGet),
    here("/acs/encoders/list", READ, Need::Watch, Answers::EncodersList),
    here("/acs/encoders/encode_credential", ACT, Need::Encode, Answers::Encode),
    here("/acs/encoders/scan_credential", ACT, Need::Encode, Answers::Scan),
    here("/acs/encoders/scan_to_assign_credential", ACT, Need::Change, Answers::ScanToAssign),
    here("/acs/encoders/simulate/next_credential_encode_will_succeed", ACT, Need::Encode, Answers::Simulate(Scene::EncodeSucceeds)),
    here("/acs/encoders/simulate/next_credential_encode_will_fail", ACT, Need::Encode, Answers::Simulate(Scene::EncodeFails)),
    here("/acs/encoders/simulate/next_credential_scan_will_succeed", ACT, Need::Encode, Answers::Simulate(Scene::ScanSucceeds)),
    here("/acs/encoders/simulate/next_credential_scan_will_fail", ACT, Need::Encode, Answers::Simulate(Scene::ScanFails)),
    here("/access_methods/encode", ACT, Need::Encode, Answers::EncodeMethod),
    here("/action_attempts/get", READ, Need::Watch, Answers::AttemptsGet),
    here("/action_attempts/list", READ, Need::Read, Answers::AttemptsList),
    read("/access_grants/get"),
    read("/access_grants/list"),
    change("/access_grants/create", ACT),
    read("/access_methods/get"),
    read("/access_methods/get_related"),
    read("/access_methods/list"),
    change("/access_methods/assign_card", ACT),
    change("/access_methods/delete", DELETE),
    read("/acs/access_groups/get"),
    read("/acs/access_groups/list"),
    read("/acs/access_groups/list_accessible_entrances"),
    read("/acs/access_groups/list_users"),
    change("/acs/access_groups/add_user", ADD),
    change("/acs/access_groups/remove_user", DELETE),
    read("/acs/credentials/get"),
    read("/acs/credentials/list"),
    read("/acs/credentials/list_accessible_entrances"),
    change("/acs/credentials/assign", UPDATE),
    change("/acs/credentials/create", ACT),
    change("/acs/credentials/delete", DELETE),
    change("/acs/credentials/unassign", UPDATE),
    change("/acs/credentials/update", UPDATE),
    read("/acs/entrances/get"),
    read("/acs/entrances/list"),
    read("/acs/entrances/list_credentials_with_access"),
    change("/acs/entrances/grant_access", ACT),
    read("/acs/systems/get"),
    read("/acs/systems/list"),
    read("/acs/systems/list_compatible_credential_manager_acs_systems"),
    read("/acs/users/get"),
    read("/acs/users/list"),
    read("/acs/users/list_accessible_entrances"),
    change("/acs/users/add_to_access_group", ADD),
    change("/acs/users/create", ACT),
    change("/acs/users/delete", DELETE),
    change("/acs/users/remove_from_access_group", DELETE),
    change("/acs/users/revoke_access_to_all_entrances", ACT),
    change("/acs/users/suspend", ACT),
    change("/acs/users/unsuspend", ACT),
    change("/acs/users/update", UPDATE),
    read("/events/get"),
    read("/events/list"),
    read("/user_identities/get"),
    read("/user_identities/list"),
    read("/user_identities/list_accessible_entrances"),
    read("/user_identities/list_acs_systems"),
    read("/user_identities/list_acs_users"),
    change("/user_identities/add_acs_user", ADD),
    change("/user_identities/create", ACT),
    change("/user_identities/delete", DELETE),
    change("/user_identities/remove_acs_user", DELETE),
    change("/user_identities/update", UPDATE),
    read("/workspaces/get"),
];

pub(super) fn find(path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.path == path)
}

/// Whether a path is one of Seam's, answered or not.
pub(super) fn is_seams(path: &str) -> bool {
    const AREAS: &[&str] = &[
        "/access_grants/",
        "/access_methods/",
        "/acs/",
        "/action_attempts/",
        "/events/",
        "/user_identities/",
        "/workspaces/",
    ];
    AREAS.iter().any(|area| path.starts_with(area))
}
