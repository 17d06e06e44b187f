//! What an authentication makes of the two random numbers: the session keys of EV1 and of EV2.

use super::card_key::{CardKey, KeyType};
use crate::crypto::{Cipher, Iv};
use crate::keys::SecretKey;

/// The session key after `AuthenticateAES` or `AuthenticateISO` (libfreefare, `mifare_desfire_key.c`): parts of `RndA`
/// and `RndB` by turns, as many as the cipher needs. `None` when the random numbers are not of the cipher's length.
pub(super) fn ev1(key_type: KeyType, rnd_a: &[u8], rnd_b: &[u8]) -> Option<CardKey> {
    let length = key_type.random_bytes();
    if rnd_a.len() != length || rnd_b.len() != length {
        return None;
    }
    let starts: &[usize] = match key_type {
        KeyType::Des => &[0],
        KeyType::Tdea2 => &[0, 4],
        KeyType::Tdea3 => &[0, 6, 12],
        KeyType::Aes => &[0, 12],
    };
    let bytes: Vec<u8> = starts
        .iter()
        .flat_map(|&start| {
            let part = start..start + 4;
            [&rnd_a[part.clone()], &rnd_b[part]].concat()
        })
        .collect();
    CardKey::new(key_type, &bytes)
}

/// The session keys after `AuthenticateEV2First` or `AuthenticateEV2NonFirst`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ev2Keys {
    /// Enciphers data and initial values.
    pub(super) enc: SecretKey,
    /// Makes the MACs.
    pub(super) mac: SecretKey,
}

impl Ev2Keys {
    /// The CMACs of the session vectors SV1 and SV2 under the key that was authenticated with (NXP AN12343, 5.3; MF2DL data
    /// sheet, 9.1.6).
    pub(super) fn derive(key: &SecretKey, rnd_a: &[u8; 16], rnd_b: &[u8; 16]) -> Self {
        let cipher = Cipher::aes128(key.expose());
        let mut context = [rnd_a.as_slice(), rnd_b].concat();
        let (a, b) = context.split_at_mut(16);
        let mut mixed = [0; 6];
        for (byte, (a, b)) in mixed.iter_mut().zip(a[2..8].iter().zip(&b[..6])) {
            *byte = a ^ b;
        }
        let derived = |label: [u8; 2]| {
            let vector = [
                label.as_slice(),
                &[0x00, 0x01, 0x00, 0x80],
                &rnd_a[..2],
                &mixed,
                &rnd_b[6..],
                &rnd_a[8..],
            ]
            .concat();
            let mut iv = Iv::zero(&cipher);
            let mac = cipher.cmac(&mut iv, &vector);
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&mac);
            SecretKey::new(bytes)
        };
        Self {
            enc: derived([0xA5, 0x5A]),
            mac: derived([0x5A, 0xA5]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The published vector with this name, and its fields.
    fn vector(id: &str) -> impl Fn(&str) -> Vec<u8> {
        let all: Vec<Value> =
            serde_json::from_str(include_str!("../../../vectors/cards.json")).unwrap();
        let one = all.into_iter().find(|vector| vector["id"] == id).unwrap();
        move |field| hex::decode(one[field].as_str().unwrap()).unwrap()
    }

    #[test]
    fn ev1_of_aes() {
        let of = vector("ev1-aes-auth");
        let session = ev1(KeyType::Aes, &of("rnd_a"), &of("rnd_b")).unwrap();
        assert_eq!(session.expose(), of("session"));
        assert!(ev1(KeyType::Aes, &of("rnd_a")[1..], &of("rnd_b")).is_none());
    }

    #[test]
    fn ev1_of_des_takes_the_parts_that_libfreefare_takes() {
        let rnd_a: Vec<u8> = (0x00..0x10).collect();
        let rnd_b: Vec<u8> = (0x80..0x90).collect();
        for (key_type, length, session) in [
            (KeyType::Des, 8, "0001020380818283"),
            (KeyType::Tdea2, 8, "00010203808182830405060784858687"),
            (
                KeyType::Tdea3,
                16,
                "000102038081828306070809868788890c0d0e0f8c8d8e8f",
            ),
        ] {
            let made = ev1(key_type, &rnd_a[..length], &rnd_b[..length]).unwrap();
            assert_eq!(hex::encode(made.expose()), session, "{key_type:?}");
        }
    }

    #[test]
    fn ev2() {
        for id in ["ev2-session-keys", "ev2-auth-an12196-6.6"] {
            let of = vector(id);
            let [key, rnd_a, rnd_b, enc, mac] =
                ["key", "rnd_a", "rnd_b", "enc", "mac"].map(|field| of(field).try_into().unwrap());
            let keys = Ev2Keys::derive(&SecretKey::new(key), &rnd_a, &rnd_b);
            assert_eq!(keys.enc.expose(), &enc, "{id}");
            assert_eq!(keys.mac.expose(), &mac, "{id}");
        }
    }
}
