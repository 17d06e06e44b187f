//! Secure messaging of EV2 (MF2DL(H)x0 data sheet, chapter 9; AN12343, chapter 5): every command and answer has a counter.

use subtle::ConstantTimeEq;

use super::{MAC_BYTES, Shape};
use crate::cards::desfire::session_keys::Ev2Keys;
use crate::cards::desfire::wire::{Communication, Status};
use crate::crypto::{Cipher, Iv};

const BLOCK: usize = 16;
const OK: u8 = 0x00;

/// A session of EV2.
#[derive(Debug)]
pub(in crate::cards::desfire::simulated) struct Ev2Session {
    pub(in crate::cards::desfire::simulated) key_number: u8,
    pub(in crate::cards::desfire::simulated) transaction: [u8; 4],
    /// Commands that succeeded in this transaction.
    pub(in crate::cards::desfire::simulated) counter: u16,
    enc: Cipher,
    mac: Cipher,
}

impl Ev2Session {
    pub(in crate::cards::desfire::simulated) fn new(
        key_number: u8,
        keys: &Ev2Keys,
        transaction: [u8; 4],
        counter: u16,
    ) -> Self {
        Self {
            key_number,
            transaction,
            counter,
            enc: Cipher::aes128(keys.enc.expose()),
            mac: Cipher::aes128(keys.mac.expose()),
        }
    }

    pub(super) fn command_bytes(shape: &Shape) -> usize {
        match shape.communication {
            Communication::Plain => shape.header + shape.data,
            Communication::Mac => shape.header + shape.data + MAC_BYTES,
            Communication::Full if shape.data == 0 => shape.header + MAC_BYTES,
            Communication::Full => {
                shape.header + (shape.data + 1).next_multiple_of(BLOCK) + MAC_BYTES
            }
        }
    }

    pub(super) fn open(
        &mut self,
        instruction: u8,
        shape: &Shape,
        sent: &[u8],
    ) -> Result<Vec<u8>, Status> {
        // The counter never begins again: at its end a command counts as one with a wrong MAC.
        if self.counter == u16::MAX {
            return Err(Status::IntegrityError);
        }
        if shape.communication == Communication::Plain {
            return Ok(sent.to_vec());
        }
        let (sent, mac) = sent.split_at(sent.len().saturating_sub(MAC_BYTES));
        if !bool::from(mac.ct_eq(&self.mac_of(instruction, sent))) {
            return Err(Status::IntegrityError);
        }
        if shape.communication == Communication::Mac || shape.data == 0 {
            return Ok(sent.to_vec());
        }
        let (header, enciphered) = sent.split_at(shape.header);
        let mut iv = self.iv([0xA5, 0x5A]);
        let plain = self
            .enc
            .decrypt(&mut iv, enciphered)
            .ok_or(Status::LengthError)?;
        let (data, padding) = plain.split_at(shape.data);
        match padding {
            [0x80, zeros @ ..] if zeros.iter().all(|byte| *byte == 0) => {
                Ok([header, data].concat())
            }
            _ => Err(Status::IntegrityError),
        }
    }

    pub(super) fn seal(&mut self, communication: Communication, data: &[u8]) -> Vec<u8> {
        self.counter = self.counter.saturating_add(1);
        let mut sealed = data.to_vec();
        if communication == Communication::Plain {
            return sealed;
        }
        if communication == Communication::Full && !data.is_empty() {
            sealed.push(0x80);
            sealed.resize(sealed.len().next_multiple_of(BLOCK), 0);
            let mut iv = self.iv([0x5A, 0xA5]);
            sealed = self.enc.encrypt(&mut iv, &sealed);
        }
        let mac = self.mac_of(OK, &sealed);
        sealed.extend(mac);
        sealed
    }

    /// The initial value of a message in one direction.
    fn iv(&self, direction: [u8; 2]) -> Iv {
        let mut block = [0; BLOCK];
        block[..2].copy_from_slice(&direction);
        block[2..6].copy_from_slice(&self.transaction);
        block[6..8].copy_from_slice(&self.counter.to_le_bytes());
        let mut iv = Iv::zero(&self.enc);
        // One block from a zero chain; the chain then holds it enciphered.
        let _block = self.enc.encrypt(&mut iv, &block);
        iv
    }

    /// Every second byte of the CMAC over code, counter, transaction and message.
    fn mac_of(&self, code: u8, message: &[u8]) -> [u8; MAC_BYTES] {
        let input = [
            &[code],
            &self.counter.to_le_bytes()[..],
            &self.transaction,
            message,
        ]
        .concat();
        let whole = self.mac.cmac(&mut Iv::zero(&self.mac), &input);
        let mut mac = [0; MAC_BYTES];
        for (byte, from) in mac.iter_mut().zip(whole.iter().skip(1).step_by(2)) {
            *byte = *from;
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SecretKey;

    /// NXP AN12343 (vector `ev2-iv`).
    #[test]
    fn initial_value_of_a_command() {
        let sixteen = |text| hex::decode(text).unwrap().try_into().unwrap();
        let keys = Ev2Keys {
            enc: SecretKey::new(sixteen("66a8cb93269dc9bc2885b7a91b9c697b")),
            mac: SecretKey::new([0; 16]),
        };
        let session = Ev2Session::new(0, &keys, [0xED, 0x56, 0xF6, 0xE6], 0);
        assert_eq!(
            hex::encode(session.iv([0xA5, 0x5A]).as_bytes()),
            "da0f644a4986275957cf1ec3af4cce53"
        );
    }
}
