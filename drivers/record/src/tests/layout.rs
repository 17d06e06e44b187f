//! Each rule of the layout by itself, at the level of CBOR items.

use ciborium::{Value, cbor};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::*;

const UUID: &str = "50a1b2c3-d4e5-464a-bb2c-1d0e9f8a7b6c";

fn claims_of(record: &Record) -> Value {
    let bytes = claims::encode(record).unwrap();
    ciborium::from_reader(bytes.as_slice()).unwrap()
}

fn field(map: &Value, key: i64) -> Option<Value> {
    let entries = map.as_map().unwrap();
    let found = entries.iter().find(|(k, _)| *k == Value::from(key));
    found.map(|(_, value)| value.clone())
}

fn card_of(record: &Record) -> Value {
    field(&claims_of(record), -65537).unwrap()
}

fn metadata_of(profile: &'static dyn Profile, metadata: Json) -> Option<Value> {
    let record = Record {
        system: Some(system(profile, metadata)),
        ..minimal()
    };
    assert_comes_back(&record);
    field(&card_of(&record), 3)
}

fn assert_comes_back(record: &Record) {
    let bytes = record.seal(&key(), &uid()).unwrap();
    assert_eq!(open(&bytes).as_ref(), Ok(record));
}

fn uuid_bytes() -> Value {
    Value::Bytes(hex::decode(UUID.replace('-', "")).unwrap())
}

#[test]
fn the_message_is_a_tagged_mac0_with_its_headers_in_their_places() {
    let bytes = minimal().seal(&key(), &uid()).unwrap();
    let payload = claims::encode(&minimal()).unwrap();
    let head = [0xD1, 0x84, 0x43, 0xA1, 0x01, 0x04, 0xA1, 0x04, 0x41, 0x01];
    assert_eq!(bytes[..10], head);
    assert_eq!(bytes[10..12], [0x58, u8::try_from(payload.len()).unwrap()]);
    assert_eq!(bytes[12..12 + payload.len()], payload);
    assert_eq!(bytes[12 + payload.len()], 0x48);
    assert_eq!(bytes.len(), 12 + payload.len() + 9);
}

#[test]
fn the_tag_is_the_first_8_bytes_of_the_hmac_over_headers_uid_and_payload() {
    let payload = claims::encode(&minimal()).unwrap();
    let mut structure = Vec::new();
    let protected = Value::Bytes(vec![0xA1, 0x01, 0x04]);
    let aad = Value::Bytes(uid().as_bytes().to_vec());
    let parts = vec!["MAC0".into(), protected, aad, Value::Bytes(payload)];
    ciborium::into_writer(&Value::Array(parts), &mut structure).unwrap();
    let mut hmac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
    hmac.update(&structure);
    let tag = hmac.finalize().into_bytes();
    let bytes = minimal().seal(&key(), &uid()).unwrap();
    assert!(bytes.ends_with(&tag[..8]));
}

#[test]
fn the_key_id_chooses_the_key() {
    let old = RecordKey::new(b"2025".to_vec(), [1; 32]).unwrap();
    let new = RecordKey::new(b"2026".to_vec(), [2; 32]).unwrap();
    let bytes = minimal().seal(&old, &uid()).unwrap();
    let both = [new.clone(), old.clone()];
    assert_eq!(Record::open(&bytes, &both, &uid()), Ok(minimal()));
    let unknown = RecordError::UnknownKey {
        kid: b"2025".to_vec(),
    };
    assert_eq!(Record::open(&bytes, &[new], &uid()), Err(unknown.clone()));
    assert_eq!(Record::open(&bytes, &[], &uid()), Err(unknown));
    let impostor = RecordKey::new(b"2025".to_vec(), [3; 32]).unwrap();
    let error = Record::open(&bytes, std::slice::from_ref(&impostor), &uid());
    assert_eq!(error, Err(RecordError::DoesNotVerify));
    let namesakes = [impostor, old];
    assert_eq!(Record::open(&bytes, &namesakes, &uid()), Ok(minimal()));
}

#[test]
fn a_copy_on_another_card_does_not_verify() {
    let bytes = minimal().seal(&key(), &uid()).unwrap();
    let other = uid_of(&[0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x81]);
    let opened = Record::open(&bytes, &[key()], &other);
    assert_eq!(opened, Err(RecordError::DoesNotVerify));
    assert_eq!(Record::peek(&bytes), Ok(minimal()));
}

#[test]
fn a_uid_has_4_7_or_10_bytes() {
    for length in [4, 7, 10] {
        let uid = uid_of(&vec![0x04; length]);
        let bytes = minimal().seal(&key(), &uid).unwrap();
        assert_eq!(Record::open(&bytes, &[key()], &uid), Ok(minimal()));
    }
}

#[test]
fn times_are_whole_seconds_and_an_open_end_is_absent() {
    let window = |starts_at, ends_at| Record {
        starts_at,
        ends_at,
        ..minimal()
    };
    for (record, nbf, exp) in [
        (window(None, None), None, None),
        (window(Some(5), None), Some(5.into()), None),
        (window(None, Some(-1)), None, Some((-1).into())),
        (
            window(Some(i64::MIN), Some(i64::MAX)),
            Some(i64::MIN.into()),
            Some(i64::MAX.into()),
        ),
    ] {
        let claims = claims_of(&record);
        assert_eq!(field(&claims, 5), nbf);
        assert_eq!(field(&claims, 4), exp);
        assert_eq!(field(&claims, 6), Some(1_783_702_400.into()));
        assert_comes_back(&record);
    }
}

#[test]
fn only_a_canonical_uuid_is_16_bytes() {
    let text_ids = [
        UUID.to_uppercase(),
        UUID.replace('-', ""),
        format!("{{{UUID}}}"),
        format!("urn:uuid:{UUID}"),
        format!(" {UUID}"),
        UUID[1..].to_owned(),
        "acs_credential_1".to_owned(),
        String::new(),
    ];
    for id in text_ids {
        let record = Record {
            acs_credential_id: id.clone(),
            ..minimal()
        };
        assert_eq!(field(&claims_of(&record), 7), Some(id.into()));
        assert_comes_back(&record);
    }
    for (id, bytes) in [
        (UUID.to_owned(), uuid_bytes()),
        (
            "00000000-0000-0000-0000-000000000000".to_owned(),
            Value::Bytes(vec![0; 16]),
        ),
    ] {
        let record = Record {
            acs_credential_id: id,
            ..minimal()
        };
        assert_eq!(field(&claims_of(&record), 7), Some(bytes));
        assert_comes_back(&record);
    }
}

#[test]
fn only_whole_bytes_of_lower_case_hex_are_a_number_in_bytes() {
    let number = |text: &str| {
        let record = Record {
            card_number: text.to_owned(),
            ..minimal()
        };
        assert_comes_back(&record);
        field(&card_of(&record), 1).unwrap()
    };
    for (text, bytes) in [
        ("00", vec![0]),
        ("1234", vec![0x12, 0x34]),
        ("164d29dc4a09b65f", hex::decode("164d29dc4a09b65f").unwrap()),
    ] {
        assert_eq!(number(text), Value::Bytes(bytes), "{text}");
    }
    for text in [
        "", "0", "123", "AB", "aB12", "1234ABCX", "12 34", "0x12", "١٢", UUID,
    ] {
        assert_eq!(number(text), text.into(), "{text}");
    }
}

#[test]
fn a_system_is_a_number_and_none_is_absent() {
    let manufacturer = |system| {
        field(
            &card_of(&Record {
                system,
                ..minimal()
            }),
            2,
        )
    };
    assert_eq!(manufacturer(Some(System::new(&Visionline))), Some(1.into()));
    assert_eq!(manufacturer(Some(System::new(&Vostio))), Some(2.into()));
    assert_eq!(manufacturer(None), None);
}

#[test]
fn metadata_that_says_nothing_is_absent() {
    assert_eq!(metadata_of(&Visionline, json!({})), None);
    assert_eq!(
        metadata_of(&Vostio, json!({"door_names": [], "key_id": null})),
        None
    );
}

#[test]
fn the_function_type_is_a_number_where_it_is_known() {
    for (name, value) in [
        ("guest", Value::from(0)),
        ("staff", Value::from(1)),
        ("Guest", "Guest".into()),
        ("contractor", "contractor".into()),
        ("", "".into()),
    ] {
        let metadata = metadata_of(&Visionline, json!({"card_function_type": name}));
        assert_eq!(metadata, Some(Value::Map(vec![(1.into(), value)])));
    }
}

#[test]
fn every_visionline_field_has_its_key() {
    let metadata = json!({
        "card_function_type": "staff",
        "joiner_acs_credential_ids": ["joiner"],
        "guest_acs_entrance_ids": ["guest"],
        "common_acs_entrance_ids": ["common"],
        "is_valid": false,
        "auto_join": true,
        "card_id": "5",
        "credential_id": "15",
    });
    let metadata = metadata_of(&Visionline, metadata);
    let expected = cbor!({
        1 => 1, 2 => ["joiner"], 3 => ["guest"], 4 => ["common"], 5 => false, 6 => true, 7 => "5", 8 => "15"
    });
    assert_eq!(metadata, Some(expected.unwrap()));
}

#[test]
fn every_vostio_field_has_its_key() {
    let metadata = json!({
        "auto_join": true,
        "override_guest_acs_entrance_ids": ["override"],
        "key_id": "key",
        "key_issuing_request_id": "request",
        "door_names": ["door"],
        "endpoint_id": "endpoint",
    });
    let metadata = metadata_of(&Vostio, metadata);
    let expected = cbor!({
        1 => true, 2 => ["override"], 3 => "key", 4 => "request", 5 => ["door"], 6 => "endpoint"
    });
    assert_eq!(metadata, Some(expected.unwrap()));
}

#[test]
fn arrays_keep_their_order_and_may_mix_uuids_and_text() {
    let ids = ["zoo", UUID, "acs_entrance_1", UUID, "zoo"];
    let array = Value::Array(vec![
        "zoo".into(),
        uuid_bytes(),
        "acs_entrance_1".into(),
        uuid_bytes(),
        "zoo".into(),
    ]);
    let visionline = json!({
        "joiner_acs_credential_ids": ids,
        "guest_acs_entrance_ids": ids,
        "common_acs_entrance_ids": ids,
    });
    let visionline = metadata_of(&Visionline, visionline);
    let vostio = metadata_of(&Vostio, json!({"override_guest_acs_entrance_ids": ids}));
    for key in [2, 3, 4] {
        assert_eq!(
            field(visionline.as_ref().unwrap(), key),
            Some(array.clone())
        );
    }
    assert_eq!(field(&vostio.unwrap(), 2), Some(array));
}

#[test]
fn the_systems_own_ids_and_the_door_names_are_always_text() {
    let visionline = metadata_of(&Visionline, json!({"card_id": UUID, "credential_id": UUID}));
    assert_eq!(visionline, Some(cbor!({ 7 => UUID, 8 => UUID }).unwrap()));
    let vostio = json!({
        "key_id": UUID,
        "key_issuing_request_id": UUID,
        "door_names": [UUID, "00"],
        "endpoint_id": UUID,
    });
    let vostio = metadata_of(&Vostio, vostio);
    let expected = cbor!({ 3 => UUID, 4 => UUID, 5 => [UUID, "00"], 6 => UUID });
    assert_eq!(vostio, Some(expected.unwrap()));
}

#[test]
fn unicode_is_kept_as_it_came() {
    // The same name composed and decomposed, right-to-left text, a control character.
    let names = [
        "Caf\u{e9}",
        "Cafe\u{301}",
        "\u{5d7}\u{5d3}\u{5e8} 101",
        "a\u{0}b",
    ];
    let metadata = metadata_of(&Vostio, json!({"door_names": names}));
    let names: Vec<_> = names.iter().map(|&name| Value::from(name)).collect();
    assert_eq!(field(&metadata.unwrap(), 5), Some(Value::Array(names)));
}

#[test]
fn only_the_guest_room_without_common_doors_fits_an_ntag213() {
    let room = Record {
        acs_credential_id: UUID.to_owned(),
        card_number: "04a1b2c3d4e580".to_owned(),
        starts_at: Some(1_783_702_457),
        ends_at: Some(1_783_875_257),
        system: Some(system(
            &Visionline,
            json!({"card_function_type": "guest", "guest_acs_entrance_ids": [UUID], "is_valid": true}),
        )),
        ..minimal()
    };
    let bytes = room.seal(&key(), &uid()).unwrap();
    assert!(bytes.len() <= tlv::capacity(144), "{}", bytes.len());
}
