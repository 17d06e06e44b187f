//! The TLV blocks of a Type 2 data area (and of a MIFARE Classic one), as far as carrying one NDEF message needs them.
//!
//! From the NFC Forum Type 2 Tag specification 1.1, section 2.3: a tag byte; a length of one byte, or FF and two bytes
//! big-endian; the value. NULL and terminator are single bytes.

use alloc::vec::Vec;

use core::ops::Range;

use super::ndef;

/// Fills a byte; no length, no value.
pub const NULL: u8 = 0x00;
const LOCK_CONTROL: u8 = 0x01;
const MEMORY_CONTROL: u8 = 0x02;
/// A block that holds an NDEF message.
pub const NDEF_MESSAGE: u8 = 0x03;
/// A block of a format of its own.
pub const PROPRIETARY: u8 = 0xFD;
/// The last block of an area; no length, no value.
pub const TERMINATOR: u8 = 0xFE;
const LONG_LENGTH: u8 = 0xFF;

const SHORT_HEADER_BYTES: usize = 2;
const LONG_HEADER_BYTES: usize = 4;
const TERMINATOR_BYTES: usize = 1;
/// What a lock control or memory control block says takes exactly so much.
const CONTROL_BYTES: usize = 3;

/// Where the NDEF message TLV is in a data area. Offsets are in bytes from the area's start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NdefTlv {
    /// Offset of the tag byte 03; the length follows it.
    pub tag_at: usize,
    /// Where the message is; empty while none is there, or while one is being written.
    pub message: Range<usize>,
}

/// What the blocks of a data area say, up to the terminator. NULL, lock control and memory control blocks hold no data
/// and are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocks {
    /// The first NDEF message TLV, the only one that readers of NDEF look at.
    pub ndef: Option<NdefTlv>,
    /// The tags of the blocks that hold something else: of another kind, with a wrong length, or another NDEF message
    /// that is not empty.
    pub others: Vec<u8>,
    /// Where the blocks end: at the terminator, at the first block with a wrong length, or with the area.
    pub end: usize,
}

/// What a walk over the beginning of a data area finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Walk {
    /// The known bytes do not suffice: read the area up to this offset.
    ReadTo(usize),
    /// Every block.
    Done(Blocks),
}

/// Walks over every block of an area of `area_bytes` bytes whose beginning `known` has been read.
#[must_use]
pub fn walk(known: &[u8], area_bytes: usize) -> Walk {
    let known = &known[..known.len().min(area_bytes)];
    let mut blocks = Blocks::default();
    while blocks.end < area_bytes {
        let at = blocks.end;
        let header = match known.get(at..) {
            Some([NULL, ..]) => {
                blocks.end += 1;
                continue;
            }
            Some([TERMINATOR, ..]) => break,
            Some([_, LONG_LENGTH, ..]) => LONG_HEADER_BYTES,
            Some([_, ..]) => SHORT_HEADER_BYTES,
            Some([]) | None => return Walk::ReadTo(at + 1),
        };
        let header_end = area_bytes.min(at + header);
        if known.len() < header_end {
            return Walk::ReadTo(header_end);
        }
        let tag = known[at];
        let Some(value) = value(known, at, area_bytes) else {
            blocks.others.push(tag);
            break;
        };
        blocks.end = value.end;
        match tag {
            LOCK_CONTROL | MEMORY_CONTROL if value.len() == CONTROL_BYTES => {}
            NDEF_MESSAGE if blocks.ndef.is_none() => {
                blocks.ndef = Some(NdefTlv {
                    tag_at: at,
                    message: value,
                });
            }
            NDEF_MESSAGE if value.is_empty() => {}
            _ => blocks.others.push(tag),
        }
    }
    Walk::Done(blocks)
}

/// The NDEF message TLV around `message`, with the terminator behind it: what a data area begins with.
///
/// `None` when the message is longer than a TLV can say (65534 bytes).
#[must_use]
pub fn wrap(message: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(message.len())
        .ok()
        .filter(|&length| length < u16::MAX)?;
    let mut area = Vec::with_capacity(area_bytes(message.len()));
    match u8::try_from(length) {
        Ok(length) if length < LONG_LENGTH => area.extend([NDEF_MESSAGE, length]),
        _ => {
            let [high, low] = length.to_be_bytes();
            area.extend([NDEF_MESSAGE, LONG_LENGTH, high, low]);
        }
    }
    area.extend(message);
    area.push(TERMINATOR);
    Some(area)
}

/// How many bytes of a data area a message takes: tag and length, the message, the terminator.
#[must_use]
pub const fn area_bytes(message_bytes: usize) -> usize {
    header_bytes(message_bytes) + message_bytes + TERMINATOR_BYTES
}

/// How many bytes tag and length take before a message of so many bytes: 2, or 4 from 255 bytes on.
#[must_use]
pub const fn header_bytes(message_bytes: usize) -> usize {
    if message_bytes < LONG_LENGTH as usize {
        SHORT_HEADER_BYTES
    } else {
        LONG_HEADER_BYTES
    }
}

/// How many bytes a *record* may have so that, in its NDEF message, it fits a data area of so many bytes: 123 of NTAG213's
/// 144. Zero when not even an empty record fits.
#[must_use]
pub const fn capacity(area: usize) -> usize {
    // The overhead never shrinks as the record grows and is bounded, so the answer is a few bytes below the area.
    let mut record = area;
    while record > 0 && area_bytes(ndef::message_bytes(record)) > area {
        record -= 1;
    }
    record
}

/// Where the value of a block is; `None` when it runs past the end of the area, or its length is cut off.
fn value(area: &[u8], tag_at: usize, area_bytes: usize) -> Option<Range<usize>> {
    let (start, length) = match *area.get(tag_at + 1)? {
        LONG_LENGTH => {
            let (bytes, _) = area.get(tag_at + 2..)?.split_first_chunk()?;
            (
                tag_at + LONG_HEADER_BYTES,
                usize::from(u16::from_be_bytes(*bytes)),
            )
        }
        length => (tag_at + SHORT_HEADER_BYTES, usize::from(length)),
    };
    let end = start.checked_add(length)?;
    (end <= area_bytes).then_some(start..end)
}

#[cfg(test)]
mod tests;
