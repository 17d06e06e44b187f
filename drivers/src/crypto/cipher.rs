//! A block cipher with its key, as cards use it.

use std::fmt;

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192};
use des::{Des, TdesEde2, TdesEde3};

/// A block cipher and its key. The key schedule is wiped from memory when dropped.
pub struct Cipher(Schedule);

enum Schedule {
    Des(Box<Des>),
    Tdea2(Box<TdesEde2>),
    Tdea3(Box<TdesEde3>),
    Aes128(Box<Aes128>),
    Aes192(Box<Aes192>),
}

/// Runs one block operation with the cipher at hand.
macro_rules! on_block {
    ($schedule:expr, $operation:ident, $block:expr) => {
        match $schedule {
            Schedule::Des(cipher) => on_block!(@ cipher, $operation, $block),
            Schedule::Tdea2(cipher) => on_block!(@ cipher, $operation, $block),
            Schedule::Tdea3(cipher) => on_block!(@ cipher, $operation, $block),
            Schedule::Aes128(cipher) => on_block!(@ cipher, $operation, $block),
            Schedule::Aes192(cipher) => on_block!(@ cipher, $operation, $block),
        }
    };
    (@ $cipher:expr, $operation:ident, $block:expr) => {
        $cipher.$operation(<&mut Array<u8, _>>::try_from($block).expect(ONE_BLOCK))
    };
}

const ONE_BLOCK: &str = "one block of the cipher";

impl Cipher {
    /// Single DES; parity bits are ignored, as cards ignore them.
    #[must_use]
    pub fn des(key: &[u8; 8]) -> Self {
        Self(Schedule::Des(Box::new(Des::new(key.into()))))
    }

    /// Triple DES with two keys.
    #[must_use]
    pub fn tdea2(key: &[u8; 16]) -> Self {
        Self(Schedule::Tdea2(Box::new(TdesEde2::new(key.into()))))
    }

    /// Triple DES with three keys.
    #[must_use]
    pub fn tdea3(key: &[u8; 24]) -> Self {
        Self(Schedule::Tdea3(Box::new(TdesEde3::new(key.into()))))
    }

    /// AES with a key of 128 bits.
    #[must_use]
    pub fn aes128(key: &[u8; 16]) -> Self {
        Self(Schedule::Aes128(Box::new(Aes128::new(key.into()))))
    }

    /// AES with a key of 192 bits.
    #[must_use]
    pub fn aes192(key: &[u8; 24]) -> Self {
        Self(Schedule::Aes192(Box::new(Aes192::new(key.into()))))
    }

    /// Bytes of one block: 16 for AES, 8 for DES.
    #[must_use]
    pub fn block_bytes(&self) -> usize {
        match self.0 {
            Schedule::Aes128(_) | Schedule::Aes192(_) => 16,
            Schedule::Des(_) | Schedule::Tdea2(_) | Schedule::Tdea3(_) => 8,
        }
    }

    /// Chains are cut into blocks of this cipher's size, and nothing else comes here: a block of another size must never pass for
    /// an enciphered one.
    pub(super) fn encrypt_block(&self, block: &mut [u8]) {
        on_block!(&self.0, encrypt_block, block);
    }

    pub(super) fn decrypt_block(&self, block: &mut [u8]) {
        on_block!(&self.0, decrypt_block, block);
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Schedule::Des(_) => "Cipher(DES)",
            Schedule::Tdea2(_) => "Cipher(2TDEA)",
            Schedule::Tdea3(_) => "Cipher(3TDEA)",
            Schedule::Aes128(_) => "Cipher(AES-128)",
            Schedule::Aes192(_) => "Cipher(AES-192)",
        })
    }
}
