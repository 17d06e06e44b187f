//! `keys`: files that only their owner can read, never shown, never overwritten, no version ever lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use cardbridge::issuance::journal::Journal;
use cardbridge::issuance::state::Event;
use serde_json::{Value, json};

use crate::desk::{Desk, set_mode};
use crate::history::{wait, written};
use crate::machine::finding;

/// The digits that are in a site key file.
fn digits(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("key = \""))
        .map(|digits| digits.trim_end_matches('"').to_owned())
        .collect()
}

fn versions(shown: &Value) -> Vec<(u64, bool)> {
    let keys = shown["site_keys"].as_array().unwrap();
    keys.iter()
        .map(|key| {
            (
                key["version"].as_u64().unwrap(),
                key["current"].as_bool().unwrap(),
            )
        })
        .collect()
}

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

#[test]
fn a_new_site_key_is_version_1_for_its_owner_alone_and_is_not_shown() {
    let desk = Desk::new();
    let ran = desk
        .run(&["keys", "new", "--site", "etc/site-keys.toml"])
        .succeeded();
    let path = desk.path("etc/site-keys.toml");
    let text = fs::read_to_string(&path).unwrap();
    let keys = digits(&text);
    assert!(text.contains("\nversion = 1\n"), "{text}");
    assert_eq!(keys.len(), 1);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(&keys[0]));
    assert!(ran.stdout.contains("version 1, fingerprint "));
    let other = desk
        .run(&["keys", "new", "--site", "other.toml", "--json"])
        .succeeded();
    assert_eq!(other.json()["version"], 1);
    assert_ne!(
        digits(&fs::read_to_string(desk.path("other.toml")).unwrap()),
        keys
    );
    desk.run(&["keys", "new", "--site", "etc/site-keys.toml"])
        .failed(3, "is there already", "keep using it");
    assert_eq!(fs::read_to_string(path).unwrap(), text);
}

#[test]
fn site_keys_go_where_the_configuration_looks() {
    let desk = Desk::new();
    desk.run(&["keys", "new", "--site"]).succeeded();
    assert!(desk.path(".config/cardbridge/site-keys.toml").is_file());
    let desk = desk.with("CARDBRIDGE_SITE_KEYS_FILE", "configured.toml");
    desk.run(&["keys", "new", "--site"]).succeeded();
    desk.run(&["keys", "rotate"]).succeeded();
    let shown = desk.run(&["keys", "show", "--json"]).succeeded().json();
    assert_eq!(versions(&shown), [(2, true), (1, false)]);
}

#[test]
fn a_rotation_keeps_every_version_and_tells_what_to_do_next() {
    let desk = Desk::new().with("CARDBRIDGE_SITE_KEYS_FILE", "site-keys.toml");
    desk.run(&["keys", "new", "--site"]).succeeded();
    let path = desk.path("site-keys.toml");
    let before = fs::read_to_string(&path).unwrap();
    set_mode(&path, 0o640);
    let ran = desk.run(&["keys", "rotate"]).succeeded();
    let after = fs::read_to_string(&path).unwrap();
    assert!(after.starts_with(&before));
    let keys = digits(&after);
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(keys.iter().all(|key| !told.contains(key)), "{told}");
    assert!(
        ran.stderr.contains("copy this file to every other desk")
            && ran.stderr.contains("keys show"),
        "{told}"
    );
    let document = desk.run(&["keys", "rotate", "--json"]).succeeded().json();
    assert_eq!(document["version"], 3);
    let shown = desk.run(&["keys", "show", "--json"]).succeeded().json();
    assert_eq!(
        shown["site_keys"][0]["fingerprint"],
        document["fingerprint"]
    );
    assert_eq!(versions(&shown), [(3, true), (2, false), (1, false)]);
}

#[test]
fn two_rotations_at_once_lose_no_version() {
    let desk = Desk::new().with("CARDBRIDGE_SITE_KEYS_FILE", "site-keys.toml");
    desk.run(&["keys", "new", "--site"]).succeeded();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| desk.run(&["keys", "rotate"]).succeeded());
        }
    });
    let shown = desk.run(&["keys", "show", "--json"]).succeeded().json();
    assert_eq!(versions(&shown).len(), 7);
}

#[test]
fn what_cannot_be_rotated_is_told_and_left() {
    let desk = Desk::new();
    desk.run(&["keys", "rotate"])
        .failed(3, "no site keys to rotate", "keys new --site");
    desk.run(&["keys", "rotate", "none.toml"]).failed(
        3,
        "cannot read none.toml",
        "create none.toml",
    );
    let last = "[[site_key]]\nversion = 255\nkey = \"000102030405060708090a0b0c0d0e0f\"\ncreated = \"2026-11-22\"\n";
    let path = desk.file("last.toml", last);
    desk.run(&["keys", "rotate", "last.toml"])
        .failed(3, "version 255", "keep using this key");
    set_mode(&path, 0o604);
    desk.run(&["keys", "rotate", "last.toml"])
        .failed(3, "can be read by everyone", "chmod 600");
    assert_eq!(fs::read_to_string(path).unwrap(), last);
}

#[test]
fn keys_are_shown_by_fingerprint_with_the_cards_that_carry_them() {
    let desk = Desk::new();
    let none = desk.run(&["keys", "show"]).succeeded();
    assert!(
        none.stderr.contains("no record key") && none.stderr.contains("no site keys"),
        "{}",
        none.stderr
    );
    let none = desk.run(&["keys", "show", "--json"]).succeeded().json();
    assert_eq!(
        none,
        json!({"record_keys": [], "site_keys": [], "picc_key": null})
    );

    let made = desk
        .run(&["keys", "new", "--json", "record.key"])
        .succeeded()
        .json();
    let desk = desk
        .with("CARDBRIDGE_RECORD_KEY_FILE", "record.key")
        .with("CARDBRIDGE_SITE_KEYS_FILE", "site-keys.toml");
    desk.run(&["keys", "new", "--site"]).succeeded();
    desk.run(&["keys", "rotate"]).succeeded();
    let before = desk.run(&["keys", "show", "--json"]).succeeded().json();
    assert_eq!(before["site_keys"][0]["cards"], Value::Null);

    let state = desk.path(".local/state/cardbridge");
    let journal = Journal::open(&state).unwrap();
    for (card, key) in [(1, 1), (2, 1), (1, 2), (3, 0)] {
        let mut issuance = written(&journal, &format!("{card} {key}"), card, key);
        let at = jiff::Timestamp::UNIX_EPOCH;
        wait(journal.advance(&mut issuance, Event::Reported, at)).unwrap();
    }
    let shown = desk.run(&["keys", "show", "--json"]).succeeded();
    let people = desk.run(&["keys", "show"]).succeeded();
    let text = fs::read_to_string(desk.path("site-keys.toml")).unwrap()
        + &fs::read_to_string(desk.path("record.key")).unwrap();
    for secret in digits(&text)
        .iter()
        .chain(text.lines().last().map(str::to_owned).iter())
    {
        for told in [&shown.stdout, &shown.stderr, &people.stdout, &people.stderr] {
            assert!(!told.contains(secret), "{told}");
        }
    }
    let document = shown.json();
    assert_eq!(
        document["record_keys"][0]["fingerprint"],
        made["fingerprint"]
    );
    let counted: Vec<_> = document["site_keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (key["version"].clone(), key["cards"].clone()))
        .collect();
    assert_eq!(counted, [(json!(2), json!(1)), (json!(1), json!(1))]);
    for key in document["site_keys"].as_array().unwrap() {
        let fingerprint = key["fingerprint"].as_str().unwrap();
        assert!(people.stdout.contains(fingerprint), "{}", people.stdout);
    }
}

#[test]
fn the_doctor_looks_at_the_site_keys() {
    let desk = Desk::new();
    let (verdict, text) = finding(&desk.run(&["doctor", "--json"]), "site keys");
    assert_eq!(verdict, "warn");
    assert!(text.contains("keys new --site"), "{text}");

    desk.file("desk.toml", "[cards]\ntype2_password = true\n");
    let ran = desk.run(&["doctor", "--json", "--config", "desk.toml"]);
    let (verdict, text) = finding(&ran, "site keys");
    assert_eq!(verdict, "fail", "{text}");
    let checked = desk
        .run(&["config", "check", "--json", "--config", "desk.toml"])
        .succeeded();
    let missing = checked.json()["missing"].to_string();
    assert!(missing.contains("type2_password"), "{missing}");

    let desk = desk.with("CARDBRIDGE_SITE_KEYS_FILE", "site-keys.toml");
    let found = |desk: &Desk| finding(&desk.run(&["doctor", "--json"]), "site keys");
    assert_eq!(found(&desk).0, "fail", "the file is not there");
    desk.run(&["keys", "new", "--site"]).succeeded();
    let (verdict, text) = found(&desk);
    assert_eq!(verdict, "ok", "{text}");
    assert!(text.contains("version 1, fingerprint"), "{text}");
    let path = desk.path("site-keys.toml");
    for (mode, wanted) in [(0o640, "warn"), (0o644, "fail")] {
        set_mode(&path, mode);
        let (verdict, text) = found(&desk);
        assert_eq!(verdict, wanted, "{text}");
        assert!(text.contains("chmod 600"), "{text}");
    }
    set_mode(&path, 0o600);

    // Another desk rotated, this one wrote a card since, and then an old copy was put back.
    let journal = Journal::open(&desk.path(".local/state/cardbridge")).unwrap();
    written(&journal, "c", 1, 2);
    let (verdict, text) = found(&desk);
    assert_eq!(verdict, "fail");
    assert!(text.contains("no version 2, which 1 card"), "{text}");
    desk.run(&["keys", "rotate"]).succeeded();
    assert_eq!(found(&desk).0, "ok");
}
