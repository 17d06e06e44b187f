//! The simulated tag against the data sheets, frame by frame.

use super::*;
use crate::cards::type2::models::CHIPS;

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

fn tag(model: &str) -> SimulatedTag {
    SimulatedTag::new(Chip::by_name(model).unwrap(), &Uid::from(UID)).unwrap()
}

/// Sends a frame in hex; answers in hex, `ack`, `nak` or `-`. The tag is selected first.
pub(super) fn ask(tag: &mut SimulatedTag, frame: &str) -> String {
    tag.select();
    ask_on(tag, frame)
}

pub(super) fn ask_on(tag: &mut SimulatedTag, frame: &str) -> String {
    match tag.exchange(&hex::decode(frame).unwrap()) {
        Answer::Frame(bytes) => hex::encode(bytes),
        Answer::Ack => "ack".to_owned(),
        Answer::Nak => "nak".to_owned(),
        Answer::Silence => "-".to_owned(),
    }
}

#[test]
fn factory_contents() {
    for (model, first_pages, data_area) in [
        (
            "ntag213",
            "04a1b29fc3d4e5807248 0000 e1101200",
            "0103a00c340300fe",
        ),
        (
            "ntag215",
            "04a1b29fc3d4e5807248 0000 e1103e00",
            "0300fe0000000000",
        ),
        (
            "ntag216",
            "04a1b29fc3d4e5807248 0000 e1106d00",
            "0300fe0000000000",
        ),
        (
            "ultralight-ev1-48",
            "04a1b29fc3d4e5807248 0000 00000000",
            "0000000000000000",
        ),
    ] {
        let mut tag = tag(model);
        assert_eq!(
            ask(&mut tag, "3000"),
            first_pages.replace(' ', ""),
            "{model}"
        );
        assert_eq!(ask(&mut tag, "3004")[..16], *data_area, "{model}");
        assert_eq!(tag.uid(), Uid::from(UID));
    }
}

#[test]
fn versions() {
    assert_eq!(ask(&mut tag("ntag215"), "60"), "0004040201001103");
    assert_eq!(ask(&mut tag("ultralight-ev1-48"), "60"), "0004030101000b03");
}

#[test]
fn a_read_at_the_end_goes_on_at_page_0() {
    for chip in &CHIPS {
        let mut tag = tag(chip.model.name);
        let last = chip.last_readable_page();
        assert_eq!(
            ask(&mut tag, &format!("30{last:02x}")),
            "0000000004a1b29fc3d4e58072480000"
        );
        assert_eq!(ask(&mut tag, &format!("30{:02x}", last + 1)), "nak");
        assert_eq!(ask(&mut tag, "30ff"), "nak");
    }
}

#[test]
fn a_fast_read_keeps_to_the_memory() {
    let mut tag = tag("ntag213");
    assert_eq!(ask(&mut tag, "3a0304"), "e11012000103a00c");
    for refused in ["3a0403", "3a002d", "3a2d2d"] {
        assert_eq!(ask(&mut tag, refused), "nak", "{refused}");
    }
}

#[test]
fn after_a_nak_the_tag_is_deaf_until_it_is_selected() {
    for refused in [
        "61",
        "",
        "30",
        "300400",
        "a2040102",
        "3c00",
        "a0040102030405",
        "a20001020304",
    ] {
        let mut tag = tag("ntag213");
        assert_eq!(ask(&mut tag, refused), "nak", "{refused}");
        assert_eq!(ask_on(&mut tag, "3004"), "-", "{refused}");
        assert_eq!(ask_on(&mut tag, "60"), "-", "{refused}");
        assert_ne!(ask(&mut tag, "3004"), "-", "{refused}");
    }
}

#[test]
fn a_halt_is_not_answered() {
    let mut tag = tag("ntag213");
    assert_eq!(ask(&mut tag, "5000"), "-");
    assert_eq!(ask_on(&mut tag, "3004"), "-");
    assert_ne!(ask(&mut tag, "3004"), "-");
}

#[test]
fn a_write_changes_one_page() {
    let mut tag = tag("ntag213");
    let mut expected = tag.memory();
    expected[0x27 * 4..0x28 * 4].copy_from_slice(&[1, 2, 3, 4]);
    assert_eq!(ask(&mut tag, "a22701020304"), "ack");
    assert_eq!(tag.memory(), expected);
}

#[test]
fn uid_pages_and_pages_that_are_not_there_refuse_a_write() {
    for chip in &CHIPS {
        let mut tag = tag(chip.model.name);
        let before = tag.memory();
        for page in [0, 1, chip.last_page + 1, 0xFF] {
            assert_eq!(ask(&mut tag, &format!("a2{page:02x}01020304")), "nak");
        }
        assert_eq!(tag.memory(), before);
    }
}

#[test]
fn one_time_programmable_bits_are_only_ever_set() {
    let mut tag = tag("ntag215");
    assert_eq!(ask(&mut tag, "a20300000100"), "ack");
    assert_eq!(ask(&mut tag, "3003")[..8], *"e1103f00");
    assert_eq!(ask(&mut tag, "a20200ff0000"), "ack");
    assert_eq!(
        ask(&mut tag, "3002")[..8],
        *"72480000",
        "check byte and internal byte stay"
    );
}

#[test]
fn static_lock_bits_lock_their_pages() {
    for page in 3..16_u16 {
        let mut tag = tag("ultralight-ev1-48");
        let [low, high] = (1_u16 << page).to_le_bytes();
        assert_eq!(
            ask(&mut tag, &format!("a2020000{low:02x}{high:02x}")),
            "ack"
        );
        for other in 3..16 {
            let answer = ask(&mut tag, &format!("a2{other:02x}00000000"));
            assert_eq!(
                answer == "nak",
                other == page,
                "bit of page {page}, page {other}"
            );
        }
    }
}

#[test]
fn block_locking_bits_freeze_lock_bits() {
    for (block, frozen) in [(0x01, "00000800"), (0x02, "0000f003"), (0x04, "000000fc")] {
        let mut tag = tag("ntag213");
        ask(&mut tag, &format!("a2020000{block:02x}00"));
        assert_eq!(ask(&mut tag, &format!("a202{frozen}")), "ack");
        assert_eq!(ask(&mut tag, "3002")[4..8], format!("{block:02x}00"));
    }
    let mut tag = tag("ntag213");
    ask(&mut tag, "a22800000100");
    ask(&mut tag, "a22807000000");
    assert_eq!(
        ask(&mut tag, "3028")[..8],
        *"040001bd",
        "two lock bits are frozen"
    );
}

#[test]
fn dynamic_lock_bits_lock_their_groups() {
    for (model, lock_page, bit, first, last) in [
        ("ntag213", 0x28, 0, 0x10, 0x11),
        ("ntag213", 0x28, 11, 0x26, 0x27),
        ("ntag215", 0x82, 0, 0x10, 0x1F),
        ("ntag215", 0x82, 7, 0x80, 0x81),
        ("ntag216", 0xE2, 8, 0x90, 0x9F),
        ("ntag216", 0xE2, 13, 0xE0, 0xE1),
        ("ultralight-ev1-128", 0x24, 9, 0x22, 0x23),
    ] {
        let mut tag = tag(model);
        let [low, high] = (1_u16 << bit).to_le_bytes();
        assert_eq!(
            ask(
                &mut tag,
                &format!("a2{lock_page:02x}{low:02x}{high:02x}0000")
            ),
            "ack"
        );
        for page in 0x10..=tag.chip.last_user_page {
            let answer = ask(&mut tag, &format!("a2{page:02x}00000000"));
            let is_locked = (first..=last).contains(&page);
            assert_eq!(
                answer == "nak",
                is_locked,
                "{model} bit {bit} page {page:02x}"
            );
        }
    }
}

#[test]
fn a_password_protects_from_its_first_page_on() {
    let mut tag = tag("ntag213");
    ask(&mut tag, "a22b53454352");
    ask(&mut tag, "a22c0a0b0000");
    assert_eq!(
        ask(&mut tag, "302b")[..16],
        *"0000000000000000",
        "neither is ever shown"
    );
    ask(&mut tag, "a22904000020");
    assert_eq!(ask(&mut tag, "a21f01020304"), "ack");
    assert_eq!(ask(&mut tag, "a22001020304"), "nak");
    assert_ne!(ask(&mut tag, "3020"), "nak", "without PROT reading is free");
    assert_eq!(ask(&mut tag, "1b00000000"), "nak");
    assert_eq!(ask(&mut tag, "1b53454352"), "0a0b");
    assert_eq!(ask_on(&mut tag, "a22001020304"), "ack");
    assert_eq!(
        ask(&mut tag, "a22001020304"),
        "nak",
        "selection ends the authentication"
    );
}

#[test]
fn a_password_on_reading_makes_a_read_go_on_at_page_0_before_it() {
    let mut tag = tag("ntag213");
    ask(&mut tag, "a22a80000000");
    ask(&mut tag, "a22904000006");
    assert_eq!(ask(&mut tag, "3006"), "nak");
    assert_eq!(ask(&mut tag, "3005"), "340300fe04a1b29fc3d4e58072480000");
    assert_eq!(ask(&mut tag, "3a0506"), "nak");
    assert_eq!(ask(&mut tag, "1bffffffff"), "0000");
    assert_ne!(ask_on(&mut tag, "3006"), "nak");
}

#[test]
fn the_limit_of_wrong_passwords_locks_the_tag() {
    let mut tag = tag("ntag213");
    ask(&mut tag, "a22a02000000");
    ask(&mut tag, "a22904000004");
    assert_eq!(ask(&mut tag, "1b00000000"), "nak");
    assert_eq!(
        ask(&mut tag, "1bffffffff"),
        "0000",
        "the right one in time sets the count back"
    );
    assert_eq!(ask(&mut tag, "1b00000000"), "nak");
    assert_eq!(ask(&mut tag, "1bffffffff"), "0000");
    for _ in 0..2 {
        assert_eq!(ask(&mut tag, "1b00000000"), "nak");
    }
    assert_eq!(
        ask(&mut tag, "1bffffffff"),
        "nak",
        "the right one comes too late"
    );
}

#[test]
fn a_frozen_configuration_stays() {
    let mut tag = tag("ntag213");
    ask(&mut tag, "a22a40000000");
    assert_eq!(ask(&mut tag, "a22900000004"), "nak");
    assert_eq!(ask(&mut tag, "a22a00000000"), "nak");
    assert_eq!(
        ask(&mut tag, "a22b01020304"),
        "ack",
        "the password may still change"
    );
}

#[test]
fn what_changes_in_the_configuration_counts_in_the_stricter_way() {
    let mut tag = tag("ntag213");
    assert_eq!(ask(&mut tag, "a22b53454352"), "ack");
    assert_eq!(ask_on(&mut tag, "1bffffffff"), "nak", "no longer");
    let mut tag = self::tag("ntag213");
    ask(&mut tag, "a22b53454352");
    assert_eq!(ask_on(&mut tag, "1b53454352"), "nak", "not yet");
    assert_eq!(ask(&mut tag, "1b53454352"), "0000");
    assert_eq!(ask_on(&mut tag, "a22904000004"), "ack");
    assert_eq!(ask_on(&mut tag, "a20500000000"), "ack", "authenticated");
    tag.select();
    ask_on(&mut tag, "1b53454352");
    assert_eq!(
        ask_on(&mut tag, "a2290400 00ff".replace(' ', "").as_str()),
        "ack"
    );
    assert_eq!(ask_on(&mut tag, "a22a40000000"), "ack");
    assert_eq!(ask_on(&mut tag, "a22a00000000"), "nak", "frozen at once");
    assert_eq!(ask(&mut tag, "a20500000000"), "ack");
}

#[test]
fn a_memory_of_another_size_is_not_loaded() {
    let mut tag = tag("ntag213");
    let memory = tag.memory();
    assert!(tag.load(&memory));
    assert!(!tag.load(&memory[1..]));
    assert!(!tag.load(&[]));
    assert_eq!(tag.memory(), memory);
}

#[test]
fn only_a_uid_of_seven_bytes_makes_a_tag() {
    let chip = &CHIPS[0];
    let uid = Uid::try_from(&[1, 2, 3, 4][..]).unwrap();
    assert!(SimulatedTag::new(chip, &uid).is_none());
}
