//! The identifier of a card, to which its record is bound.

use core::fmt;
use core::str::FromStr;

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

    /// Whether this is a random identifier: 4 bytes beginning 08 (ISO/IEC 14443-3, 6.5.4), new at every
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

impl FromStr for Uid {
    type Err = NotUid;

    /// Hex without separators, in either case.
    fn from_str(text: &str) -> Result<Self, NotUid> {
        let bytes = hex::decode(text).map_err(|_| NotUid)?;
        Self::try_from(bytes.as_slice()).map_err(|_| NotUid)
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
    /// Lower-case hex without separators, as it is in the API and in the journal.
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

/// A text is no UID in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a card UID has 8, 14 or 20 hex digits")]
pub struct NotUid;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_uid_is_read_as_it_is_shown() {
        for text in ["04a1b2c3", "04a1b2c3d4e580", "04a1b2c3d4e5f6071829"] {
            assert_eq!(text.parse::<Uid>().unwrap().to_string(), text);
        }
        assert_eq!("04A1B2C3".parse(), "04a1b2c3".parse::<Uid>());
        for text in [
            "",
            "04",
            "04a1b2c3d4e5",
            "04:a1:b2:c3",
            "zza1b2c3",
            "04a1b2c",
        ] {
            assert_eq!(text.parse::<Uid>(), Err(NotUid), "{text}");
        }
    }
}
