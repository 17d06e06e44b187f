//! The TLV blocks of a Type 2 data area (and of a MIFARE Classic one), as far as carrying one NDEF message needs them.
//!
//! From the NFC Forum Type 2 Tag specification 1.1, section 2.3: a tag byte; a length of one byte, or FF and two bytes
//! big-endian; the value. NULL and terminator are single bytes.

use std::ops::Range;

use thiserror::Error;

use super::ndef;

pub(crate) const NULL: u8 = 0x00;
const NDEF_MESSAGE: u8 = 0x03;
pub(crate) const TERMINATOR: u8 = 0xFE;
const LONG_LENGTH: u8 = 0xFF;

const SHORT_HEADER_BYTES: usize = 2;
const LONG_HEADER_BYTES: usize = 4;
const TERMINATOR_BYTES: usize = 1;

/// Where the NDEF message TLV stands in a data area. Offsets are in bytes from the area's start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NdefTlv {
    /// Offset of the tag byte 03; the length stands right behind it.
    pub tag_at: usize,
    /// Where the message stands; empty while none is there, or while one is being written.
    pub message: Range<usize>,
}

/// Why a data area is no sequence of TLV blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TlvError {
    /// A length runs past the end of the data area, or is itself cut off by it.
    #[error("the block at byte {offset} of the data area runs past its end")]
    PastTheEnd {
        /// Offset of the block's tag byte.
        offset: usize,
    },
}

/// Finds the first NDEF message TLV. Blocks of other kinds before it (NULL, lock control, memory control, proprietary,
/// unknown) are stepped over. `None`: the area ends, or a terminator comes, before there was one.
///
/// # Errors
/// [`TlvError::PastTheEnd`] when a length lies; what stands there is not ours to judge.
pub fn find_ndef(area: &[u8]) -> Result<Option<NdefTlv>, TlvError> {
    let mut offset = 0;
    while let Some(&tag) = area.get(offset) {
        match tag {
            NULL => offset += 1,
            TERMINATOR => return Ok(None),
            _ => {
                let value = value(area, offset).ok_or(TlvError::PastTheEnd { offset })?;
                if tag == NDEF_MESSAGE {
                    return Ok(Some(NdefTlv {
                        tag_at: offset,
                        message: value,
                    }));
                }
                offset = value.end;
            }
        }
    }
    Ok(None)
}

/// Finds the first NDEF message TLV of an area of `area_bytes` bytes whose beginning `known` has been read. `None`: that does
/// not tell yet, read on.
#[must_use]
pub fn find_ndef_in_part(
    known: &[u8],
    area_bytes: usize,
) -> Option<Result<Option<NdefTlv>, TlvError>> {
    let mut area = known.to_vec();
    area.resize(area_bytes, 0);
    let found = find_ndef(&area);
    let is_certain = known.len() >= area_bytes
        || match &found {
            Ok(Some(found)) => found.message.start <= known.len(),
            Ok(None) => false,
            // What is not known counts as zero and can only make a length shorter than it is.
            Err(TlvError::PastTheEnd { .. }) => true,
        };
    is_certain.then_some(found)
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

fn value(area: &[u8], tag_at: usize) -> Option<Range<usize>> {
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
    (end <= area.len()).then_some(start..end)
}

#[cfg(test)]
mod tests;
