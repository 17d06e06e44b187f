//! Commands whose data is always enciphered: key settings, the card's configuration, settings of files.

use super::terminal::{Terminal, wrapped};
use super::*;
use crate::cards::desfire::card_key::CardKey;
use crate::cards::desfire::simulated::builder::PreparedFile;
use crate::cards::desfire::wire::{AccessRights, Communication, FileType};

const AID: [u8; 3] = [0x01, 0x02, 0x03];
const CHANGE_KEY_SETTINGS: u8 = 0x54;
const SET_CONFIGURATION: u8 = 0x5C;
const CHANGE_FILE_SETTINGS: u8 = 0x5F;
const NO_FORMAT: u8 = 0x01;
const RANDOM_UID: u8 = 0x02;

fn key() -> CardKey {
    CardKey::aes(&[8; 16])
}

/// What the card answers to a command under key `number`; an answer that succeeded is checked, and given as 9100.
fn under(
    card: &mut SimulatedDesfire,
    number: u8,
    instruction: u8,
    header: &[u8],
    data: &[u8],
) -> String {
    let mut terminal = Terminal::with_number(card, number, &key());
    let sent = terminal.enciphered(instruction, header, data, 0x00);
    let answer = sends(card, &wrapped(instruction, &sent));
    if answer.ends_with("9100") {
        assert!(terminal.accepts(&unhex(&answer)));
        return "9100".to_owned();
    }
    assert!(card.session.is_none());
    answer
}

fn with_application(settings: u8) -> SimulatedDesfire {
    let zero = (CardKey::aes(&[0; 16]), 0);
    let mut card = card("desfire-ev1-4k")
        .with_application(AID, settings, &vec![zero; 3])
        .with_file(
            AID,
            &PreparedFile {
                number: 1,
                kind: FileType::Standard,
                communication: Communication::Full,
                rights: AccessRights::from_bytes([0x01, 0x00]),
                contents: &[1],
            },
        );
    card.selected = AID;
    card
}

#[test]
fn key_settings_change_until_they_are_frozen() {
    let mut card = card("desfire-ev1-4k");
    for (number, new, outcome) in [
        (0, 0x19, "919e"),
        (1, 0x09, "91ae"),
        (0, 0x0B, "9100"),
        (0, 0x01, "9100"),
        (0, 0x0F, "919d"),
    ] {
        let before = card.memory();
        let answer = under(&mut card, number, CHANGE_KEY_SETTINGS, &[], &[new]);
        assert_eq!(answer, outcome, "{new:02x}");
        assert_eq!(card.memory() == before, outcome != "9100");
    }
    assert_eq!(card.memory.settings, 0x01);
    let mut card = with_application(0x0F);
    for (new, outcome) in [
        (0x2F, "9100"),
        (0x3F, "919e"),
        (0xE9, "9100"),
        (0xF1, "9100"),
        (0x0F, "919d"),
    ] {
        let answer = under(&mut card, 0, CHANGE_KEY_SETTINGS, &[], &[new]);
        assert_eq!(answer, outcome, "{new:02x}");
    }
    assert_eq!(card.memory.settings_of(AID), 0xF1);
    assert_eq!(
        sends(&mut card, &wrapped(CHANGE_KEY_SETTINGS, &[0x0F])),
        "91ae"
    );
}

#[test]
fn a_configuration_can_only_grow() {
    let mut card = card("desfire-ev1-4k");
    for (number, option, bits, outcome) in [
        (0, 0x00, RANDOM_UID, "9100"),
        (0, 0x00, 0x00, "9100"),
        (0, 0x00, 0x04, "919e"),
        (0, 0x05, 0x00, "919e"),
        (1, 0x00, NO_FORMAT, "91ae"),
    ] {
        let answer = under(&mut card, number, SET_CONFIGURATION, &[option], &[bits]);
        assert_eq!(answer, outcome, "{option:02x} {bits:02x}");
        assert!(card.memory.has_random_uid());
    }
    Terminal::with(&mut card, &key());
    assert!(sends(&mut card, &unhex("90fc000000")).ends_with("9100"));
    assert_eq!(
        under(&mut card, 0, SET_CONFIGURATION, &[0], &[NO_FORMAT]),
        "9100"
    );
    Terminal::with(&mut card, &key());
    assert_eq!(sends(&mut card, &unhex("90fc000000")), "919d");
    let mut card = with_application(0x0F);
    assert_eq!(
        under(&mut card, 0, SET_CONFIGURATION, &[0], &[RANDOM_UID]),
        "919d"
    );
}

#[test]
fn settings_of_a_file_change_under_their_own_key() {
    for (number, new, outcome) in [
        (0, [0x00, 0x01, 0x00], "91ae"),
        (1, [0x02, 0x01, 0x00], "919e"),
        (1, [0x00, 0x31, 0x00], "919e"),
        (1, [0x01, 0x21, 0xEF], "9100"),
    ] {
        let mut card = with_application(0x0F);
        let before = card.memory();
        let answer = under(&mut card, number, CHANGE_FILE_SETTINGS, &[1], &new);
        assert_eq!(answer, outcome, "{new:02x?}");
        assert_eq!(card.memory() == before, outcome != "9100");
    }
}

#[test]
fn zeros_fill_up_and_nothing_else() {
    for (filling, outcome) in [(0x00, "9100"), (0x01, "911e")] {
        let mut card = card("desfire-ev1-4k");
        let mut terminal = Terminal::with(&mut card, &key());
        let sent = terminal.enciphered(CHANGE_KEY_SETTINGS, &[], &[0x0F], filling);
        let answer = sends(&mut card, &wrapped(CHANGE_KEY_SETTINGS, &sent));
        assert!(answer.ends_with(outcome), "{answer}");
    }
}

#[test]
fn new_applications_begin_with_the_key_that_was_set() {
    const CREATE_APPLICATION: &str = "90ca000005010203 0f8300";
    let mut card = card("desfire-ev1-4k");
    let mut data = [9; 25];
    data[24] = 7;
    assert_eq!(under(&mut card, 0, SET_CONFIGURATION, &[1], &data), "9100");
    let memory = card.memory();
    assert!(card.load(&memory) && card.memory() == memory);
    let created = sends(&mut card, &unhex(&CREATE_APPLICATION.replace(' ', "")));
    assert_eq!(created, "9100");
    let [key, ..] = card.memory.keys_of(AID) else {
        panic!("three keys");
    };
    assert_eq!((key.bytes(), key.version()), (&[9; 16][..], 7));
    // FormatPICC does not bring the zeros back.
    Terminal::with(&mut card, &self::key());
    assert!(sends(&mut card, &unhex("90fc000000")).ends_with("9100"));
    assert!(card.memory.default_key.is_some());
}
