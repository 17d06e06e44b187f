//! What is known of a card before a driver is chosen: its UID, family and version.

use std::fmt;

use thiserror::Error;

/// A card's unique identifier: 4, 7 or 10 bytes, in the order the card sends them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid {
    bytes: [u8; 10],
    length: u8,
}

impl Uid {
    /// The identifier's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// Whether this is a random identifier: 4 bytes beginning 08 (ISO/IEC 14443-3, 6.5.4), made anew at every
    /// selection, so that it names no card.
    #[must_use]
    pub fn is_random(&self) -> bool {
        matches!(self.as_bytes(), [0x08, _, _, _])
    }
}

impl TryFrom<&[u8]> for Uid {
    type Error = UidLength;

    fn try_from(bytes: &[u8]) -> Result<Self, UidLength> {
        if !matches!(bytes.len(), 4 | 7 | 10) {
            return Err(UidLength(bytes.len()));
        }
        let mut uid = Self {
            bytes: [0; 10],
            length: u8::try_from(bytes.len()).map_err(|_| UidLength(bytes.len()))?,
        };
        uid.bytes[..bytes.len()].copy_from_slice(bytes);
        Ok(uid)
    }
}

impl From<[u8; 7]> for Uid {
    fn from(uid: [u8; 7]) -> Self {
        let mut bytes = [0; 10];
        bytes[..7].copy_from_slice(&uid);
        Self { bytes, length: 7 }
    }
}

impl fmt::Display for Uid {
    /// Lower-case hex without separators, as it stands in the API and in the journal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uid({self})")
    }
}

/// A UID must have 4, 7 or 10 bytes; this many came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a card UID has 4, 7 or 10 bytes, not {0}")]
pub struct UidLength(pub usize);

/// What identification found: enough to choose a driver. The ATR tells only the family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardType {
    /// The identifier that the reader gives: the card's fixed one, or the random one of an ISO/IEC 14443-4 card that is
    /// set so. What a record is bound to is [`super::Inspection::uid`].
    pub uid: Uid,
    /// What the ATR tells.
    pub family: Family,
    /// What the card said of its version.
    pub version: Version,
}

/// What an ATR tells of a contactless card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A storage card with its card name NNNN (PC/SC part 3, supplement, section 3.1.3.2.3). 0003 covers Ultralight and
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
    /// The card does not know the command (plain Ultralight, Ultralight C, MIFARE Classic), or the reader has no raw path
    /// for it: a driver must find the size in another way.
    Unavailable,
}
