//! What the card keeps and what it forgets: its memory as bytes, what was not committed, random UIDs.

use proptest::prelude::*;

use super::*;
use crate::cards::desfire::card_key::{CardKey, KeyType};
use crate::cards::desfire::simulated::builder::PreparedFile;
use crate::cards::desfire::wire::{AccessRights, Communication, FileType};

const AID: [u8; 3] = [0x01, 0x02, 0x03];
const WRITE: &str = "903d000009010000000200005a5a00";
const READ: &str = "90bd0000070100000003000000";
const COMMIT: &str = "90c7000000";

/// What happens to a card between a write and its commit.
type Loss = fn(&mut SimulatedDesfire);

/// A card with everything on it that can be.
fn rich() -> SimulatedDesfire {
    let tdea3 = CardKey::new(KeyType::Tdea3, &[9; 24]).unwrap();
    let mut card = card("desfire-ev2-4k")
        .with_picc_key(&CardKey::aes(&[1; 16]), 3)
        .with_picc_settings(0x0B)
        .with_random_uid()
        .with_application([9, 9, 9], 0x0F, &[(tdea3, 0)])
        .with_application(
            AID,
            0x0B,
            &[(CardKey::aes(&[2; 16]), 1), (CardKey::aes(&[3; 16]), 2)],
        );
    for (number, kind) in [(1, FileType::Backup), (2, FileType::Standard)] {
        card = card.with_file(
            AID,
            &PreparedFile {
                number,
                kind,
                communication: Communication::Plain,
                rights: AccessRights::from_bytes([0xEE, 0xEE]),
                contents: &[7; 40],
            },
        );
    }
    card.selected = AID;
    card
}

fn says(card: &mut SimulatedDesfire, frame: &str) -> String {
    sends(card, &unhex(frame))
}

#[test]
fn memory_comes_back_as_it_was() {
    let card = rich();
    let memory = card.memory();
    let mut other = with_uid("desfire-ev2-4k", [0x04, 9, 9, 9, 9, 9, 9]);
    assert!(other.load(&memory));
    assert_eq!((&other.memory, other.memory()), (&card.memory, memory));
    assert_eq!(other.uid(), card.uid());
}

#[test]
fn what_is_no_memory_of_this_card_changes_nothing() {
    let memory = rich().memory();
    for model in ["desfire-ev2-2k", "desfire-ev1-4k", "desfire-ev3-4k"] {
        assert!(!card(model).load(&memory), "{model}");
    }
    let mut card = rich();
    for length in 0..memory.len() {
        assert!(!card.load(&memory[..length]), "{length}");
    }
    assert!(!card.load(&[&memory[..], &[0]].concat()));
    assert_eq!(card.memory(), memory);
}

proptest! {
    #[test]
    fn hostile_memory(place in 0_usize..200, byte: u8, tail in proptest::collection::vec(any::<u8>(), 0..40)) {
        let good = rich().memory();
        let mut changed = good.clone();
        let place = place % changed.len();
        changed[place] = byte;
        for memory in [changed.clone(), [&changed[..place], &tail].concat()] {
            let mut card = rich();
            let kept = if card.load(&memory) { &memory } else { &good };
            prop_assert_eq!(&card.memory(), kept);
        }
    }

    #[test]
    fn hostile_frames(frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..70), 1..8), wrapped: bool) {
        let mut card = rich();
        for mut frame in frames {
            if wrapped && frame.len() > 5 {
                let data = u8::try_from(frame.len() - 6).unwrap();
                let instruction = frame[1];
                frame[..5].copy_from_slice(&[0x90, instruction, 0, 0, data]);
                *frame.last_mut().unwrap() = 0;
            }
            let answered = matches!(card.exchange(&frame), Answer::Frame(answer) if !answer.is_empty());
            prop_assert!(answered);
        }
    }
}

#[test]
fn a_backup_file_shows_what_was_committed() {
    let mut card = rich();
    assert_eq!(says(&mut card, WRITE), "9100");
    assert_eq!(says(&mut card, READ), "0707079100");
    let before = card.memory();
    assert_eq!(says(&mut card, COMMIT), "9100");
    assert_eq!(says(&mut card, READ), "5a5a079100");
    assert_ne!(card.memory(), before);
    assert_eq!(says(&mut card, COMMIT), "910c");
}

#[test]
fn what_is_not_committed_is_lost() {
    let losses: [(&str, Loss); 5] = [
        ("power off", |card| {
            card.select();
            card.selected = AID;
        }),
        ("selection", |card| {
            assert_eq!(says(card, "905a00000301020300"), "9100");
        }),
        ("an error", |card| {
            assert_eq!(says(card, "9061000000"), "911c");
        }),
        ("an authentication", |card| {
            assert!(says(card, "90aa0000010000").ends_with("91af"));
            card.pending = Pending::Nothing;
        }),
        ("giving up", |card| {
            assert_eq!(says(card, "90a7000000"), "9100");
        }),
    ];
    for (what, loses) in losses {
        let mut card = rich();
        let before = card.memory();
        assert_eq!(says(&mut card, WRITE), "9100");
        loses(&mut card);
        assert_eq!(says(&mut card, COMMIT), "910c", "{what}");
        assert_eq!(says(&mut card, READ), "0707079100", "{what}");
        assert_eq!(card.memory(), before, "{what}");
    }
}

#[test]
fn random_uids_are_fresh_and_say_so() {
    let mut card = rich();
    let mut sent = std::collections::HashSet::new();
    for _ in 0..20 {
        card.select();
        let uid = card.sent_uid();
        assert!(uid.is_random(), "{uid}");
        assert_ne!(uid, card.uid());
        sent.insert(uid);
    }
    // Twenty of sixteen million: two of the same are next to impossible, three of the same are.
    assert!(sent.len() > 18);
    says(&mut card, "9060000000");
    says(&mut card, "90af000000");
    assert!(says(&mut card, "90af000000").starts_with(&"00".repeat(7)));
    let mut fixed = super::card("desfire-ev1-2k");
    fixed.select();
    assert_eq!(fixed.sent_uid(), fixed.uid());
}
