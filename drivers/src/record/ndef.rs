//! The record's wrapping where a card speaks NDEF: one message of one MIME record, `application/cwt`.
//!
//! Layout from the NFC Data Exchange Format specification 1.0: a header byte, the type's length, the payload's length
//! (one byte, or four big-endian), the type, the payload. The media type is RFC 8392's.

/// The media type of a CBOR Web Token (RFC 8392, section 9.2).
pub const MEDIA_TYPE: &str = "application/cwt";

const MESSAGE_BEGIN: u8 = 0x80;
const MESSAGE_END: u8 = 0x40;
const SHORT_RECORD: u8 = 0x10;
const ID_LENGTH_PRESENT: u8 = 0x08;
const EMPTY: u8 = 0x00;
const MIME: u8 = 0x02;

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
    /// Anything else, broken messages included: not ours to read or to overwrite unasked.
    Foreign,
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

/// Makes the message that stands on a card: one MIME record, with the short header if the payload allows it.
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

/// Tells what a message is. A message counts as ours only if it is exactly one unchunked record without an id, of our
/// type, that ends where the message ends.
#[must_use]
pub fn unwrap(message: &[u8]) -> Message<'_> {
    if message.is_empty() {
        return Message::Empty;
    }
    parse(message).unwrap_or(Message::Foreign)
}

fn parse(message: &[u8]) -> Option<Message<'_>> {
    let (&[flags, type_length], rest) = message.split_first_chunk()?;
    let (payload_length, rest) = if flags & SHORT_RECORD == 0 {
        let (length, rest) = rest.split_first_chunk()?;
        (usize::try_from(u32::from_be_bytes(*length)).ok()?, rest)
    } else {
        let (&length, rest) = rest.split_first()?;
        (usize::from(length), rest)
    };
    let kind = flags & !SHORT_RECORD & !ID_LENGTH_PRESENT;
    let has_id = flags & ID_LENGTH_PRESENT != 0;
    if kind == MESSAGE_BEGIN | MESSAGE_END | EMPTY {
        let lengths_are_zero = type_length == 0 && payload_length == 0;
        let tail_is_zero = if has_id { rest == [0] } else { rest.is_empty() };
        return (lengths_are_zero && tail_is_zero).then_some(Message::Empty);
    }
    if kind != MESSAGE_BEGIN | MESSAGE_END | MIME || has_id {
        return None;
    }
    let (type_name, payload) = rest.split_at_checked(usize::from(type_length))?;
    (type_name == MEDIA_TYPE.as_bytes() && payload.len() == payload_length)
        .then_some(Message::Record(payload))
}

#[cfg(test)]
mod tests;
