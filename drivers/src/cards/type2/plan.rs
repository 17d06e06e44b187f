//! What to do to a tag, and in which order.
//!
//! The page at the start of the data area holds the TLV's tag and its whole length, of one byte or of three, and no other
//! page does. It is written twice: first with length 0 and a terminator, so that there is no message; last with the true
//! length, so that there is one. In between the message's pages go from front to back, and the first of them is what shows
//! a torn write from a blank tag.
//!
//! A tag that is to be protected gets its protection between the message and the true length, so that a record is only ever
//! seen under it. A secret is written while nothing is protected, and the protection is switched on only after the tag has
//! shown, selected again, that it has the secret: a password or key that is torn in the middle, or that did not arrive as it
//! was sent, never locks anybody out. (Whether a tag goes by a new secret at once or from the next selection on makes no
//! difference to this order; data sheets do not say it of all of them.)

use crate::contract::{Contents, DriverError};
use crate::record::ndef;
use crate::record::tlv::{self, Walk};

use super::super::ndef::{area_with, order};
use super::inspected::InspectedTag;
use super::memory::Memory;
use super::models::{CC_PAGE, Chip, FIRST_USER_PAGE, PAGE, page_of};
use super::protection::Protection;
use super::secret::Secret;
use super::step::Step;

/// An empty NDEF TLV and the terminator.
const OPENED: [u8; PAGE] = [0x03, 0x00, 0xFE, 0x00];

/// Whether the first page of the data area already says that there is no message.
pub(super) fn is_opened(first: [u8; PAGE]) -> bool {
    first[..3] == OPENED[..3]
}

/// The steps that write `record` to the inspected card, and `secret` if it is to be protected: none when all that is done.
/// `known` are the secrets of which one opens the card, if it is protected.
pub(super) fn to_write(
    tag: &InspectedTag,
    record: &[u8],
    known: Vec<Secret>,
    secret: Option<Secret>,
) -> Result<Vec<Step>, DriverError> {
    let protecting = secret.map_or_else(Vec::new, |secret| to_protect(tag, secret));
    let is_there = matches!(&tag.summary.contents, Contents::Record(present) if present == record);
    if is_there && protecting.is_empty() {
        return Ok(vec![]);
    }
    let mut area = area_with(record)?;
    area.resize(area.len().next_multiple_of(PAGE), 0);
    let is_there = |at, bytes: &[u8]| {
        let page = page_of(at).ok().and_then(|page| tag.memory.page(page));
        page.is_some_and(|page| page == bytes)
    };
    let order = order::to_write(&area, PAGE, opening(&tag.memory), is_there);
    let container = tag.access().container_for(record.len());
    let container = container.map(|bytes| Step::Write {
        page: CC_PAGE,
        bytes,
    });
    let message = order.opening.iter().chain(&order.body).map(in_area);
    let before = unlocking(known).into_iter().chain(container).map(Ok);
    before
        .chain(message)
        .chain(protecting.into_iter().map(Ok))
        .chain([in_area(&order.last)])
        .collect()
}

/// The steps that protect the card seen under `secret`: none when it is.
pub(super) fn to_protect(tag: &InspectedTag, secret: Secret) -> Vec<Step> {
    let chip = tag.chip;
    let protection = Protection::of(chip, &tag.memory);
    let has_secret = protection.is_on() && tag.summary.keys == secret.keys;
    if has_secret && protection.is_whole() {
        return vec![];
    }
    let first = chip.configuration_page;
    let configure = |page, bytes| Step::Write { page, bytes };
    let mut steps = vec![];
    if !has_secret {
        if protection.is_on() {
            steps.push(configure(first, protection.open()));
        }
        let pages = (chip.first_secret_page()..).zip(secret.pages(chip));
        steps.extend(pages.map(|(page, bytes)| Step::WriteSecret { page, bytes }));
    }
    steps.extend(protection.access().map(|bytes| configure(first + 1, bytes)));
    if !has_secret {
        steps.push(Step::Prove { secret });
    }
    steps.push(configure(first, protection.closed()));
    steps.push(Step::Confirm);
    steps
}

/// The steps that take our record off the card seen: none when there is none of ours. The message's second page goes last,
/// since it shows a torn card; torn on the way, the card is wiped by wiping it again. A protection stays.
pub(super) fn to_wipe(tag: &InspectedTag, known: Vec<Secret>) -> Result<Vec<Step>, DriverError> {
    let chip = tag.chip;
    let ours = match &tag.summary.contents {
        Contents::Blank | Contents::Foreign => return Ok(vec![]),
        Contents::Record(_) | Contents::Beside(_) | Contents::Broken => {
            used_bytes(chip, &tag.memory)
        }
        Contents::Torn => torn_bytes(&tag.memory).unwrap_or_else(|| used_bytes(chip, &tag.memory)),
    };
    let area = tag.memory.area(ours.next_multiple_of(PAGE));
    // The first page stays opened.
    let behind = |step: &order::Step| step.at > 0;
    let opening = opening(&tag.memory);
    let zeroing = order::to_wipe(&area, PAGE, None).into_iter().filter(behind);
    let opening = opening.map(|bytes| order::Step { at: 0, bytes });
    let steps = opening
        .into_iter()
        .chain(zeroing)
        .map(|step| in_area(&step));
    let steps: Vec<Step> = steps.collect::<Result<_, _>>()?;
    if steps.is_empty() {
        return Ok(steps);
    }
    Ok(unlocking(known).into_iter().chain(steps).collect())
}

/// A step on the data area, which is always on one page.
fn in_area(step: &order::Step) -> Result<Step, DriverError> {
    Ok(Step::Write {
        page: page_of(step.at)?,
        bytes: padded(&step.bytes),
    })
}

fn unlocking(known: Vec<Secret>) -> Option<Step> {
    (!known.is_empty()).then_some(Step::Unlock { secrets: known })
}

/// How far a record of ours goes that is being written or wiped behind an opened TLV, in bytes of the data area; `None`
/// when what is there did not begin as one.
///
/// A record's second page on the card, by how the message begins: `LL 'a' 'p' 'p'`, `D2 0F LL 'a'` behind a long TLV,
/// `C2 0F 00 00` in a long record.
pub(super) fn torn_bytes(memory: &Memory) -> Option<usize> {
    torn_record(memory).map(|record| tlv::area_bytes(ndef::message_bytes(record)))
}

/// The second page of a message with a long record.
const LONG_RECORD: [u8; PAGE] = [0xC2, 0x0F, 0x00, 0x00];

/// How long that record is.
fn torn_record(memory: &Memory) -> Option<usize> {
    let second = memory.page(FIRST_USER_PAGE + 1)?;
    Some(match second {
        [length, b'a', b'p', b'p'] if !is_long_tlv(length.into()) => length.into(),
        [0xD2, 0x0F, length, b'a'] if is_long_tlv(length.into()) => length.into(),
        LONG_RECORD => memory
            .page(FIRST_USER_PAGE + 2)
            .map_or(usize::from(u8::MAX) + 1, |[high, low, ..]| {
                u16::from_be_bytes([high, low]).into()
            }),
        _ => return None,
    })
}

/// How much of the area has to be read before it is known how long a long record is; `None` where it is, or where none is.
pub(super) fn unread_length(memory: &Memory) -> Option<usize> {
    let is_long = memory.page(FIRST_USER_PAGE + 1) == Some(LONG_RECORD);
    (is_long && memory.page(FIRST_USER_PAGE + 2).is_none()).then_some(3 * PAGE)
}

/// Whether the first page of the data area is half stored: cut short while it opened the area over what was there, or
/// while it made the record behind it valid.
pub(super) fn is_first_torn(chip: &Chip, memory: &Memory) -> bool {
    let Some(first) = memory.page(FIRST_USER_PAGE) else {
        return false;
    };
    let of_record = torn_record(memory).is_some_and(|record| {
        let valid = first_page_of(record);
        is_cut(first, OPENED, valid) || is_cut(first, valid, OPENED)
    });
    of_record
        || may_be_torn_from_factory(chip, memory)
            && chip.factory_area.get(PAGE..) == memory.area(chip.factory_area.len()).get(PAGE..)
}

/// Whether the first page of the data area is half opened over what the chip came with. The pages behind it decide.
pub(super) fn may_be_torn_from_factory(chip: &Chip, memory: &Memory) -> bool {
    memory
        .page(FIRST_USER_PAGE)
        .zip(chip.factory_area.first_chunk())
        .is_some_and(|(first, factory)| is_cut(first, OPENED, *factory))
}

/// Whether a record of ours, whole or not, is at the start of an area of which nothing else says that it is NDEF's.
pub(super) fn is_ours(memory: &Memory) -> bool {
    memory.page(FIRST_USER_PAGE).is_some_and(|first| {
        torn_record(memory).is_some_and(|record| {
            let valid = first_page_of(record);
            let mut stages = [OPENED, valid].into_iter();
            stages.any(|stage| stage == first)
                || is_cut(first, OPENED, valid)
                || is_cut(first, valid, OPENED)
        })
    })
}

/// Whether a page is neither, but `new` at its beginning and `old` behind that.
fn is_cut(page: [u8; PAGE], new: [u8; PAGE], old: [u8; PAGE]) -> bool {
    page != new
        && page != old
        && (1..PAGE)
            .any(|stored| page[..stored] == new[..stored] && page[stored..] == old[stored..])
}

/// The first page of the data area around a record of so many bytes.
fn first_page_of(record: usize) -> [u8; PAGE] {
    let area = tlv::wrap(&ndef::wrap(&vec![0; record])).unwrap_or_default();
    padded(area.get(..PAGE).unwrap_or_default())
}

fn is_long_tlv(record_bytes: usize) -> bool {
    const SHORT_HEADER: usize = 2;
    tlv::header_bytes(ndef::message_bytes(record_bytes)) > SHORT_HEADER
}

fn opening(memory: &Memory) -> Option<Vec<u8>> {
    let is_open = memory.page(FIRST_USER_PAGE).is_some_and(is_opened);
    (!is_open).then(|| OPENED.to_vec())
}

/// How far the blocks go that were read: ours begin with the area, another writer's may be in front of it and behind it.
fn used_bytes(chip: &Chip, memory: &Memory) -> usize {
    let known = memory.area(chip.area_bytes());
    match tlv::walk(&known, known.len()) {
        Walk::Done(blocks) => blocks.end,
        Walk::ReadTo(_) => known.len(),
    }
}

fn padded(chunk: &[u8]) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    page[..chunk.len()].copy_from_slice(chunk);
    page
}
