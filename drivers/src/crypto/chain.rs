//! Cipher block chaining whose initial value outlives the message.

use zeroize::Zeroizing;

use super::Cipher;

/// The initial value of the next operation: the last cipher block of the one before. Wiped from memory on drop, since a derived
/// key may be such a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iv(pub(super) Zeroizing<Vec<u8>>);

impl Iv {
    /// All zero, as after an authentication.
    #[must_use]
    pub fn zero(cipher: &Cipher) -> Self {
        Self(Zeroizing::new(vec![0; cipher.block_bytes()]))
    }

    /// One block; `None` when it is not of the cipher's size.
    #[must_use]
    pub fn from_block(cipher: &Cipher, block: &[u8]) -> Option<Self> {
        (block.len() == cipher.block_bytes()).then(|| Self(Zeroizing::new(block.to_vec())))
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Cipher {
    /// Enciphers whole blocks in CBC mode, from `iv` on; `iv` becomes the last cipher block.
    ///
    /// # Panics
    /// On a tail that is no whole block, which would come out in clear: pad first.
    #[must_use]
    pub fn encrypt(&self, iv: &mut Iv, plain: &[u8]) -> Vec<u8> {
        assert!(
            plain.len().is_multiple_of(self.block_bytes()),
            "whole blocks"
        );
        let mut enciphered = plain.to_vec();
        for block in enciphered.chunks_exact_mut(self.block_bytes()) {
            xor(block, &iv.0);
            self.encrypt_block(block);
            iv.0.copy_from_slice(block);
        }
        enciphered
    }

    /// Deciphers whole blocks in CBC mode, from `iv` on; `iv` becomes the last cipher block. `None` where it is no whole
    /// blocks.
    #[must_use]
    pub fn decrypt(&self, iv: &mut Iv, enciphered: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if !enciphered.len().is_multiple_of(self.block_bytes()) {
            return None;
        }
        let mut plain = Zeroizing::new(enciphered.to_vec());
        let blocks = enciphered.chunks_exact(self.block_bytes());
        for (block, cipher_block) in plain.chunks_exact_mut(self.block_bytes()).zip(blocks) {
            self.decrypt_block(block);
            xor(block, &iv.0);
            iv.0.copy_from_slice(cipher_block);
        }
        Some(plain)
    }
}

pub(super) fn xor(bytes: &mut [u8], with: &[u8]) {
    for (byte, with) in bytes.iter_mut().zip(with) {
        *byte ^= with;
    }
}
