//! A card that is pulled at every command, in both ways.

use crate::contract::{Contents, InspectedCard, ReaderProfile};

use super::desk::{Desk, Torn, brief, every_tear, inspect, record};
use super::{Subject, Wrong};

pub(super) fn torn_write(subject: &Subject) -> Result<(), Wrong> {
    let capacity = subject.model.capacity;
    let small = small(subject);
    if !is_long_work(subject) {
        torn_over(subject, Desk::fresh(subject)?, &record(2, capacity))?;
    }
    torn_over(subject, Desk::fresh(subject)?, &record(2, small))?;
    // Longer, shorter and equally long: a length that is too early lets the old record's bytes pass for the new.
    let old = record(1, small);
    for bytes in [small, small + 5, small - 5] {
        torn_over(subject, Desk::holding(subject, &old)?, &record(2, bytes))?;
    }
    if is_long_work(subject) {
        return Ok(());
    }
    let full = record(1, capacity);
    torn_over(subject, Desk::holding(subject, &full)?, &record(2, small))?;
    for specimen in super::specimens::writable(subject) {
        torn_over(
            subject,
            Desk::with(subject, specimen.card),
            &record(2, small),
        )?;
    }
    Ok(())
}

/// A record that takes its share of a card, and no more commands than show something new.
pub(super) fn small(subject: &Subject) -> usize {
    const LONGEST: usize = 400;
    (subject.model.capacity / 3).min(LONGEST)
}

/// Filling a card of several thousand bytes is hundreds of commands, and tearing at each takes the square of that. What is torn
/// is the card, so one reader model shows it; the others still tear what is smaller.
pub(super) fn is_long_work(subject: &Subject) -> bool {
    const LARGE: usize = 2048;
    subject.model.capacity > LARGE && *subject.profile != ReaderProfile::ACR122U
}

/// Tears the write of `record` over what is on the desk at every command, and fixes each.
pub(super) fn torn_over(subject: &Subject, mut desk: Desk, record: &[u8]) -> Result<(), Wrong> {
    let start = desk.memory();
    desk.issue(record)?;
    let whole = desk.memory();
    let mut tried = 0;
    every_tear(|tear| {
        desk.restore(&start)?;
        // Inspected again, so that the write goes on in what that left in force.
        let before = desk.inspect()?;
        let torn = desk.pulled_at(tear, |card, _| before.write(card, record, &mut |_| {}))?;
        tried += 1;
        if let Torn::Pulled = torn {
            let seen = judge(&mut desk, &*before, record, &whole)?;
            desk.write(&*seen, record)?;
        }
        desk.expect_issued(&*before, record)?;
        Ok(torn)
    })?;
    if tried < 4 {
        return Err(Wrong::new(format!(
            "{}: a write of {} bytes is one command, torn in no way",
            subject.model.name,
            record.len()
        )));
    }
    Ok(())
}

/// After a tear the card is what it was, or blank, or torn; it holds the new record only if it holds it wholly, unless that
/// was there before.
fn judge(
    desk: &mut Desk,
    before: &dyn InspectedCard,
    record: &[u8],
    whole: &[u8],
) -> Result<Box<dyn InspectedCard>, Wrong> {
    let seen = desk.inspect()?;
    let is_good = match &seen.summary().contents {
        Contents::Blank | Contents::Torn => true,
        found if *found == before.summary().contents => true,
        Contents::Record(found) => found == record && desk.memory() == whole,
        Contents::Beside(_) | Contents::Foreign | Contents::Broken => false,
    };
    if is_good {
        Ok(seen)
    } else {
        Err(desk.wrong(format!(
            "the torn card passes for {}",
            brief(&seen.summary().contents)
        )))
    }
}

pub(super) fn torn_inspection(subject: &Subject) -> Result<(), Wrong> {
    let bytes = if is_long_work(subject) {
        small(subject)
    } else {
        subject.model.capacity
    };
    let record = record(1, bytes);
    let mut desk = Desk::holding(subject, &record)?;
    let before = desk.memory();
    every_tear(|tear| {
        let torn = desk.pulled_at(tear, |card, driver| inspect(card, driver).map(drop))?;
        desk.expect_untouched(&before, "an inspection cut short")?;
        desk.expect(&Contents::Record(record.clone()))?;
        Ok(torn)
    })
}
