//! The card record: what stands on a card, byte for byte.
//!
//! A CBOR Web Token (RFC 8392) in a `COSE_Mac0` (RFC 9052) with an 8-byte tag, bound to the card by its UID, so that any
//! COSE library can verify it. It is our own documented layout; it opens no stock Visionline or Vostio lock.
//!
//! ```text
//! 17([ << {1: 4} >>, {4: kid}, << claims >>, tag ])        tag = HMAC 256/64, external_aad = the card's UID
//! claims = { ? 4: ends_at, ? 5: starts_at, 6: written_at, 7: acs_credential_id,
//!            -65537: { 1: card_number, ? 2: system, ? 3: metadata } }
//! ```
//!
//! There is exactly one encoding of a record, and only that one is read: what [`Record::open`] accepts, [`Record::seal`]
//! gives back byte for byte.
//!
//! | module | holds |
//! |---|---|
//! | `envelope` | the COSE message: making and checking the tag |
//! | `claims`, `metadata_map`, `fields` | the record as claims, and back |
//! | `compact` | ids and numbers as the bytes they stand for |
//! | `strict` | deterministic CBOR, checked before anything is built from it |
//! | [`ndef`], [`tlv`] | the wrapping on cards that speak NDEF |

#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod claims;
mod compact;
mod envelope;
mod error;
mod fields;
mod key;
mod metadata;
mod metadata_map;
pub mod ndef;
pub mod profiles;
mod strict;
pub mod tlv;
mod uid;

pub use error::RecordError;
pub use key::{RecordKey, RecordKeyError};
pub use metadata::{System, VisionlineMetadata, VostioMetadata};
pub use strict::Malformation;
pub use uid::{Uid, UidLength};

use alloc::string::String;
use alloc::vec::Vec;

use envelope::Envelope;

/// What stands on a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The credential's id, as the API gives it.
    pub acs_credential_id: String,
    /// The card's number, as the API gives it or the desk settled it.
    pub card_number: String,
    /// From when on the card is good, in seconds since 1970.
    pub starts_at: Option<i64>,
    /// Until when the card is good, in seconds since 1970.
    pub ends_at: Option<i64>,
    /// When the record was made, in seconds since 1970.
    pub written_at: i64,
    /// The access system and its metadata; `None` for systems without any of their own.
    pub system: Option<System>,
}

impl Record {
    /// The record's bytes for one card. The same record, key and UID always give the same bytes.
    ///
    /// # Errors
    /// [`RecordError::RandomUid`]: such a card has no identity to bind to.
    pub fn seal(&self, key: &RecordKey, uid: &Uid) -> Result<Vec<u8>, RecordError> {
        envelope::seal(&claims::encode(self)?, key, uid)
    }

    /// Reads a record off a card and verifies that it was sealed with one of `keys` for the card with this UID.
    ///
    /// # Errors
    /// Every [`RecordError`] but [`Encoding`](RecordError::Encoding).
    pub fn open(bytes: &[u8], keys: &[RecordKey], uid: &Uid) -> Result<Self, RecordError> {
        let envelope = Envelope::parse(bytes)?;
        envelope.verify(keys, uid)?;
        claims::decode(envelope.payload())
    }

    /// Reads a record **without verifying it**: for showing what a card claims, never for trusting it.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn peek(bytes: &[u8]) -> Result<Self, RecordError> {
        claims::decode(Envelope::parse(bytes)?.payload())
    }
}

#[cfg(test)]
mod tests;
