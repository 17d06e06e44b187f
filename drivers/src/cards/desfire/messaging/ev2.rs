//! The secure messaging of EV2 and EV3, after `AuthenticateEV2First` (NXP AN12343, AN12196): a transaction identifier, a
//! counter of commands, one key for MACs and one for data.

use zeroize::Zeroizing;

use super::super::session_keys::Ev2Keys;
use super::super::wire::Instruction;
use super::{KeyChange, MAC, OK, is_equal, split_mac};
use crate::crypto::{Cipher, Iv, crc32};

const BLOCK: usize = 16;

/// Bytes of a secret on the air, with its MAC.
pub(super) fn sealed_bytes(secret: usize) -> usize {
    (secret + 1).next_multiple_of(BLOCK) + MAC
}

/// What an initial value is made for (AN12343, 5.4).
#[derive(Clone, Copy)]
enum Direction {
    Command,
    Answer,
}

/// The state after an authentication.
pub(in super::super) struct Ev2 {
    enc: Cipher,
    mac: Cipher,
    transaction: [u8; 4],
    counter: u16,
}

impl Ev2 {
    /// Begins a transaction, its counter 0.
    pub(in super::super) fn new(keys: &Ev2Keys, transaction: [u8; 4]) -> Self {
        Self {
            enc: Cipher::aes128(keys.enc.expose()),
            mac: Cipher::aes128(keys.mac.expose()),
            transaction,
            counter: 0,
        }
    }

    #[cfg(test)]
    pub(super) fn at(mut self, counter: u16) -> Self {
        self.counter = counter;
        self
    }

    pub(super) fn command(&mut self, instruction: Instruction, data: &[u8]) -> Vec<u8> {
        let mac = self.mac(instruction.code(), data);
        [data, &mac].concat()
    }

    pub(super) fn answer(&mut self, answer: &[u8]) -> Option<Vec<u8>> {
        self.counter = self.counter.checked_add(1)?;
        let (data, mac) = split_mac(answer)?;
        is_equal(&self.mac(OK, data), mac).then(|| data.to_vec())
    }

    pub(super) fn seal(
        &mut self,
        instruction: Instruction,
        header: &[u8],
        secret: &[u8],
    ) -> Vec<u8> {
        let mut padded = Zeroizing::new([secret, &[0x80]].concat());
        let whole = padded.len().next_multiple_of(BLOCK);
        padded.resize(whole, 0);
        let mut iv = self.iv(Direction::Command);
        let data = [header, &self.enc.encrypt(&mut iv, &padded)].concat();
        self.command(instruction, &data)
    }

    pub(super) fn open(&mut self, answer: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
        let enciphered = self.answer(answer)?;
        if enciphered.len() + MAC != sealed_bytes(length) {
            return None;
        }
        let mut iv = self.iv(Direction::Answer);
        let mut plain = self.enc.decrypt(&mut iv, &enciphered)?;
        let (_, padding) = plain.split_at_checked(length)?;
        let (first, rest) = padding.split_first()?;
        let is_padding = *first == 0x80 && rest.iter().all(|&byte| byte == 0);
        plain.truncate(length);
        is_padding.then_some(plain)
    }

    pub(super) fn change_key(&mut self, change: &KeyChange<'_>) -> Vec<u8> {
        let mut secret = change.masked();
        if change.old.is_some() {
            secret.extend(crc32(change.new.expose()).to_le_bytes());
        }
        self.seal(Instruction::ChangeKey, &[change.number], &secret)
    }

    /// Every other byte of the CMAC, from the second on (AN12343, 5.3).
    fn mac(&self, code: u8, data: &[u8]) -> Vec<u8> {
        let counter = self.counter.to_le_bytes();
        let message = [&[code], counter.as_slice(), &self.transaction, data].concat();
        let cmac = self.mac.cmac(&mut Iv::zero(&self.mac), &message);
        cmac.into_iter().skip(1).step_by(2).collect()
    }

    fn iv(&self, direction: Direction) -> Iv {
        let label = match direction {
            Direction::Command => [0xA5, 0x5A],
            Direction::Answer => [0x5A, 0xA5],
        };
        let counter = self.counter.to_le_bytes();
        let vector = [
            label.as_slice(),
            &self.transaction,
            &counter,
            &[0; BLOCK - 8],
        ]
        .concat();
        let mut iv = Iv::zero(&self.enc);
        // One block, so that the chain ends on its cipher block.
        let _block = self.enc.encrypt(&mut iv, &vector);
        iv
    }
}
