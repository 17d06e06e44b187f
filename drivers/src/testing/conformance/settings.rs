//! Cards that were written under one setting and come to a desk with another.

use crate::contract::Contents;

use super::desk::{Desk, every_tear, record};
use super::subject::Site;
use super::tearing::{is_long_work, small, torn_over};
use super::{Setup, Subject, Wrong};

/// Read, written again torn at each command, with a short record and with one of the card's full capacity, and wiped.
pub(super) fn changes(subject: &Subject) -> Result<(), Wrong> {
    if !subject.setup.looks_late() {
        return Ok(());
    }
    let plain = Subject {
        setup: Setup::PLAIN,
        ..*subject
    };
    let small = small(subject).min(60);
    let full = (!is_long_work(subject)).then_some(subject.model.capacity);
    for (from, to) in [(&plain, subject), (subject, &plain), (subject, subject)] {
        let old = record(1, small);
        let moved = || -> Result<Desk, Wrong> {
            let mut desk = Desk::holding(from, &old)?;
            desk.move_to(to, Site::Ours);
            Ok(desk)
        };
        for bytes in [Some(small), Some(3 * small), full].into_iter().flatten() {
            let bytes = bytes.min(subject.model.capacity);
            torn_over(to, moved()?, &record(2, bytes))?;
        }
        let mut desk = moved()?;
        desk.expect(&Contents::Record(old.clone()))?;
        let seen = desk.inspect()?;
        desk.wipe(&*seen)?;
        desk.expect(&Contents::Blank)?;
        desk.issue(&record(3, small))?;
        // Begun under one setting, finished under the other.
        torn_between(from, to, &record(2, 3 * small))?;
    }
    Ok(())
}

fn torn_between(from: &Subject, to: &Subject, record: &[u8]) -> Result<(), Wrong> {
    let record = &record[..record.len().min(to.model.capacity)];
    let mut desk = Desk::fresh(from)?;
    let fresh = desk.memory();
    every_tear(|tear| {
        desk.move_to(from, Site::Ours);
        desk.restore(&fresh)?;
        let seen = desk.inspect()?;
        let torn = desk.pulled_at(tear, |card, _| seen.write(card, record, &mut |_| {}))?;
        desk.move_to(to, Site::Ours);
        desk.issue(record)?;
        Ok(torn)
    })
}
