//! Cards on a reader that has no way to write them.

use crate::contract::{Contents, DriverError, ReaderProfile};

use super::desk::{Desk, record};
use super::subject::{Ability, Site};
use super::{Subject, Wrong};

/// Fresh cards, and those that were written on a reader that can: all are refused alike, and stay as they are.
pub(super) fn refused(subject: &Subject) -> Result<(), Wrong> {
    let capacity = subject.model.capacity;
    expect_refused(&mut Desk::fresh(subject)?)?;
    let elsewhere = ReaderProfile::ALL
        .iter()
        .map(|profile| Subject {
            profile,
            ..*subject
        })
        .find(|subject| matches!(subject.ability(), Ok(ability) if ability != Ability::Refuses))
        .ok_or_else(|| Wrong::new("no reader at all can write this card"))?;
    for site in [Site::OursBefore, Site::Ours] {
        let written = Desk::holding_from(&elsewhere, site, &record(1, capacity))?.memory();
        let mut desk = Desk::fresh(subject)?;
        desk.restore(&written)?;
        expect_refused(&mut desk)?;
    }
    Ok(())
}

fn expect_refused(desk: &mut Desk) -> Result<(), Wrong> {
    let before = desk.memory();
    let seen = match desk.try_inspect()? {
        Ok(seen) => seen,
        Err(DriverError::Reader { .. }) => return Ok(()),
        Err(error) => return Err(desk.wrong(format!("the inspection gives {error:?}"))),
    };
    let admitted = seen.check_fits(1);
    let written = desk.try_write(&*seen, &record(2, 1));
    desk.expect_untouched(&before, "a refused write")?;
    if !matches!(admitted, Err(DriverError::Reader { .. })) || admitted != written {
        return Err(desk.wrong(format!("admission gives {admitted:?}, writing {written:?}")));
    }
    let wiped = desk.try_wipe(&*seen);
    desk.expect_untouched(&before, "a refused wipe")?;
    match (&seen.summary().contents, wiped) {
        (Contents::Record(_) | Contents::Torn, Ok(())) => {
            Err(desk.wrong("the wipe leaves the record and says nothing"))
        }
        _ => Ok(()),
    }
}
