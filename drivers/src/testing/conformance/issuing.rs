//! Writing on a card that stays where it is.

use crate::cards;
use crate::contract::{Contents, DriverError, Uid};

use super::desk::{Desk, record, sizes};
use super::{Subject, Wrong};

pub(super) fn first_issue(subject: &Subject) -> Result<(), Wrong> {
    for bytes in sizes(subject.model.capacity) {
        let mut desk = Desk::fresh(subject)?;
        desk.expect(&Contents::Blank)?;
        let seen = desk.inspect()?;
        if seen.summary().model != subject.model
            || seen.summary().capacity != subject.model.capacity
        {
            let (model, capacity) = (seen.summary().model.name, seen.summary().capacity);
            return Err(desk.wrong(format!("taken for {model} with {capacity} bytes")));
        }
        desk.issue(&record(1, bytes))?;
    }
    Ok(())
}

/// MIFARE cards come with UIDs of 4, 7 and 10 bytes, and keys are made from them.
pub(super) fn other_uids(subject: &Subject) -> Result<(), Wrong> {
    let lengths: [&[u8]; 2] = [
        &[0xA1, 0xB2, 0xC3, 0xD4],
        &[0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x17, 0x28, 0x39],
    ];
    let uids = lengths.iter().filter_map(|&uid| Uid::try_from(uid).ok());
    for uid in uids {
        let Some(card) = (subject.registration.simulate)(subject.model.name, uid) else {
            continue;
        };
        let mut desk = Desk::with(subject, card);
        let seen = desk.inspect()?;
        if seen.summary().uid != uid {
            return Err(desk.wrong(format!("{uid} is taken for {}", seen.summary().uid)));
        }
        desk.issue(&record(1, subject.model.capacity))?;
        desk.issue(&record(2, subject.model.capacity / 2))?;
    }
    Ok(())
}

pub(super) fn same_record(subject: &Subject) -> Result<(), Wrong> {
    for bytes in sizes(subject.model.capacity) {
        let record = record(1, bytes);
        let mut desk = Desk::holding(subject, &record)?;
        let before = desk.memory();
        let seen = desk.inspect()?;
        desk.write(&*seen, &record)?;
        desk.expect_untouched(&before, "writing the same record again")?;
    }
    Ok(())
}

pub(super) fn another_record(subject: &Subject) -> Result<(), Wrong> {
    for bytes in sizes(subject.model.capacity) {
        for other_bytes in sizes(subject.model.capacity) {
            let mut desk = Desk::holding(subject, &record(1, bytes))?;
            desk.issue(&record(2, other_bytes))?;
        }
    }
    Ok(())
}

pub(super) fn full_card(subject: &Subject) -> Result<(), Wrong> {
    let capacity = subject.model.capacity;
    let mut desk = Desk::fresh(subject)?;
    let before = desk.memory();
    let seen = desk.inspect()?;
    let too_large = record(1, capacity + 1);
    let expected = DriverError::TooSmall {
        needed: capacity + 1,
        available: capacity,
        card: subject.model.title,
        smallest: cards::smallest_for(capacity + 1).map(|model| model.title),
    };
    for refused in [
        seen.check_fits(capacity + 1),
        desk.try_write(&*seen, &too_large),
    ] {
        if refused != Err(expected.clone()) {
            return Err(desk.wrong(format!("a record that is too large gives {refused:?}")));
        }
    }
    desk.expect_untouched(&before, "a refused record")?;
    if let Err(error) = seen.check_fits(capacity) {
        return Err(desk.wrong(format!("a record of the full capacity is refused: {error}")));
    }
    desk.issue(&record(1, capacity))
}
