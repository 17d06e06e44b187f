//! Cards that are written under the site's keys: when these change, when they are another site's, and when there are none.

use crate::contract::{CardKeys, Contents, DriverError, InspectedCard};
use crate::keys::KeyVersion;

use super::desk::{Desk, Torn, every_tear, record};
use super::subject::Site;
use super::tearing::{is_long_work, small, torn_over};
use super::{Subject, Wrong};

pub(super) fn rolls_over(subject: &Subject) -> Result<(), Wrong> {
    let capacity = subject.model.capacity;
    let old = record(1, capacity / 3);
    let next = [old.clone(), record(2, capacity / 3), record(2, capacity)];
    for record in next {
        let mut desk = Desk::holding_from(subject, Site::OursBefore, &old)?;
        expect_keys(&mut desk, 1)?;
        desk.move_to(subject, Site::Ours);
        // A site that has made new keys still knows its cards.
        desk.expect(&Contents::Record(old.clone()))?;
        expect_keys(&mut desk, 1)?;
        desk.issue(&record)?;
        expect_keys(&mut desk, 2)?;
        let whole = desk.memory();
        let seen = desk.inspect()?;
        desk.write(&*seen, &record)?;
        desk.expect_untouched(&whole, "writing a card that has rolled over again")?;
    }
    let mut desk = Desk::holding_from(subject, Site::OursBefore, &old)?;
    desk.move_to(subject, Site::Ours);
    let seen = desk.inspect()?;
    desk.wipe(&*seen)?;
    desk.expect(&Contents::Blank)?;
    desk.issue(&old)?;
    expect_keys(&mut desk, 2)
}

pub(super) fn torn_roll_over(subject: &Subject) -> Result<(), Wrong> {
    let small = small(subject);
    let old = record(1, small);
    let full = (!is_long_work(subject)).then_some(subject.model.capacity);
    for bytes in [Some(small), full].into_iter().flatten() {
        let mut desk = Desk::holding_from(subject, Site::OursBefore, &old)?;
        desk.move_to(subject, Site::Ours);
        torn_over(subject, desk, &record(2, bytes))?;
    }
    Ok(())
}

/// A card may come back after its site has made new keys, torn under the old ones.
pub(super) fn torn_before_rotation(subject: &Subject) -> Result<(), Wrong> {
    let small = small(subject);
    let mut desk = Desk::fresh_at(subject, Site::OursBefore)?;
    let fresh = desk.memory();
    every_tear(|tear| {
        desk.move_to(subject, Site::OursBefore);
        desk.restore(&fresh)?;
        let seen = desk.inspect()?;
        let torn = desk.pulled_at(tear, |card, _| {
            seen.write(card, &record(1, small), &mut |_| {})
        })?;
        desk.move_to(subject, Site::Ours);
        desk.issue(&record(2, small))?;
        expect_keys(&mut desk, 2)?;
        Ok(torn)
    })
}

pub(super) fn another_site(subject: &Subject) -> Result<(), Wrong> {
    let record = record(1, subject.model.capacity / 3);
    let mut desk = Desk::holding_from(subject, Site::Another, &record)?;
    desk.move_to(subject, Site::Ours);
    let seen = desk.inspect()?;
    let keeps_to_itself = match &seen.summary().contents {
        Contents::Foreign | Contents::Broken => true,
        // Where anybody can read, the record is seen; whose it is, its own key will show.
        Contents::Record(found) => *found == record,
        Contents::Beside(_) | Contents::Blank | Contents::Torn => false,
    };
    if !keeps_to_itself || seen.summary().keys != CardKeys::Unknown {
        return Err(desk.wrong(format!(
            "taken for {:?} under {:?}",
            seen.summary().contents,
            seen.summary().keys
        )));
    }
    expect_locked(&mut desk, &*seen)?;
    desk.move_to(subject, Site::Another);
    desk.expect(&Contents::Record(record))
}

/// Some of the keys are another site's, the others as they came from the factory: a write that cannot be completed must not begin.
pub(super) fn torn_at_another_site(subject: &Subject) -> Result<(), Wrong> {
    let small = small(subject);
    let mut desk = Desk::fresh(subject)?;
    let fresh = desk.memory();
    every_tear(|tear| {
        desk.move_to(subject, Site::Another);
        desk.restore(&fresh)?;
        let seen = desk.inspect()?;
        let torn = desk.pulled_at(tear, |card, _| {
            seen.write(card, &record(1, small), &mut |_| {})
        })?;
        desk.move_to(subject, Site::Ours);
        let seen = desk.inspect()?;
        if seen.summary().keys == CardKeys::Unknown {
            expect_locked(&mut desk, &*seen)?;
        } else {
            desk.issue(&record(2, small))?;
            expect_keys(&mut desk, 2)?;
        }
        Ok(match torn {
            Torn::Finished if seen.summary().keys != CardKeys::Unknown => {
                return Err(desk.wrong(format!(
                    "another site's card is under {:?}",
                    seen.summary().keys
                )));
            }
            torn => torn,
        })
    })
}

pub(super) fn without_site_keys(subject: &Subject) -> Result<(), Wrong> {
    let small = small(subject);
    let mut desk = Desk::fresh_at(subject, Site::Keyless)?;
    let seen = desk.inspect()?;
    let before = desk.memory();
    let admitted = seen.check_fits(small);
    let written = desk.try_write(&*seen, &record(1, small));
    desk.expect_untouched(&before, "writing without site keys")?;
    if !matches!(admitted, Err(DriverError::NoSiteKeys { .. })) || admitted != written {
        return Err(desk.wrong(format!("admission gives {admitted:?}, writing {written:?}")));
    }
    let mut desk = Desk::holding_from(subject, Site::Ours, &record(1, small))?;
    desk.move_to(subject, Site::Keyless);
    let seen = desk.inspect()?;
    expect_refused(&mut desk, &*seen, |error| {
        matches!(
            error,
            DriverError::NoSiteKeys { .. } | DriverError::Locked { .. }
        )
    })?;
    desk.move_to(subject, Site::Ours);
    desk.expect(&Contents::Record(record(1, small)))
}

fn expect_locked(desk: &mut Desk, seen: &dyn InspectedCard) -> Result<(), Wrong> {
    expect_refused(desk, seen, |error| {
        matches!(error, DriverError::Locked { .. })
    })
}

/// Admission, writing and wiping are refused, the first two alike, and nothing is written.
fn expect_refused(
    desk: &mut Desk,
    seen: &dyn InspectedCard,
    is_right: fn(&DriverError) -> bool,
) -> Result<(), Wrong> {
    let before = desk.memory();
    let admitted = seen.check_fits(1);
    let written = desk.try_write(seen, &record(2, 1));
    desk.expect_untouched(&before, "a refused write")?;
    if !admitted.as_ref().is_err_and(is_right) || admitted != written {
        return Err(desk.wrong(format!("admission gives {admitted:?}, writing {written:?}")));
    }
    let wiped = desk.try_wipe(seen);
    desk.expect_untouched(&before, "a refused wipe")?;
    // What is foreign to us holds nothing of ours: there is nothing to wipe.
    match (&seen.summary().contents, wiped) {
        (Contents::Record(_) | Contents::Torn, Ok(())) => {
            Err(desk.wrong("the wipe leaves the record and says nothing"))
        }
        _ => Ok(()),
    }
}

fn expect_keys(desk: &mut Desk, version: u8) -> Result<(), Wrong> {
    let keys = desk.inspect()?.summary().keys;
    match KeyVersion::new(version).map(CardKeys::Site) {
        Some(expected) if keys != expected => {
            Err(desk.wrong(format!("the card is under {keys:?}, not {expected:?}")))
        }
        _ => Ok(()),
    }
}
