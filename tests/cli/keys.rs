//! `keys new`: a key that only its owner can read, never shown, never overwritten.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::desk::Desk;

#[test]
fn a_new_key_is_for_its_owner_alone_and_is_not_shown() {
    let desk = Desk::new();
    let ran = desk.run(&["keys", "new", "site/record.key"]).succeeded();
    let path = desk.path("site/record.key");
    let key = fs::read_to_string(&path).unwrap();
    assert_eq!(key.trim_end().len(), 64);
    assert!(
        key.trim_end()
            .bytes()
            .all(|digit| digit.is_ascii_hexdigit())
    );
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!told.contains(key.trim_end()));
    assert!(told.contains(path.canonicalize().unwrap().to_str().unwrap()));
}

#[test]
fn two_keys_differ_and_fingerprints_tell_them_apart() {
    let desk = Desk::new();
    let first = desk
        .run(&["keys", "new", "one", "--json"])
        .succeeded()
        .json();
    let second = desk
        .run(&["keys", "new", "two", "--json"])
        .succeeded()
        .json();
    assert_ne!(
        fs::read(desk.path("one")).unwrap(),
        fs::read(desk.path("two")).unwrap()
    );
    assert_ne!(first["fingerprint"], second["fingerprint"]);
    let checked = desk
        .run(&["config", "check", "--json", "--record-key-file", "one"])
        .succeeded();
    assert!(
        checked
            .stdout
            .contains(first["fingerprint"].as_str().unwrap())
    );
}

#[test]
fn a_key_is_never_overwritten() {
    let desk = Desk::new();
    let path = desk.file("record.key", "precious");
    desk.run(&["keys", "new", "record.key"])
        .failed(3, "is there already", "keep using it");
    assert_eq!(fs::read_to_string(path).unwrap(), "precious");
}

#[test]
fn without_a_name_the_configured_file_is_made() {
    let desk = Desk::new().with("CARDBRIDGE_RECORD_KEY_FILE", "configured.key");
    desk.run(&["keys", "new"]).succeeded();
    assert!(desk.path("configured.key").is_file());
    let desk = Desk::new();
    desk.run(&["keys", "new"]).succeeded();
    assert!(desk.path(".config/cardbridge/record.key").is_file());
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let desk = Desk::new();
    desk.file("file", "");
    desk.run(&["keys", "new", "file/record.key"]).failed(
        3,
        "cannot write file/record.key",
        "name a place",
    );
}
