//! From the API's credential to what the profiles know of it.

use cardbridge_drivers::profiles::{CardCredential, VisionlineMetadata, VostioMetadata};

use crate::issuance::refusal::Refusal;
use crate::seam::{self, AcsCredential, Time};

/// What goes onto a card, with the number that was settled for it.
pub(crate) fn card_credential(
    credential: &AcsCredential,
    card_number: String,
) -> Result<CardCredential, Refusal> {
    Ok(CardCredential {
        acs_credential_id: credential.acs_credential_id.clone(),
        card_number,
        external_type: credential
            .external_type
            .as_ref()
            .map(|external_type| external_type.as_str().to_owned()),
        starts_at: credential.starts_at_time()?.map(Time::as_second),
        ends_at: credential.ends_at_time()?.map(Time::as_second),
        visionline_metadata: credential.visionline_metadata.as_ref().map(visionline),
        assa_abloy_vostio_metadata: credential.assa_abloy_vostio_metadata.as_ref().map(vostio),
    })
}

fn visionline(metadata: &seam::VisionlineMetadata) -> VisionlineMetadata {
    VisionlineMetadata {
        card_function_type: metadata
            .card_function_type
            .as_ref()
            .map(|kind| kind.as_str().to_owned()),
        joiner_acs_credential_ids: metadata
            .joiner_acs_credential_ids
            .clone()
            .unwrap_or_default(),
        guest_acs_entrance_ids: metadata.guest_acs_entrance_ids.clone().unwrap_or_default(),
        common_acs_entrance_ids: metadata.common_acs_entrance_ids.clone().unwrap_or_default(),
        is_valid: metadata.is_valid,
        auto_join: metadata.auto_join,
        card_id: metadata.card_id.clone(),
        credential_id: metadata.credential_id.clone(),
    }
}

fn vostio(metadata: &seam::VostioMetadata) -> VostioMetadata {
    VostioMetadata {
        auto_join: metadata.auto_join,
        override_guest_acs_entrance_ids: metadata
            .override_guest_acs_entrance_ids
            .clone()
            .unwrap_or_default(),
        key_id: metadata.key_id.clone(),
        key_issuing_request_id: metadata.key_issuing_request_id.clone(),
        door_names: metadata.door_names.clone().unwrap_or_default(),
        endpoint_id: metadata.endpoint_id.clone(),
    }
}
