//! The key that a site's records are sealed with.

use alloc::string::String;
use alloc::vec::Vec;

use core::fmt;

use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;

/// A record key with the id that names it on cards, so that keys can be rotated. The key is wiped from memory on drop and
/// never shown.
#[derive(Clone)]
pub struct RecordKey {
    kid: Vec<u8>,
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl RecordKey {
    /// A key from its parts.
    ///
    /// # Errors
    /// [`RecordKeyError::EmptyId`]: a record names its key.
    pub fn new(kid: Vec<u8>, key: [u8; KEY_BYTES]) -> Result<Self, RecordKeyError> {
        Self::from_wiped(kid, Zeroizing::new(key))
    }

    /// A key from the content of a key file: 64 hex digits, with or without white space around them, or 32 raw bytes.
    ///
    /// # Errors
    /// [`RecordKeyError`], which reveals nothing of the content.
    pub fn parse_file(kid: Vec<u8>, content: &[u8]) -> Result<Self, RecordKeyError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let digits = content.trim_ascii();
        let is_hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
        if is_hex {
            // So few digits are never read as raw bytes: 32 of them would be a key of half the strength.
            hex::decode_to_slice(digits, key.as_mut_slice()).map_err(|_| {
                RecordKeyError::Digits {
                    found: digits.len(),
                }
            })?;
        } else if content.len() == KEY_BYTES {
            key.copy_from_slice(content);
        } else {
            return Err(RecordKeyError::Malformed {
                bytes: content.len(),
            });
        }
        Self::from_wiped(kid, key)
    }

    /// The id that is on cards.
    #[must_use]
    pub fn kid(&self) -> &[u8] {
        &self.kid
    }

    /// A short name by which two desks see that they hold the same key: 8 bytes of SHA-256, in hex. It reveals nothing
    /// about the key itself, nor about its id.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"cardbridge record key")
            .chain_update(self.secret())
            .finalize();
        hex::encode(&digest[..8])
    }

    pub(super) fn secret(&self) -> &[u8; KEY_BYTES] {
        &self.key
    }

    fn from_wiped(kid: Vec<u8>, key: Zeroizing<[u8; KEY_BYTES]>) -> Result<Self, RecordKeyError> {
        if kid.is_empty() {
            return Err(RecordKeyError::EmptyId);
        }
        Ok(Self { kid, key })
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordKey")
            .field("kid", &format_args!("{}", hex::encode(&self.kid)))
            .field("key", &format_args!("REDACTED"))
            .finish()
    }
}

/// Why something is no record key. Says nothing of the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecordKeyError {
    /// The key's id has no bytes.
    #[error("the record key's id is empty")]
    EmptyId,
    /// Hex digits, but not 64 of them.
    #[error("a record key has 64 hex digits, not {found}")]
    Digits {
        /// How many there were.
        found: usize,
    },
    /// Neither hex digits nor 32 bytes.
    #[error(
        "a record key is 64 hex digits or 32 raw bytes; this is {bytes} bytes of something else"
    )]
    Malformed {
        /// How long it was.
        bytes: usize,
    },
}

impl RecordKeyError {
    /// What to do now.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::EmptyId => "give the record key an id of at least one byte, such as 01",
            Self::Digits { .. } | Self::Malformed { .. } => {
                "put the site's own record key back; only for a first set-up, make a new one"
            }
        }
    }
}

#[cfg(test)]
mod tests;
