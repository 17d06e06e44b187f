//! ASSA ABLOY Visionline: data on card, offline locks, on the hotel's premises.

use alloc::borrow::ToOwned;

use super::{CardCredential, Profile, Refusal, validate_common};
use crate::{Record, System, VisionlineMetadata};

/// The profile of Visionline cards.
#[derive(Debug)]
pub struct Visionline;

impl Profile for Visionline {
    fn external_type(&self) -> &'static str {
        "visionline_card"
    }

    fn title(&self) -> &'static str {
        "Visionline"
    }

    fn validate(&self, credential: &CardCredential) -> Result<(), Refusal> {
        validate_common(credential)?;
        if credential.vostio().is_some() {
            return Err(Refusal::ForeignMetadata {
                external_type: self.external_type().to_owned(),
                metadata: "assa_abloy_vostio_metadata",
            });
        }
        credential.visionline().map_or(Ok(()), |metadata| {
            validate_metadata(metadata, &credential.acs_credential_id)
        })
    }

    fn to_record(&self, credential: &CardCredential, written_at: i64) -> Result<Record, Refusal> {
        self.validate(credential)?;
        let metadata = credential.visionline().cloned().unwrap_or_default();
        Ok(credential.with_system(Some(System::Visionline(metadata)), written_at))
    }

    fn to_credential(&self, record: &Record) -> Option<CardCredential> {
        let Some(System::Visionline(metadata)) = &record.system else {
            return None;
        };
        Some(CardCredential {
            external_type: Some(self.external_type().to_owned()),
            visionline_metadata: Some(metadata.clone()).filter(|metadata| !metadata.is_empty()),
            ..CardCredential::common_of(record)
        })
    }
}

fn validate_metadata(
    metadata: &VisionlineMetadata,
    acs_credential_id: &str,
) -> Result<(), Refusal> {
    if metadata.is_valid == Some(false) {
        return Err(Refusal::Invalidated);
    }
    let joiners = &metadata.joiner_acs_credential_ids;
    if joiners.iter().any(|joiner| joiner == acs_credential_id) {
        return Err(Refusal::JoinsItself);
    }
    // A Visionline door has one category: guest or common.
    let guest = &metadata.guest_acs_entrance_ids;
    match guest
        .iter()
        .find(|entrance| metadata.common_acs_entrance_ids.contains(entrance))
    {
        Some(entrance) => Err(Refusal::GuestAndCommon {
            acs_entrance_id: entrance.clone(),
        }),
        None => Ok(()),
    }
}
