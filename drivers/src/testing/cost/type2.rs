//! The least on a Type 2 tag: its UID and its version; a look at it; each page that changes, written once; lock bits,
//! capability container and message read back.
//!
//! The look is one READ where the tag is formatted and empty, all of its data area where nothing but the memory says that it
//! is blank, and the whole message where one is there. What is longer than a READ is read by `FAST_READ`, in the longest
//! pieces that the reader brings back.
//!
//! An Ultralight C has neither: it is identified by the handshake that shows its key, one in place of `GET_VERSION`, and read by
//! READ alone.

use crate::record::{ndef, tlv};

use super::{Issuance, Traffic, read_binary, read_uid, update_binary};

const PAGE: usize = 4;
/// Lock bits and capability container, which are right before the data area and must be known to write.
const HEADER: usize = 2 * PAGE;
const READ: usize = 16;
/// `FF 00 00 00 03 D4 42 60`, answered by `D5 43 00` and 8 bytes.
const GET_VERSION: Traffic = Traffic::one(8, 11);

/// `FF 00 00 00 04 D4 42 1A 00`, answered by `D5 43 00` and 9 bytes; then 17 bytes there and 9 back.
const CHALLENGE: Traffic = Traffic::one(9, 12);
const ANSWER: Traffic = Traffic::one(24, 12);
/// The memory of an Ultralight C, which no other tag has as long.
const ULTRALIGHT_C_BYTES: usize = 192;

pub(super) fn least(issuance: &Issuance<'_>) -> Traffic {
    let with_header = |record| HEADER + tlv::area_bytes(ndef::message_bytes(record));
    let look = match issuance.old_record {
        Some(old) => with_header(old),
        None if declared_area(issuance.before) > 0 => READ,
        None => HEADER + declared_area(issuance.after),
    };
    let told = match issuance.before.len() {
        ULTRALIGHT_C_BYTES => CHALLENGE + ANSWER,
        _ => GET_VERSION,
    };
    let read = match issuance.before.len() {
        ULTRALIGHT_C_BYTES => read_binary,
        _ => fast_read,
    };
    read_uid(issuance.uid_bytes) * 3
        + told
        + read(look)
        + update_binary(PAGE, issuance.before, issuance.after)
        + read(with_header(issuance.record))
}

/// `FF 00 00 00 05 D4 42 3A first last`, answered by `D5 43 00` and the pages; a READ where that is enough.
fn fast_read(bytes: usize) -> Traffic {
    /// What an ACR122U brings back, in whole pages.
    const LONGEST: usize = 252;
    if bytes <= READ {
        return read_binary(bytes);
    }
    let bytes = bytes.next_multiple_of(PAGE);
    Traffic::one(10, 3) * bytes.div_ceil(LONGEST) + Traffic { commands: 0, bytes }
}

/// Bytes of the data area, as the capability container says; 0 on a tag that is not formatted.
fn declared_area(memory: &[u8]) -> usize {
    const SIZE_AT: usize = 3 * PAGE + 2;
    memory.get(SIZE_AT).map_or(0, |&size| usize::from(size) * 8)
}
