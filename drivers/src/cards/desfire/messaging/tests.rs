//! Published transcripts, byte for byte.

use serde_json::Value;

use super::*;
use crate::crypto::{Cipher, Iv, crc32};
use crate::keys::SecretKey;

use super::super::session_keys::Ev2Keys;

/// The published vector with this name.
struct Vector(Value);

impl Vector {
    fn of(id: &str) -> Self {
        let all: Vec<Value> =
            serde_json::from_str(include_str!("../../../../vectors/cards.json")).unwrap();
        Self(all.into_iter().find(|vector| vector["id"] == id).unwrap())
    }

    fn bytes(&self, field: &str) -> Vec<u8> {
        hex::decode(self.0[field].as_str().unwrap()).unwrap()
    }

    fn array<const N: usize>(&self, field: &str) -> [u8; N] {
        self.bytes(field).try_into().unwrap()
    }

    fn number<T: TryFrom<u64, Error: std::fmt::Debug>>(&self, field: &str) -> T {
        T::try_from(self.0[field].as_u64().unwrap()).unwrap()
    }

    /// The data of a wrapped command.
    fn command_data(&self) -> Vec<u8> {
        let apdu = self.bytes("apdu");
        assert_eq!(usize::from(apdu[4]), apdu.len() - 6);
        apdu[5..apdu.len() - 1].to_vec()
    }

    /// The data of the answer, which succeeded.
    fn answer_data(&self) -> Vec<u8> {
        let mut answer = self.bytes("resp");
        assert_eq!(answer.split_off(answer.len() - 2), [0x91, 0x00]);
        answer
    }

    fn ev1(&self) -> Messaging {
        Messaging::Ev1(Ev1::new(Cipher::aes128(&self.array("session"))))
    }

    fn ev2(&self) -> Messaging {
        let key = |field: &str| match self.0.get(field) {
            Some(_) => SecretKey::new(self.array(field)),
            None => SecretKey::new([0; 16]),
        };
        let keys = Ev2Keys {
            enc: key("enc"),
            mac: key("mac"),
        };
        Messaging::Ev2(Ev2::new(&keys, self.array("ti")).at(self.number("ctr")))
    }

    fn new_key(&self) -> CardKey {
        CardKey::aes(&self.array("new"))
    }
}

#[test]
fn ev1_change_of_the_key_in_use() {
    let of = Vector::of("ev1-changekey-aes-same");
    let sent = of.ev1().change_key(&KeyChange {
        number: of.number("keyno"),
        old: None,
        new: &of.new_key(),
        version: of.array::<1>("ver")[0],
    });
    assert_eq!(sent, of.command_data());
}

#[test]
fn ev1_change_of_another_key() {
    let of = Vector::of("ev1-changekey-aes-other");
    let sent = of.ev1().change_key(&KeyChange {
        number: of.number("keyno"),
        old: Some(&CardKey::aes(&of.array("old"))),
        new: &of.new_key(),
        version: of.array::<1>("ver")[0],
    });
    assert_eq!(sent, of.command_data());
}

#[test]
fn ev2_change_of_the_key_in_use() {
    let of = Vector::of("ev2-changekey-same");
    let sent = of.ev2().change_key(&KeyChange {
        number: of.number("keyno"),
        old: None,
        new: &of.new_key(),
        version: of.array::<1>("ver")[0],
    });
    assert_eq!(sent, of.command_data());
    assert!(of.answer_data().is_empty());
}

#[test]
fn ev2_change_of_another_key() {
    let of = Vector::of("ev2-changekey-other");
    let mut messaging = of.ev2();
    let sent = messaging.change_key(&KeyChange {
        number: of.number("keyno"),
        old: Some(&CardKey::aes(&of.array("old"))),
        new: &of.new_key(),
        version: of.array::<1>("ver")[0],
    });
    assert_eq!(sent, of.command_data());
    assert_eq!(messaging.answer(&of.answer_data()), Some(vec![]));
}

#[test]
fn ev2_full_write() {
    let of = Vector::of("ev2-write-full-an12196-6.12");
    let mut messaging = of.ev2();
    let apdu = of.bytes("apdu");
    let instruction = Instruction::from_code(apdu[1]).unwrap();
    let sent = messaging.seal(instruction, &apdu[5..12], &of.bytes("plain"));
    assert_eq!(sent, of.command_data());
    assert_eq!(messaging.answer(&of.answer_data()), Some(vec![]));
}

#[test]
fn ev2_file_settings_under_a_mac() {
    let of = Vector::of("ev2-getfilesettings-mac");
    let mut messaging = of.ev2();
    let sent = messaging.command(Instruction::GetFileSettings, &[0x02]);
    assert_eq!(sent, of.command_data());
    let answer = of.answer_data();
    assert_eq!(
        messaging.answer(&answer),
        Some(answer[..answer.len() - 8].to_vec())
    );
}

#[test]
fn ev2_card_uid() {
    let of = Vector::of("ev2-getcarduid-full");
    let mut messaging = of.ev2();
    assert_eq!(
        messaging.command(Instruction::GetCardUid, &[]),
        of.command_data()
    );
    let uid = messaging.open(&of.answer_data(), 7).unwrap();
    assert_eq!(uid.to_vec(), of.bytes("uid"));
}

#[test]
fn ev2_chain_of_macs() {
    let of = Vector::of("ev2-mac-chain");
    let keys = Ev2Keys {
        enc: SecretKey::new([0; 16]),
        mac: SecretKey::new(of.array("mac_key")),
    };
    let mut ev2 = Ev2::new(&keys, of.array("ti"));
    let steps = of.0["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 4);
    for step in steps {
        let field = |name: &str| hex::decode(step[name].as_str().unwrap()).unwrap();
        let (data, mac) = (field("data"), field("mact"));
        if step.get("cmd").is_some() {
            let instruction = Instruction::from_code(field("cmd")[0]).unwrap();
            assert_eq!(ev2.command(instruction, &data), [data, mac].concat());
        } else {
            let answer = [data.clone(), mac].concat();
            assert_eq!(ev2.answer(&answer), Some(data));
        }
    }
}

#[test]
fn ev2_initial_value_of_a_command() {
    let of = Vector::of("ev2-iv");
    let keys = Ev2Keys {
        enc: SecretKey::new(of.array("enc")),
        mac: SecretKey::new([0; 16]),
    };
    let mut ev2 = Ev2::new(&keys, of.array("ti")).at(of.number("ctr"));
    // The first block is the cipher's of the initial value and the secret: deciphered without one, that value shows.
    let sealed = ev2.seal(Instruction::WriteData, &[], &[0; 15]);
    let cipher = Cipher::aes128(&of.array("enc"));
    let mut plain = cipher
        .decrypt(&mut Iv::zero(&cipher), &sealed[..16])
        .unwrap();
    plain[15] ^= 0x80;
    assert_eq!(plain.to_vec(), of.bytes("iv_cmd"));
}

/// A session at both ends, ours and the card's, under the same keys.
fn session(has_ev2: bool) -> Messaging {
    if has_ev2 {
        let keys = Ev2Keys {
            enc: SecretKey::new([1; 16]),
            mac: SecretKey::new([2; 16]),
        };
        Messaging::Ev2(Ev2::new(&keys, [1, 2, 3, 4]))
    } else {
        Messaging::Ev1(Ev1::new(Cipher::aes128(&[1; 16])))
    }
}

/// What a card answers in the session's first command, by its own arithmetic.
fn answer_of(has_ev2: bool, data: &[u8]) -> Vec<u8> {
    let message = if has_ev2 {
        [&[0x00, 1, 0, 1, 2, 3, 4], data].concat()
    } else {
        [data, &[0x00]].concat()
    };
    let cipher = Cipher::aes128(&[if has_ev2 { 2 } else { 1 }; 16]);
    let mac = cipher.cmac(&mut Iv::zero(&cipher), &message);
    let sent: Vec<u8> = if has_ev2 {
        mac.into_iter().skip(1).step_by(2).collect()
    } else {
        mac[..8].to_vec()
    };
    [data, &sent].concat()
}

fn sealed_answer_of(has_ev2: bool, secret: &[u8]) -> Vec<u8> {
    let cipher = Cipher::aes128(&[1; 16]);
    let mut iv = Iv::zero(&cipher);
    let mut plain = secret.to_vec();
    if has_ev2 {
        plain.push(0x80);
        let _block = cipher.encrypt(
            &mut iv,
            &hex::decode("5aa50102030401000000000000000000").unwrap(),
        );
    } else {
        plain.extend(crc32(&[secret, &[0x00]].concat()).to_le_bytes());
    }
    plain.resize(plain.len().next_multiple_of(16), 0);
    let enciphered = cipher.encrypt(&mut iv, &plain);
    if has_ev2 {
        answer_of(true, &enciphered)
    } else {
        enciphered
    }
}

#[test]
fn an_answer_that_is_not_genuine_is_nothing() {
    for has_ev2 in [false, true] {
        for data in [b"data".as_slice(), b""] {
            let answer = answer_of(has_ev2, data);
            assert_eq!(session(has_ev2).answer(&answer), Some(data.to_vec()));
            for length in 0..answer.len() {
                assert_eq!(session(has_ev2).answer(&answer[..length]), None);
            }
            for bit in 0..answer.len() * 8 {
                let mut wrong = answer.clone();
                wrong[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(session(has_ev2).answer(&wrong), None, "bit {bit}");
            }
        }
    }
}

#[test]
fn an_answer_of_before_is_nothing() {
    for has_ev2 in [false, true] {
        let answer = answer_of(has_ev2, b"data");
        let mut session = session(has_ev2);
        assert!(session.answer(&answer).is_some());
        assert!(session.answer(&answer).is_none());
    }
}

#[test]
fn a_sealed_answer_that_is_not_genuine_is_nothing() {
    for has_ev2 in [false, true] {
        for length in [1_u8, 11, 12, 13, 15, 16, 44, 47, 200] {
            let secret: Vec<u8> = (1..=length).collect();
            let length = secret.len();
            let answer = sealed_answer_of(has_ev2, &secret);
            let opened = session(has_ev2).open(&answer, length).unwrap();
            assert_eq!(opened.to_vec(), secret, "{length}");
            assert!(
                session(has_ev2).open(&answer, length + 1).is_none(),
                "{has_ev2} {length}"
            );
            assert!(session(has_ev2).open(&answer, length - 1).is_none());
            assert!(session(has_ev2).open(&answer[1..], length).is_none());
            for byte in 0..answer.len() {
                let mut wrong = answer.clone();
                wrong[byte] ^= 0x10;
                assert!(session(has_ev2).open(&wrong, length).is_none(), "{byte}");
            }
        }
    }
}

/// The bytes of one frame, and no more.
#[test]
fn the_longest_secret_of_a_frame() {
    assert_eq!(longest_secret(false, 59), 44);
    assert_eq!(longest_secret(true, 59), 47);
    assert_eq!(Messaging::sealed_bytes(false, 44), 48);
    assert_eq!(Messaging::sealed_bytes(false, 45), 64);
    assert_eq!(Messaging::sealed_bytes(true, 47), 56);
    assert_eq!(Messaging::sealed_bytes(true, 48), 72);
    for has_ev2 in [false, true] {
        for length in 1..100 {
            let sent = session(has_ev2).seal(Instruction::WriteData, &[], &vec![7; length]);
            assert_eq!(sent.len(), Messaging::sealed_bytes(has_ev2, length));
        }
    }
}
