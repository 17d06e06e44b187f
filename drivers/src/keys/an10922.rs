//! Key diversification (NXP AN10922): from one master key a key for each card, so that a card that is broken gives away
//! itself only.
//!
//! Cards of cardbridge get theirs by [`diversify_aes128`]. The other three are for whoever reads cards of a system that
//! diversifies by the same note.

use zeroize::Zeroizing;

use super::SecretKey;
use crate::crypto::{Cipher, Iv};

/// AES-128 (AN10922, 2.2): the CMAC of `01 || input`, padded to 32 bytes however short it is. What goes beyond 31 bytes of
/// input is cut off.
#[must_use]
pub fn diversify_aes128(master: &SecretKey, input: &[u8]) -> SecretKey {
    let cipher = Cipher::aes128(master.expose());
    let mut derived = Zeroizing::new([0; 16]);
    derived.copy_from_slice(&part(&cipher, 0x01, input));
    SecretKey::new(*derived)
}

/// AES-192 (AN10922, 2.3): the CMACs A of `11 || input` and B of `12 || input`, put together as A[0..8],
/// A[8..16] xor B[0..8], B[8..16]. At most 31 bytes of input.
#[must_use]
pub fn diversify_aes192(master: &[u8; 24], input: &[u8]) -> Zeroizing<[u8; 24]> {
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

/// Triple DES with two keys (AN10922, 2.4): the CMACs of `21 || input` and `22 || input`. At most 15 bytes of input. The parity
/// bits are as they come out: a card that keeps a key version in them has it put there by the caller.
#[must_use]
pub fn diversify_tdea2(master: &[u8; 16], input: &[u8]) -> Zeroizing<[u8; 16]> {
    let cipher = Cipher::tdea2(master);
    let mut derived = Zeroizing::new([0; 16]);
    derived[..8].copy_from_slice(&part(&cipher, 0x21, input));
    derived[8..].copy_from_slice(&part(&cipher, 0x22, input));
    derived
}

/// Triple DES with three keys (AN10922, 2.5): the CMACs of `31 || input`, `32 || input` and `33 || input`. At most 15 bytes
/// of input; parity bits as in [`diversify_tdea2`].
#[must_use]
pub fn diversify_tdea3(master: &[u8; 24], input: &[u8]) -> Zeroizing<[u8; 24]> {
    let cipher = Cipher::tdea3(master);
    let mut derived = Zeroizing::new([0; 24]);
    for (eight, constant) in derived.chunks_exact_mut(8).zip(0x31..) {
        eight.copy_from_slice(&part(&cipher, constant, input));
    }
    derived
}

/// The CMAC of `constant || input`, padded to two blocks however short it is: there it differs from the CMAC of the standard,
/// which pads to one where one will do.
fn part(cipher: &Cipher, constant: u8, input: &[u8]) -> Zeroizing<Vec<u8>> {
    let block = cipher.block_bytes();
    let longest = 2 * block - 1;
    let mut message = Zeroizing::new(Vec::with_capacity(2 * block));
    message.push(constant);
    message.extend(&input[..input.len().min(longest)]);
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
