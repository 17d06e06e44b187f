//! ASSA ABLOY Vostio: keys kept in the cloud.

use alloc::borrow::ToOwned;

use super::{CardCredential, Profile, Refusal, validate_common};
use crate::{Record, System};

/// The profile of Vostio keys.
#[derive(Debug)]
pub struct Vostio;

impl Profile for Vostio {
    fn external_type(&self) -> &'static str {
        "assa_abloy_vostio_key"
    }

    fn title(&self) -> &'static str {
        "Vostio"
    }

    fn validate(&self, credential: &CardCredential) -> Result<(), Refusal> {
        validate_common(credential)?;
        if credential.visionline().is_some() {
            return Err(Refusal::ForeignMetadata {
                external_type: self.external_type().to_owned(),
                metadata: "visionline_metadata",
            });
        }
        Ok(())
    }

    fn to_record(&self, credential: &CardCredential, written_at: i64) -> Result<Record, Refusal> {
        self.validate(credential)?;
        let metadata = credential.vostio().cloned().unwrap_or_default();
        Ok(credential.with_system(Some(System::Vostio(metadata)), written_at))
    }

    fn to_credential(&self, record: &Record) -> Option<CardCredential> {
        let Some(System::Vostio(metadata)) = &record.system else {
            return None;
        };
        Some(CardCredential {
            external_type: Some(self.external_type().to_owned()),
            assa_abloy_vostio_metadata: Some(metadata.clone())
                .filter(|metadata| !metadata.is_empty()),
            ..CardCredential::common_of(record)
        })
    }
}
