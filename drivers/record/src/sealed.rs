//! A record as the bytes that are on one card, sealed with a key, and back.

use alloc::vec::Vec;

use crate::envelope::{self, Envelope};
use crate::{Profiles, Record, RecordError, RecordKey, Uid, claims};

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
        Self::open_with(bytes, keys, uid, Profiles::BUILT_IN)
    }

    /// As [`open`](Self::open), where other access systems than those built in may be on the card.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(
        bytes: &[u8],
        keys: &[RecordKey],
        uid: &Uid,
        profiles: Profiles,
    ) -> Result<Self, RecordError> {
        let envelope = Envelope::parse(bytes)?;
        envelope.verify(keys, uid)?;
        claims::decode(envelope.payload(), profiles)
    }

    /// Reads a record **without verifying it**: for showing what a card claims, never for trusting it.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn peek(bytes: &[u8]) -> Result<Self, RecordError> {
        claims::decode(Envelope::parse(bytes)?.payload(), Profiles::BUILT_IN)
    }

    /// The id of the key that a record says it was sealed with: which key to fetch before the record is opened with it.
    ///
    /// # Errors
    /// What is wrong with the form of the message. Its content is not looked at.
    pub fn key_id(bytes: &[u8]) -> Result<Vec<u8>, RecordError> {
        Envelope::parse(bytes).map(Envelope::into_key_id)
    }
}
