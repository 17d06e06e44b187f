//! NDEF, against a foreign implementation and against arbitrary bytes.

use ndef_rs::payload::ExternalPayload;
use ndef_rs::{NdefMessage, NdefRecord, TNF};
use proptest::prelude::*;

use super::*;

#[test]
fn a_short_record_has_a_three_byte_header() {
    let message = wrap(&[0xAB; 58]);
    assert_eq!(&message[..3], [0xD2, 15, 58]);
    assert_eq!(&message[3..18], b"application/cwt");
    assert_eq!(message.len(), message_bytes(58));
}

#[test]
fn a_long_record_has_a_six_byte_header() {
    let message = wrap(&[0xAB; 256]);
    assert_eq!(&message[..6], [0xC2, 15, 0, 0, 1, 0]);
    assert_eq!(&message[6..21], b"application/cwt");
    assert_eq!(message.len(), message_bytes(256));
}

#[test]
fn the_short_header_reaches_to_255_bytes() {
    assert_eq!(wrap(&[0; 255])[0] & SHORT_RECORD, SHORT_RECORD);
    assert_eq!(message_bytes(255), 3 + 15 + 255);
    assert_eq!(message_bytes(256), 6 + 15 + 256);
}

#[test]
fn nothing_and_the_formatters_empty_record_are_empty() {
    assert_eq!(unwrap(&[]), Message::Empty);
    assert_eq!(unwrap(&[0xD0, 0, 0]), Message::Empty);
    assert_eq!(unwrap(&[0xD8, 0, 0, 0]), Message::Empty);
    assert_eq!(unwrap(&[0xD0, 0, 1, 7]), Message::Foreign);
    assert_eq!(unwrap(&[0xD0, 0, 0, 0]), Message::Broken);
    assert_eq!(unwrap(&[0x00]), Message::Broken);
}

#[test]
fn a_message_that_is_not_exactly_ours_is_foreign() {
    let ours = wrap(b"record");
    let broken = |change: fn(&mut Vec<u8>)| {
        let mut message = ours.clone();
        change(&mut message);
        message
    };
    for (what, message) in [
        ("chunked", broken(|m| m[0] |= 0x20)),
        ("an external type", broken(|m| m[0] ^= MIME ^ EXTERNAL)),
        ("another media type", broken(|m| m[17] = b'x')),
        (
            "two records",
            [&[0x91, 1, 0, b'U'], &[0x51, 1, 0, b'U'][..]].concat(),
        ),
    ] {
        assert_eq!(unwrap(&message), Message::Foreign, "{what}");
    }
    for (what, message) in [
        ("not the first record", broken(|m| m[0] &= !MESSAGE_BEGIN)),
        ("not the last record", broken(|m| m[0] &= !MESSAGE_END)),
        ("an id", broken(|m| m[0] |= ID_LENGTH_PRESENT)),
        ("a shorter media type", broken(|m| m[1] = 14)),
        ("a type length beyond the message", broken(|m| m[1] = 255)),
        ("a payload length that says more", broken(|m| m[2] = 7)),
        ("a payload length that says less", broken(|m| m[2] = 5)),
        ("a byte too many", broken(|m| m.push(0))),
        ("a byte too few", broken(|m| m.truncate(m.len() - 1))),
        ("a type cut by zeros", broken(|m| m[6..10].fill(0))),
        ("a huge length", [0xC2, 15, 0xFF, 0xFF, 0xFF, 0xFF].to_vec()),
    ] {
        assert_eq!(unwrap(&message), Message::Broken, "{what}");
    }
}

/// A text "hi" as a phone app writes it, first and last in its message.
const TEXT: [u8; 9] = [0xD1, 0x01, 0x05, b'T', 0x02, b'e', b'n', b'h', b'i'];

#[test]
fn our_record_is_found_among_others() {
    let mut before = TEXT.to_vec();
    before[0] ^= MESSAGE_END;
    let mut behind = TEXT.to_vec();
    behind[0] ^= MESSAGE_BEGIN;
    let mut first = wrap(b"record");
    first[0] ^= MESSAGE_END;
    let mut last = wrap(b"record");
    last[0] ^= MESSAGE_BEGIN;
    for message in [
        [first.clone(), behind.clone()].concat(),
        [before.clone(), last.clone()].concat(),
    ] {
        assert_eq!(unwrap(&message), Message::Beside(b"record"));
        assert_eq!(others(&message), Some(vec![Kind::Text]));
    }
    assert_eq!(unwrap(&[first, last].concat()), Message::Beside(b"record"));
    let texts = [before, behind].concat();
    assert_eq!(unwrap(&texts), Message::Foreign);
    assert_eq!(others(&texts), Some(vec![Kind::Text, Kind::Text]));
    // Appending without moving the end makes no message.
    let appended = [wrap(b"record"), TEXT.to_vec()].concat();
    assert_eq!(
        (unwrap(&appended), others(&appended)),
        (Message::Foreign, None)
    );
}

#[test]
fn what_is_not_ours_is_named() {
    for (message, kind) in [
        ("d101035504 782f", Kind::Uri),
        (
            "d20a01746578742f706c61696e61",
            Kind::Media("text/plain".to_owned()),
        ),
        // A type that would move the cursor of a terminal.
        ("d204001b5b3241", Kind::Other),
        ("d4030161626301", Kind::Other),
    ] {
        let message = hex::decode(message.replace(' ', "")).unwrap();
        assert_eq!(others(&message), Some(vec![kind]), "{message:02x?}");
    }
}

#[test]
fn an_independent_library_reads_what_we_write() {
    for length in [0, 1, 58, 127, 255, 256, 862] {
        let record = vec![0xA5; length];
        let decoded = NdefMessage::decode(wrap(&record)).unwrap();
        let [only] = decoded.records() else {
            panic!("{} records", decoded.records().len())
        };
        assert_eq!(only.tnf(), TNF::MimeMedia);
        assert_eq!(only.record_type(), MEDIA_TYPE.as_bytes());
        assert_eq!(only.payload(), record);
    }
}

#[test]
fn we_read_what_an_independent_library_writes() {
    for length in [1, 58, 127, 255, 256, 862] {
        let record = vec![0x5A; length];
        // Only the type and the payload are taken from it; its MIME payload is behind a feature.
        let payload = ExternalPayload::from_raw(MEDIA_TYPE.as_bytes(), record.clone());
        let written = NdefRecord::builder()
            .tnf(TNF::MimeMedia)
            .payload(&payload)
            .build()
            .unwrap();
        let message = NdefMessage::from(written).to_buffer().unwrap();
        assert_eq!(message, wrap(&record));
        assert_eq!(unwrap(&message), Message::Record(&record));
    }
}

proptest! {
    #[test]
    fn what_is_wrapped_unwraps(record in prop::collection::vec(any::<u8>(), 0..1200)) {
        let message = wrap(&record);
        prop_assert_eq!(message.len(), message_bytes(record.len()));
        prop_assert_eq!(unwrap(&message), Message::Record(&record));
    }

    #[test]
    fn any_bytes_are_something(
        flags in prop_oneof![Just(0xD2), Just(0xC2), Just(0xD0), any::<u8>()],
        rest in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut message = vec![flags];
        message.extend(rest);
        if let Message::Record(payload) = unwrap(&message) {
            prop_assert!(message.ends_with(payload));
        }
    }
}
