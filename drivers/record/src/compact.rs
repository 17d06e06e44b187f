//! Ids and card numbers as the bytes they represent. Each text has one encoding, and reading gives back that very text.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

use ciborium::Value;
use uuid::Uuid;

use super::strict::Malformation;

/// An id: 16 bytes if it is a UUID in canonical form (lower case, hyphens), otherwise text.
pub(super) fn id(text: &str) -> Value {
    match Uuid::try_parse(text) {
        Ok(uuid) if uuid.hyphenated().to_string() == text => {
            Value::Bytes(uuid.into_bytes().to_vec())
        }
        _ => Value::Text(text.to_owned()),
    }
}

/// The text of an id.
pub(super) fn read_id(value: Value, what: &'static str) -> Result<String, Malformation> {
    match value {
        Value::Bytes(bytes) => Uuid::from_slice(&bytes)
            .map(|uuid| uuid.hyphenated().to_string())
            .map_err(|_| Malformation::WrongType { what }),
        Value::Text(text) => Ok(text),
        _ => Err(Malformation::WrongType { what }),
    }
}

/// A card number: bytes if it is lower-case hex of whole bytes and not empty, otherwise text.
pub(super) fn number(text: &str) -> Value {
    match hex::decode(text) {
        Ok(bytes) if !bytes.is_empty() && hex::encode(&bytes) == text => Value::Bytes(bytes),
        _ => Value::Text(text.to_owned()),
    }
}

/// The text of a card number.
pub(super) fn read_number(value: Value, what: &'static str) -> Result<String, Malformation> {
    match value {
        Value::Bytes(bytes) => Ok(hex::encode(bytes)),
        Value::Text(text) => Ok(text),
        _ => Err(Malformation::WrongType { what }),
    }
}
