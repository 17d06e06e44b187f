//! What is refused, and that a credential comes back from its record.

use serde_json::{Value as Json, json};

use super::*;
use crate::Record;

const WRITTEN_AT: i64 = 1_783_702_400;
const ID: &str = "73a0a199-024f-454d-a916-9bbda8502c12";
const ROOM: &str = "a1b2c3d4-e5f6-4a3b-ac1d-0e9f8a7b6c5d";
const SPA: &str = "5f4e3d2c-1b0a-4f8e-8d6c-5b4a3c2d1e0f";

fn plain(external_type: Option<&str>) -> CardCredential {
    CardCredential {
        external_type: external_type.map(str::to_owned),
        starts_at: Some(1_783_702_457),
        ends_at: Some(1_783_875_257),
        ..CardCredential::new(ID, "164d29dc4a09b65f")
    }
}

fn system(profile: &'static dyn Profile, metadata: Json) -> System {
    System::read(profile, metadata).unwrap()
}

fn guest_room() -> System {
    guest_room_with(json!({}))
}

/// A guest room of which something else is said.
fn guest_room_with(other: Json) -> System {
    let mut metadata = json!({
        "card_function_type": "guest",
        "guest_acs_entrance_ids": [ROOM],
        "common_acs_entrance_ids": [SPA],
        "is_valid": true,
    });
    let Json::Object(other) = other else {
        panic!("{other} is no object")
    };
    metadata.as_object_mut().unwrap().extend(other);
    system(&Visionline, metadata)
}

fn vostio_key() -> System {
    let metadata = json!({
        "auto_join": true,
        "override_guest_acs_entrance_ids": [ROOM],
        "door_names": ["Room 101"],
    });
    system(&Vostio, metadata)
}

fn card(external_type: &str, metadata: impl IntoIterator<Item = System>) -> CardCredential {
    CardCredential {
        metadata: metadata.into_iter().collect(),
        ..plain(Some(external_type))
    }
}

fn visionline_card(metadata: System) -> CardCredential {
    card("visionline_card", [metadata])
}

fn vostio_card(metadata: System) -> CardCredential {
    card("assa_abloy_vostio_key", [metadata])
}

fn credential_for(record: &Record) -> CardCredential {
    CardCredential::from(record)
}

fn record(credential: &CardCredential) -> Record {
    record_for(credential, WRITTEN_AT).unwrap()
}

fn refusal(credential: &CardCredential) -> Refusal {
    let refusal = record_for(credential, WRITTEN_AT).unwrap_err();
    let what = refusal.to_string();
    assert!(!what.ends_with('.') && !refusal.hint().is_empty(), "{what}");
    refusal
}

#[test]
fn a_visionline_credential_becomes_a_visionline_record_and_back() {
    let credential = visionline_card(guest_room());
    let record = record(&credential);
    assert_eq!(record.acs_credential_id, ID);
    assert_eq!(record.card_number, "164d29dc4a09b65f");
    assert_eq!(record.starts_at, Some(1_783_702_457));
    assert_eq!(record.ends_at, Some(1_783_875_257));
    assert_eq!(record.written_at, WRITTEN_AT);
    assert_eq!(record.system, Some(guest_room()));
    assert_eq!(credential_for(&record), credential);
}

#[test]
fn a_vostio_credential_becomes_a_vostio_record_and_back() {
    let credential = vostio_card(vostio_key());
    let record = record(&credential);
    assert_eq!(record.system, Some(vostio_key()));
    assert_eq!(credential_for(&record), credential);
}

#[test]
fn a_credential_of_another_system_has_neither_manufacturer_nor_metadata() {
    for external_type in [Some("salto_space_key"), Some("not_yet_invented"), None] {
        let credential = plain(external_type);
        let record = record(&credential);
        assert_eq!(record.system, None);
        assert_eq!(credential_for(&record), plain(None));
    }
}

#[test]
fn a_type_without_metadata_still_names_the_manufacturer() {
    let visionline = plain(Some("visionline_card"));
    let empty = System::new(&Visionline);
    assert_eq!(record(&visionline).system, Some(empty));
    assert_eq!(credential_for(&record(&visionline)), visionline);
    let vostio = plain(Some("assa_abloy_vostio_key"));
    let empty = System::new(&Vostio);
    assert_eq!(record(&vostio).system, Some(empty));
    assert_eq!(credential_for(&record(&vostio)), vostio);
}

#[test]
fn without_a_type_the_metadata_tells_the_system() {
    let untyped = |credential| CardCredential {
        external_type: None,
        ..credential
    };
    let visionline = record(&untyped(visionline_card(guest_room())));
    assert_eq!(visionline.system, Some(guest_room()));
    let vostio = record(&untyped(vostio_card(vostio_key())));
    assert_eq!(vostio.system, Some(vostio_key()));
}

#[test]
fn metadata_of_two_systems_is_refused() {
    for external_type in ["visionline_card", "assa_abloy_vostio_key", "other"] {
        let credential = card(external_type, [guest_room(), vostio_key()]);
        let both = Refusal::BothMetadata {
            first: "visionline_metadata",
            second: "assa_abloy_vostio_metadata",
        };
        assert_eq!(refusal(&credential), both);
        let untyped = CardCredential {
            external_type: None,
            ..credential
        };
        assert_eq!(refusal(&untyped), both);
    }
}

#[test]
fn metadata_of_the_wrong_system_is_refused() {
    for (external_type, system, metadata) in [
        ("assa_abloy_vostio_key", guest_room(), "visionline_metadata"),
        (
            "visionline_card",
            vostio_key(),
            "assa_abloy_vostio_metadata",
        ),
        ("salto_space_key", guest_room(), "visionline_metadata"),
        (
            "salto_space_key",
            vostio_key(),
            "assa_abloy_vostio_metadata",
        ),
    ] {
        let expected = Refusal::ForeignMetadata {
            external_type: external_type.to_owned(),
            metadata,
        };
        assert_eq!(refusal(&card(external_type, [system])), expected);
    }
}

#[test]
fn an_empty_object_is_no_metadata() {
    let nothing =
        json!({"card_function_type": null, "guest_acs_entrance_ids": [], "new": {"a": 1}});
    let vostio = card(
        "assa_abloy_vostio_key",
        [system(&Visionline, nothing), vostio_key()],
    );
    assert_eq!(record(&vostio).system, Some(vostio_key()));
    let visionline = card("visionline_card", [System::new(&Vostio), guest_room()]);
    assert_eq!(record(&visionline).system, Some(guest_room()));
}

#[test]
fn a_window_that_never_opens_is_refused_in_every_system() {
    for external_type in [Some("visionline_card"), Some("assa_abloy_vostio_key"), None] {
        for ends_at in [99, 100] {
            let credential = CardCredential {
                starts_at: Some(100),
                ends_at: Some(ends_at),
                ..plain(external_type)
            };
            let starts_at = 100;
            let expected = Refusal::WindowReversed { starts_at, ends_at };
            assert_eq!(refusal(&credential), expected);
        }
        for (starts_at, ends_at) in [(Some(100), Some(101)), (Some(100), None), (None, Some(99))] {
            let credential = CardCredential {
                starts_at,
                ends_at,
                ..plain(external_type)
            };
            assert!(record_for(&credential, WRITTEN_AT).is_ok());
        }
    }
}

fn contradiction(metadata: Json) -> Contradiction {
    match refusal(&visionline_card(guest_room_with(metadata))) {
        Refusal::Contradiction(contradiction) => contradiction,
        other => panic!("{other:?}"),
    }
}

fn assert_may_be_issued(metadata: Json) {
    let credential = visionline_card(guest_room_with(metadata));
    assert!(record_for(&credential, WRITTEN_AT).is_ok());
}

#[test]
fn what_visionline_no_longer_honours_is_refused() {
    let refused = Refusal::from(contradiction(json!({"is_valid": false})));
    assert_eq!(refused.code(), "credential_invalidated");
    assert_may_be_issued(json!({"is_valid": null}));
}

#[test]
fn a_credential_that_joins_itself_is_refused() {
    let refused = contradiction(json!({"joiner_acs_credential_ids": [SPA, ID]}));
    assert!(refused.to_string().contains("join itself"));
    assert_may_be_issued(json!({"joiner_acs_credential_ids": [SPA]}));
}

#[test]
fn an_entrance_that_is_both_guest_and_common_is_refused() {
    let refused = contradiction(json!({
        "guest_acs_entrance_ids": ["lobby", ROOM],
        "common_acs_entrance_ids": [SPA, ROOM],
    }));
    assert!(refused.to_string().contains(ROOM), "{refused}");
}

#[test]
fn a_field_of_another_type_is_told_by_its_name() {
    for (profile, metadata, field) in [
        (
            &Visionline as &'static dyn Profile,
            json!({"is_valid": "true"}),
            "is_valid",
        ),
        (&Visionline, json!({"card_id": 5}), "card_id"),
        (&Vostio, json!({"door_names": "Spa"}), "door_names"),
        (
            &Vostio,
            json!({"override_guest_acs_entrance_ids": [1]}),
            "override_guest_acs_entrance_ids",
        ),
        (&Vostio, json!([]), "assa_abloy_vostio_metadata"),
    ] {
        let error = System::read(profile, metadata).unwrap_err().to_string();
        assert!(error.contains(field), "{error}");
    }
    let mut system = System::new(&Vostio);
    assert!(system.set("key_id", true).is_err());
    assert!(system.set("is_valid", true).is_err());
    assert!(system.is_empty());
}

#[test]
fn a_door_asks_for_what_it_wants_to_know() {
    let room = guest_room();
    assert_eq!(room.text("card_function_type"), Some("guest"));
    assert_eq!(room.texts("guest_acs_entrance_ids"), [ROOM]);
    assert_eq!(room.bool("is_valid"), Some(true));
    assert_eq!(room.get("auto_join"), None);
    assert_eq!(room.bool("card_function_type"), None);
    assert_eq!(room.int("card_function_type"), None);
    assert!(room.texts("joiner_acs_credential_ids").is_empty());
    assert!(format!("{room:?}").starts_with("Visionline {"));
}

#[test]
fn no_two_profiles_and_no_two_fields_are_taken_for_each_other() {
    for (at, profile) in ALL.iter().enumerate() {
        for other in &ALL[at + 1..] {
            assert_ne!(profile.manufacturer(), other.manufacturer());
            assert_ne!(profile.external_type(), other.external_type());
            assert_ne!(profile.metadata(), other.metadata());
        }
        let fields = profile.fields();
        for (at, field) in fields.iter().enumerate() {
            for other in &fields[at + 1..] {
                assert!(
                    field.key != other.key && field.name != other.name,
                    "{field:?}"
                );
            }
        }
        // The API's client passes on what is named so.
        assert!(profile.metadata().ends_with("_metadata"));
    }
}

#[test]
fn a_credential_shows_in_seams_field_names() {
    let visionline = visionline_card(guest_room_with(json!({
        "joiner_acs_credential_ids": [SPA],
        "common_acs_entrance_ids": [],
        "auto_join": false,
        "card_id": "5",
        "credential_id": "15",
    })));
    let expected = json!({
        "acs_credential_id": ID,
        "card_number": "164d29dc4a09b65f",
        "external_type": "visionline_card",
        "starts_at": 1_783_702_457,
        "ends_at": 1_783_875_257,
        "visionline_metadata": {
            "card_function_type": "guest",
            "joiner_acs_credential_ids": [SPA],
            "guest_acs_entrance_ids": [ROOM],
            "is_valid": true,
            "auto_join": false,
            "card_id": "5",
            "credential_id": "15",
        },
    });
    assert_eq!(serde_json::to_value(&visionline).unwrap(), expected);
    let metadata = json!({
        "auto_join": true,
        "override_guest_acs_entrance_ids": [ROOM],
        "key_id": "key",
        "key_issuing_request_id": "request",
        "door_names": ["Room 101"],
        "endpoint_id": "endpoint",
    });
    let vostio = vostio_card(system(&Vostio, metadata.clone()));
    let shown = serde_json::to_value(&vostio).unwrap();
    assert_eq!(shown["assa_abloy_vostio_metadata"], metadata);
    assert_eq!(shown.get("visionline_metadata"), None);
}
