//! The record as a whole: the vectors, properties, and what a hostile card may hold.

mod hostile;
mod layout;
mod properties;
mod vectors;

use serde_json::Value as Json;

use super::*;
use crate::profiles::{Profile, Visionline, Vostio};

const KEY: [u8; 32] = [0x5A; 32];

fn key() -> RecordKey {
    RecordKey::new(vec![1], KEY).unwrap()
}

fn uid() -> Uid {
    uid_of(&[0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80])
}

fn uid_of(bytes: &[u8]) -> Uid {
    Uid::try_from(bytes).unwrap()
}

fn minimal() -> Record {
    Record::new(
        "99999999-9999-4999-9999-999999999999",
        "deadbeef",
        1_783_702_400,
    )
}

/// A system that says what this object of the API says.
fn system(profile: &'static dyn Profile, metadata: Json) -> System {
    System::read(profile, metadata).unwrap()
}

/// Opened under the key and UID of these tests.
fn open(bytes: &[u8]) -> Result<Record, RecordError> {
    Record::open(bytes, &[key()], &uid())
}

/// Any payload, sealed as it is: what a newer version, or a site's own tool with the right key, may have written.
fn sealed(payload: &[u8]) -> Vec<u8> {
    envelope::seal(payload, &key(), &uid()).unwrap()
}

#[test]
fn a_random_uid_is_no_identity() {
    let random = uid_of(&[0x08, 1, 2, 3]);
    assert_eq!(minimal().seal(&key(), &random), Err(RecordError::RandomUid));
    let bytes = minimal().seal(&key(), &uid()).unwrap();
    let opened = Record::open(&bytes, &[key()], &random);
    assert_eq!(opened, Err(RecordError::RandomUid));
    assert_eq!(open(&bytes), Ok(minimal()));
    let of_seven = uid_of(&[0x08, 1, 2, 3, 4, 5, 6]);
    assert!(minimal().seal(&key(), &of_seven).is_ok());
}
