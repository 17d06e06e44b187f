//! The challenge of a simulated Ultralight C, and the key that it has from the factory.

use crate::crypto::{Cipher, Iv};

use super::super::handshake::{DONE, MORE, RANDOM, rotated};
use super::super::models::PAGE;

/// The key of a new Ultralight C on its pages (data sheet `MF0ICU2`, 7.5.8).
pub(super) const FACTORY_KEY_PAGES: [[u8; PAGE]; 4] = [*b"BREA", *b"KMEI", *b"FYOU", *b"CAN!"];

/// What an Ultralight C has sent of a handshake, and waits for.
#[derive(Debug)]
pub(super) struct Challenge {
    cipher: Cipher,
    random: [u8; RANDOM],
    pub(super) sent: Iv,
}

impl Challenge {
    /// `ek(RndB)`.
    pub(super) fn new(key: &[u8; 16], random: [u8; RANDOM]) -> Self {
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
