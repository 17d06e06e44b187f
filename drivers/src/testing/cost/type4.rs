//! The least on a Type 4 tag that needs no key: its UID and its version; its application selected once and the file's settings asked; its
//! length, or the whole message where one is there; length and message written and read back, in the longest pieces that
//! go through the reader.

use crate::record::ndef;

use super::{Issuance, Traffic, read_uid};

/// Data of a command without Le, and of an answer, in one frame of 64 bytes.
const COMMAND_FRAME: usize = 56;
const ANSWER_FRAME: usize = 59;

const LENGTH: usize = 2;
/// `00 A4 04 0C 07 D2760000850101 00`; every command after that names the file.
const SELECT_APPLICATION: Traffic = Traffic::one(13, 0);
/// `90 F5 00 00 01 02 00`, answered by 7 bytes.
const GET_FILE_SETTINGS: Traffic = Traffic::one(7, 7);

pub(super) fn least(issuance: &Issuance<'_>) -> Traffic {
    let read = |bytes| pieces(bytes, ANSWER_FRAME);
    let in_file = |record| LENGTH + ndef::message_bytes(record);
    read_uid(issuance.uid_bytes) * 3
        + Traffic::one(5, 7) * 2
        + Traffic::one(5, 14)
        + SELECT_APPLICATION
        + GET_FILE_SETTINGS
        + read(issuance.old_record.map_or(LENGTH, in_file))
        + pieces(in_file(issuance.record), COMMAND_FRAME)
        + read(in_file(issuance.record))
}

/// So many bytes in as few commands as `most` bytes each allow, with a header and a length around each.
fn pieces(bytes: usize, most: usize) -> Traffic {
    let commands = Traffic::one(5, 0) * bytes.div_ceil(most);
    let inside = Traffic { commands: 0, bytes };
    commands + inside
}
