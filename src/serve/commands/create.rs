//! The credential that an order creates for the card, in Seam's words; it is always one for a card.

use serde::Deserialize;

use crate::seam::{
    AccessMode, CreateAcsCredential, CredentialHolder, HotekOptions, VisionlineOptions,
    VostioOptions,
};

/// What Seam is asked to create.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    /// As Seam's own call needs it.
    access_method: Option<OnlyCard>,
    acs_user_id: Option<String>,
    user_identity_id: Option<String>,
    acs_system_id: Option<String>,
    #[serde(default)]
    allowed_acs_entrance_ids: Vec<String>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    visionline_metadata: Option<Visionline>,
    assa_abloy_vostio_metadata: Option<Vostio>,
    hotek_metadata: Option<Hotek>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OnlyCard {
    Card,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Visionline {
    #[serde(rename = "override")]
    overrides: Option<bool>,
    auto_join: Option<bool>,
    #[serde(default)]
    joiner_acs_credential_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vostio {
    auto_join: Option<bool>,
    join_all_guest_acs_entrances: Option<bool>,
    override_all_guest_acs_entrances: Option<bool>,
    #[serde(default)]
    override_guest_acs_entrance_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hotek {
    auto_join: Option<bool>,
    #[serde(rename = "override")]
    overrides: Option<bool>,
}

impl Create {
    /// None where it is not said whom it is for, or said twice.
    pub(super) fn request(self) -> Option<CreateAcsCredential> {
        let holder = match (self.acs_user_id, self.user_identity_id, self.acs_system_id) {
            (Some(acs_user_id), None, _) => CredentialHolder::AcsUser { acs_user_id },
            (None, Some(user_identity_id), Some(acs_system_id)) => CredentialHolder::UserIdentity {
                user_identity_id,
                acs_system_id,
            },
            _ => return None,
        };
        let mode = match self.access_method {
            None | Some(OnlyCard::Card) => AccessMode::Card,
        };
        Some(CreateAcsCredential {
            allowed_acs_entrance_ids: self.allowed_acs_entrance_ids,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            visionline_metadata: self.visionline_metadata.map(|given| VisionlineOptions {
                overrides: given.overrides,
                auto_join: given.auto_join,
                joiner_acs_credential_ids: given.joiner_acs_credential_ids,
                ..VisionlineOptions::default()
            }),
            assa_abloy_vostio_metadata: self.assa_abloy_vostio_metadata.map(|given| {
                VostioOptions {
                    auto_join: given.auto_join,
                    join_all_guest_acs_entrances: given.join_all_guest_acs_entrances,
                    override_all_guest_acs_entrances: given.override_all_guest_acs_entrances,
                    override_guest_acs_entrance_ids: given.override_guest_acs_entrance_ids,
                }
            }),
            hotek_metadata: self.hotek_metadata.map(|given| HotekOptions {
                auto_join: given.auto_join,
                overrides: given.overrides,
            }),
            ..CreateAcsCredential::new(mode, holder)
        })
    }
}
