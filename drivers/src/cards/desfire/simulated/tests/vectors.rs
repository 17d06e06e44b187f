//! The examples of NXP's application notes, and two that the crate `desfire` recorded from a card: what the card answers to
//! each, byte for byte.

use super::*;
use crate::cards::desfire::card_key::CardKey;
use crate::cards::desfire::session_keys::Ev2Keys;
use crate::cards::desfire::simulated::builder::PreparedFile;
use crate::cards::desfire::simulated::messaging::{
    Checksum, Ev1Session, Ev2Session, Filling, Shape,
};
use crate::cards::desfire::wire::{AccessRights, Communication, FileType};
use crate::crypto::{crc16, crc32};
use crate::keys::SecretKey;

const AID: [u8; 3] = [0x01, 0x02, 0x03];

fn vector(id: &str) -> Value {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../../../../../vectors/cards.json")).unwrap();
    all.into_iter().find(|vector| vector["id"] == id).unwrap()
}

fn key(vector: &Value, field: &str) -> [u8; 16] {
    bytes(vector, field).try_into().unwrap()
}

/// A card whose application with five AES keys of zeros is selected, with a file of 64 bytes under key 0.
fn with_application(model: &str, number: u8, communication: Communication) -> SimulatedDesfire {
    let zero = (CardKey::aes(&[0; 16]), 0);
    let mut card = card(model)
        .with_application(AID, 0x0B, &vec![zero; 5])
        .with_file(
            AID,
            &PreparedFile {
                number,
                kind: FileType::Standard,
                communication,
                rights: AccessRights::from_bytes([0x00, 0x00]),
                contents: &[0; 64],
            },
        );
    card.selected = AID;
    card
}

/// The session of a vector of EV2.
fn session(vector: &Value) -> Ev2Session {
    let field = |name| vector[name].as_str().map_or([0; 16], |_| key(vector, name));
    let keys = Ev2Keys {
        enc: SecretKey::new(field("enc")),
        mac: SecretKey::new(if vector["mac_key"].is_string() {
            key(vector, "mac_key")
        } else {
            field("mac")
        }),
    };
    let counter = vector["ctr"].as_u64().unwrap_or(0).try_into().unwrap();
    Ev2Session::new(0, &keys, bytes(vector, "ti").try_into().unwrap(), counter)
}

fn answers(card: &mut SimulatedDesfire, vector: &Value, command: &str, answer: &str) {
    assert_eq!(
        sends(card, &bytes(vector, command)),
        vector[answer].as_str().unwrap(),
        "{vector}"
    );
}

#[test]
fn ev1_authentication() {
    let vector = vector("ev1-aes-auth");
    let mut card = with_application("desfire-ev1-4k", 1, Communication::Plain);
    card.random.prescribe(&bytes(&vector, "rnd_b"));
    answers(&mut card, &vector, "c1", "r1");
    answers(&mut card, &vector, "c2", "r2");
}

#[test]
fn ev1_changes_of_keys() {
    for id in ["ev1-changekey-aes-same", "ev1-changekey-aes-other"] {
        let vector = vector(id);
        let mut card = with_application("desfire-ev1-4k", 1, Communication::Plain);
        let session_key = CardKey::aes(&key(&vector, "session"));
        card.session = Some(Session::Ev1(Ev1Session::new(0, &session_key)));
        let answer = sends(&mut card, &bytes(&vector, "apdu"));
        assert!(answer.ends_with("9100"), "{id}: {answer}");
        assert_eq!(answer.len() == 4, id.ends_with("same"), "{id}: {answer}");
        changed(&card, &vector);
    }
}

/// The key and the version that a vector says are on the card.
fn changed(card: &SimulatedDesfire, vector: &Value) {
    let number = usize::try_from(vector["keyno"].as_u64().unwrap()).unwrap();
    let stored = &card.memory.keys_of(AID)[number];
    assert_eq!(stored.bytes(), bytes(vector, "new"));
    assert_eq!(vec![stored.version()], bytes(vector, "ver"));
}

#[test]
fn ev2_authentication() {
    let vector = vector("ev2-auth-an12196-6.6");
    let mut card = with_application("desfire-ev2-4k", 1, Communication::Plain);
    card.random.prescribe(&bytes(&vector, "rnd_b"));
    card.random.prescribe(&bytes(&vector, "ti"));
    answers(&mut card, &vector, "c1", "r1");
    answers(&mut card, &vector, "c2", "r2");
}

#[test]
fn ev2_enciphered_write() {
    let vector = vector("ev2-write-full-an12196-6.12");
    let mut card = with_application("desfire-ev3-4k", 3, Communication::Full);
    card.session = Some(Session::Ev2(session(&vector)));
    answers(&mut card, &vector, "apdu", "resp");
    let file = card.memory.application(AID).unwrap().file(3).unwrap();
    assert_eq!(file.contents[..10], bytes(&vector, "plain"));
}

#[test]
fn ev2_macs_of_writing_and_reading() {
    let vector = vector("ev2-mac-chain");
    let mut card = with_application("desfire-ev2-2k", 0, Communication::Mac);
    card.session = Some(Session::Ev2(session(&vector)));
    for pair in vector["steps"].as_array().unwrap().chunks(2) {
        let [command, answer] = pair else { panic!() };
        let data = [bytes(command, "data"), bytes(command, "mact")].concat();
        let length = u8::try_from(data.len()).unwrap();
        let instruction = bytes(command, "cmd")[0];
        let apdu = [&[0x90, instruction, 0, 0, length], &data[..], &[0]].concat();
        let expected = [bytes(answer, "data"), bytes(answer, "mact"), unhex("9100")].concat();
        assert_eq!(sends(&mut card, &apdu), hex::encode(expected));
    }
}

#[test]
fn ev2_card_uid() {
    let vector = vector("ev2-getcarduid-full");
    let mut card = with_uid("desfire-ev2-8k", bytes(&vector, "uid").try_into().unwrap());
    card.session = Some(Session::Ev2(session(&vector)));
    answers(&mut card, &vector, "apdu", "resp");
}

#[test]
fn ev2_changes_of_keys() {
    for id in ["ev2-changekey-other", "ev2-changekey-same"] {
        let vector = vector(id);
        let mut card = with_application("desfire-ev2-4k", 1, Communication::Plain);
        card.session = Some(Session::Ev2(session(&vector)));
        answers(&mut card, &vector, "apdu", "resp");
        changed(&card, &vector);
    }
}

/// The file is one of NTAG 424, whose settings are longer: only the messaging can be held against it.
#[test]
fn ev2_macs_of_file_settings() {
    let vector = vector("ev2-getfilesettings-mac");
    let mut session = Session::Ev2(session(&vector));
    let apdu = bytes(&vector, "apdu");
    let shape = Shape {
        communication: Communication::Mac,
        header: 1,
        data: 0,
        checksum: Checksum::Added,
    };
    let opened = session.open(apdu[1], &shape, &apdu[5..apdu.len() - 1]);
    assert_eq!(opened, Ok(vec![0x02]));
    let answer = bytes(&vector, "resp");
    let (data, mac) = answer.split_at(answer.len() - 10);
    let sealed = session.seal(Communication::Mac, Filling::Zeros, data);
    assert_eq!(sealed, [data, &mac[..8]].concat());
}

#[test]
fn checksums() {
    let of = vector("desfire-crc32");
    let crc = crc32(&bytes(&of, "data"));
    assert_eq!(crc.to_le_bytes()[..], bytes(&of, "crc_on_wire"));
    let of = vector("desfire-crc32-changekey");
    let crc = crc32(&bytes(&of, "data"));
    assert_eq!(crc.to_le_bytes()[..], bytes(&of, "crc_on_wire"));
    let of = vector("ev2-changekey-other");
    let crc = crc32(&bytes(&of, "new"));
    assert_eq!(crc.to_le_bytes()[..], bytes(&of, "crc32nk"));
    let of = vector("desfire-crc16-d40");
    let crc = crc16(&bytes(&of, "data"));
    assert_eq!(crc.to_le_bytes()[..], bytes(&of, "crc_on_wire"));
}
