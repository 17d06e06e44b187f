//! A key as a DESFire card holds it: DES, triple DES or AES.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::Cipher;

/// Which cipher a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    /// Single DES. On the card it fills 16 bytes, twice the same 8.
    Des,
    /// Triple DES with two keys.
    Tdea2,
    /// Triple DES with three keys.
    Tdea3,
    /// AES-128.
    Aes,
}

impl KeyType {
    /// Bytes of such a key.
    pub(super) fn key_bytes(self) -> usize {
        match self {
            Self::Des => 8,
            Self::Tdea2 | Self::Aes => 16,
            Self::Tdea3 => 24,
        }
    }

    /// Bytes of each side's random number in an authentication.
    pub(super) fn random_bytes(self) -> usize {
        match self {
            Self::Des | Self::Tdea2 => 8,
            Self::Tdea3 | Self::Aes => 16,
        }
    }
}

/// A key with its cipher; wiped from memory on drop, never shown.
#[derive(Clone)]
pub(super) struct CardKey {
    key_type: KeyType,
    bytes: Zeroizing<Vec<u8>>,
}

impl CardKey {
    /// The PICC master key that a card leaves the factory with: single DES, all zero.
    pub(super) fn factory() -> Self {
        Self {
            key_type: KeyType::Des,
            bytes: Zeroizing::new(vec![0; KeyType::Des.key_bytes()]),
        }
    }

    /// The same as a change of keys sends it, which has room for two.
    pub(super) fn factory_as_sent() -> Self {
        Self {
            key_type: KeyType::Tdea2,
            bytes: Zeroizing::new(vec![0; KeyType::Tdea2.key_bytes()]),
        }
    }

    /// An AES key.
    pub(super) fn aes(key: &[u8; 16]) -> Self {
        Self {
            key_type: KeyType::Aes,
            bytes: Zeroizing::new(key.to_vec()),
        }
    }

    /// A key of this type; `None` when it is not of its length.
    pub(super) fn new(key_type: KeyType, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == key_type.key_bytes()).then(|| Self {
            key_type,
            bytes: Zeroizing::new(bytes.to_vec()),
        })
    }

    /// Which cipher it is for.
    pub(super) fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// Its bytes, for a cipher and for a change of keys, and nothing else.
    pub(super) fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// The cipher under this key.
    pub(super) fn cipher(&self) -> Cipher {
        match self.key_type {
            KeyType::Des => Cipher::des(&sized(&self.bytes)),
            KeyType::Tdea2 => Cipher::tdea2(&sized(&self.bytes)),
            KeyType::Tdea3 => Cipher::tdea3(&sized(&self.bytes)),
            KeyType::Aes => Cipher::aes128(&sized(&self.bytes)),
        }
    }
}

/// The first N bytes; a key always has as many as its type says.
fn sized<const N: usize>(bytes: &[u8]) -> Zeroizing<[u8; N]> {
    let mut sized = Zeroizing::new([0; N]);
    for (to, from) in sized.iter_mut().zip(bytes) {
        *to = *from;
    }
    sized
}

impl PartialEq for CardKey {
    fn eq(&self, other: &Self) -> bool {
        self.key_type == other.key_type && self.bytes.ct_eq(&other.bytes).into()
    }
}

impl Eq for CardKey {}

impl fmt::Debug for CardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardKey({:?} REDACTED)", self.key_type)
    }
}
