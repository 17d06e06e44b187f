//! Secure messaging of EV1: one chain through every CMAC and every encipherment of commands and answers.

use subtle::ConstantTimeEq;

use super::{Checksum, Filling, MAC_BYTES, Shape};
use crate::cards::desfire::card_key::CardKey;
use crate::cards::desfire::wire::{Communication, Status};
use crate::crypto::{Cipher, Iv, crc32};

const CRC_BYTES: usize = 4;

/// A session of EV1.
#[derive(Debug)]
pub(in crate::cards::desfire::simulated) struct Ev1Session {
    pub(in crate::cards::desfire::simulated) key_number: u8,
    cipher: Cipher,
    iv: Iv,
}

impl Ev1Session {
    pub(in crate::cards::desfire::simulated) fn new(key_number: u8, key: &CardKey) -> Self {
        let cipher = key.cipher();
        Self {
            key_number,
            iv: Iv::zero(&cipher),
            cipher,
        }
    }

    pub(super) fn command_bytes(&self, shape: &Shape) -> usize {
        let protected = match (shape.communication, shape.checksum) {
            _ if shape.data == 0 => 0,
            (Communication::Plain, _) => shape.data,
            (Communication::Mac, _) => shape.data + MAC_BYTES,
            (Communication::Full, Checksum::Added) => self.filled(shape.data + CRC_BYTES),
            (Communication::Full, Checksum::Contained) => self.filled(shape.data),
        };
        shape.header + protected
    }

    pub(super) fn open(
        &mut self,
        instruction: u8,
        shape: &Shape,
        sent: &[u8],
    ) -> Result<Vec<u8>, Status> {
        if shape.communication == Communication::Full && shape.data > 0 {
            return self.open_enciphered(instruction, shape, sent);
        }
        let (clear, mac) = sent.split_at(shape.header + shape.data);
        let made = self
            .cipher
            .cmac(&mut self.iv, &[&[instruction], clear].concat());
        if mac.is_empty() || bool::from(mac.ct_eq(&made[..MAC_BYTES])) {
            Ok(clear.to_vec())
        } else {
            Err(Status::IntegrityError)
        }
    }

    fn open_enciphered(
        &mut self,
        instruction: u8,
        shape: &Shape,
        sent: &[u8],
    ) -> Result<Vec<u8>, Status> {
        let (header, enciphered) = sent.split_at(shape.header);
        let plain = self
            .cipher
            .decrypt(&mut self.iv, enciphered)
            .ok_or(Status::LengthError)?;
        let (data, rest) = plain.split_at(shape.data);
        let filling = match shape.checksum {
            Checksum::Contained => rest,
            Checksum::Added => {
                let (crc, filling) = rest.split_at(CRC_BYTES);
                let made = crc32(&[&[instruction], header, data].concat());
                if crc != made.to_le_bytes() {
                    return Err(Status::IntegrityError);
                }
                filling
            }
        };
        if filling.iter().any(|byte| *byte != 0) {
            return Err(Status::IntegrityError);
        }
        Ok([header, data].concat())
    }

    pub(super) fn seal(
        &mut self,
        communication: Communication,
        filling: Filling,
        data: &[u8],
    ) -> Vec<u8> {
        const OK: &[u8] = &[0x00];
        let with_status = [data, OK].concat();
        if communication == Communication::Full && !data.is_empty() {
            let mut plain = data.to_vec();
            plain.extend(crc32(&with_status).to_le_bytes());
            if filling == Filling::Marked {
                plain.push(0x80);
            }
            plain.resize(self.filled(plain.len()), 0);
            return self.cipher.encrypt(&mut self.iv, &plain);
        }
        let mac = self.cipher.cmac(&mut self.iv, &with_status);
        [data, &mac[..MAC_BYTES]].concat()
    }

    fn filled(&self, bytes: usize) -> usize {
        bytes.next_multiple_of(self.cipher.block_bytes())
    }
}
