//! Cards that are not fresh: foreign, locked, hostile.

use std::collections::HashSet;

use crate::contract::{Contents, DriverError, Finding, Specimen, Uid};

use super::desk::{Desk, UID, brief, every_tear, record};
use super::tearing::torn_over;
use super::{Subject, Wrong};

/// The specimens with data of others, which can be overwritten.
pub(super) fn writable(subject: &Subject) -> impl Iterator<Item = Specimen> {
    (subject.registration.specimens)(subject.model.name, Uid::from(UID))
        .into_iter()
        .filter(|specimen| matches!(specimen.finding, Finding::Foreign | Finding::Beside))
}

pub(super) fn foreign(subject: &Subject) -> Result<(), Wrong> {
    for specimen in writable(subject) {
        let what = specimen.what;
        let mut desk = Desk::with(subject, specimen.card);
        let before = desk.memory();
        let seen = desk.inspect()?;
        if subject.setup.looks_late() && seen.summary().contents == Contents::Blank {
            theirs_stays(subject, desk, &before).map_err(|wrong| named(what, wrong))?;
            continue;
        }
        let is_right = match &seen.summary().contents {
            Contents::Foreign | Contents::Broken => specimen.finding == Finding::Foreign,
            Contents::Beside(_) => specimen.finding == Finding::Beside,
            Contents::Blank | Contents::Record(_) | Contents::Torn => false,
        };
        if !is_right {
            return Err(desk.wrong(format!(
                "{what}: taken for {}",
                brief(&seen.summary().contents)
            )));
        }
        if seen.summary().others.is_empty() {
            return Err(desk.wrong(format!("{what}: what would be lost is not named")));
        }
        desk.wipe(&*seen)?;
        if let Contents::Beside(_) | Contents::Broken = seen.summary().contents {
            desk.expect(&Contents::Blank)?;
            desk.restore(&before)?;
        } else {
            desk.expect_untouched(&before, "wiping a foreign card")?;
        }
        desk.issue(&record(1, subject.model.capacity))?;
    }
    Ok(())
}

fn named(what: &str, wrong: Wrong) -> Wrong {
    Wrong {
        what: format!("{what}: {}", wrong.what),
        ..wrong
    }
}

/// A card of which only that part was looked at which a short record needs takes one, torn or not, and keeps what others have on it;
/// one that would need the rest is refused before anything is written.
fn theirs_stays(subject: &Subject, mut desk: Desk, before: &[u8]) -> Result<(), Wrong> {
    const SHORT: usize = 40;
    let fresh = Desk::fresh(subject)?.memory();
    let keeps = |desk: &Desk| {
        let after = desk.memory();
        let mut bytes = before.iter().zip(&fresh).zip(&after);
        bytes.all(|((theirs, new), now)| theirs == new || theirs == now)
    };
    desk.restore(before)?;
    let full = record(1, subject.model.capacity);
    let seen = desk.inspect()?;
    let refused = desk.try_write(&*seen, &full);
    desk.expect_untouched(before, "a write that needs what others have")?;
    if !matches!(refused, Err(DriverError::Locked { .. })) {
        return Err(desk.wrong(format!(
            "what others have is to be written over: {refused:?}"
        )));
    }
    every_tear(|tear| {
        desk.restore(before)?;
        let seen = desk.inspect()?;
        let torn = desk.pulled_at(tear, |card, _| {
            seen.write(card, &record(2, SHORT), &mut |_| {})
        })?;
        desk.issue(&record(2, SHORT))?;
        if keeps(&desk) {
            Ok(torn)
        } else {
            Err(desk.wrong("what others have was written over"))
        }
    })
}

/// Cards that take a record beside what others have on them: as good as blank ones, torn or not.
pub(super) fn shared(subject: &Subject) -> Result<(), Wrong> {
    let small = subject.model.capacity / 3;
    let specimens = (subject.registration.specimens)(subject.model.name, Uid::from(UID));
    for specimen in specimens {
        if specimen.finding != Finding::Shared {
            continue;
        }
        let what = specimen.what;
        let mut desk = Desk::with(subject, specimen.card);
        let seen = desk.inspect()?;
        if seen.summary().contents != Contents::Blank || seen.summary().uid != Uid::from(UID) {
            let (found, uid) = (brief(&seen.summary().contents), seen.summary().uid);
            return Err(desk.wrong(format!("{what}: taken for {found} of {uid}")));
        }
        torn_over(subject, desk, &record(2, small))?;
    }
    Ok(())
}

pub(super) fn locked(subject: &Subject) -> Result<(), Wrong> {
    let capacity = subject.model.capacity;
    let specimens = (subject.registration.specimens)(subject.model.name, Uid::from(UID));
    for specimen in specimens {
        let finding = specimen.finding;
        if let Finding::Foreign | Finding::Beside | Finding::Shared = finding {
            continue;
        }
        let what = specimen.what;
        let mut desk = Desk::with(subject, specimen.card);
        let before = desk.memory();
        let seen = match desk.try_inspect()? {
            Ok(seen) => seen,
            // Without its version and with its end hidden, the card cannot be identified.
            Err(DriverError::Locked { .. } | DriverError::Unsupported { .. }) => continue,
            Err(error) => return Err(desk.wrong(format!("{what}: {error}"))),
        };
        let admitted = seen.check_fits(capacity);
        let written = desk.try_write(&*seen, &record(1, capacity));
        desk.expect_untouched(&before, what)?;
        if subject.setup.looks_late()
            && admitted.is_ok()
            && matches!(written, Err(DriverError::Locked { .. }))
        {
            theirs_stays(subject, desk, &before).map_err(|wrong| named(what, wrong))?;
            continue;
        }
        let is_right = match (&admitted, finding) {
            (Err(DriverError::TooSmall { .. }), Finding::Full)
            | (Err(DriverError::Locked { .. }), Finding::Locked) => true,
            // Whether a password or key on the card is ours takes commands of its own to find out.
            (Err(DriverError::Reader { .. }), Finding::Locked) => subject.profile.raw.is_empty(),
            _ => false,
        };
        if !is_right || admitted != written {
            return Err(desk.wrong(format!(
                "{what}: admission gives {admitted:?}, writing {written:?}"
            )));
        }
    }
    Ok(())
}

pub(super) fn hostile(subject: &Subject, memory: &[u8]) -> Result<(), Wrong> {
    let mut desk = Desk::fresh(subject)?;
    if desk.restore(memory).is_err() {
        return Ok(());
    }
    let Ok(seen) = desk.try_inspect()? else {
        return Ok(());
    };
    if let Contents::Record(record) | Contents::Beside(record) = &seen.summary().contents
        && !is_there(record, memory)
    {
        return Err(desk.wrong("a record was found that is not on the card"));
    }
    if seen.summary().capacity > subject.model.capacity {
        return Err(desk.wrong(format!("{} bytes are said to fit", seen.summary().capacity)));
    }
    let wanted = record(1, seen.summary().capacity);
    let admitted = seen.check_fits(wanted.len());
    match (admitted, desk.try_write(&*seen, &wanted)) {
        (Ok(()), Ok(())) => desk.expect(&Contents::Record(wanted)),
        (Ok(()), Err(DriverError::Locked { .. }))
            if subject.setup.looks_late() && desk.memory() == memory =>
        {
            Ok(())
        }
        (Ok(()), Err(error)) => Err(desk.wrong(format!("admitted, then: {error}"))),
        (Err(_), Ok(())) => Err(desk.wrong("refused, then written")),
        (Err(_), Err(_)) if desk.memory() == memory => Ok(()),
        (Err(_), Err(_)) => Err(desk.wrong("refused, and written on")),
    }
}

/// Whether the bytes are in the memory: most of their runs of eight, since what is in sectors has gaps.
fn is_there(record: &[u8], memory: &[u8]) -> bool {
    const RUN: usize = 8;
    let present: HashSet<&[u8]> = memory.windows(record.len().clamp(1, RUN)).collect();
    let runs = record.windows(record.len().clamp(1, RUN));
    let found = runs.clone().filter(|run| present.contains(run)).count();
    2 * found >= runs.count()
}
