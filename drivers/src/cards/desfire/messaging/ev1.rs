//! The secure messaging of EV1, after `AuthenticateAES` or `AuthenticateISO` (MF3ICD81 data sheet; libfreefare,
//! `mifare_desfire_crypto.c`). One chain of initial values runs through every MAC and every encipherment, of commands
//! and of answers.

use zeroize::Zeroizing;

use super::super::wire::Instruction;
use super::{KeyChange, MAC, OK, is_equal, split_mac};
use crate::crypto::{Cipher, Iv, crc32};

const CRC: usize = 4;
/// A block of AES; DES sessions here carry no data.
const AES_BLOCK: usize = 16;

/// Bytes of a secret on the air, under AES.
pub(super) fn sealed_bytes(secret: usize) -> usize {
    (secret + CRC).next_multiple_of(AES_BLOCK)
}

/// The state after an authentication.
pub(in super::super) struct Ev1 {
    cipher: Cipher,
    iv: Iv,
}

impl Ev1 {
    /// Begins under a session key.
    pub(in super::super) fn new(cipher: Cipher) -> Self {
        Self {
            iv: Iv::zero(&cipher),
            cipher,
        }
    }

    /// In clear; the MAC only moves the chain on.
    pub(super) fn command(&mut self, instruction: Instruction, data: &[u8]) -> Vec<u8> {
        let _not_sent = self
            .cipher
            .cmac(&mut self.iv, &[&[instruction.code()], data].concat());
        data.to_vec()
    }

    pub(super) fn answer(&mut self, answer: &[u8]) -> Option<Vec<u8>> {
        let (data, mac) = split_mac(answer)?;
        let expected = self.cipher.cmac(&mut self.iv, &[data, &[OK]].concat());
        is_equal(&expected[..MAC], mac).then(|| data.to_vec())
    }

    /// `trailer` is enciphered too, and not in the checksum.
    pub(super) fn seal(
        &mut self,
        instruction: Instruction,
        header: &[u8],
        secret: &[u8],
        trailer: &[u8],
    ) -> Vec<u8> {
        let clear = Zeroizing::new([&[instruction.code()], header, secret].concat());
        let crc = crc32(&clear).to_le_bytes();
        let mut padded = Zeroizing::new([secret, &crc, trailer].concat());
        let whole = padded.len().next_multiple_of(self.cipher.block_bytes());
        padded.resize(whole, 0);
        [header, &self.cipher.encrypt(&mut self.iv, &padded)].concat()
    }

    pub(super) fn open(&mut self, answer: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
        let whole = length
            .checked_add(CRC)?
            .next_multiple_of(self.cipher.block_bytes());
        if answer.len() != whole {
            return None;
        }
        let mut plain = self.cipher.decrypt(&mut self.iv, answer)?;
        let (data, rest) = plain.split_at_checked(length)?;
        let (crc, padding) = rest.split_at_checked(CRC)?;
        let checked = Zeroizing::new([data, &[OK]].concat());
        let is_genuine =
            is_equal(&crc32(&checked).to_le_bytes(), crc) && padding.iter().all(|&byte| byte == 0);
        plain.truncate(length);
        is_genuine.then_some(plain)
    }

    pub(super) fn change_key(&mut self, change: &KeyChange<'_>) -> Vec<u8> {
        let of_new = crc32(change.new.expose()).to_le_bytes();
        let trailer: &[u8] = if change.old.is_some() { &of_new } else { &[] };
        self.seal(
            Instruction::ChangeKey,
            &[change.number],
            &change.masked(),
            trailer,
        )
    }
}
