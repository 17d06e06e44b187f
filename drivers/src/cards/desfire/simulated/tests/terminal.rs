//! The other end of a session of EV1, for tests that send what no good terminal sends.

use super::*;
use crate::cards::desfire::card_key::CardKey;
use crate::cards::desfire::simulated::messaging::Ev1Session;
use crate::cards::desfire::wire::Communication;
use crate::crypto::{Cipher, Iv, crc32};

/// One end of a session.
pub(super) struct Terminal {
    cipher: Cipher,
    iv: Iv,
}

impl Terminal {
    /// A session that both ends have just opened, with key 0.
    pub(super) fn with(card: &mut SimulatedDesfire, key: &CardKey) -> Self {
        Self::with_number(card, 0, key)
    }

    /// A session that both ends have just opened.
    pub(super) fn with_number(card: &mut SimulatedDesfire, number: u8, key: &CardKey) -> Self {
        card.session = Some(Session::Ev1(Ev1Session::new(number, key)));
        let cipher = key.cipher();
        Self {
            iv: Iv::zero(&cipher),
            cipher,
        }
    }

    /// The data bytes of a `WriteData`.
    pub(super) fn write(
        &mut self,
        communication: Communication,
        header: &[u8],
        data: &[u8],
    ) -> Vec<u8> {
        const WRITE_DATA: u8 = 0x3D;
        let message = [&[WRITE_DATA], header, data].concat();
        let protected = match communication {
            Communication::Plain => {
                self.cipher.cmac(&mut self.iv, &message);
                data.to_vec()
            }
            Communication::Mac => {
                let mac = self.cipher.cmac(&mut self.iv, &message);
                [data, &mac[..8]].concat()
            }
            Communication::Full => return self.enciphered(WRITE_DATA, header, data, 0x00),
        };
        [header, &protected].concat()
    }

    /// The data bytes of a command whose data is enciphered, filled up with this byte.
    pub(super) fn enciphered(
        &mut self,
        instruction: u8,
        header: &[u8],
        data: &[u8],
        filling: u8,
    ) -> Vec<u8> {
        let crc = crc32(&[&[instruction], header, data].concat());
        let mut plain = [data, &crc.to_le_bytes()].concat();
        let whole = plain.len().next_multiple_of(self.cipher.block_bytes());
        plain.resize(whole, filling);
        [header, &self.cipher.encrypt(&mut self.iv, &plain)].concat()
    }

    /// Whether an answer without data carries the next MAC of the chain.
    pub(super) fn accepts(&mut self, answer: &[u8]) -> bool {
        let mac = self.cipher.cmac(&mut self.iv, &[0x00]);
        answer == [&mac[..8], &[0x91, 0x00]].concat()
    }
}

/// A command in an APDU.
pub(super) fn wrapped(instruction: u8, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap();
    [&[0x90, instruction, 0, 0, length], data, &[0]].concat()
}
