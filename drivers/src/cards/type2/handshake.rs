//! The mutual authentication of Ultralight C, our side of it (data sheet `MF0ICU2`, 7.5.5).
//!
//! Triple DES with two keys in CBC mode, where the initial value is zero once and from then on the last cipher block that
//! went over the air, in either direction.

use subtle::ConstantTimeEq;

use crate::crypto::{Cipher, Iv};
use crate::keys::SecretKey;

/// `AUTHENTICATE`, first part: the tag answers `AF` and its enciphered random number.
pub(super) const AUTHENTICATE: [u8; 2] = [0x1A, 0x00];
/// Begins both messages in the middle.
pub(super) const MORE: u8 = 0xAF;
/// Begins the tag's last message.
pub(super) const DONE: u8 = 0x00;
/// Bytes of a random number, which is one cipher block.
pub(super) const RANDOM: usize = 8;

/// Our answer to a tag's challenge.
pub(super) struct Response {
    /// What to send behind [`MORE`]: `ek(RndA || RndB')`.
    pub(super) enciphered: Vec<u8>,
    proof: Vec<u8>,
}

impl Response {
    /// Answers `ek(RndB)` with `random` for `RndA`; `None` only if a random number were no cipher block.
    pub(super) fn new(
        key: &SecretKey,
        challenge: [u8; RANDOM],
        random: [u8; RANDOM],
    ) -> Option<Self> {
        let cipher = Cipher::tdea2(key.expose());
        let mut iv = Iv::zero(&cipher);
        let theirs = cipher.decrypt(&mut iv, &challenge)?;
        let enciphered = cipher.encrypt(&mut iv, &[&random[..], &rotated(&theirs)].concat());
        Some(Self {
            enciphered,
            proof: cipher.encrypt(&mut iv, &rotated(&random)),
        })
    }

    /// Whether the tag's last frame, `00` and `ek(RndA')`, shows that it has the key.
    pub(super) fn is_proven_by(&self, frame: &[u8]) -> bool {
        frame
            .strip_prefix(&[DONE])
            .is_some_and(|proof| proof.ct_eq(&self.proof).into())
    }
}

/// Rotated to the left by one byte.
pub(super) fn rotated(random: &[u8]) -> Vec<u8> {
    let mut rotated = random.to_vec();
    rotated.rotate_left(1);
    rotated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector() -> serde_json::Value {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../vectors/cards.json")).unwrap();
        vectors
            .as_array()
            .unwrap()
            .iter()
            .find(|vector| vector["id"] == "ultralight-c-auth")
            .unwrap()
            .clone()
    }

    fn bytes(vector: &serde_json::Value, field: &str) -> Vec<u8> {
        hex::decode(vector[field].as_str().unwrap()).unwrap()
    }

    #[test]
    fn a_published_handshake_byte_for_byte() {
        let vector = vector();
        let key = SecretKey::new(bytes(&vector, "key").try_into().unwrap());
        assert_eq!(bytes(&vector, "c1"), AUTHENTICATE);
        let challenge = bytes(&vector, "r1");
        assert_eq!(challenge[0], MORE);
        let response = Response::new(
            &key,
            challenge[1..].try_into().unwrap(),
            bytes(&vector, "rnd_a").try_into().unwrap(),
        )
        .unwrap();
        assert_eq!(
            hex::encode([&[MORE], response.enciphered.as_slice()].concat()),
            vector["c2"].as_str().unwrap()
        );
        let last = bytes(&vector, "r2");
        assert!(response.is_proven_by(&last));
        for at in 0..last.len() {
            let mut wrong = last.clone();
            wrong[at] ^= 0x01;
            assert!(!response.is_proven_by(&wrong), "byte {at}");
        }
        for short in [&last[..0], &last[..1], &last[..8]] {
            assert!(!response.is_proven_by(short));
        }
    }
}
