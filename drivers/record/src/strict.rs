//! Deterministic CBOR (RFC 8949, 4.2.1), checked byte by byte before anything is built from it.
//!
//! What passes has one encoding only, is no deeper than a record needs, and has no length that runs past its end: a
//! decoder behind this check neither recurses nor allocates beyond what is really there.

use thiserror::Error;

/// A record nests three deep: claims, card part, metadata, and the arrays in it.
const MAX_DEPTH: u8 = 4;

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const FALSE: u8 = 0xF4;
const TRUE: u8 = 0xF5;

/// What is wrong with the form of a record. Offsets count from the start of the CBOR item that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformation {
    /// A length or a count says more than there is.
    #[error("it is cut off, or a length in it is wrong (byte {offset})")]
    CutOff {
        /// Where the item begins.
        offset: usize,
    },
    /// There are bytes behind the end.
    #[error("{bytes} bytes are after its end")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// Arrays or maps within each other beyond what a record has.
    #[error("it is nested too deeply (byte {offset})")]
    TooDeep {
        /// Where the innermost begins.
        offset: usize,
    },
    /// An indefinite length, or a number in more bytes than it needs.
    #[error("a length or a number is not in its shortest form (byte {offset})")]
    NotShortest {
        /// Where the item begins.
        offset: usize,
    },
    /// A map key that does not sort behind the one before it.
    #[error("map keys are out of order (byte {offset})")]
    KeyOrder {
        /// Where the key begins.
        offset: usize,
    },
    /// The same map key twice.
    #[error("a map key is there twice (byte {offset})")]
    DuplicateKey {
        /// Where the second one begins.
        offset: usize,
    },
    /// A kind of item that no record has: a float, null, a tag inside.
    #[error("an item is of a kind that no record has (byte {offset})")]
    Kind {
        /// Where the item begins.
        offset: usize,
    },
    /// Text that is not UTF-8.
    #[error("text is not UTF-8 (byte {offset})")]
    Utf8 {
        /// Where the item begins.
        offset: usize,
    },
    /// Something that must be there is not.
    #[error("{what} is missing")]
    Missing {
        /// What it is.
        what: &'static str,
    },
    /// Something is there in the wrong type or size.
    #[error("{what} is of the wrong type or size")]
    WrongType {
        /// What it is.
        what: &'static str,
    },
    /// Decodes, but is not how a record says it: a UUID as text, an empty array.
    #[error("a field is not in its one encoding")]
    NotCanonical,
}

/// Checks that `bytes` is one CBOR item in its deterministic encoding, and nothing else.
pub(super) fn check(bytes: &[u8]) -> Result<(), Malformation> {
    let end = Walk { bytes }.item(0, 0)?;
    match bytes.len() - end {
        0 => Ok(()),
        bytes => Err(Malformation::Trailing { bytes }),
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
}

impl Walk<'_> {
    /// Steps over the item at `start`; gives the offset behind it.
    fn item(&self, start: usize, depth: u8) -> Result<usize, Malformation> {
        let cut_off = Malformation::CutOff { offset: start };
        let &initial = self.bytes.get(start).ok_or(cut_off)?;
        let major = initial >> 5;
        if major > MAP {
            return match initial {
                FALSE | TRUE => Ok(start + 1),
                _ => Err(Malformation::Kind { offset: start }),
            };
        }
        let (argument, mut at) = self.argument(start)?;
        if major < BYTES {
            return Ok(at);
        }
        // Every element takes at least one byte, so that a count above the rest of the bytes is wrong as well.
        let left = self.bytes.len() - at;
        let count = usize::try_from(argument)
            .ok()
            .filter(|&count| count <= left)
            .ok_or(cut_off)?;
        match major {
            BYTES | TEXT => {
                let end = at + count;
                if major == TEXT && core::str::from_utf8(&self.bytes[at..end]).is_err() {
                    return Err(Malformation::Utf8 { offset: start });
                }
                Ok(end)
            }
            _ if depth == MAX_DEPTH => Err(Malformation::TooDeep { offset: start }),
            ARRAY => {
                for _ in 0..count {
                    at = self.item(at, depth + 1)?;
                }
                Ok(at)
            }
            _ => self.map(at, count, depth + 1),
        }
    }

    fn map(&self, mut at: usize, count: usize, depth: u8) -> Result<usize, Malformation> {
        let mut previous: &[u8] = &[];
        for _ in 0..count {
            let offset = at;
            at = self.item(offset, depth)?;
            let key = &self.bytes[offset..at];
            if key == previous {
                return Err(Malformation::DuplicateKey { offset });
            }
            if key < previous {
                return Err(Malformation::KeyOrder { offset });
            }
            previous = key;
            at = self.item(at, depth)?;
        }
        Ok(at)
    }

    /// The argument in the head of the item at `start` (RFC 8949, 3), and the offset behind the head.
    fn argument(&self, start: usize) -> Result<(u64, usize), Malformation> {
        let not_shortest = Malformation::NotShortest { offset: start };
        let info = self.bytes[start] & 0x1F;
        let (size, least) = match info {
            0..24 => return Ok((u64::from(info), start + 1)),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(not_shortest),
        };
        let end = start + 1 + size;
        let bytes = self
            .bytes
            .get(start + 1..end)
            .ok_or(Malformation::CutOff { offset: start })?;
        let argument = bytes
            .iter()
            .fold(0, |value, &byte| value << 8 | u64::from(byte));
        if argument < least {
            return Err(not_shortest);
        }
        Ok((argument, end))
    }
}
