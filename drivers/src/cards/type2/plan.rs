//! Which pages to write, and in which order.
//!
//! The page at the start of the data area holds the TLV's tag and its whole length, of one byte or of three, and no other
//! page does. It is written twice: first with length 0 and a terminator, so that there is no message; last with the true
//! length, so that there is one. In between the message's pages go from front to back, and the first of them is what tells
//! a torn write from a blank tag.

use crate::contract::{Contents, Image, Inspection};
use crate::record::{ndef, tlv};

use super::access::Access;
use super::models::{CC_PAGE, Chip, FIRST_USER_PAGE, PAGE};
use super::tag::{Step, area, page};

/// An empty NDEF TLV and the terminator.
const OPENED: [u8; PAGE] = [0x03, 0x00, 0xFE, 0x00];

/// Whether the first page of the data area already says that there is no message.
pub(super) fn is_opened(first: [u8; PAGE]) -> bool {
    first[..3] == OPENED[..3]
}

/// The steps that put `record` on the card seen: none when it stands there.
pub(super) fn to_write(seen: &Inspection, record: &[u8]) -> Vec<Step> {
    if matches!(&seen.contents, Contents::Record(present) if present == record) {
        return vec![];
    }
    // A record that fits a card is far below what a TLV can say.
    let bytes = tlv::wrap(&ndef::wrap(record)).unwrap_or_default();
    let mut pages = (FIRST_USER_PAGE..).zip(bytes.chunks(PAGE).map(padded));
    let last = pages.next().map(|(page, bytes)| Step { page, bytes });
    let container = Chip::by_name(seen.model.name)
        .and_then(|chip| Access::of(chip, &seen.image).container_for(record.len()))
        .map(|bytes| Step {
            page: CC_PAGE,
            bytes,
        });
    container
        .into_iter()
        .chain(opening(&seen.image))
        .chain(
            pages
                .map(|(page, bytes)| Step { page, bytes })
                .filter(|step| page(&seen.image, step.page) != Some(step.bytes)),
        )
        .chain(last)
        .collect()
}

/// The steps that take our record off the card seen: none when there is none of ours. The message's second page goes last,
/// since it tells a torn card; torn on the way, the card is wiped by wiping it again.
pub(super) fn to_wipe(seen: &Inspection) -> Vec<Step> {
    let ours = match &seen.contents {
        Contents::Blank | Contents::Foreign => return vec![],
        Contents::Record(record) => record_bytes(&seen.image, record),
        Contents::Torn => torn_bytes(&seen.image).unwrap_or_default(),
    };
    let known = area(&seen.image, ours.next_multiple_of(PAGE));
    let pages = (FIRST_USER_PAGE..).zip(known.chunks(PAGE)).skip(1);
    let mut zeroing: Vec<Step> = pages
        .filter(|(_, bytes)| bytes.iter().any(|&byte| byte != 0))
        .map(|(page, _)| Step {
            page,
            bytes: [0; PAGE],
        })
        .collect();
    zeroing.reverse();
    opening(&seen.image).into_iter().chain(zeroing).collect()
}

/// How far a record of ours goes that is being written or wiped behind an opened TLV, in bytes of the data area; `None`
/// when what stands there did not begin as one.
///
/// A record's second page on the card, by how the message begins: `LL 'a' 'p' 'p'`, `D2 0F LL 'a'` behind a long TLV,
/// `C2 0F 00 00` in a long record.
pub(super) fn torn_bytes(image: &Image) -> Option<usize> {
    let second = page(image, FIRST_USER_PAGE + 1)?;
    let record = match second {
        [length, b'a', b'p', b'p'] if !is_long_tlv(length.into()) => length.into(),
        [0xD2, 0x0F, length, b'a'] if is_long_tlv(length.into()) => length.into(),
        [0xC2, 0x0F, 0x00, 0x00] => page(image, FIRST_USER_PAGE + 2)
            .map_or(usize::from(u8::MAX) + 1, |[high, low, ..]| {
                u16::from_be_bytes([high, low]).into()
            }),
        _ => return None,
    };
    Some(tlv::area_bytes(ndef::message_bytes(record)))
}

fn is_long_tlv(record_bytes: usize) -> bool {
    const SHORT_HEADER: usize = 2;
    tlv::header_bytes(ndef::message_bytes(record_bytes)) > SHORT_HEADER
}

fn opening(image: &Image) -> Option<Step> {
    let is_open = page(image, FIRST_USER_PAGE).is_some_and(is_opened);
    (!is_open).then_some(Step {
        page: FIRST_USER_PAGE,
        bytes: OPENED,
    })
}

/// Where the message that was read ends: ours begin with the area, another writer's may stand behind a control TLV.
fn record_bytes(image: &Image, record: &[u8]) -> usize {
    let known = area(image, usize::from(u8::MAX) * PAGE);
    match tlv::find_ndef(&known) {
        Ok(Some(found)) => found.message.end,
        _ => tlv::area_bytes(ndef::message_bytes(record.len())),
    }
}

fn padded(chunk: &[u8]) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    page[..chunk.len()].copy_from_slice(chunk);
    page
}
