//! The example, from outside: what a lock's maker tries first.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use cardbridge_record::{ndef, tlv};
use serde_json::{Value, json};

/// Cargo puts examples beside the folder of the tests, and builds them for a run of all tests.
fn example() -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let name = format!("verify{}", env::consts::EXE_SUFFIX);
    let example = profile.join("examples").join(name);
    assert!(
        example.exists(),
        "run `cargo test -p cardbridge-record`, which builds the examples too"
    );
    example
}

fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn verify(arguments: &[&str]) -> Output {
    Command::new(example()).args(arguments).output().unwrap()
}

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../vectors/record.json")).unwrap()
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap()
}

#[test]
fn a_record_is_shown_in_seams_field_names_however_it_was_read() {
    for vector in vectors() {
        let key = file("verify.key", text(&vector, "key"));
        let record = hex::decode(text(&vector, "record")).unwrap();
        let message = ndef::wrap(&record);
        let area = tlv::wrap(&message).unwrap();
        let shown: Vec<Value> = [record, message, area]
            .iter()
            .enumerate()
            .flat_map(|(at, bytes)| [hex::encode(bytes), file(&format!("verify.card{at}"), bytes)])
            .map(|card| {
                let output = verify(&["--key", &key, text(&vector, "uid"), &card]);
                let words = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{words}");
                serde_json::from_slice(&output.stdout).unwrap()
            })
            .collect();
        assert!(shown.iter().all(|document| *document == shown[0]));
        if text(&vector, "name") == "visionline-one-door" {
            let expected = json!({
                "acs_credential_id": "73a0a199-024f-454d-a916-9bbda8502c12",
                "card_number": "164d29dc4a09b65f",
                "external_type": "visionline_card",
                "starts_at": "2026-07-10T16:54:17Z",
                "ends_at": "2026-07-12T16:54:17Z",
                "written_at": "2026-07-10T16:53:20Z",
                "visionline_metadata": {
                    "card_function_type": "guest",
                    "guest_acs_entrance_ids": ["a1b2c3d4-e5f6-4a3b-2c1d-0e9f8a7b6c5d"],
                    "common_acs_entrance_ids": ["5f4e3d2c-1b0a-9f8e-7d6c-5b4a3c2d1e0f"],
                    "is_valid": true,
                    "card_id": "5",
                    "credential_id": "15",
                },
            });
            assert_eq!(shown[0], expected);
        }
    }
}

#[test]
fn what_does_not_verify_exits_1_and_says_why() {
    let vector = &vectors()[0];
    let (key, uid, record) = (
        file("verify.good", text(vector, "key")),
        text(vector, "uid"),
        text(vector, "record"),
    );
    let other_key = file("verify.other", [7; 32]);
    let short_key = file("verify.short", "00ff");
    for (key, uid, card, reason) in [
        (&other_key, uid, record, "sealed with another key"),
        (&short_key, uid, record, "64 hex digits"),
        (&key, "04a1b2c3d4e581", record, "copied from another card"),
        (&key, "04a1", record, "4, 7 or 10 bytes"),
        (&key, uid, "0300fe", "empty"),
        (&key, uid, "0305", "no whole NDEF message"),
        (&key, uid, "d101015500", "data of others"),
        (&key, uid, "no such file", "neither a file nor hex"),
        (&file("verify.none", ""), uid, record, "something else"),
    ] {
        let output = verify(&["--key", key, uid, card]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{card}: {words}");
        assert!(words.contains(reason), "{reason}: {words}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(verify(&[]).status.code(), Some(2));
    assert_eq!(verify(&["--kye", "a", "b", "c"]).status.code(), Some(2));
}
