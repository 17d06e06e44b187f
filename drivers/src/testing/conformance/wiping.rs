//! Taking the record off again.

use std::collections::HashSet;

use crate::contract::{Contents, InspectedCard};

use super::desk::{Desk, Torn, brief, every_tear, record, sizes};
use super::tearing::{is_long_work, small};
use super::{Subject, Wrong};

pub(super) fn wipe(subject: &Subject) -> Result<(), Wrong> {
    for bytes in sizes(subject.model.capacity) {
        let record = record(1, bytes);
        let mut desk = Desk::holding(subject, &record)?;
        let seen = desk.inspect()?;
        desk.wipe(&*seen)?;
        expect_wiped(&mut desk, &record)?;
        let wiped = desk.memory();
        let seen = desk.inspect()?;
        desk.wipe(&*seen)?;
        desk.expect_untouched(&wiped, "wiping a blank card")?;
        desk.issue(&record)?;
    }
    Ok(())
}

pub(super) fn torn_wipe(subject: &Subject) -> Result<(), Wrong> {
    let full = (!is_long_work(subject)).then_some(subject.model.capacity);
    for bytes in [Some(small(subject)), full].into_iter().flatten() {
        let record = record(1, bytes);
        let mut desk = Desk::holding(subject, &record)?;
        let start = desk.memory();
        let before = desk.inspect()?;
        every_tear(|tear| {
            desk.restore(&start)?;
            let torn = desk.pulled_at(tear, |card, _| before.wipe(card))?;
            if let Torn::Pulled = torn {
                judge(&mut desk, &*before, &start)?;
            }
            let seen = desk.inspect()?;
            desk.wipe(&*seen)?;
            expect_wiped(&mut desk, &record)?;
            Ok(torn)
        })?;
    }
    Ok(())
}

fn judge(desk: &mut Desk, before: &dyn InspectedCard, start: &[u8]) -> Result<(), Wrong> {
    let seen = desk.inspect()?;
    let is_good = match &seen.summary().contents {
        Contents::Blank | Contents::Torn => true,
        other => *other == before.summary().contents && desk.memory() == start,
    };
    if is_good {
        Ok(())
    } else {
        Err(desk.wrong(format!(
            "the torn card passes for {}",
            brief(&seen.summary().contents)
        )))
    }
}

fn expect_wiped(desk: &mut Desk, record: &[u8]) -> Result<(), Wrong> {
    desk.expect(&Contents::Blank)?;
    let memory = desk.memory();
    // Four bytes in a row may occur somewhere by chance, eight do not.
    let present: HashSet<&[u8]> = memory.windows(8).collect();
    if record.windows(8).any(|bytes| present.contains(bytes)) {
        return Err(desk.wrong("a part of the record is still in the card's memory"));
    }
    Ok(())
}
