//! The record's wrapping where a card speaks NDEF: one message of one MIME record, `application/cwt`.
//!
//! Layout from the NFC Data Exchange Format specification 1.0: a header byte, the type's length, the payload's length
//! (one byte, or four big-endian), the type, the payload. The media type is RFC 8392's.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// The media type of a CBOR Web Token (RFC 8392, section 9.2).
pub const MEDIA_TYPE: &str = "application/cwt";

const MESSAGE_BEGIN: u8 = 0x80;
const MESSAGE_END: u8 = 0x40;
const SHORT_RECORD: u8 = 0x10;
const ID_LENGTH_PRESENT: u8 = 0x08;
const CHUNKED: u8 = 0x20;
/// The type name format, and those that matter here.
const FORMAT: u8 = 0x07;
const EMPTY: u8 = 0x00;
const WELL_KNOWN: u8 = 0x01;
const MIME: u8 = 0x02;
const EXTERNAL: u8 = 0x04;
const UNCHANGED: u8 = 0x06;
const RESERVED: u8 = 0x07;

const TYPE_LENGTH: u8 = 15;
const _: () = assert!(MEDIA_TYPE.len() == TYPE_LENGTH as usize);

const SHORT_HEADER_BYTES: usize = 3;
const LONG_HEADER_BYTES: usize = 6;

/// An NDEF message, as far as it concerns us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// No message at all, or the one empty record that tools write when they format a tag.
    Empty,
    /// One `application/cwt` record: its payload, not yet looked into.
    Record(&'a [u8]),
    /// The payload of one `application/cwt` record among records of others.
    Beside(&'a [u8]),
    /// Any other message: not ours to read or to overwrite unasked.
    Foreign,
    /// No message: flags, lengths or names that do not add up. It may be what is left of one.
    Broken,
}

/// What a record is that is not ours, as shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A text (NFC Forum, RTD Text).
    Text,
    /// An address (RTD URI).
    Uri,
    /// Of this media type, in printable ASCII.
    Media(String),
    /// Anything else.
    Other,
}

/// The length of the message that [`wrap`] makes of a record of so many bytes.
#[must_use]
pub const fn message_bytes(record_bytes: usize) -> usize {
    let header = if record_bytes <= u8::MAX as usize {
        SHORT_HEADER_BYTES
    } else {
        LONG_HEADER_BYTES
    };
    header + MEDIA_TYPE.len() + record_bytes
}

/// Makes the message that is on a card: one MIME record, with the short header if the payload allows it.
///
/// A payload is never longer than the four length bytes can say: no card holds a gigabyte. One that were so would come
/// out with the longest length that can be said, and would not be read back.
#[must_use]
pub fn wrap(record: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(message_bytes(record.len()));
    if let Ok(length) = u8::try_from(record.len()) {
        let flags = MESSAGE_BEGIN | MESSAGE_END | SHORT_RECORD | MIME;
        message.extend([flags, TYPE_LENGTH, length]);
    } else {
        message.extend([MESSAGE_BEGIN | MESSAGE_END | MIME, TYPE_LENGTH]);
        let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
        message.extend(length.to_be_bytes());
    }
    message.extend(MEDIA_TYPE.as_bytes());
    message.extend(record);
    message
}

/// Recognises what a message is. A message counts as ours only if it is exactly one unchunked record without an id, of our
/// type, that ends where the message ends.
#[must_use]
pub fn unwrap(message: &[u8]) -> Message<'_> {
    if message.is_empty() {
        return Message::Empty;
    }
    match parse(message).as_deref() {
        Some([part]) if part.is_empty() => Message::Empty,
        Some([part]) if part.is_ours() => Message::Record(part.payload),
        Some(parts) => match parts.iter().find(|part| part.is_ours()) {
            Some(part) => Message::Beside(part.payload),
            None if parts.iter().all(Part::is_plausible) => Message::Foreign,
            None => Message::Broken,
        },
        None if has_addition(message) => Message::Foreign,
        None => Message::Broken,
    }
}

/// The records of a message that are not ours; `None` when it is no message.
#[must_use]
pub fn others(message: &[u8]) -> Option<Vec<Kind>> {
    let parts = parse(message)?;
    let others = parts
        .iter()
        .filter(|part| !part.is_ours() && part.flags & FORMAT != UNCHANGED);
    Some(others.map(Part::kind).collect())
}

/// One record of a message.
struct Part<'a> {
    flags: u8,
    type_name: &'a [u8],
    id: &'a [u8],
    payload: &'a [u8],
}

impl<'a> Part<'a> {
    /// The record that a message begins with, and the rest.
    fn split(message: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&[flags, type_length], rest) = message.split_first_chunk()?;
        let (payload_length, rest) = if flags & SHORT_RECORD == 0 {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::try_from(u32::from_be_bytes(*length)).ok()?, rest)
        } else {
            let (&length, rest) = rest.split_first()?;
            (usize::from(length), rest)
        };
        let (id_length, rest) = if flags & ID_LENGTH_PRESENT == 0 {
            (0, rest)
        } else {
            let (&length, rest) = rest.split_first()?;
            (usize::from(length), rest)
        };
        let (type_name, rest) = rest.split_at_checked(usize::from(type_length))?;
        let (id, rest) = rest.split_at_checked(id_length)?;
        let (payload, rest) = rest.split_at_checked(payload_length)?;
        let part = Self {
            flags,
            type_name,
            id,
            payload,
        };
        Some((part, rest))
    }

    fn is_empty(&self) -> bool {
        self.flags & (FORMAT | CHUNKED) == EMPTY
            && self.type_name.is_empty()
            && self.id.is_empty()
            && self.payload.is_empty()
    }

    /// Whether its type can be one: a name of printable characters where there must be one, and none where there must not.
    fn is_plausible(&self) -> bool {
        match self.flags & FORMAT {
            WELL_KNOWN..=EXTERNAL => {
                !self.type_name.is_empty() && self.type_name.iter().all(u8::is_ascii_graphic)
            }
            RESERVED => false,
            _ => self.type_name.is_empty(),
        }
    }

    fn is_ours(&self) -> bool {
        self.flags & (FORMAT | CHUNKED | ID_LENGTH_PRESENT) == MIME
            && self.type_name == MEDIA_TYPE.as_bytes()
    }

    fn kind(&self) -> Kind {
        /// Longer names say nothing more to a person.
        const LONGEST: usize = 40;
        match (self.flags & FORMAT, self.type_name) {
            (WELL_KNOWN, b"T") => Kind::Text,
            (WELL_KNOWN, b"U") => Kind::Uri,
            (MIME, name) if name.iter().all(u8::is_ascii_graphic) && name.len() <= LONGEST => {
                Kind::Media(String::from_utf8_lossy(name).into_owned())
            }
            _ => Kind::Other,
        }
    }
}

/// Whether a whole message follows a record that ends the message: a writer that adds to a card may do so.
fn has_addition(message: &[u8]) -> bool {
    Part::split(message).is_some_and(|(first, addition)| {
        first.flags & MESSAGE_END != 0 && parse(addition).is_some()
    })
}

/// The records of a message, which is at least one; `None` when the bytes are no message.
fn parse(message: &[u8]) -> Option<Vec<Part<'_>>> {
    let mut parts = vec![];
    let mut rest = message;
    while !rest.is_empty() || parts.is_empty() {
        let (part, behind) = Part::split(rest)?;
        let is_first = part.flags & MESSAGE_BEGIN != 0;
        let is_last = part.flags & MESSAGE_END != 0;
        if is_first != parts.is_empty() || is_last != behind.is_empty() {
            return None;
        }
        parts.push(part);
        rest = behind;
    }
    Some(parts)
}

#[cfg(test)]
mod tests;
