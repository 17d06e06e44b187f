//! A key of 16 bytes that never shows itself.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A secret of 16 bytes: an AES-128 key, or two DES keys. Wiped from memory on drop, never shown.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 16]>);

impl SecretKey {
    /// Takes the bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for a cipher and nothing else.
    #[must_use]
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    /// A short name by which two desks see that they hold the same key: 8 bytes of SHA-256, in hex.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"cardbridge card key")
            .chain_update(self.0.as_slice())
            .finalize();
        hex::encode(&digest[..8])
    }
}

impl PartialEq for SecretKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for SecretKey {}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(REDACTED)")
    }
}
