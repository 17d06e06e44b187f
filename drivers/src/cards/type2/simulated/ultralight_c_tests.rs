//! The simulated Ultralight C against its data sheet, frame by frame.

use super::super::handshake::{AUTHENTICATE, MORE, Response};
use super::tests::{ask, ask_on};
use super::*;
use crate::keys::SecretKey;

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const FACTORY_KEY: [u8; 16] = *b"IEMKAERB!NACUOYF";

fn tag() -> SimulatedTag {
    SimulatedTag::new(Chip::ultralight_c().unwrap(), &Uid::from(UID)).unwrap()
}

/// A whole handshake; whether both sides are content.
fn authenticate(tag: &mut SimulatedTag, key: [u8; 16]) -> bool {
    let Answer::Frame(challenge) = tag.exchange(&AUTHENTICATE) else {
        return false;
    };
    assert_eq!((challenge[0], challenge.len()), (MORE, 9));
    let challenge = challenge[1..].try_into().unwrap();
    let response = Response::new(&SecretKey::new(key), challenge, *b"terminal").unwrap();
    match tag.exchange(&[&[MORE], response.enciphered.as_slice()].concat()) {
        Answer::Frame(proof) => response.is_proven_by(&proof),
        answer => {
            assert_eq!(answer, Answer::Nak);
            false
        }
    }
}

#[test]
fn factory_contents() {
    let mut tag = tag();
    assert_eq!(
        ask(&mut tag, "3000"),
        "04a1b29fc3d4e58072480000 00000000".replace(' ', "")
    );
    assert_eq!(
        ask(&mut tag, "3004"),
        "02000010000601101 1ff000000000000".replace(' ', "")
    );
    assert_eq!(
        ask(&mut tag, "3028"),
        "00000000000000003000000000000000",
        "no locks, count 0, AUTH0 30, AUTH1 00"
    );
    assert_eq!(tag.memory().len(), 192);
    assert_eq!(tag.memory()[176..], *b"BREAKMEIFYOUCAN!");
}

#[test]
fn it_knows_neither_versions_nor_passwords_nor_fast_reads() {
    for unknown in [
        "60",
        "3a0004",
        "1bffffffff",
        "a0040102030405",
        "1a",
        "1a01",
        "af",
    ] {
        let mut tag = tag();
        assert_eq!(ask(&mut tag, unknown), "nak", "{unknown}");
        assert_eq!(ask_on(&mut tag, "3004"), "-", "{unknown}");
    }
}

#[test]
fn its_key_is_never_read_and_reading_goes_on_at_page_0_before_it() {
    let mut tag = tag();
    for authenticated in [false, true] {
        for page in 0x2C..=0x30 {
            tag.select();
            assert!(authenticate(&mut tag, FACTORY_KEY));
            if !authenticated {
                tag.select();
            }
            assert_eq!(ask_on(&mut tag, &format!("30{page:02x}")), "nak");
        }
    }
    assert_eq!(ask(&mut tag, "302b"), "0000000004a1b29fc3d4e58072480000");
}

#[test]
fn both_sides_must_have_the_key() {
    let mut tag = tag();
    assert!(authenticate(&mut tag, FACTORY_KEY));
    tag.select();
    assert!(!authenticate(&mut tag, [7; 16]));
    assert_eq!(ask_on(&mut tag, "3004"), "-", "a wrong answer halts it");
}

#[test]
fn every_challenge_is_another() {
    let mut tag = tag();
    let first = ask(&mut tag, "1a00");
    assert_ne!(ask(&mut tag, "1a00"), first);
}

#[test]
fn in_the_middle_of_a_handshake_it_takes_nothing_else() {
    for other in [
        "3004",
        "1a00",
        "a20500000000",
        "af",
        "af00112233445566778899aabbccddee",
    ] {
        let mut tag = tag();
        assert_eq!(ask(&mut tag, "1a00").len(), 18);
        assert_eq!(ask_on(&mut tag, other), "nak", "{other}");
        assert_eq!(ask_on(&mut tag, "3004"), "-", "{other}");
    }
}

#[test]
fn a_new_handshake_ends_the_authentication() {
    let mut tag = tag();
    ask(&mut tag, "a22a04000000");
    tag.select();
    assert!(authenticate(&mut tag, FACTORY_KEY));
    assert_eq!(ask_on(&mut tag, "a20500000000"), "ack");
    assert!(authenticate(&mut tag, FACTORY_KEY), "no selection between");
    assert_eq!(ask_on(&mut tag, "a20500000000"), "ack");
    assert!(!authenticate(&mut tag, [7; 16]));
    assert_eq!(ask_on(&mut tag, "a20500000000"), "-");
}

#[test]
fn auth0_protects_from_its_page_on_and_auth1_says_what() {
    let mut tag = tag();
    ask(&mut tag, "a22b01000000");
    ask(&mut tag, "a22a06000000");
    assert_eq!(ask(&mut tag, "a20501020304"), "ack");
    for page in [0x06, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2F] {
        assert_eq!(ask(&mut tag, &format!("a2{page:02x}00000000")), "nak");
    }
    assert_ne!(ask(&mut tag, "3006"), "nak", "AUTH1 is 1: reading is free");
    tag.select();
    assert!(authenticate(&mut tag, FACTORY_KEY));
    assert_eq!(ask_on(&mut tag, "a22b00000000"), "ack");
    assert_eq!(ask(&mut tag, "3006"), "nak", "AUTH1 is 0");
    assert_eq!(
        ask(&mut tag, "3005")[8..],
        *"04a1b29fc3d4e58072480000",
        "reading goes on at page 0 before it"
    );
    tag.select();
    assert!(authenticate(&mut tag, FACTORY_KEY));
    assert_eq!(ask_on(&mut tag, "3006").len(), 32);
}

#[test]
fn a_key_is_good_only_after_the_next_selection_whichever_it_is() {
    let new = *b"01234567ABCDEFGH";
    let mut tag = tag();
    for (page, bytes) in (0x2C..).zip(["37363534", "33323130", "48474645", "44434241"]) {
        assert_eq!(ask_on(&mut tag, &format!("a2{page:02x}{bytes}")), "ack");
    }
    for key in [FACTORY_KEY, new] {
        let mut tag = SimulatedTag {
            memory: tag.memory.clone(),
            selected: tag.selected.clone(),
            state: State::Active,
            ..self::tag()
        };
        assert!(!authenticate(&mut tag, key));
    }
    tag.select();
    assert!(!authenticate(&mut tag, FACTORY_KEY));
    tag.select();
    assert!(authenticate(&mut tag, new));
}

#[test]
fn protection_counts_at_once_and_its_end_from_the_next_selection_on() {
    let mut tag = tag();
    assert_eq!(ask_on(&mut tag, "a22a04000000"), "ack");
    assert_eq!(ask_on(&mut tag, "a20500000000"), "nak");
    tag.select();
    assert!(authenticate(&mut tag, FACTORY_KEY));
    assert_eq!(ask_on(&mut tag, "a22a30000000"), "ack");
    assert_eq!(
        ask_on(&mut tag, "a20500000000"),
        "ack",
        "still authenticated"
    );
    assert!(!authenticate(&mut tag, [7; 16]));
    tag.select();
    assert_eq!(ask_on(&mut tag, "a20500000000"), "ack");
}

#[test]
fn lock_bits_lock_four_pages_each_then_counter_auth0_auth1_and_key() {
    let all = 0x10..=0x2F;
    for (bit, first, last) in [
        (1, 0x10, 0x13),
        (2, 0x14, 0x17),
        (3, 0x18, 0x1B),
        (5, 0x1C, 0x1F),
        (6, 0x20, 0x23),
        (7, 0x24, 0x27),
        (12, 0x29, 0x29),
        (13, 0x2A, 0x2A),
        (14, 0x2B, 0x2B),
        (15, 0x2C, 0x2F),
    ] {
        let mut tag = tag();
        let [low, high] = (1_u16 << bit).to_le_bytes();
        ask(&mut tag, &format!("a228{low:02x}{high:02x}0000"));
        for page in all.clone().filter(|&page| page != 0x28) {
            // 30 keeps AUTH0 open.
            let answer = ask(&mut tag, &format!("a2{page:02x}30000000"));
            let is_locked = (first..=last).contains(&page);
            assert_eq!(answer == "nak", is_locked, "bit {bit}, page {page:02x}");
            tag.set(0x29, [0; PAGE]);
        }
    }
}

#[test]
fn bits_between_them_freeze_lock_bits() {
    for (block, tried, stands) in [
        ("01000000", "ee000000", "e1000000"),
        ("10000000", "ee000000", "1e000000"),
        ("00010000", "00f00000", "00e10000"),
        ("00020000", "00f00000", "00d20000"),
        ("00040000", "00f00000", "00b40000"),
        ("00080000", "00f00000", "00780000"),
    ] {
        let mut tag = tag();
        assert_eq!(ask(&mut tag, &format!("a228{block}")), "ack");
        assert_eq!(ask(&mut tag, &format!("a228{tried}")), "ack");
        assert_eq!(ask(&mut tag, "3028")[..8], *stands, "{block}");
        assert_eq!(ask(&mut tag, "a22800000000"), "ack");
        assert_eq!(ask(&mut tag, "3028")[..8], *stands, "set bits stay");
    }
}

#[test]
fn its_counter_goes_up_by_at_most_fifteen_and_never_over_its_end() {
    let mut tag = tag();
    let count = |tag: &mut SimulatedTag| ask(tag, "3029")[..8].to_owned();
    assert_eq!(
        ask(&mut tag, "a229e0ff0000"),
        "ack",
        "the first value is free"
    );
    assert_eq!(ask(&mut tag, "a22910000000"), "nak", "16 at once");
    for expected in ["efff0000", "feff0000"] {
        assert_eq!(ask(&mut tag, "a2290f000000"), "ack");
        assert_eq!(count(&mut tag), expected);
    }
    assert_eq!(ask(&mut tag, "a22902000000"), "nak", "over its end");
    assert_eq!(ask(&mut tag, "a22901000000"), "ack");
    assert_eq!(count(&mut tag), "ffff0000");
    assert_eq!(ask(&mut tag, "a22901000000"), "nak");
    assert_eq!(count(&mut tag), "ffff0000");
}
