//! Key diversification (NXP AN10922): from one master key a key for each card, so that a card that is broken gives away
//! itself only.
//!
//! Cards of cardbridge get theirs by [`diversify_aes128`]. The other three are for reading cards of a system that
//! diversifies by the same note.

use thiserror::Error;
use zeroize::Zeroizing;

use super::SecretKey;
use crate::crypto::{Cipher, Iv};

/// What a key is diversified with: at most `LONGEST` bytes. That is 31 for AES, 15 for triple DES, so that with the constant in
/// front it is two blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input<const LONGEST: usize> {
    bytes: [u8; LONGEST],
    length: usize,
}

/// An input for AES.
pub type AesInput = Input<31>;
/// An input for triple DES.
pub type TdeaInput = Input<15>;

/// There are more bytes of input than two blocks take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a key is diversified with at most {longest} bytes, not {bytes}")]
pub struct InputTooLong {
    /// How many came.
    pub bytes: usize,
    /// How many there may be.
    pub longest: usize,
}

impl<const LONGEST: usize> Input<LONGEST> {
    pub(super) const LONGEST: usize = LONGEST;

    /// Parts that are short enough together, which the caller's types must show.
    pub(super) fn of_parts<const PARTS: usize>(parts: [&[u8]; PARTS]) -> Self {
        let mut input = Self {
            bytes: [0; LONGEST],
            length: 0,
        };
        for part in parts {
            let end = input.length + part.len();
            input.bytes[input.length..end].copy_from_slice(part);
            input.length = end;
        }
        input
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl<const LONGEST: usize> TryFrom<&[u8]> for Input<LONGEST> {
    type Error = InputTooLong;

    fn try_from(input: &[u8]) -> Result<Self, InputTooLong> {
        let mut bytes = [0; LONGEST];
        let place = bytes.get_mut(..input.len()).ok_or(InputTooLong {
            bytes: input.len(),
            longest: LONGEST,
        })?;
        place.copy_from_slice(input);
        Ok(Self {
            bytes,
            length: input.len(),
        })
    }
}

/// AES-128 (AN10922, 2.2): the CMAC of `01 || input`, padded to 32 bytes however short it is.
#[must_use]
pub fn diversify_aes128(master: &SecretKey, input: &AesInput) -> SecretKey {
    let cipher = Cipher::aes128(master.expose());
    let mut derived = Zeroizing::new([0; 16]);
    derived.copy_from_slice(&part(&cipher, 0x01, input));
    SecretKey::new(*derived)
}

/// AES-192 (AN10922, 2.3): the CMACs A of `11 || input` and B of `12 || input`, put together as A[0..8],
/// A[8..16] xor B[0..8], B[8..16].
#[must_use]
pub fn diversify_aes192(master: &[u8; 24], input: &AesInput) -> Zeroizing<[u8; 24]> {
    let cipher = Cipher::aes192(master);
    let first = part(&cipher, 0x11, input);
    let second = part(&cipher, 0x12, input);
    let mut derived = Zeroizing::new([0; 24]);
    derived[..16].copy_from_slice(&first);
    derived[16..].copy_from_slice(&second[8..]);
    for (byte, with) in derived[8..16].iter_mut().zip(second.iter()) {
        *byte ^= with;
    }
    derived
}

/// Triple DES with two keys (AN10922, 2.4): the CMACs of `21 || input` and `22 || input`. The parity
/// bits are as they come out: a card that keeps a key version in them has it put there by the caller.
#[must_use]
pub fn diversify_tdea2(master: &[u8; 16], input: &TdeaInput) -> Zeroizing<[u8; 16]> {
    let cipher = Cipher::tdea2(master);
    let mut derived = Zeroizing::new([0; 16]);
    derived[..8].copy_from_slice(&part(&cipher, 0x21, input));
    derived[8..].copy_from_slice(&part(&cipher, 0x22, input));
    derived
}

/// Triple DES with three keys (AN10922, 2.5): the CMACs of `31 || input`, `32 || input` and `33 || input`; parity bits as in [`diversify_tdea2`].
#[must_use]
pub fn diversify_tdea3(master: &[u8; 24], input: &TdeaInput) -> Zeroizing<[u8; 24]> {
    let cipher = Cipher::tdea3(master);
    let mut derived = Zeroizing::new([0; 24]);
    for (eight, constant) in derived.chunks_exact_mut(8).zip(0x31..) {
        eight.copy_from_slice(&part(&cipher, constant, input));
    }
    derived
}

/// The CMAC of `constant || input`, padded to two blocks however short it is: there it differs from the CMAC of the standard,
/// which pads to one where one will do.
fn part<const LONGEST: usize>(
    cipher: &Cipher,
    constant: u8,
    input: &Input<LONGEST>,
) -> Zeroizing<Vec<u8>> {
    let block = cipher.block_bytes();
    let mut message = Zeroizing::new(Vec::with_capacity(2 * block));
    message.push(constant);
    message.extend(input.as_bytes());
    let subkeys = cipher.subkeys();
    let subkey = if message.len() == 2 * block {
        &subkeys.whole
    } else {
        message.push(0x80);
        message.resize(2 * block, 0);
        &subkeys.padded
    };
    for (byte, with) in message[block..].iter_mut().zip(subkey.iter()) {
        *byte ^= with;
    }
    let mut iv = Iv::zero(cipher);
    let _blocks = Zeroizing::new(cipher.encrypt(&mut iv, &message));
    Zeroizing::new(iv.as_bytes().to_vec())
}

#[cfg(test)]
mod tests;
