//! The passwords and the key of a simulated tag.

use crate::contract::Answer;
use crate::crypto::{Cipher, Iv};

use super::super::handshake::{DONE, MORE, RANDOM, rotated};
use super::super::models::PAGE;
use super::{Nak, SimulatedTag, State, page_of};

/// The key of a new Ultralight C on its pages (data sheet `MF0ICU2`, 7.5.8).
pub(super) const FACTORY_KEY_PAGES: [[u8; PAGE]; 4] = [*b"BREA", *b"KMEI", *b"FYOU", *b"CAN!"];

/// What an Ultralight C has sent of a handshake, and waits for.
#[derive(Debug)]
pub(super) struct Challenge {
    cipher: Cipher,
    random: [u8; RANDOM],
    sent: Iv,
}

impl Challenge {
    /// `ek(RndB)`.
    fn new(key: &[u8; 16], random: [u8; RANDOM]) -> Self {
        let cipher = Cipher::tdea2(key);
        let mut iv = Iv::zero(&cipher);
        let _enciphered = cipher.encrypt(&mut iv, &random);
        Self {
            cipher,
            random,
            sent: iv,
        }
    }

    /// The last frame of the handshake, `00` and `ek(RndA')`; `None` when the frame is not the right answer.
    pub(super) fn proof(&self, frame: &[u8]) -> Option<Vec<u8>> {
        let enciphered = frame.strip_prefix(&[MORE])?;
        if enciphered.len() != 2 * RANDOM {
            return None;
        }
        let mut iv = self.sent.clone();
        let plain = self.cipher.decrypt(&mut iv, enciphered)?;
        let (theirs, ours) = plain.split_at(RANDOM);
        let proof = || self.cipher.encrypt(&mut iv, &rotated(theirs));
        (ours == rotated(&self.random))
            .then(proof)
            .map(|proof| [&[DONE], proof.as_slice()].concat())
    }
}

impl SimulatedTag {
    /// Begins a handshake; an earlier authentication is over with it.
    pub(super) fn challenge(&mut self) -> Result<Answer, Nak> {
        let key = self.key(&self.memory);
        // Under a key that changed since the selection neither the old nor the new one is good for sure.
        if key != self.key(&self.selected) {
            return Err(Nak);
        }
        let mut random = [0; RANDOM];
        getrandom::fill(&mut random).map_err(|_| Nak)?;
        let challenge = Challenge::new(&key, random);
        let frame = [&[MORE], challenge.sent.as_bytes()].concat();
        self.state = State::Challenged(challenge);
        Ok(Answer::Frame(frame))
    }

    /// The key in the order of the cipher: on the pages each half is stored back to front.
    fn key(&self, memory: &[u8]) -> [u8; 16] {
        let first = usize::from(self.chip.first_secret_page()) * PAGE;
        std::array::from_fn(|at| {
            let half = at / 8 * 8;
            memory[first + half + 7 - at % 8]
        })
    }

    pub(super) fn authenticate(&mut self, password: [u8; PAGE]) -> Result<Answer, Nak> {
        const AUTHLIM: u8 = 0x07;
        let limit = self.access(&self.memory) & AUTHLIM;
        let is_exhausted = limit > 0 && self.failed_authentications >= limit;
        let secret = |memory: &[u8]| {
            let first = self.chip.first_secret_page();
            (page_of(memory, first), page_of(memory, first + 1))
        };
        let (expected, [p0, p1, ..]) = secret(&self.memory);
        let is_settled = secret(&self.memory) == secret(&self.selected);
        if is_exhausted || password != expected || !is_settled {
            self.failed_authentications = self.failed_authentications.saturating_add(1);
            return Err(Nak);
        }
        self.failed_authentications = 0;
        self.state = State::Authenticated;
        Ok(Answer::Frame(vec![p0, p1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_handshake_byte_for_byte() {
        let bytes = |hex: &str| hex::decode(hex).unwrap();
        // The vector ultralight-c-auth.
        let key = *b"IEMKAERB!NACUOYF";
        let random = bytes("efbd44f361f258fb").try_into().unwrap();
        let challenge = Challenge::new(&key, random);
        assert_eq!(hex::encode(challenge.sent.as_bytes()), "f7dfc7fa617c7f1d");
        let answer = bytes("afab7efbe63f40394010d04f018f8f48c3");
        assert_eq!(
            challenge.proof(&answer).map(hex::encode).as_deref(),
            Some("000355f3c176dcd1b1")
        );
        for at in 0..answer.len() {
            let mut wrong = answer.clone();
            wrong[at] ^= 0x01;
            // The first block is the terminal's own random number, enciphered into the second.
            assert_eq!(challenge.proof(&wrong), None, "byte {at}");
        }
        assert_eq!(challenge.proof(&answer[1..]), None);
        assert_eq!(challenge.proof(&answer[..9]), None);
    }
}
