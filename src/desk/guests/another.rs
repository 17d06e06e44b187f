//! Another credential for the guest who has one already: a second key for the same stay, or a new one in place of the first.
//!
//! A credential goes onto one card, so each key of a guest is a credential of its own. Which keys of a room work beside each other is
//! said when a credential is created, in the words of its access system.

use crate::seam::{
    AccessMode, AcsCredential, CreateAcsCredential, CredentialHolder, HotekOptions,
    VisionlineOptions, VostioOptions,
};

/// What becomes of the keys that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Another {
    /// They stay valid.
    Beside,
    /// They are no longer valid: the new one replaces them.
    InPlace,
}

/// The request for another credential like this one, which opens these entrances. None where its holder is not known.
pub(super) fn like(
    credential: &AcsCredential,
    acs_entrance_ids: Vec<String>,
    another: Another,
    is_yet_to_begin: bool,
) -> Option<CreateAcsCredential> {
    let holder = match (&credential.acs_user_id, &credential.user_identity_id) {
        (Some(id), _) => CredentialHolder::AcsUser {
            acs_user_id: id.clone(),
        },
        (None, Some(id)) => CredentialHolder::UserIdentity {
            user_identity_id: id.clone(),
            acs_system_id: credential.acs_system_id.clone(),
        },
        (None, None) => return None,
    };
    let has = |metadata: &str| credential.metadata(metadata).is_some();
    let in_place = another == Another::InPlace;
    Some(CreateAcsCredential {
        allowed_acs_entrance_ids: acs_entrance_ids,
        // A start that is past is that of the first key; the new one is valid from now on.
        starts_at: credential.starts_at.clone().filter(|_| is_yet_to_begin),
        ends_at: credential.ends_at.clone(),
        visionline_metadata: has("visionline_metadata").then(|| VisionlineOptions {
            overrides: in_place.then_some(true),
            joiner_acs_credential_ids: match another {
                Another::Beside => vec![credential.acs_credential_id.clone()],
                Another::InPlace => Vec::new(),
            },
            ..VisionlineOptions::default()
        }),
        assa_abloy_vostio_metadata: has("assa_abloy_vostio_metadata").then(|| VostioOptions {
            join_all_guest_acs_entrances: (!in_place).then_some(true),
            override_all_guest_acs_entrances: in_place.then_some(true),
            ..VostioOptions::default()
        }),
        hotek_metadata: has("hotek_metadata").then(|| HotekOptions {
            auto_join: (!in_place).then_some(true),
            overrides: in_place.then_some(true),
        }),
        ..CreateAcsCredential::new(AccessMode::Card, holder)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn request(metadata: &str, another: Another, is_yet_to_begin: bool) -> Value {
        let credential: AcsCredential = serde_json::from_value(json!({
            "acs_credential_id": "first", "acs_system_id": "s", "connected_account_id": "c", "workspace_id": "w",
            "acs_user_id": "u", "display_name": "Room 101", "access_method": "card",
            "created_at": "2026-07-20T09:00:00Z", "is_managed": true, "errors": [], "warnings": [],
            "starts_at": "2026-07-20T15:00:00Z", "ends_at": "2026-07-22T11:00:00Z", metadata: {},
        }))
        .unwrap();
        json!(like(
            &credential,
            vec!["door".to_owned()],
            another,
            is_yet_to_begin
        ))
    }

    #[test]
    fn a_second_key_joins_the_first_and_opens_the_same() {
        assert_eq!(
            request("visionline_metadata", Another::Beside, true),
            json!({
                "access_method": "card", "acs_user_id": "u", "allowed_acs_entrance_ids": ["door"],
                "starts_at": "2026-07-20T15:00:00Z", "ends_at": "2026-07-22T11:00:00Z",
                "visionline_metadata": {"joiner_acs_credential_ids": ["first"]},
            })
        );
        let vostio = request("assa_abloy_vostio_metadata", Another::Beside, false);
        let joins = json!({"join_all_guest_acs_entrances": true});
        assert_eq!(vostio["assa_abloy_vostio_metadata"], joins);
        assert!(vostio.get("starts_at").is_none());
    }

    #[test]
    fn one_in_place_of_the_first_ends_it() {
        let visionline = request("visionline_metadata", Another::InPlace, false);
        assert_eq!(visionline["visionline_metadata"], json!({"override": true}));
        let vostio = request("assa_abloy_vostio_metadata", Another::InPlace, false);
        let overrides = json!({"override_all_guest_acs_entrances": true});
        assert_eq!(vostio["assa_abloy_vostio_metadata"], overrides);
    }
}
