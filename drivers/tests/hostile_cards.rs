//! Cards whose memory is anybody's guess: random, nearly right, wrong lengths.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{Contents, Registration, Uid, identify};
use cardbridge_drivers::record::{ndef, tlv};
use cardbridge_drivers::testing::conformance::{self, Subject};
use cardbridge_drivers::testing::{SimulatedReader, site_settings};
use proptest::collection::vec;
use proptest::prelude::*;

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const DATA_AREA: usize = 16;

/// A Type 2 tag: the cases below know its layout.
fn tag() -> impl Strategy<Value = Subject> {
    subject_of(|registration| registration.name == "type2")
}

fn subject_of(wanted: fn(&Registration) -> bool) -> impl Strategy<Value = Subject> {
    let all: Vec<Subject> = conformance::subjects()
        .filter(|subject| wanted(subject.registration))
        .collect();
    proptest::sample::select(all)
}

fn fresh(subject: &Subject) -> Vec<u8> {
    cards::simulate(subject.model.name, Uid::from(UID))
        .unwrap()
        .memory()
}

fn is_seen_through(subject: &Subject, memory: &[u8]) -> Result<(), TestCaseError> {
    conformance::hostile(subject, memory)
        .map_err(|failure| TestCaseError::fail(failure.to_string()))
}

/// Inspects, and holds what is found against a search for the message that must be there.
fn inspect_is_truthful(subject: &Subject, memory: &[u8]) -> Result<(), TestCaseError> {
    is_seen_through(subject, memory)?;
    let mut card = cards::simulate(subject.model.name, Uid::from(UID)).unwrap();
    card.load(memory);
    let mut reader = SimulatedReader::new(card, *subject.profile);
    let Ok(card) = identify(&mut reader) else {
        return Ok(());
    };
    let driver = (subject.registration.build)(&site_settings());
    if let Ok(seen) = driver.inspect(&mut reader, &card)
        && let Contents::Record(record) = &seen.summary().contents
    {
        let tail = [b"application/cwt", record.as_slice()].concat();
        let is_there = memory.windows(tail.len()).any(|bytes| bytes == tail);
        prop_assert!(is_there, "a record out of nothing: {}", hex::encode(record));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_memory(subject in subject_of(|_| true), bytes in vec(any::<u8>(), 924)) {
        let memory: Vec<u8> = bytes.into_iter().cycle().take(fresh(&subject).len()).collect();
        is_seen_through(&subject, &memory)?;
    }

    #[test]
    fn a_random_data_area_on_an_honest_card(subject in tag(), bytes in vec(any::<u8>(), 0..64), tag in 0_u8..4) {
        let mut memory = fresh(&subject);
        memory[12..15].copy_from_slice(&[0xE1, 0x10, 0x06]);
        let length = bytes.len().min(48);
        memory[DATA_AREA..DATA_AREA + length].copy_from_slice(&bytes[..length]);
        memory[DATA_AREA] = tag;
        inspect_is_truthful(&subject, &memory)?;
    }

    #[test]
    fn a_record_with_some_bytes_changed(
        subject in tag(),
        share in 0_usize..=100,
        changes in vec((0_usize..400, any::<u8>()), 0..4),
    ) {
        let mut memory = fresh(&subject);
        memory[12..14].copy_from_slice(&[0xE1, 0x10]);
        memory[14] = memory[14].max(0x06);
        let record = vec![0xC3; subject.model.capacity * share / 100];
        let area = tlv::wrap(&ndef::wrap(&record)).unwrap();
        memory[DATA_AREA..DATA_AREA + area.len()].copy_from_slice(&area);
        for (at, byte) in changes {
            let at = at % memory.len();
            memory[at] = byte;
        }
        inspect_is_truthful(&subject, &memory)?;
    }

    #[test]
    fn lengths_that_lie(subject in tag(), header in vec(prop_oneof![Just(0x03_u8), Just(0xFF), Just(0xFE), Just(0x00), Just(0xD2), any::<u8>()], 8)) {
        let mut memory = fresh(&subject);
        memory[12..15].copy_from_slice(&[0xE1, 0x10, 0x06]);
        memory[DATA_AREA..DATA_AREA + 8].copy_from_slice(&header);
        inspect_is_truthful(&subject, &memory)?;
    }
}
