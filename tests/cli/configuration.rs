//! Settings: what is wrong is named with its place, and the order of flag, environment and file holds.

use serde_json::{Value, json};

use crate::desk::{Desk, Ran, set_mode};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn setting(ran: &Ran, name: &str) -> Value {
    let document = ran.json();
    let settings = document["settings"].as_array().unwrap();
    settings
        .iter()
        .find(|setting| setting["name"] == name)
        .unwrap_or(&Value::Null)
        .clone()
}

#[test]
fn an_unknown_key_is_named_with_file_and_line() {
    let desk = Desk::new();
    let file = desk.file(
        "desk.toml",
        "state_dir = \"s\"\n\n[seam]\nendpont = \"https://x.example\"\n",
    );
    let ran = desk
        .run(&["config", "check", "--config", file.to_str().unwrap()])
        .failed(
            3,
            "desk.toml line 4: unknown key `seam.endpont`",
            "did you mean `seam.endpoint`?",
        );
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_line() {
    let desk = Desk::new();
    let file = desk.file("desk.toml", "[run]\nauto = \"yes\"\n");
    desk.run(&["config", "check", "--config", file.to_str().unwrap()])
        .failed(3, "desk.toml line 2: `run.auto`: ", "fix that line");
    desk.file(
        "desk.toml",
        "[[encoder.profiles]]\nreader = \"a\"\nlike = 7\n",
    );
    desk.run(&["config", "check", "--config", file.to_str().unwrap()])
        .failed(
            3,
            "desk.toml line 3: `encoder.profiles.like`: ",
            "fix that line",
        );
}

#[test]
fn what_is_no_toml_is_named_with_its_line() {
    let desk = Desk::new().with("CARDBRIDGE_CONFIG", "broken.toml");
    desk.file("broken.toml", "[run]\nauto = true\nauto\n");
    desk.run(&["config", "check"])
        .failed(3, "broken.toml line 3", "fix that line");
}

#[test]
fn a_named_file_must_be_there() {
    Desk::new()
        .run(&["config", "check", "--config", "none.toml"])
        .failed(3, "cannot read none.toml", "create none.toml");
}

#[test]
fn the_users_own_file_is_found() {
    let desk = Desk::new();
    desk.file(
        ".config/cardbridge/cardbridge.toml",
        "state_dir = \"here\"\n",
    );
    let ran = desk.run(&["config", "check", "--json"]).succeeded();
    assert_eq!(
        setting(&ran, "state_dir")["value"],
        json!(desk.path(".config/cardbridge/here"))
    );
}

#[test]
fn flag_covers_environment_covers_file() {
    let desk = Desk::new()
        .with("SEAM_ENDPOINT", "https://variable.example/")
        .with("CARDBRIDGE_CONFIG", "desk.toml");
    desk.file(
        "desk.toml",
        "state_dir = \"s\"\n[seam]\nendpoint = \"https://file.example\"\n",
    );
    let by_variable = desk.run(&["config", "check", "--json"]).succeeded();
    assert_eq!(
        setting(&by_variable, "seam.endpoint")["value"],
        "https://variable.example/"
    );
    assert_eq!(
        setting(&by_variable, "seam.endpoint")["from"],
        "SEAM_ENDPOINT"
    );
    let by_flag = desk
        .run(&[
            "config",
            "check",
            "--json",
            "--endpoint",
            "https://flag.example/",
        ])
        .succeeded();
    assert_eq!(
        setting(&by_flag, "seam.endpoint")["value"],
        "https://flag.example/"
    );
    assert_eq!(
        setting(&by_flag, "state_dir")["from"],
        "`state_dir` in desk.toml line 1"
    );
}

#[test]
fn an_empty_api_key_is_told() {
    let desk = Desk::new().with("SEAM_API_KEY", "");
    desk.run(&["config", "check"]).failed(
        3,
        "SEAM_API_KEY is empty",
        "set SEAM_API_KEY to the key",
    );
    let desk = Desk::new();
    let file = desk.file("key", " \n");
    desk.run(&["config", "check", "--api-key-file", file.to_str().unwrap()])
        .failed(
            3,
            &format!(
                "the file {}, which --api-key-file names, is empty",
                file.display()
            ),
            "put the secret into that file",
        );
}

#[test]
fn a_secret_that_everyone_can_read_is_warned_of() {
    let desk = Desk::new();
    let file = desk.file("api-key", "seam_key");
    let quiet = desk
        .run(&[
            "config",
            "check",
            "--json",
            "--api-key-file",
            file.to_str().unwrap(),
        ])
        .succeeded();
    assert_eq!(quiet.json()["warnings"], json!([]));
    set_mode(&file, 0o644);
    let ran = desk
        .run(&[
            "config",
            "check",
            "--json",
            "--api-key-file",
            file.to_str().unwrap(),
        ])
        .succeeded();
    assert!(
        ran.stderr.contains("can be read by everyone"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains(&format!("fix: chmod 600 {}", file.display())),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.json()["warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn a_secret_that_others_can_change_is_warned_of() {
    let desk = Desk::new();
    let site = "[[site_key]]\nversion = 7\nkey = \"000102030405060708090a0b0c0d0e0f\"\ncreated = \"2026-11-22\"\n";
    for (flag, content) in [
        ("--api-key-file", "seam_key"),
        ("--record-key-file", KEY),
        ("--site-keys-file", site),
    ] {
        let file = desk.file("secret", content);
        for (mode, by) in [
            (0o620, "its whole group"),
            (0o602, "everyone on this machine"),
        ] {
            set_mode(&file, mode);
            let ran = desk
                .run(&["config", "check", "--json", flag, file.to_str().unwrap()])
                .succeeded();
            let warning = format!("{} can be changed by {by}", file.display());
            assert_eq!(ran.json()["warnings"], json!([warning]), "{flag}");
        }
    }
}

#[test]
fn a_key_that_is_not_there_is_copied_before_one_is_made() {
    let desk = Desk::new();
    for (flag, what) in [
        ("--record-key-file", "there is no record key at none.key"),
        ("--site-keys-file", "there is no site key file at none.key"),
    ] {
        let ran =
            desk.run(&["config", "check", flag, "none.key"])
                .failed(3, what, "copy the property's");
        let copy = ran.stderr.find("copy the property's").unwrap();
        assert!(
            ran.stderr[copy..].contains("cardbridge keys new"),
            "{}",
            ran.stderr
        );
    }
}

/// As they are copied from a header, a shell file, a web page.
#[test]
fn a_secret_with_something_around_it_is_told_by_the_check() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let desk = Desk::new()
        .with("CARDBRIDGE_REPORT_URL", "https://pms.example/hook")
        .with("CARDBRIDGE_REPORT_SECRET_FILE", "secret");
    desk.file("secret", format!("  {secret}\n"));
    desk.run(&["config", "check"]).succeeded();
    for (copied, what) in [
        (format!("v1,{secret}"), "in front of the secret"),
        (format!("WEBHOOK_SECRET={secret}"), "in front of the secret"),
        (format!("secret: {secret}"), "in front of the secret"),
        (format!("\"{secret}\""), "in quotes"),
        (format!("{secret}\n{secret}\n"), "more than one line"),
        (format!("# the receiver\n{secret}\n"), "more than one line"),
        ("whsec_MfKQ9r8GKYqr TwjU".to_owned(), "a blank in it"),
        ("whsec_MfKQ9r8G?KYqr".to_owned(), "base64"),
    ] {
        desk.file("secret", &copied);
        let ran = desk.run(&["config", "check"]).failed(3, what, "whsec_");
        assert!(!ran.stderr.contains("MfKQ"), "{}", ran.stderr);
    }
    let desk = Desk::new().with("SEAM_API_KEY", "'seam_abc'");
    let ran = desk
        .run(&["config", "check"])
        .failed(3, "SEAM_API_KEY", "seam_");
    assert!(!ran.stderr.contains("seam_abc"), "{}", ran.stderr);
}

#[test]
fn site_keys_that_everyone_can_read_are_not_used() {
    let desk = Desk::new().with("CARDBRIDGE_SITE_KEYS_FILE", "site-keys.toml");
    let text = "[[site_key]]\nversion = 7\nkey = \"000102030405060708090a0b0c0d0e0f\"\ncreated = \"2026-11-22\"\n";
    let file = desk.file("site-keys.toml", text);
    let private = desk.run(&["config", "check", "--json"]).succeeded();
    assert_eq!(private.json()["warnings"], json!([]));
    let shown = setting(&private, "site keys");
    assert_eq!(shown["from"], "CARDBRIDGE_SITE_KEYS_FILE");
    assert!(
        shown["value"]
            .as_str()
            .unwrap()
            .contains("version 7, fingerprint")
    );
    assert!(!private.stdout.contains("00010203"), "{}", private.stdout);

    set_mode(&file, 0o640);
    let ran = desk.run(&["config", "check", "--json"]).succeeded();
    assert!(ran.stderr.contains("its whole group"), "{}", ran.stderr);

    set_mode(&file, 0o644);
    let ran = desk.run(&["config", "check"]).failed(
        3,
        "site-keys.toml can be read by everyone",
        "chmod 600 site-keys.toml",
    );
    assert!(!ran.stderr.contains("00010203"), "{}", ran.stderr);
}

#[test]
fn site_keys_of_the_service_manager_may_have_a_group_mode() {
    let desk = Desk::new();
    let text = "[[site_key]]\nversion = 1\nkey = \"000102030405060708090a0b0c0d0e0f\"\ncreated = \"2026-11-22\"\n";
    let file = desk.file("credentials/site_keys", text);
    set_mode(&file, 0o440);
    let directory = desk.path("credentials").to_str().unwrap().to_owned();
    let desk = desk.with("CREDENTIALS_DIRECTORY", directory);
    let ran = desk.run(&["config", "check", "--json"]).succeeded();
    assert_eq!(ran.json()["warnings"], json!([]));
    assert_eq!(
        setting(&ran, "site keys")["from"],
        "$CREDENTIALS_DIRECTORY/site_keys"
    );
}

#[test]
fn malformed_record_keys_are_refused_without_being_shown() {
    for content in [
        &b""[..],
        b"00010203",
        &KEY.as_bytes()[..62],
        &[0xff; 33],
        format!("{KEY}00").as_bytes(),
    ] {
        let desk = Desk::new();
        let file = desk.file("record.key", content);
        let ran = desk.run(&[
            "config",
            "check",
            "--record-key-file",
            file.to_str().unwrap(),
        ]);
        let ran = ran.failed(3, "record.key", "record key");
        assert!(!ran.stderr.contains("0001"), "{}", ran.stderr);
    }
}

#[test]
fn record_keys_are_hex_or_raw() {
    let raw: Vec<u8> = (0..32).collect();
    let mut fingerprints = Vec::new();
    for content in [
        KEY.as_bytes(),
        format!("{}\n", KEY.to_uppercase()).as_bytes(),
        &raw,
    ] {
        let desk = Desk::new();
        desk.file("record.key", content);
        let ran = desk
            .run(&[
                "config",
                "check",
                "--json",
                "--record-key-file",
                "record.key",
            ])
            .succeeded();
        fingerprints.push(
            setting(&ran, "record key")["value"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert!(
        fingerprints
            .iter()
            .all(|fingerprint| fingerprint == &fingerprints[0]),
        "{fingerprints:?}"
    );
}

#[test]
fn a_report_address_needs_a_secret_and_a_safe_way() {
    let desk = Desk::new();
    desk.file("secret", "whsec_AAAA");
    desk.run(&[
        "config",
        "check",
        "--report-url",
        "https://pms.example/hook",
    ])
    .failed(3, "no secret", "whsec_");
    desk.run(&[
        "config",
        "check",
        "--report-url",
        "http://pms.example/hook",
        "--report-secret-file",
        "secret",
    ])
    .failed(3, "--report-url", "");
}

#[test]
fn systemd_credentials_are_found() {
    let desk = Desk::new();
    desk.file("credentials/seam_api_key", "seam_key");
    desk.file("credentials/record_key", KEY);
    let directory = desk.path("credentials").to_str().unwrap().to_owned();
    let desk = desk.with("CREDENTIALS_DIRECTORY", directory);
    let ran = desk.run(&["config", "check", "--json"]).succeeded();
    assert_eq!(ran.json()["missing"], json!([]));
    assert_eq!(
        setting(&ran, "seam API key")["from"],
        "$CREDENTIALS_DIRECTORY/seam_api_key"
    );
}

#[test]
fn the_example_is_a_valid_file() {
    let desk = Desk::new();
    let example = desk.run(&["config", "example"]).succeeded().stdout;
    let document = desk
        .run(&["config", "example", "--json"])
        .succeeded()
        .json();
    assert_eq!(document["toml"], example);
    desk.file("example.toml", &example);
    for secret in [
        "seam-api-key",
        "record.key",
        "record-2025.key",
        "report-secret",
    ] {
        assert!(example.contains(secret));
    }
    let ran = desk
        .run(&["config", "check", "--json", "--config", "example.toml"])
        .succeeded();
    let changed: Vec<_> = ran.json()["settings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|setting| setting["from"].as_str().unwrap().contains("example.toml"))
        .cloned()
        .collect();
    assert_eq!(changed, Vec::<Value>::new(), "the example sets nothing");
}

#[test]
fn a_failure_is_one_json_document_too() {
    let desk = Desk::new().with("SEAM_API_KEY", "");
    let ran = desk.run(&["config", "check", "--json"]);
    assert_eq!(ran.code, 3);
    let error = &ran.json()["error"];
    assert_eq!(error["exit"], 3);
    assert_eq!(error["message"], "SEAM_API_KEY is empty");
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .starts_with("set SEAM_API_KEY")
    );
}

#[test]
fn a_reader_of_no_known_make_is_named_with_its_line_and_the_known_ones() {
    let desk = Desk::new();
    let entry =
        |like: &str| format!("[[encoder.profiles]]\nreader = \"Front\"\nlike = \"{like}\"\n");
    desk.file("desk.toml", entry("acr999"));
    desk.run(&["config", "check", "--config", "desk.toml"]).failed(
        3,
        "`encoder.profiles.like` in desk.toml line 3: `acr999` is no reader model; known are acr122u,",
        "correct it",
    );
    desk.file("desk.toml", entry("omnikey-5427"));
    let ran = desk
        .run(&["config", "check", "--json", "--config", "desk.toml"])
        .succeeded();
    let profile = setting(&ran, "encoder.profiles");
    assert_eq!(profile["value"], "\"Front\" is like omnikey-5427");
    assert_eq!(
        profile["from"],
        "`encoder.profiles.reader` in desk.toml line 2"
    );
}
