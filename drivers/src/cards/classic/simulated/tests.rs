//! The simulated card, frame by frame.

use super::*;
use crate::cards::classic::keys::Key;
use crate::cards::classic::sectors::CHIPS;

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const FF: &str = "ffffffffffff";
const B: &str = "b0b1b2b3b4b5";

fn card() -> SimulatedClassic {
    SimulatedClassic::new(&CHIPS[1], &Uid::from(UID)).unwrap()
}

/// A card whose sector 1 is as ours are.
fn ours() -> SimulatedClassic {
    let mut card = card();
    let key_b = Key::new([0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5]);
    card.put(
        7,
        trailer::raw(&Key::transport(), Conditions::OURS, 0x43, &key_b),
    );
    card
}

fn send(card: &mut SimulatedClassic, frame: &str) -> Answer {
    card.exchange(&hex::decode(frame.replace(' ', "")).unwrap())
}

fn open(card: &mut SimulatedClassic, kind: &str, block: &str, key: &str) -> Answer {
    card.select();
    send(card, &format!("{kind}{block}{key}c3d4e580"))
}

fn write(card: &mut SimulatedClassic, block: &str, bytes: &str) -> Answer {
    match send(card, &format!("a0{block}")) {
        Answer::Ack => send(card, bytes),
        refused => refused,
    }
}

#[test]
fn nothing_goes_without_the_right_key() {
    let mut card = card();
    assert_eq!(send(&mut card, "3004"), Answer::Nak);
    assert_eq!(send(&mut card, "3004"), Answer::Silence, "halted");
    assert_eq!(open(&mut card, "60", "04", "fffffffffffe"), Answer::Silence);
    assert_eq!(
        send(&mut card, "6004ffffffffffffc3d4e580"),
        Answer::Silence,
        "deaf until it is selected"
    );
    card.select();
    assert_eq!(
        send(&mut card, "6004ffffffffffff04a1b2c3"),
        Answer::Silence,
        "not the last four bytes of the UID"
    );
    assert_eq!(
        open(&mut card, "60", "40", FF),
        Answer::Silence,
        "no such block"
    );
    assert_eq!(open(&mut card, "60", "04", FF), Answer::Ack);
    assert_eq!(send(&mut card, "3004"), Answer::Frame(vec![0; 16]));
    assert_eq!(send(&mut card, "3008"), Answer::Nak, "another sector");
    assert_eq!(send(&mut card, "3004"), Answer::Silence);
}

#[test]
fn writing_takes_two_passes() {
    let mut card = card();
    open(&mut card, "60", "04", FF);
    assert_eq!(write(&mut card, "05", &"11".repeat(16)), Answer::Ack);
    assert_eq!(send(&mut card, "3005"), Answer::Frame(vec![0x11; 16]));
    assert_eq!(send(&mut card, "a005"), Answer::Ack);
    assert_eq!(send(&mut card, &"22".repeat(15)), Answer::Nak);
    assert_eq!(card.block(5), [0x11; 16]);
    open(&mut card, "60", "00", FF);
    assert_eq!(send(&mut card, "a000"), Answer::Nak, "the manufacturer's");
}

#[test]
fn access_conditions_hold_for_each_key() {
    let mut card = ours();
    open(&mut card, "60", "04", FF);
    assert_eq!(send(&mut card, "3004"), Answer::Frame(vec![0; 16]));
    assert_eq!(send(&mut card, "a004"), Answer::Nak, "key A writes no data");
    open(&mut card, "60", "04", FF);
    assert_eq!(send(&mut card, "a007"), Answer::Nak, "nor the trailer");
    assert_eq!(open(&mut card, "61", "04", B), Answer::Ack);
    assert_eq!(write(&mut card, "04", &"11".repeat(16)), Answer::Ack);
    let trailer = hex::decode("0000000000007877884300000000 0000".replace(' ', "")).unwrap();
    assert_eq!(
        send(&mut card, "3007"),
        Answer::Frame(trailer),
        "no key is shown"
    );
    let new = "a0a1a2a3a4a5 787788 43 c0c1c2c3c4c5";
    assert_eq!(write(&mut card, "07", new), Answer::Ack);
    assert_eq!(open(&mut card, "61", "04", B), Answer::Silence);
    assert_eq!(open(&mut card, "61", "04", "c0c1c2c3c4c5"), Answer::Ack);
}

#[test]
fn a_readable_key_b_opens_nothing() {
    let mut card = card();
    assert_eq!(open(&mut card, "61", "04", FF), Answer::Ack);
    assert_eq!(send(&mut card, "3004"), Answer::Nak);
    open(&mut card, "60", "04", FF);
    let trailer = hex::decode("000000000000ff078069ffffffffffff").unwrap();
    assert_eq!(send(&mut card, "3007"), Answer::Frame(trailer));
}

#[test]
fn a_part_of_a_trailer_that_may_not_be_written_stays() {
    let mut card = card();
    let key = Key::transport();
    // Trailer 000: key A writes the keys, no key the conditions.
    let fixed = Conditions::decode([0xFF, 0x0F, 0x00]).unwrap();
    card.put(7, trailer::raw(&key, fixed, 0x69, &key));
    open(&mut card, "60", "04", FF);
    assert_eq!(
        write(&mut card, "07", "a0a1a2a3a4a5 787788 43 c0c1c2c3c4c5"),
        Answer::Ack
    );
    assert_eq!(
        hex::encode(card.block(7)),
        "a0a1a2a3a4a5ff0f0069c0c1c2c3c4c5"
    );
}

#[test]
fn inconsistent_access_bits_block_a_sector_for_ever() {
    let mut card = card();
    open(&mut card, "60", "04", FF);
    assert_eq!(
        write(&mut card, "07", "ffffffffffff ff0781 69 ffffffffffff"),
        Answer::Ack
    );
    assert_eq!(send(&mut card, "3004"), Answer::Nak, "at once");
    for kind in ["60", "61"] {
        assert_eq!(open(&mut card, kind, "04", FF), Answer::Silence);
    }
}

#[test]
fn value_blocks_count() {
    const TEN: &str = "0a000000 f5ffffff 0a000000 05fa05fa";
    let mut card = card();
    open(&mut card, "60", "04", FF);
    assert_eq!(
        send(&mut card, "c104"),
        Answer::Nak,
        "no value stands there"
    );
    open(&mut card, "60", "04", FF);
    assert_eq!(write(&mut card, "05", TEN), Answer::Ack);
    assert_eq!(send(&mut card, "c105"), Answer::Ack);
    assert_eq!(send(&mut card, "02000000"), Answer::Silence);
    assert_eq!(send(&mut card, "b006"), Answer::Ack);
    assert_eq!(hex::encode(&card.block(6)[..8]), "0c000000f3ffffff");
    assert_eq!(hex::encode(card.block(5)), TEN.replace(' ', ""));
    assert_eq!(send(&mut card, "c006"), Answer::Ack);
    assert_eq!(send(&mut card, "0d000000"), Answer::Silence);
    assert_eq!(send(&mut card, "b006"), Answer::Ack);
    assert_eq!(hex::encode(&card.block(6)[..8]), "ffffffff00000000");
    card.select();
    assert_eq!(open(&mut card, "60", "04", FF), Answer::Ack);
    assert_eq!(send(&mut card, "b006"), Answer::Nak, "nothing to transfer");

    let mut ours = ours();
    open(&mut ours, "61", "04", B);
    assert_eq!(write(&mut ours, "05", TEN), Answer::Ack);
    assert_eq!(
        send(&mut ours, "c005"),
        Answer::Nak,
        "no counting under our conditions"
    );
}

#[test]
fn the_length_of_the_uid_is_found_in_a_dump() {
    for uid in [&UID[..], &[0x11, 0x22, 0x33, 0x44]] {
        let uid = Uid::try_from(uid).unwrap();
        for chip in &CHIPS {
            let dump = SimulatedClassic::new(chip, &uid).unwrap().memory();
            assert_eq!(dump.len(), chip.model.memory);
            let mut card = SimulatedClassic::new(chip, &Uid::from([4, 9, 9, 9, 9, 9, 9])).unwrap();
            assert!(card.load(&dump));
            assert_eq!(card.uid(), uid);
        }
    }
    assert!(!card().load(&[0; 320]));
    assert!(SimulatedClassic::new(&CHIPS[0], &Uid::try_from(&[0; 10][..]).unwrap()).is_none());
}

#[test]
fn the_dump_of_a_fresh_card() {
    let uid = Uid::try_from(&[0x11, 0x22, 0x33, 0x44][..]).unwrap();
    let memory = SimulatedClassic::new(&CHIPS[1], &uid).unwrap().memory();
    assert_eq!(hex::encode(&memory[..8]), "1122334444080400");
    assert_eq!(
        hex::encode(&memory[48..64]),
        "ffffffffffffff078069ffffffffffff"
    );
    let atr = hex::encode(card().atr());
    assert_eq!(atr, "3b8f8001804f0ca000000306030001000000006a");
}
