//! The COSE message around the claims: tag 17, one protected header, one unprotected, an 8-byte tag.

use alloc::string::ToString;
use alloc::vec::Vec;

use ciborium::Value;
use coset::iana::Algorithm;
use coset::{
    AsCborValue, CoseError, CoseMac0, CoseMac0Builder, HeaderBuilder, RegisteredLabelWithPrivate,
    TaggedCborSerializable,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::strict::{self, Malformation};
use super::{RecordError, RecordKey};
use crate::Uid;

/// No supported card has more; checked before anything is looked at.
const MAX_BYTES: usize = 8 * 1024;
/// CBOR tag 17, `COSE_Mac0`.
const MAC0_TAG: u8 = 0xD1;
const TAG_BYTES: usize = 8;
const HMAC_BLOCK_BYTES: usize = 64;

/// Makes the message and its tag.
pub(super) fn seal(payload: &[u8], key: &RecordKey, uid: &Uid) -> Result<Vec<u8>, RecordError> {
    refuse_random(uid)?;
    let message = message(key.kid(), payload)
        .create_tag(uid.as_bytes(), |data| {
            mac(key, data).finalize().into_bytes()[..TAG_BYTES].to_vec()
        })
        .build();
    encode(message)
}

/// A message of the right form, its tag not yet checked.
#[derive(Debug)]
pub(super) struct Envelope {
    message: CoseMac0,
    payload: Vec<u8>,
}

impl Envelope {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_BYTES {
            return Err(RecordError::TooLong { bytes: bytes.len() });
        }
        let Some((&MAC0_TAG, untagged)) = bytes.split_first() else {
            return Err(RecordError::NotOurs);
        };
        strict::check(untagged)?;
        let message = decode(untagged)?;
        let Some(payload) = message.payload.clone() else {
            return Err(Malformation::Missing {
                what: "the payload",
            }
            .into());
        };
        if message.unprotected.key_id.is_empty() {
            return Err(Malformation::Missing { what: "the key id" }.into());
        }
        if message.tag.len() != TAG_BYTES {
            return Err(Malformation::WrongType { what: "the tag" }.into());
        }
        let again = self::message(&message.unprotected.key_id, &payload).tag(message.tag.clone());
        if encode(again.build())? != bytes {
            return Err(RecordError::NewerLayout {
                what: "its header says more than this version knows",
            });
        }
        Ok(Self { message, payload })
    }

    pub(super) fn into_key_id(self) -> Vec<u8> {
        self.message.unprotected.key_id
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Checks the tag under every key of the message's key id, in constant time for each.
    pub(super) fn verify(&self, keys: &[RecordKey], uid: &Uid) -> Result<(), RecordError> {
        refuse_random(uid)?;
        let kid = &self.message.unprotected.key_id;
        let mut named = keys.iter().filter(|key| key.kid() == kid).peekable();
        if named.peek().is_none() {
            return Err(RecordError::UnknownKey { kid: kid.clone() });
        }
        named
            .any(|key| self.verifies(key, uid))
            .then_some(())
            .ok_or(RecordError::DoesNotVerify)
    }

    fn verifies(&self, key: &RecordKey, uid: &Uid) -> bool {
        self.message
            .verify_payload_tag(
                uid.as_bytes(),
                || RecordError::DoesNotVerify,
                |tag, data| {
                    // A shorter tag would be compared in its length only; `parse` has let none through.
                    mac(key, data)
                        .verify_truncated_left(tag)
                        .map_err(|_| RecordError::DoesNotVerify)
                },
            )
            .is_ok()
    }
}

fn refuse_random(uid: &Uid) -> Result<(), RecordError> {
    if uid.is_random() {
        return Err(RecordError::RandomUid);
    }
    Ok(())
}

fn message(kid: &[u8], payload: &[u8]) -> CoseMac0Builder {
    CoseMac0Builder::new()
        .protected(
            HeaderBuilder::new()
                .algorithm(Algorithm::HMAC_256_64)
                .build(),
        )
        .unprotected(HeaderBuilder::new().key_id(kid.to_vec()).build())
        .payload(payload.to_vec())
}

fn encode(message: CoseMac0) -> Result<Vec<u8>, RecordError> {
    message
        .to_tagged_vec()
        .map_err(|error| RecordError::Encoding {
            cause: error.to_string(),
        })
}

fn decode(untagged: &[u8]) -> Result<CoseMac0, RecordError> {
    const WHAT: &str = "the COSE message";
    let wrong_type = Malformation::WrongType { what: WHAT };
    let value: Value = ciborium::from_reader(untagged).map_err(|_| wrong_type)?;
    if let Some(Value::Bytes(protected)) = value.as_array().and_then(|parts| parts.first()) {
        strict::check(protected)?;
    }
    let message = CoseMac0::from_cbor_value(value).map_err(|error| match error {
        CoseError::UnregisteredIanaValue | CoseError::UnregisteredIanaNonPrivateValue => {
            RecordError::UnsupportedAlgorithm
        }
        _ => wrong_type.into(),
    })?;
    match &message.protected.header.alg {
        Some(RegisteredLabelWithPrivate::Assigned(Algorithm::HMAC_256_64)) => Ok(message),
        Some(_) => Err(RecordError::UnsupportedAlgorithm),
        None => Err(Malformation::Missing {
            what: "the algorithm",
        }
        .into()),
    }
}

fn mac(key: &RecordKey, data: &[u8]) -> Hmac<Sha256> {
    // HMAC fills a key that is shorter than a block with zeros (RFC 2104); done here, no length can be wrong.
    let mut block = Zeroizing::new([0; HMAC_BLOCK_BYTES]);
    block[..key.secret().len()].copy_from_slice(key.secret());
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(data);
    mac
}
