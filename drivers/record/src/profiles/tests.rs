//! What is refused, and that a credential comes back from its record.

use serde_json::json;

use super::*;
use crate::{Record, System};

const WRITTEN_AT: i64 = 1_783_702_400;
const ID: &str = "73a0a199-024f-454d-a916-9bbda8502c12";
const ROOM: &str = "a1b2c3d4-e5f6-4a3b-ac1d-0e9f8a7b6c5d";
const SPA: &str = "5f4e3d2c-1b0a-4f8e-8d6c-5b4a3c2d1e0f";

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

fn plain(external_type: Option<&str>) -> CardCredential {
    CardCredential {
        acs_credential_id: ID.to_owned(),
        card_number: "164d29dc4a09b65f".to_owned(),
        external_type: external_type.map(str::to_owned),
        starts_at: Some(1_783_702_457),
        ends_at: Some(1_783_875_257),
        ..CardCredential::default()
    }
}

fn guest_room() -> VisionlineMetadata {
    VisionlineMetadata {
        card_function_type: Some("guest".to_owned()),
        guest_acs_entrance_ids: ids(&[ROOM]),
        common_acs_entrance_ids: ids(&[SPA]),
        is_valid: Some(true),
        ..VisionlineMetadata::default()
    }
}

fn vostio_key() -> VostioMetadata {
    VostioMetadata {
        auto_join: Some(true),
        override_guest_acs_entrance_ids: ids(&[ROOM]),
        door_names: ids(&["Room 101"]),
        ..VostioMetadata::default()
    }
}

fn visionline_card(metadata: VisionlineMetadata) -> CardCredential {
    CardCredential {
        visionline_metadata: Some(metadata),
        ..plain(Some("visionline_card"))
    }
}

fn vostio_card(metadata: VostioMetadata) -> CardCredential {
    CardCredential {
        assa_abloy_vostio_metadata: Some(metadata),
        ..plain(Some("assa_abloy_vostio_key"))
    }
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
    assert_eq!(record.system, Some(System::Visionline(guest_room())));
    assert_eq!(credential_for(&record), credential);
}

#[test]
fn a_vostio_credential_becomes_a_vostio_record_and_back() {
    let credential = vostio_card(vostio_key());
    let record = record(&credential);
    assert_eq!(record.system, Some(System::Vostio(vostio_key())));
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
fn a_profile_reads_the_records_of_its_own_system_only() {
    let visionline = record(&visionline_card(guest_room()));
    let vostio = record(&vostio_card(vostio_key()));
    assert_eq!(Vostio.to_credential(&visionline), None);
    assert_eq!(Visionline.to_credential(&vostio), None);
    for profile in ALL {
        assert_eq!(profile.to_credential(&record(&plain(None))), None);
    }
}

#[test]
fn a_type_without_metadata_still_names_the_manufacturer() {
    let visionline = plain(Some("visionline_card"));
    let empty = System::Visionline(VisionlineMetadata::default());
    assert_eq!(record(&visionline).system, Some(empty));
    assert_eq!(credential_for(&record(&visionline)), visionline);
    let vostio = plain(Some("assa_abloy_vostio_key"));
    let empty = System::Vostio(VostioMetadata::default());
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
    assert_eq!(visionline.system, Some(System::Visionline(guest_room())));
    let vostio = record(&untyped(vostio_card(vostio_key())));
    assert_eq!(vostio.system, Some(System::Vostio(vostio_key())));
}

#[test]
fn metadata_of_both_systems_is_refused() {
    for external_type in [
        Some("visionline_card"),
        Some("assa_abloy_vostio_key"),
        Some("other"),
        None,
    ] {
        let credential = CardCredential {
            visionline_metadata: Some(guest_room()),
            assa_abloy_vostio_metadata: Some(vostio_key()),
            ..plain(external_type)
        };
        assert_eq!(refusal(&credential), Refusal::BothMetadata);
    }
}

#[test]
fn metadata_of_the_wrong_system_is_refused() {
    let vostio_type = CardCredential {
        external_type: Some("assa_abloy_vostio_key".to_owned()),
        ..visionline_card(guest_room())
    };
    let visionline_type = CardCredential {
        external_type: Some("visionline_card".to_owned()),
        ..vostio_card(vostio_key())
    };
    let other_type = CardCredential {
        external_type: Some("salto_space_key".to_owned()),
        ..visionline_card(guest_room())
    };
    let another_type = CardCredential {
        external_type: Some("salto_space_key".to_owned()),
        ..vostio_card(vostio_key())
    };
    for (credential, metadata) in [
        (vostio_type, "visionline_metadata"),
        (visionline_type, "assa_abloy_vostio_metadata"),
        (other_type, "visionline_metadata"),
        (another_type, "assa_abloy_vostio_metadata"),
    ] {
        let external_type = credential.external_type.clone().unwrap();
        let expected = Refusal::ForeignMetadata {
            external_type,
            metadata,
        };
        assert_eq!(refusal(&credential), expected);
    }
}

#[test]
fn an_empty_object_is_no_metadata() {
    let credential = CardCredential {
        visionline_metadata: Some(VisionlineMetadata::default()),
        ..vostio_card(vostio_key())
    };
    assert_eq!(
        record(&credential).system,
        Some(System::Vostio(vostio_key()))
    );
    let credential = CardCredential {
        assa_abloy_vostio_metadata: Some(VostioMetadata::default()),
        ..visionline_card(guest_room())
    };
    assert_eq!(
        record(&credential).system,
        Some(System::Visionline(guest_room()))
    );
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

#[test]
fn what_visionline_no_longer_honours_is_refused() {
    let credential = visionline_card(VisionlineMetadata {
        is_valid: Some(false),
        ..guest_room()
    });
    assert_eq!(refusal(&credential), Refusal::Invalidated);
    let unknown = visionline_card(VisionlineMetadata {
        is_valid: None,
        ..guest_room()
    });
    assert!(record_for(&unknown, WRITTEN_AT).is_ok());
}

#[test]
fn a_credential_that_joins_itself_is_refused() {
    let joining = |joiners: &[&str]| {
        visionline_card(VisionlineMetadata {
            joiner_acs_credential_ids: ids(joiners),
            ..guest_room()
        })
    };
    assert_eq!(refusal(&joining(&[SPA, ID])), Refusal::JoinsItself);
    assert!(record_for(&joining(&[SPA]), WRITTEN_AT).is_ok());
}

#[test]
fn an_entrance_that_is_both_guest_and_common_is_refused() {
    let credential = visionline_card(VisionlineMetadata {
        guest_acs_entrance_ids: ids(&["lobby", ROOM]),
        common_acs_entrance_ids: ids(&[SPA, ROOM]),
        ..guest_room()
    });
    let expected = Refusal::GuestAndCommon {
        acs_entrance_id: ROOM.to_owned(),
    };
    assert_eq!(refusal(&credential), expected);
}

#[test]
fn every_profile_validates_what_it_turns_into_a_record() {
    for profile in ALL {
        let credential = CardCredential {
            starts_at: Some(2),
            ends_at: Some(1),
            ..plain(Some(profile.external_type()))
        };
        assert!(
            profile.validate(&credential).is_err(),
            "{}",
            profile.title()
        );
        assert!(
            profile.to_record(&credential, 0).is_err(),
            "{}",
            profile.title()
        );
    }
}

#[test]
fn every_profile_has_a_type_of_its_own() {
    for (at, profile) in ALL.iter().enumerate() {
        let others = &ALL[at + 1..];
        assert!(
            others
                .iter()
                .all(|other| other.external_type() != profile.external_type())
        );
    }
}

#[test]
fn a_credential_shows_in_seams_field_names() {
    let visionline = visionline_card(VisionlineMetadata {
        joiner_acs_credential_ids: ids(&[SPA]),
        common_acs_entrance_ids: vec![],
        auto_join: Some(false),
        card_id: Some("5".to_owned()),
        credential_id: Some("15".to_owned()),
        ..guest_room()
    });
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
    assert_eq!(
        serde_json::from_value::<CardCredential>(expected).unwrap(),
        visionline
    );
    let vostio = vostio_card(VostioMetadata {
        key_id: Some("key".to_owned()),
        key_issuing_request_id: Some("request".to_owned()),
        endpoint_id: Some("endpoint".to_owned()),
        ..vostio_key()
    });
    let expected = json!({
        "auto_join": true,
        "override_guest_acs_entrance_ids": [ROOM],
        "key_id": "key",
        "key_issuing_request_id": "request",
        "door_names": ["Room 101"],
        "endpoint_id": "endpoint",
    });
    let shown = serde_json::to_value(&vostio).unwrap();
    assert_eq!(shown["assa_abloy_vostio_metadata"], expected);
    assert_eq!(shown.get("visionline_metadata"), None);
}
