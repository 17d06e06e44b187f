//! What the card refuses without secure messaging: frames, rights, key settings, room.

use super::*;
use crate::cards::desfire::card_key::CardKey;
use crate::cards::desfire::simulated::builder::PreparedFile;
use crate::cards::desfire::simulated::messaging::{Ev1Session, Session};
use crate::cards::desfire::wire::{AccessRights, Communication, FileType};

const AID: [u8; 3] = [0x01, 0x02, 0x03];
const CREATE: &str = "90ca0000050102030f8300";
const SELECT: &str = "905a00000301020300";
const CARD_UID: &str = "9051000000";

fn says(card: &mut SimulatedDesfire, frame: &str) -> String {
    sends(card, &unhex(&frame.replace(' ', "")))
}

/// Sends each frame, and sees its answer.
fn talks(card: &mut SimulatedDesfire, exchanges: &[(&str, &str)]) {
    for (number, (frame, answer)) in exchanges.iter().enumerate() {
        assert_eq!(says(card, frame), *answer, "exchange {number}: {frame}");
    }
}

/// Lets the card believe that this key was authenticated.
fn trusts(card: &mut SimulatedDesfire, number: u8) {
    let key = CardKey::aes(&[7; 16]);
    card.session = Some(Session::Ev1(Ev1Session::new(number, &key)));
}

/// Whether the authentication is still there; it is not any more after this.
fn is_trusting(card: &mut SimulatedDesfire) -> bool {
    says(card, CARD_UID) != "91ae"
}

fn with_application(settings: u8) -> SimulatedDesfire {
    let zero = (CardKey::aes(&[0; 16]), 0);
    let mut card = card("desfire-ev1-2k").with_application(AID, settings, &vec![zero; 4]);
    card.selected = AID;
    card
}

fn file(number: u8, rights: [u8; 2], contents: &[u8]) -> PreparedFile<'_> {
    PreparedFile {
        number,
        kind: FileType::Standard,
        communication: Communication::Plain,
        rights: AccessRights::from_bytes(rights),
        contents,
    }
}

#[test]
fn frames_that_are_none() {
    let mut card = card("desfire-ev1-4k");
    let long = format!("90bd000038{}00", "00".repeat(56));
    talks(
        &mut card,
        &[
            ("9061000000", "911c"),
            ("61", "1c"),
            ("900a0000010000", "911c"),
            ("9060010000", "919e"),
            ("9060000100", "919e"),
            ("90600000", "917e"),
            ("9060000001", "917e"),
            ("906000000100", "917e"),
            ("90600000010000", "917e"),
            ("905a000004000000 00", "917e"),
            ("905a00000200 0000", "917e"),
            ("905a0000030000 00", "917e"),
            (&long, "917e"),
            ("90af000000", "911c"),
            ("9060", "917e"),
            ("00a4040000", "6e00"),
            ("", "6e00"),
        ],
    );
}

#[test]
fn what_is_not_asked_to_its_end_is_given_up() {
    let mut card = card("desfire-ev2-4k");
    talks(
        &mut card,
        &[
            ("9060000000", "0401011200180591af"),
            ("9064000001 00 00", "91ca"),
            ("90af000000", "911c"),
            ("9060000000", "0401011200180591af"),
            ("90af000001 00 00", "917e"),
            ("9060000000", "0401011200180591af"),
        ],
    );
    card.select();
    assert_eq!(says(&mut card, "90af000000"), "911c");
}

#[test]
fn every_error_ends_the_authentication() {
    let mut card = with_application(0x0F);
    for (frame, status) in [
        ("9061000000", "911c"),
        ("9060010000", "919e"),
        ("00a4040000", "6e00"),
        ("9064000001 09 00", "9140"),
        ("90f5000001 05 00", "91f0"),
        ("90f5000001 20 00", "919e"),
        ("90c7000000", "910c"),
        ("90a7000000", "910c"),
        ("906a000000", "919d"),
        ("9064000000", "917e"),
        ("905a000003 09 09 09 00", "91a0"),
    ] {
        card.selected = AID;
        trusts(&mut card, 0);
        assert_eq!(says(&mut card, frame), status, "{frame}");
        assert!(!is_trusting(&mut card), "{frame}");
    }
    card.selected = AID;
    trusts(&mut card, 0);
    assert!(is_trusting(&mut card));
    trusts(&mut card, 0);
    assert_eq!(says(&mut card, SELECT), "9100");
    assert!(!is_trusting(&mut card));
    trusts(&mut card, 0);
    card.select();
    assert!(!is_trusting(&mut card));
}

#[test]
fn authentications_that_fail() {
    let mut ev1 = card("desfire-ev1-4k");
    talks(
        &mut ev1,
        &[
            ("9071000002 00 00 00", "911c"),
            ("9077000001 00 00", "911c"),
            ("90aa000001 00 00", "91ae"),
            ("901a000001 01 00", "9140"),
            ("901a000002 00 00 00", "917e"),
        ],
    );
    let mut ev2 = card("desfire-ev2-4k");
    talks(
        &mut ev2,
        &[
            ("9071000002 00 00 00", "91ae"),
            ("9071000001 00 00", "917e"),
            ("9071000009 00 07 00000000000000 00", "917e"),
            ("9077000001 00 00", "919d"),
        ],
    );
    for card in [&mut ev1, &mut ev2] {
        let zeros = "00".repeat(16);
        assert!(says(card, "901a000001 00 00").ends_with("91af"));
        assert_eq!(says(card, &format!("90af000010{zeros}00")), "91ae");
        assert_eq!(says(card, &format!("90af000010{zeros}00")), "911c");
        assert!(says(card, "901a000001 00 00").ends_with("91af"));
        assert_eq!(says(card, &format!("90af000008{}00", &zeros[16..])), "917e");
        assert!(!is_trusting(card));
    }
}

#[test]
fn a_fresh_card_lets_everybody_make_applications_and_files() {
    let mut card = card("desfire-ev3-4k");
    talks(
        &mut card,
        &[
            ("9045000000", "0f019100"),
            ("906e000000", "0013009100"),
            (CREATE, "9100"),
            (CREATE, "91de"),
            ("90ca000005 000000 0f83 00", "919e"),
            ("90ca000005 010204 0f8f 00", "919e"),
            ("90ca000005 010204 0fc3 00", "919e"),
            ("90ca000005 010204 0fa3 00", "919e"),
            ("90ca000005 010204 3f83 00", "919e"),
            ("906a000000", "0102039100"),
            ("906f000000", "919d"),
            (SELECT, "9100"),
            (CREATE, "919d"),
            ("90fc000000", "919d"),
            ("90cd000007 01 00 1032 200000 00", "919e"),
            ("90cd000007 01 02 1012 200000 00", "919e"),
            ("90cd000007 20 00 1012 200000 00", "919e"),
            ("90cd000007 01 00 1012 000000 00", "919e"),
            ("90cd000007 01 03 1012 210000 00", "9100"),
            ("90cb000007 01 03 1012 210000 00", "91de"),
            ("90cb000007 02 03 1012 210000 00", "9100"),
            ("906f000000", "01029100"),
            ("90f5000001 02 00", "010310122100009100"),
            // A block for itself, two for its keys; a block and the data, once and twice.
            ("906e000000", "a011009100"),
            ("90df000001 01 00", "9100"),
            // Only formatting gives memory back.
            ("906e000000", "a011009100"),
        ],
    );
    trusts(&mut card, 0);
    card.selected = PICC;
    assert!(says(&mut card, "90fc000000").ends_with("9100"));
    card.select();
    assert_eq!(says(&mut card, "906e000000"), "0013009100");
}

#[test]
fn room_ends() {
    let mut small = card("desfire-ev1-2k").with_free_memory(3 * 32);
    talks(
        &mut small,
        &[
            ("906e000000", "6000009100"),
            ("90ca000005 010203 0f85 00", "910e"),
            ("90ca000005 010203 0f82 00", "9100"),
            (SELECT, "9100"),
            ("90cd000007 01 00 eeee 010000 00", "910e"),
        ],
    );
    let mut exact = card("desfire-ev1-2k").with_free_memory(2 * 32 + 3 * 32);
    talks(
        &mut exact,
        &[
            ("90ca000005 010203 0f82 00", "9100"),
            (SELECT, "9100"),
            ("90cb000007 01 00 eeee 210000 00", "910e"),
            ("90cb000007 01 00 eeee 200000 00", "9100"),
            ("906e000000", "0000009100"),
        ],
    );
    for (model, last) in [("desfire-ev1-8k", "91ce"), ("desfire-ev2-8k", "9100")] {
        let mut card = card(model);
        for number in 1..=28 {
            let create = format!("90ca000005 {number:02x}0000 0f81 00");
            assert_eq!(says(&mut card, &create), "9100");
        }
        assert_eq!(says(&mut card, "90ca000005 ff0000 0f81 00"), last);
    }
}

#[test]
fn rights_of_files() {
    let contents: Vec<u8> = (0..40).collect();
    let mut card = with_application(0x0F)
        .with_file(AID, &file(1, [0xFF, 0xEF], &contents))
        .with_file(AID, &file(2, [0x00, 0x12], &contents))
        .with_file(AID, &file(3, [0xFF, 0xFF], &contents))
        .with_file(AID, &file(4, [0xEE, 0xFF], &contents));
    talks(
        &mut card,
        &[
            ("90bd000007 01 020000 030000 00", "0203049100"),
            ("90bd000007 01 250000 000000 00", "2526279100"),
            ("90bd000007 01 280000 000000 00", "91be"),
            ("90bd000007 01 270000 020000 00", "91be"),
            ("90bd000007 01 000000 290000 00", "91be"),
            ("90bd000007 09 000000 010000 00", "91f0"),
            ("903d000008 01 000000 010000 ff 00", "919d"),
            ("90bd000007 02 000000 010000 00", "91ae"),
            ("903d000008 02 000000 010000 ff 00", "91ae"),
            ("90bd000007 03 000000 010000 00", "919d"),
            ("903d000008 04 000000 010000 ff 00", "9100"),
            ("903d000008 04 280000 010000 ff 00", "91be"),
            ("903d000007 04 000000 000000 00", "919e"),
            ("903d000009 04 000000 010000 ffff 00", "917e"),
            ("90bd000007 04 000000 020000 00", "ff019100"),
            ("905f000004 01 00 eeee 00", "919d"),
            ("905f000004 02 00 eeee 00", "91ae"),
            ("905f000004 04 00 1111 00", "9100"),
            ("905f000004 04 00 eeee 00", "91ae"),
        ],
    );
    for (key, may_read) in [(0, true), (1, true), (2, false), (3, false)] {
        trusts(&mut card, key);
        let answer = says(&mut card, "90bd000007 02 000000 010000 00");
        assert_eq!(answer.ends_with("9100"), may_read, "key {key}: {answer}");
    }
    for (key, may_write) in [(0, true), (1, false), (2, true), (3, false)] {
        trusts(&mut card, key);
        let answer = says(&mut card, "903d000008 02 000000 010000 ff 00");
        assert_eq!(answer.ends_with("9100"), may_write, "key {key}: {answer}");
    }
}

#[test]
fn key_settings_of_the_card() {
    for (settings, frame, is_free) in [
        (0x0D, "906a000000", false),
        (0x0D, "9045000000", false),
        (0x0B, CREATE, false),
        (0x0B, "906a000000", true),
        (0x0B, "9064000001 00 00", true),
        (0x0B, "906e000000", true),
        (0x0F, "90fc000000", false),
        (0x0F, "90da000003 010203 00", false),
    ] {
        let fresh = || card("desfire-ev1-4k").with_picc_settings(settings);
        let answer = says(&mut fresh(), frame);
        assert_eq!(answer.ends_with("9100"), is_free, "{settings:02x} {frame}");
        assert!(is_free || answer == "91ae", "{answer}");
        let mut card = fresh();
        trusts(&mut card, 0);
        let answer = says(&mut card, frame);
        assert_ne!(answer, "91ae", "{settings:02x} {frame}");
    }
}

#[test]
fn key_settings_of_an_application() {
    for (settings, frame, is_free) in [
        (0x0D, "906f000000", false),
        (0x0D, "90f5000001 01 00", false),
        (0x0D, "9045000000", false),
        (0x0B, "90cd000007 02 00 eeee 010000 00", false),
        (0x0B, "90df000001 01 00", false),
        (0x0B, "906f000000", true),
        (0x0F, "90cd000007 02 00 eeee 010000 00", true),
        (0x0F, "90df000001 01 00", true),
    ] {
        for key in [None, Some(0), Some(1)] {
            let mut card = with_application(settings).with_file(AID, &file(1, [0xEE, 0xEE], &[1]));
            if let Some(key) = key {
                trusts(&mut card, key);
            }
            let may = is_free || key == Some(0);
            let answer = says(&mut card, frame);
            let context = format!("{settings:02x} {frame} {key:?}: {answer}");
            assert_eq!(answer.ends_with("9100"), may, "{context}");
            assert!(may || answer == "91ae", "{context}");
        }
    }
}

#[test]
fn who_may_change_which_key() {
    const DENIED: &str = "919d";
    const OTHER_KEY: &str = "91ae";
    // The right key gets as far as the checksum.
    const ALLOWED: &str = "911e";
    for (settings, authenticated, changed, outcome) in [
        (0x0F, 0, 0, ALLOWED),
        (0x0E, 0, 0, DENIED),
        (0x0F, 1, 0, OTHER_KEY),
        (0x0F, 0, 1, ALLOWED),
        (0x0F, 1, 1, OTHER_KEY),
        (0x2F, 2, 1, ALLOWED),
        (0x2F, 0, 1, OTHER_KEY),
        (0x2F, 2, 2, OTHER_KEY),
        (0x2F, 0, 2, ALLOWED),
        (0x2F, 0, 0, ALLOWED),
        (0xEF, 1, 1, ALLOWED),
        (0xEF, 0, 1, OTHER_KEY),
        (0xFF, 0, 1, DENIED),
        (0xFF, 1, 1, DENIED),
        (0xFF, 0, 0, ALLOWED),
        (0x0F, 0, 4, "9140"),
        (0x0F, 0, 0x81, "9140"),
    ] {
        let mut card = with_application(settings);
        let before = card.memory();
        trusts(&mut card, authenticated);
        let frame = format!("90c4000021 {changed:02x} {} 00", "a5".repeat(32));
        let context = format!("settings {settings:02x}, {changed} under {authenticated}");
        assert_eq!(says(&mut card, &frame), outcome, "{context}");
        assert_eq!(card.memory(), before);
    }
    assert_eq!(
        says(&mut with_application(0x0F), "90c4000001 00 00"),
        OTHER_KEY
    );
}

#[test]
fn an_application_goes_with_its_own_master_key_too() {
    for (picc, key, outcome) in [(0x0F, 0, "9100"), (0x0F, 1, "91ae"), (0x0B, 0, "919d")] {
        let mut card = with_application(0x0F).with_picc_settings(picc);
        trusts(&mut card, key);
        assert_eq!(says(&mut card, "90da000003 010203 00"), outcome);
        assert_eq!(card.memory.application(AID).is_none(), outcome == "9100");
        assert!(!is_trusting(&mut card));
    }
    let mut card = card("desfire-ev1-4k");
    trusts(&mut card, 0);
    assert_eq!(says(&mut card, "90da000003 010203 00"), "91a0");
}
