//! Protected commands that were changed, repeated or cut on their way, and such that go over several frames.

use super::terminal::{Terminal, wrapped};
use super::*;
use crate::cards::desfire::card_key::{CardKey, KeyType};
use crate::cards::desfire::session_keys::Ev2Keys;
use crate::cards::desfire::simulated::builder::PreparedFile;
use crate::cards::desfire::simulated::messaging::Ev2Session;
use crate::cards::desfire::wire::{AccessRights, Communication, FileType};
use crate::crypto::{Cipher, Iv};
use crate::keys::SecretKey;

const AID: [u8; 3] = [0x01, 0x02, 0x03];
const FILE: u8 = 4;
const SIZE: usize = 200;
/// Most data bytes of a wrapped frame.
const FRAME: usize = 55;

fn card_with_file(communication: Communication) -> SimulatedDesfire {
    let mut card = card("desfire-ev2-8k")
        .with_application(AID, 0x0B, &[(CardKey::aes(&[0; 16]), 0)])
        .with_file(
            AID,
            &PreparedFile {
                number: FILE,
                kind: FileType::Backup,
                communication,
                rights: AccessRights::from_bytes([0x00, 0x00]),
                contents: &[0; SIZE],
            },
        );
    card.selected = AID;
    card
}

fn header(length: usize) -> [u8; 7] {
    let length = u8::try_from(length).unwrap();
    [FILE, 0, 0, 0, length, 0, 0]
}

fn pattern(length: usize) -> Vec<u8> {
    (0x55..=u8::MAX).cycle().take(length).collect()
}

/// Sends a `WriteData` in as many frames as it needs; the last answer.
fn send_in_frames(card: &mut SimulatedDesfire, data: &[u8]) -> Vec<u8> {
    let mut instruction = 0x3D;
    let mut answer = vec![0x91, 0xAF];
    for frame in data.chunks(FRAME) {
        assert_eq!(answer, [0x91, 0xAF]);
        answer = unhex(&sends(card, &wrapped(instruction, frame)));
        instruction = 0xAF;
    }
    answer
}

fn uncommitted(card: &SimulatedDesfire) -> Option<&Vec<u8>> {
    card.uncommitted.get(&FILE)
}

#[test]
fn one_message_in_several_frames() {
    let keys = [
        CardKey::aes(&[5; 16]),
        CardKey::new(KeyType::Des, &[5; 8]).unwrap(),
        CardKey::new(KeyType::Tdea3, &(0..24).collect::<Vec<_>>()).unwrap(),
    ];
    for key in &keys {
        for communication in [
            Communication::Plain,
            Communication::Mac,
            Communication::Full,
        ] {
            let mut card = card_with_file(communication);
            let mut terminal = Terminal::with(&mut card, key);
            // Also where data, CRC or MAC end exactly with a frame or a block.
            for length in [1, 36, 40, 44, 48, 49, 92, 95, 96, 108, 150, SIZE] {
                let data = pattern(length);
                let sent = terminal.write(communication, &header(length), &data);
                let answer = send_in_frames(&mut card, &sent);
                assert!(
                    terminal.accepts(&answer),
                    "{key:?} {communication:?} {length}: {answer:02x?}"
                );
                assert_eq!(uncommitted(&card).unwrap()[..length], data);
            }
        }
    }
}

#[test]
fn no_bit_of_a_protected_write_can_be_turned() {
    for communication in [Communication::Mac, Communication::Full] {
        let key = CardKey::aes(&[5; 16]);
        let sent = Terminal::with(&mut card_with_file(communication), &key).write(
            communication,
            &header(70),
            &pattern(70),
        );
        // Byte 1 moves the data; file, length and a far offset are refused before anything is opened.
        for place in (0..sent.len()).filter(|place| *place == 1 || *place >= 7) {
            let mut card = card_with_file(communication);
            Terminal::with(&mut card, &key);
            let mut changed = sent.clone();
            changed[place] ^= 0x10;
            let answer = send_in_frames(&mut card, &changed);
            assert_eq!(answer, [0x91, 0x1E], "{communication:?} byte {place}");
            assert!(card.session.is_none() && card.uncommitted.is_empty());
        }
    }
}

#[test]
fn frames_that_are_missing_or_too_many() {
    let key = CardKey::aes(&[5; 16]);
    let mut card = card_with_file(Communication::Full);
    let sent =
        Terminal::with(&mut card, &key).write(Communication::Full, &header(70), &pattern(70));
    assert_eq!(sends(&mut card, &wrapped(0x3D, &sent[..FRAME])), "91af");
    let longer = [&sent[FRAME..], &[0]].concat();
    assert_eq!(sends(&mut card, &wrapped(0xAF, &longer)), "917e");
    Terminal::with(&mut card, &key);
    assert_eq!(sends(&mut card, &wrapped(0x3D, &sent[..FRAME])), "91af");
    assert_eq!(sends(&mut card, &unhex("90af000000")), "917e");
    Terminal::with(&mut card, &key);
    assert_eq!(sends(&mut card, &wrapped(0x3D, &sent[..FRAME])), "91af");
    assert_eq!(sends(&mut card, &unhex("90c7000000")), "91ca");
    assert!(card.session.is_none() && card.uncommitted.is_empty());
}

#[test]
fn what_skips_a_link_of_the_chain_is_refused() {
    let key = CardKey::aes(&[5; 16]);
    let mut card = card_with_file(Communication::Mac);
    let mut terminal = Terminal::with(&mut card, &key);
    let first = terminal.write(Communication::Mac, &header(5), b"first");
    let answer = send_in_frames(&mut card, &first);
    assert!(terminal.accepts(&answer));
    // The same once more, as an attacker in the middle would send it.
    assert_eq!(send_in_frames(&mut card, &first), [0x91, 0x1E]);
}

#[test]
fn ev2_counts() {
    let keys = Ev2Keys {
        enc: SecretKey::new([6; 16]),
        mac: SecretKey::new([7; 16]),
    };
    let cipher = Cipher::aes128(&[7; 16]);
    let get_file_ids = |counter: u16, transaction: [u8; 4]| {
        let input = [&[0x6F], &counter.to_le_bytes()[..], &transaction].concat();
        let mac = cipher.cmac(&mut Iv::zero(&cipher), &input);
        let mac: Vec<u8> = mac.into_iter().skip(1).step_by(2).collect();
        wrapped(0x6F, &mac)
    };
    let transaction = [1, 2, 3, 4];
    let opened = |counter| {
        let mut card = card_with_file(Communication::Full);
        let session = Ev2Session::new(0, &keys, transaction, counter);
        card.session = Some(Session::Ev2(session));
        card
    };
    let mut card = opened(5);
    assert!(sends(&mut card, &get_file_ids(5, transaction)).ends_with("9100"));
    assert!(sends(&mut card, &get_file_ids(6, transaction)).ends_with("9100"));
    // Once more, as an attacker in the middle would send it.
    assert_eq!(sends(&mut card, &get_file_ids(6, transaction)), "911e");
    assert_eq!(sends(&mut card, &get_file_ids(7, transaction)), "917e");
    for wrong in [get_file_ids(6, transaction), get_file_ids(5, [1, 2, 3, 5])] {
        let mut card = opened(5);
        assert_eq!(sends(&mut card, &wrong), "911e");
        assert!(card.session.is_none());
    }
    // Without a MAC it is no command of this session.
    assert_eq!(sends(&mut opened(5), &unhex("906f000000")), "917e");
    // The last number there is; none comes after it.
    let mut card = opened(u16::MAX - 1);
    let last = get_file_ids(u16::MAX - 1, transaction);
    assert!(sends(&mut card, &last).ends_with("9100"));
    let none = get_file_ids(u16::MAX, transaction);
    assert_eq!(sends(&mut card, &none), "911e");
}
