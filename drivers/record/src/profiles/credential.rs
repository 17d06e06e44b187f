//! A card credential, as much of it as a card is made from.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserializer;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Profile, Refusal, System};
use crate::Record;

/// What a record needs of Seam's `acs_credential`, under Seam's names. Times are in seconds since 1970, rounded down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CardCredential {
    /// The credential's id, as the API gives it.
    pub acs_credential_id: String,
    /// The card's number: the API's, or what the desk settled in its place.
    pub card_number: String,
    /// The access system's kind of credential, such as `visionline_card`; an open enum in the API.
    pub external_type: Option<String>,
    /// From when on the credential is good.
    pub starts_at: Option<i64>,
    /// Until when the credential is good.
    pub ends_at: Option<i64>,
    /// What access systems say about it. One does at most, or the credential contradicts itself.
    pub metadata: Vec<System>,
}

impl CardCredential {
    /// A credential without an end and without metadata.
    #[must_use]
    pub fn new(acs_credential_id: impl Into<String>, card_number: impl Into<String>) -> Self {
        Self {
            acs_credential_id: acs_credential_id.into(),
            card_number: card_number.into(),
            ..Self::default()
        }
    }

    /// Adds what an access system says about it: the object that the API has under the profile's
    /// [`metadata`](Profile::metadata) name.
    ///
    /// # Errors
    /// [`Refusal::MalformedMetadata`]: the object is not as the profile describes it.
    pub fn add_metadata<'de>(
        &mut self,
        profile: &'static dyn Profile,
        object: impl Deserializer<'de>,
    ) -> Result<(), Refusal> {
        let system = System::read(profile, object).map_err(|error| Refusal::MalformedMetadata {
            metadata: profile.metadata(),
            cause: error.to_string(),
        })?;
        self.metadata.push(system);
        Ok(())
    }

    /// The metadata that says anything: an empty object says no more than none.
    pub(super) fn said(&self) -> impl Iterator<Item = &System> {
        self.metadata.iter().filter(|metadata| !metadata.is_empty())
    }
}

impl From<&Record> for CardCredential {
    /// The credential that a record was made from. A record without an access system gives one without `external_type`.
    fn from(record: &Record) -> Self {
        let system = record.system.as_ref();
        let external_type = system.map(|system| system.profile().external_type().into());
        Self {
            acs_credential_id: record.acs_credential_id.clone(),
            card_number: record.card_number.clone(),
            external_type,
            starts_at: record.starts_at,
            ends_at: record.ends_at,
            metadata: system
                .into_iter()
                .filter(|system| !system.is_empty())
                .cloned()
                .collect(),
        }
    }
}

impl Serialize for CardCredential {
    /// An object in Seam's field names, each system's metadata under the API's name for it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("acs_credential_id", &self.acs_credential_id)?;
        object.serialize_entry("card_number", &self.card_number)?;
        if let Some(external_type) = &self.external_type {
            object.serialize_entry("external_type", external_type)?;
        }
        for (name, time) in [("starts_at", self.starts_at), ("ends_at", self.ends_at)] {
            if let Some(time) = time {
                object.serialize_entry(name, &time)?;
            }
        }
        for metadata in self.said() {
            object.serialize_entry(metadata.profile().metadata(), metadata)?;
        }
        object.end()
    }
}
