//! NTAG 424 DNA, and what it has room for.

use crate::contract::{Model, ModelKey};
use crate::record::ndef;

pub(super) const MODEL: Model = Model {
    name: "ntag424",
    title: "NTAG 424 DNA",
    memory: FILE,
    capacity: FILE - LENGTH - ndef::message_bytes(0),
    key: ModelKey::None,
    key_needs_raw_path: false,
};

/// Bytes of the NDEF file, and of the length in it.
pub(super) const FILE: usize = 256;
pub(super) const LENGTH: usize = 2;
/// Hardware: NXP, NTAG, any subtype, version 30, 424 bytes.
pub(super) const HARDWARE: [u8; 7] = [0x04, 0x04, 0x02, 0x30, 0x00, 0x11, 0x05];
