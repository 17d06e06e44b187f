//! Why a record cannot be made or read.

use alloc::string::String;
use alloc::vec::Vec;

use thiserror::Error;

use super::strict::Malformation;

/// Why a record cannot be made or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The UID is new at every selection: it names no card, so nothing can be bound to it.
    #[error("the card gives a random UID, so that no record can be bound to it")]
    RandomUid,
    /// More bytes than any card has.
    #[error("{bytes} bytes are more than any card record has")]
    TooLong {
        /// How many there are.
        bytes: usize,
    },
    /// Not a COSE message of our kind, or a CBOR Web Token of another kind.
    #[error("this is not a cardbridge record")]
    NotOurs,
    /// Ours to look at, but not as a record is written.
    #[error("the record is malformed: {0}")]
    Malformed(#[from] Malformation),
    /// Sealed in a way that this version does not know.
    #[error("the record is sealed with an algorithm other than HMAC 256/64")]
    UnsupportedAlgorithm,
    /// Says something that this version does not know.
    #[error("the record is of a newer layout: {what}")]
    NewerLayout {
        /// What is not known.
        what: &'static str,
    },
    /// Sealed with a key that is not at hand.
    #[error(
        "the record is sealed with the record key {}, which is not configured",
        hex::encode(kid)
    )]
    UnknownKey {
        /// The key's id, as it is on the card.
        kid: Vec<u8>,
    },
    /// The tag is wrong for this content, key and card.
    #[error(
        "the record does not verify: it was altered, copied from another card, or sealed with another key"
    )]
    DoesNotVerify,
    /// The CBOR encoder refused, which no record should bring about.
    #[error("the record cannot be encoded: {cause}")]
    Encoding {
        /// What the encoder said.
        cause: String,
    },
}
