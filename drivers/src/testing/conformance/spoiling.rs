//! A card that is spoilt within a write: half stored when it was pulled, or acknowledged and not stored at all.

use crate::contract::{Contents, DriverError, InspectedCard, ReaderProfile};
use crate::record::tlv::{NULL, TERMINATOR};
use crate::testing::Loss;

use super::desk::{Desk, Torn, brief, record};
use super::subject::Site;
use super::tearing::small as large;
use super::{Subject, Tear, Wrong};

/// The bytes of a short record.
const SMALL: usize = 40;

/// So many bytes of a page, a block or a frame are stored before the field goes.
const STORED: [usize; 6] = [1, 2, 3, 7, 12, 30];

/// The same for a wipe, which has fewer kinds of commands.
const STORED_OF_WIPE: [usize; 2] = [2, 7];

pub(super) fn half_stored(subject: &Subject) -> Result<(), Wrong> {
    // What is forgotten of a short record over a long one can make a name of pieces of both, which is not recognised as ours.
    let mut situations = situations(subject)?;
    if !situations.is_empty() {
        let long = record(1, large(subject));
        situations.push((
            Desk::holding(subject, &long)?,
            record(2, SMALL.min(long.len())),
        ));
    }
    for (mut desk, record) in situations {
        let start = desk.memory();
        let before = desk.inspect()?;
        let whole = written(&mut desk, &*before, &record)?;
        for stored in STORED {
            for command in 0.. {
                desk.restore(&start)?;
                let before = desk.inspect()?;
                let loss = Loss::Rest { stored };
                let tear = Tear { command, loss };
                let torn = desk.pulled_at(tear, |card, _| before.write(card, &record, &mut |_| {}));
                if let Torn::Finished = torn.map_err(|wrong| wrong.torn_at(tear))? {
                    break;
                }
                if desk.has_written() {
                    judge(&mut desk, &*before, &record, &whole)
                        .map_err(|wrong| wrong.torn_at(tear))?;
                }
            }
        }
    }
    Ok(())
}

pub(super) fn swallowed(subject: &Subject) -> Result<(), Wrong> {
    for (mut desk, record) in situations(subject)? {
        let start = desk.memory();
        let before = desk.inspect()?;
        let whole = written(&mut desk, &*before, &record)?;
        for command in 0.. {
            desk.restore(&start)?;
            let before = desk.inspect()?;
            let is_reached =
                desk.forgetting_at(command, |card, _| before.write(card, &record, &mut |_| {}));
            if !is_reached {
                break;
            }
            expect_read_back(&mut desk, &record, &whole).map_err(|wrong| {
                Wrong::new(format!("forgotten at command {command}: {}", wrong.what))
            })?;
            judge(&mut desk, &*before, &record, &whole).map_err(|wrong| {
                Wrong::new(format!("forgotten at command {command}: {}", wrong.what))
            })?;
        }
    }
    Ok(())
}

/// A wipe that is cut short within a command, or of which one was forgotten, leaves no card that passes for good, and wiping
/// again ends it.
pub(super) fn spoilt_wipe(subject: &Subject) -> Result<(), Wrong> {
    for (mut desk, record) in situations_of_wipes(subject)? {
        let start = desk.memory();
        let before = desk.inspect()?;
        for stored in STORED_OF_WIPE {
            for command in 0.. {
                desk.restore(&start)?;
                let loss = Loss::Rest { stored };
                let tear = Tear { command, loss };
                let torn = desk.pulled_at(tear, |card, _| before.wipe(card));
                if let Torn::Finished = torn.map_err(|wrong| wrong.torn_at(tear))? {
                    break;
                }
                wiped_again(&mut desk, &record, &start).map_err(|wrong| wrong.torn_at(tear))?;
            }
        }
        for command in 0.. {
            desk.restore(&start)?;
            if !desk.forgetting_at(command, |card, _| before.wipe(card)) {
                break;
            }
            desk.put_back();
            wiped_again(&mut desk, &record, &start).map_err(|wrong| {
                Wrong::new(format!("forgotten at command {command}: {}", wrong.what))
            })?;
        }
    }
    Ok(())
}

/// A short record and a long one.
fn situations_of_wipes(subject: &Subject) -> Result<Vec<(Desk, Vec<u8>)>, Wrong> {
    if *subject.profile != ReaderProfile::ACR122U {
        return Ok(vec![]);
    }
    [large(subject), SMALL.min(large(subject))]
        .into_iter()
        .map(|bytes| {
            let record = record(1, bytes);
            Ok((Desk::holding(subject, &record)?, record))
        })
        .collect()
}

fn wiped_again(desk: &mut Desk, record: &[u8], start: &[u8]) -> Result<(), Wrong> {
    let seen = desk.inspect()?;
    let is_known = match &seen.summary().contents {
        // Who knows that a wipe of ours was cut short knows what is broken.
        Contents::Blank | Contents::Torn | Contents::Broken => true,
        Contents::Record(found) => found == record && desk.memory() == start,
        _ => false,
    };
    if !is_known {
        return Err(desk.wrong(format!(
            "the spoilt card passes for {}",
            brief(&seen.summary().contents)
        )));
    }
    desk.wipe(&*seen)?;
    desk.expect(&Contents::Blank)
}

/// Cards and the record that is to go onto each: a blank one, one that holds another record, one whose keys roll over. What is
/// spoilt is the card, so one reader model shows it.
fn situations(subject: &Subject) -> Result<Vec<(Desk, Vec<u8>)>, Wrong> {
    if *subject.profile != ReaderProfile::ACR122U {
        return Ok(vec![]);
    }
    let small = SMALL.min(subject.model.capacity - 5);
    let mut situations = vec![
        (Desk::fresh(subject)?, record(2, small)),
        (
            Desk::holding(subject, &record(1, small))?,
            record(2, small + 5),
        ),
    ];
    let mut before = Desk::holding_from(subject, Site::OursBefore, &record(1, small))?;
    before.move_to(subject, Site::Ours);
    if before.inspect()?.summary().keys != Desk::fresh(subject)?.inspect()?.summary().keys {
        situations.push((before, record(2, small)));
    }
    Ok(situations)
}

fn written(desk: &mut Desk, before: &dyn InspectedCard, record: &[u8]) -> Result<Vec<u8>, Wrong> {
    desk.write(before, record)?;
    desk.expect_issued(before, record)?;
    Ok(desk.memory())
}

/// Reads the card back right after the write, as the agent does, and then places it on the reader again: what is still in force on it
/// must not make a spoilt card pass for a good one.
fn expect_read_back(desk: &mut Desk, record: &[u8], whole: &[u8]) -> Result<(), Wrong> {
    // A card that refused is one that nothing is concluded from.
    let found = desk
        .read_back_last()?
        .map(|seen| seen.summary().contents.clone());
    let is_taken_for_whole = matches!(&found, Ok(Contents::Record(found)) if found == record);
    if is_taken_for_whole && lacks_more_than_the_end(&desk.memory(), whole) {
        return Err(desk.wrong("the spoilt card is read back as a good one"));
    }
    desk.put_back();
    Ok(())
}

/// A spoilt card holds the new record only if it holds it wholly; whatever else is found there, writing again fixes it, unless
/// the card itself says that nothing can.
fn judge(
    desk: &mut Desk,
    before: &dyn InspectedCard,
    record: &[u8],
    whole: &[u8],
) -> Result<(), Wrong> {
    let may_be_lost = desk.card_is_damaged();
    let seen = desk.inspect()?;
    let is_taken_for_whole =
        matches!(&seen.summary().contents, Contents::Record(found) if found == record);
    if is_taken_for_whole && lacks_more_than_the_end(&desk.memory(), whole) {
        return Err(desk.wrong(format!(
            "the spoilt card passes for {}",
            brief(&seen.summary().contents)
        )));
    }
    if seen.summary().contents == Contents::Foreign
        && before.summary().contents != Contents::Foreign
        && !may_be_lost
    {
        return Err(desk.wrong("the spoilt card passes for somebody else's"));
    }
    match seen.check_fits(record.len()) {
        Ok(()) => {}
        Err(DriverError::Locked { .. } | DriverError::TooSmall { .. }) if may_be_lost => {
            return Ok(());
        }
        Err(error) => return Err(desk.wrong(format!("the spoilt card is refused: {error}"))),
    }
    desk.write(&*seen, record)?;
    desk.expect_issued(before, record)
}

/// Whether a memory lacks more of another than the terminator behind a message and the zeros behind that, which no reader
/// misses.
fn lacks_more_than_the_end(memory: &[u8], whole: &[u8]) -> bool {
    let mut pairs = memory.iter().zip(whole);
    memory.len() != whole.len()
        || pairs.any(|(found, wanted)| found != wanted && !matches!(*wanted, NULL | TERMINATOR))
}
