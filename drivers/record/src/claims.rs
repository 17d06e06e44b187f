//! The record as CBOR Web Token claims, and back. What an access system adds is in [`crate::profiles`].

use alloc::string::ToString;
use alloc::vec::Vec;

use ciborium::Value;

use super::fields::{Fields, Writer};
use super::strict::{self, Malformation};
use crate::profiles::{Profiles, System};
use crate::{Record, RecordError, compact};

/// Claim keys: RFC 8392, section 3.1, and one of our own from the range for private use.
mod claim {
    pub(super) const EXP: i64 = 4;
    pub(super) const NBF: i64 = 5;
    pub(super) const IAT: i64 = 6;
    pub(super) const CTI: i64 = 7;
    pub(super) const CARD: i64 = -65537;
}

mod card {
    pub(super) const NUMBER: i64 = 1;
    pub(super) const MANUFACTURER: i64 = 2;
    pub(super) const METADATA: i64 = 3;
}

pub(super) fn encode(record: &Record) -> Result<Vec<u8>, RecordError> {
    let system = record.system.as_ref();
    let card = Writer::default()
        .put(card::NUMBER, compact::number(&record.card_number))
        .optional(
            card::MANUFACTURER,
            system.map(|system| system.profile().manufacturer()),
        )
        .optional(card::METADATA, system.and_then(System::encode));
    let claims = Writer::default()
        .optional(claim::EXP, record.ends_at)
        .optional(claim::NBF, record.starts_at)
        .put(claim::IAT, record.written_at.into())
        .put(claim::CTI, compact::id(&record.acs_credential_id))
        .put(claim::CARD, card.finish());
    let mut payload = Vec::new();
    ciborium::into_writer(&claims.finish(), &mut payload).map_err(|error| {
        RecordError::Encoding {
            cause: error.to_string(),
        }
    })?;
    Ok(payload)
}

pub(super) fn decode(payload: &[u8], profiles: Profiles) -> Result<Record, RecordError> {
    const CLAIMS: &str = "the claims";
    const NUMBER: &str = "the card number";
    const CREDENTIAL: &str = "the credential's id";
    const WRITTEN_AT: &str = "the time of writing";
    strict::check(payload)?;
    let claims: Value =
        ciborium::from_reader(payload).map_err(|_| Malformation::WrongType { what: CLAIMS })?;
    let mut claims = Fields::new(claims, CLAIMS)?;
    let card = claims.take(claim::CARD).ok_or(RecordError::NotOurs)?;
    let mut card = Fields::new(card, "the card part")?;
    let number = card
        .take(card::NUMBER)
        .ok_or(Malformation::Missing { what: NUMBER })?;
    let credential = claims
        .take(claim::CTI)
        .ok_or(Malformation::Missing { what: CREDENTIAL })?;
    let record = Record {
        acs_credential_id: compact::read_id(credential, CREDENTIAL)?,
        card_number: compact::read_number(number, NUMBER)?,
        starts_at: claims.int(claim::NBF, "the start of validity")?,
        ends_at: claims.int(claim::EXP, "the end of validity")?,
        written_at: claims
            .int(claim::IAT, WRITTEN_AT)?
            .ok_or(Malformation::Missing { what: WRITTEN_AT })?,
        system: system(&mut card, profiles)?,
    };
    card.end("its card part has a field that this version does not know")?;
    claims.end("it has a claim that this version does not know")?;
    if encode(&record)? != payload {
        return Err(Malformation::NotCanonical.into());
    }
    Ok(record)
}

fn system(card: &mut Fields, profiles: Profiles) -> Result<Option<System>, RecordError> {
    const MANUFACTURER: &str = "the manufacturer";
    let manufacturer = card.int(card::MANUFACTURER, MANUFACTURER)?;
    let metadata = card.take(card::METADATA);
    let Some(manufacturer) = manufacturer else {
        return match metadata {
            Some(_) => Err(Malformation::Missing { what: MANUFACTURER }.into()),
            None => Ok(None),
        };
    };
    match profiles.of_manufacturer(manufacturer) {
        Some(profile) => System::decode(profile, metadata).map(Some),
        None => Err(RecordError::NewerLayout {
            what: "it is of a manufacturer that this version does not know",
        }),
    }
}
