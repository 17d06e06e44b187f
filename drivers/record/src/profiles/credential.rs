//! A card credential, as much of it as a card is made from.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{Record, System, VisionlineMetadata, VostioMetadata};

/// What a profile needs of Seam's `acs_credential`, under Seam's names. Times are in seconds since 1970, rounded down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardCredential {
    /// The credential's id, as the API gives it.
    pub acs_credential_id: String,
    /// The card's number: the API's, or what the desk settled in its place.
    pub card_number: String,
    /// The access system's kind of credential, such as `visionline_card`; an open enum in the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_type: Option<String>,
    /// From when on the credential is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<i64>,
    /// Until when the credential is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<i64>,
    /// What Visionline keeps about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visionline_metadata: Option<VisionlineMetadata>,
    /// What Vostio keeps about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assa_abloy_vostio_metadata: Option<VostioMetadata>,
}

impl CardCredential {
    /// Visionline's metadata, if it says anything: an empty object says no more than none.
    #[must_use]
    pub fn visionline(&self) -> Option<&VisionlineMetadata> {
        self.visionline_metadata
            .as_ref()
            .filter(|metadata| !metadata.is_empty())
    }

    /// Vostio's metadata, if it says anything.
    #[must_use]
    pub fn vostio(&self) -> Option<&VostioMetadata> {
        self.assa_abloy_vostio_metadata
            .as_ref()
            .filter(|metadata| !metadata.is_empty())
    }

    /// The record of this credential, without a look at whether it makes sense.
    pub(super) fn with_system(&self, system: Option<System>, written_at: i64) -> Record {
        Record {
            acs_credential_id: self.acs_credential_id.clone(),
            card_number: self.card_number.clone(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            written_at,
            system,
        }
    }

    /// The fields that a record has for every access system.
    pub(super) fn common_of(record: &Record) -> Self {
        Self {
            acs_credential_id: record.acs_credential_id.clone(),
            card_number: record.card_number.clone(),
            starts_at: record.starts_at,
            ends_at: record.ends_at,
            ..Self::default()
        }
    }
}
