//! What is known of a card before a driver is chosen: its UID, family and version.

use super::Uid;

/// What identification found: enough to choose a driver. The ATR gives only the family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardType {
    /// The identifier that the reader gives: the card's fixed one, or the random one of an ISO/IEC 14443-4 card that is
    /// set so. What a record is bound to is [`super::Inspection::uid`].
    pub uid: Uid,
    /// What the ATR says.
    pub family: Family,
    /// What the card said of its version.
    pub version: Version,
}

/// What an ATR says of a contactless card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A storage card with its card name NNNN (PC/SC part 3, supplement, section 3.1.3.2.3). 0003 means Ultralight and
    /// on most readers every NTAG21x too.
    Storage {
        /// The two card-name bytes, big-endian.
        name: u16,
    },
    /// A card that speaks ISO/IEC 14443-4, such as DESFire.
    Part4,
    /// Anything else.
    Unknown,
}

/// The outcome of asking for the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// `GET_VERSION` of a Type 2 tag: 8 bytes on Ultralight EV1 and NTAG21x.
    Type2([u8; 8]),
    /// `GetVersion` of an ISO/IEC 14443-4 card of NXP: vendor, type, subtype, major, minor, storage size, protocol of the
    /// hardware, then the same of the software. Type 01 is DESFire.
    Part4 {
        /// Of the hardware.
        hardware: [u8; 7],
        /// Of the software.
        software: [u8; 7],
    },
    /// The reader passed the command on, and the tag does not know it: plain Ultralight, Ultralight C.
    Refused,
    /// Not known. The card does not know the command (plain Ultralight, Ultralight C, MIFARE Classic), or the reader has no raw path
    /// for it: a driver must find the size in another way.
    Unavailable,
}
