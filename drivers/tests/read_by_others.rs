//! A written card is read and verified by code that is not ours: its memory goes to Python's `ndeflib` and `pycose`
//! (`tests/python/verify_card.py`), and comes back in Seam's field names.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{ReaderProfile, Uid, identify};
use cardbridge_drivers::profiles::{CardCredential, Visionline, Vostio, record_for};
use cardbridge_drivers::record::RecordKey;
use cardbridge_drivers::testing::{SimulatedReader, site_settings};
use serde_json::{Value, json};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const KEY: [u8; 32] = [0x5A; 32];
const KID: [u8; 2] = [0x20, 0x26];
const WRITTEN_AT: i64 = 1_783_702_400;
const ROOM: &str = "a1b2c3d4-e5f6-4a3b-ac1d-0e9f8a7b6c5d";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The whole memory of a card of this model after the credential was written on it.
fn written(model: &str, credential: &CardCredential) -> Vec<u8> {
    let uid = Uid::from(UID);
    let key = RecordKey::new(KID.to_vec(), KEY).unwrap();
    let record = record_for(credential, WRITTEN_AT).unwrap();
    let bytes = record.seal(&key, &uid).unwrap();
    let card = cards::simulate(model, uid).unwrap();
    let mut reader = SimulatedReader::new(card, ReaderProfile::ACR122U);
    let card_type = identify(&mut reader).unwrap();
    let (_, driver) = cards::driver_for(&card_type, &site_settings()).unwrap();
    let seen = driver.inspect(&mut reader, &card_type).unwrap();
    seen.write(&mut reader, &bytes, &mut |_| {}).unwrap();
    reader.card().memory()
}

fn verify(memory: &[u8], key: &[u8]) -> Output {
    let python = workspace().join("target/test-env/bin/python");
    assert!(
        python.exists(),
        "{} is missing: run `make test` once",
        python.display()
    );
    let mut child = Command::new(python)
        .arg(workspace().join("tests/python/verify_card.py"))
        .args(["-", &hex::encode(UID), &hex::encode(key), &hex::encode(KID)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(memory).unwrap();
    child.wait_with_output().unwrap()
}

fn assert_read_by_others(model: &str, credential: &CardCredential) {
    let output = verify(&written(model, credential), &KEY);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut expected = serde_json::to_value(credential).unwrap();
    expected["written_at"] = WRITTEN_AT.into();
    assert_eq!(read["credential"], expected);
}

fn credential(external_type: Option<&str>) -> CardCredential {
    let id = "73a0a199-024f-454d-a916-9bbda8502c12";
    let mut credential = CardCredential::new(id, "164d29dc4a09b65f");
    credential.external_type = external_type.map(str::to_owned);
    credential.starts_at = Some(1_783_702_457);
    credential.ends_at = Some(1_783_875_257);
    credential
}

fn visionline() -> CardCredential {
    let mut visionline = credential(Some("visionline_card"));
    let metadata = json!({
        "card_function_type": "guest",
        "joiner_acs_credential_ids": [ROOM, "acs_credential_1"],
        "guest_acs_entrance_ids": [ROOM],
        "common_acs_entrance_ids": ["pool", "spa"],
        "is_valid": true,
        "auto_join": false,
        "card_id": "5",
        "credential_id": ROOM,
    });
    visionline.add_metadata(&Visionline, metadata).unwrap();
    visionline
}

fn vostio_with(metadata: Value) -> CardCredential {
    let mut vostio = credential(Some("assa_abloy_vostio_key"));
    vostio.add_metadata(&Vostio, metadata).unwrap();
    vostio
}

fn vostio() -> CardCredential {
    let mut vostio = vostio_with(json!({
        "auto_join": true,
        "override_guest_acs_entrance_ids": [ROOM, "acs_entrance_1"],
        "key_id": "key-77",
        "key_issuing_request_id": ROOM,
        "door_names": ["Chambre 101 – Café", "Spa"],
        "endpoint_id": "ep-3",
    }));
    "1234ABCX".clone_into(&mut vostio.card_number);
    vostio
}

#[test]
fn a_visionline_card_is_read() {
    assert_read_by_others("ntag215", &visionline());
    assert_read_by_others("ntag216", &visionline());
    assert_read_by_others("classic-1k", &visionline());
    assert_read_by_others("classic-4k", &visionline());
}

#[test]
fn a_vostio_card_is_read() {
    assert_read_by_others("ntag215", &vostio());
    assert_read_by_others("ntag216", &vostio());
}

#[test]
fn a_card_of_another_system_is_read_also_from_the_smallest_cards() {
    for model in ["ntag213", "ultralight-ev1-128", "classic-mini"] {
        assert_read_by_others(model, &credential(None));
    }
}

#[test]
fn the_long_header_and_the_long_tlv_are_read() {
    for door in ["D".repeat(100), "D".repeat(150), "D".repeat(600)] {
        let long = vostio_with(json!({"door_names": [door]}));
        assert_read_by_others("ntag216", &long);
        assert_read_by_others("classic-4k", &long);
    }
}

#[test]
fn the_claims_stand_on_the_card_as_described() {
    let output = verify(&written("ntag213", &credential(None)), &KEY);
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "4": 1_783_875_257,
        "5": 1_783_702_457,
        "6": WRITTEN_AT,
        "7": {"bytes": "73a0a199024f454da9169bbda8502c12"},
        "-65537": {"1": {"bytes": "164d29dc4a09b65f"}},
    });
    assert_eq!(read["claims"], expected);
}

#[test]
fn what_was_altered_is_not_verified_by_others_either() {
    let memory = written("ntag213", &credential(None));
    let number = [0x16, 0x4D, 0x29, 0xDC];
    let at = memory.windows(4).position(|bytes| bytes == number).unwrap();
    let mut altered = memory.clone();
    altered[at] ^= 1;
    for (memory, key) in [(&altered, KEY), (&memory, [0x5B; 32])] {
        let output = verify(memory, &key);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains("does not verify"), "{words}");
        assert!(output.stdout.is_empty());
    }
}
