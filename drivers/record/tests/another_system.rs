//! Another access system is one file and one line: here is the file, and the line that registers it.
//!
//! Seam describes no metadata of a Hotek card yet, only what one is created with. If it came back in the same words, this is
//! all that it would take to put them onto cards.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_record::profiles::{
    ALL, CardCredential, Contradiction, Field, Profile, Refusal, Visionline, Vostio,
};
use cardbridge_record::{Profiles, Record, RecordError, RecordKey, System, Uid};
use serde_json::json;

// ---- the file

/// The profile of Hotek cards.
#[derive(Debug)]
struct Hotek;

impl Profile for Hotek {
    fn title(&self) -> &'static str {
        "Hotek"
    }

    fn manufacturer(&self) -> i64 {
        77
    }

    fn external_type(&self) -> &'static str {
        "hotek_card"
    }

    fn metadata(&self) -> &'static str {
        "hotek_metadata"
    }

    fn fields(&self) -> &'static [Field] {
        const {
            &[
                // Not in the order of their keys, as fields are that were added later.
                Field::word(-1, "kind", &["guest", "staff"]),
                Field::int(24, "floor"),
                Field::bool(1, "auto_join"),
                Field::bool(2, "override"),
                Field::id(3, "reservation_id"),
                Field::ids(4, "acs_entrance_ids"),
                Field::texts(5, "door_names"),
                Field::text(6, "note"),
            ]
        }
    }

    fn check(&self, metadata: &System, _: &str) -> Result<(), Contradiction> {
        if metadata.bool("auto_join") == Some(true) && metadata.bool("override") == Some(true) {
            return Err(Contradiction::new(
                "credential_contradictory",
                "the credential is to join earlier cards and to end them (hotek_metadata)",
                "create the credential again with one of the two",
            ));
        }
        Ok(())
    }
}

// ---- the line

static PROFILES: &[&dyn Profile] = &[&Visionline, &Vostio, &Hotek];

// ---- and nothing else

const KNOWN: Profiles = Profiles::new(PROFILES);
const WRITTEN_AT: i64 = 1_783_702_400;

fn key() -> RecordKey {
    RecordKey::new(vec![1], [0x5A; 32]).unwrap()
}

fn uid() -> Uid {
    Uid::from([0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80])
}

fn credential(metadata: serde_json::Value) -> CardCredential {
    let mut credential =
        CardCredential::new("73a0a199-024f-454d-a916-9bbda8502c12", "164d29dc4a09b65f");
    credential.external_type = Some("hotek_card".to_owned());
    credential.add_metadata(&Hotek, metadata).unwrap();
    credential
}

#[test]
fn its_metadata_goes_onto_a_card_and_comes_back_in_seams_names() {
    let metadata = json!({
        "kind": "staff",
        "floor": -3,
        "auto_join": true,
        "override": false,
        "reservation_id": "a1b2c3d4-e5f6-4a3b-ac1d-0e9f8a7b6c5d",
        "acs_entrance_ids": ["a1b2c3d4-e5f6-4a3b-ac1d-0e9f8a7b6c5d", "pool"],
        "door_names": ["Café"],
        "note": "late",
    });
    let written = credential(metadata.clone());
    let record = KNOWN.record(&written, WRITTEN_AT).unwrap();
    let bytes = record.seal(&key(), &uid()).unwrap();
    let read = Record::open_with(&bytes, &[key()], &uid(), KNOWN).unwrap();
    assert_eq!(read, record);
    let shown = serde_json::to_value(CardCredential::from(&read)).unwrap();
    assert_eq!(shown["hotek_metadata"], metadata);
    assert_eq!(shown["external_type"], "hotek_card");
    assert_eq!(CardCredential::from(&read), written);
    // Keys in the order of RFC 8949, a UUID as its bytes, a word as its place.
    let map = "03a801f502f40350a1b2c3d4e5f64a3bac1d0e9f8a7b6c5d04\
               8250a1b2c3d4e5f64a3bac1d0e9f8a7b6c5d64706f6f6c05\
               8165436166c3a906646c6174651818222001";
    assert!(hex::encode(&bytes).contains(map), "{}", hex::encode(&bytes));
}

#[test]
fn its_contradictions_are_refused_in_its_own_words() {
    let both = credential(json!({"auto_join": true, "override": true}));
    let refusal = KNOWN.record(&both, WRITTEN_AT).unwrap_err();
    assert_eq!(refusal.code(), "credential_contradictory");
    assert!(refusal.to_string().contains("hotek_metadata"), "{refusal}");
    assert!(refusal.hint().contains("one of the two"));
    let mut two = credential(json!({"auto_join": true}));
    two.add_metadata(&Vostio, json!({"key_id": "k"})).unwrap();
    let refusal = KNOWN.record(&two, WRITTEN_AT).unwrap_err();
    assert!(matches!(refusal, Refusal::BothMetadata { .. }), "{refusal}");
}

#[test]
fn who_does_not_know_it_reads_nothing_wrong() {
    let record = KNOWN.record(&credential(json!({})), WRITTEN_AT).unwrap();
    let bytes = record.seal(&key(), &uid()).unwrap();
    let read = Record::open(&bytes, &[key()], &uid());
    assert!(
        matches!(read, Err(RecordError::NewerLayout { .. })),
        "{read:?}"
    );
    assert!(!ALL.iter().any(|known| known.manufacturer() == 77));
}
