//! What is built in, what surrounds it, and what is said before a card is asked for.

use std::process::Stdio;

use cardbridge_drivers::cards;

use crate::desk::Desk;
use crate::hotel::Hotel;

#[test]
fn every_model_of_every_driver_is_listed() {
    let desk = Desk::new();
    let people = desk.run(&["drivers"]).succeeded().stdout;
    let listed = desk.run(&["drivers", "--json"]).succeeded().json();
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["name"].as_str().unwrap())
        .collect();
    let known: Vec<&str> = cards::ALL
        .iter()
        .flat_map(|driver| driver.models)
        .map(|model| model.name)
        .collect();
    assert_eq!(names, known);
    for model in cards::ALL.iter().flat_map(|driver| driver.models) {
        assert!(
            people.contains(model.title),
            "{} is not in:\n{people}",
            model.title
        );
    }
}

#[test]
fn a_broken_configuration_does_not_stop_what_needs_none() {
    let desk = Desk::new().with("CARDBRIDGE_CONFIG", "broken.toml");
    desk.file("broken.toml", "nonsense");
    desk.run(&["drivers"]).succeeded();
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Desk::new()
        .command(&["config", "example"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = output.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

/// The verdict and the words of one check.
pub(crate) fn finding(ran: &crate::desk::Ran, check: &str) -> (String, String) {
    let document = ran.json();
    let found = document
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("no check `{check}` in {document}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (
        text("verdict"),
        format!("{} {}", text("what"), text("hint")),
    )
}

#[test]
fn the_doctor_tells_a_good_desk_from_a_bad_one() {
    let hotel = Hotel::open();
    let good = hotel.desk();
    good.run(&["keys", "new", "record.key"]).succeeded();
    let good = good
        .with("CARDBRIDGE_RECORD_KEY_FILE", "record.key")
        .with("CARDBRIDGE_REPORT_URL", &hotel.report_url);
    good.file("secret", &hotel.report_secret);
    let ran = good
        .with("CARDBRIDGE_REPORT_SECRET_FILE", "secret")
        .run(&["doctor", "--json"]);
    for check in [
        "configuration",
        "record key",
        "journal",
        "Seam API",
        "clock",
        "report receiver",
    ] {
        assert_eq!(finding(&ran, check).0, "ok", "{check}: {}", ran.stdout);
    }

    let bad = Desk::new()
        .with("SEAM_ENDPOINT", &hotel.endpoint)
        .with("SEAM_API_KEY", "seam_wrong");
    bad.file("in-the-way", "");
    let ran = bad
        .with("CARDBRIDGE_STATE_DIR", "in-the-way/state")
        .run(&["doctor", "--json"]);
    assert_eq!(ran.code, 1);
    for (check, verdict, words) in [
        ("record key", "fail", "cardbridge keys new"),
        ("journal", "fail", "CARDBRIDGE_STATE_DIR"),
        ("Seam API", "fail", "unauthorized"),
        ("report receiver", "warn", "CARDBRIDGE_REPORT_URL"),
    ] {
        let (found, text) = finding(&ran, check);
        assert_eq!(found, verdict, "{check}: {text}");
        assert!(text.contains(words), "{check}: {text}");
    }
    assert!(!ran.stdout.contains("seam_wrong"));
}

#[test]
fn the_doctor_needs_no_valid_configuration() {
    let desk = Desk::new().with("CARDBRIDGE_CONFIG", "broken.toml");
    desk.file("broken.toml", "nonsense = 1\n");
    let ran = desk.run(&["doctor", "--json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(finding(&ran, "configuration").0, "fail");
    assert!(
        finding(&ran, "configuration")
            .1
            .contains("unknown key `nonsense`")
    );
}

#[test]
fn a_new_desk_has_no_history_and_nothing_to_send() {
    let desk = Desk::new();
    assert_eq!(
        desk.run(&["history", "--json"]).succeeded().json(),
        serde_json::json!([])
    );
    let retried = desk.run(&["retry", "--json"]).succeeded().json();
    assert_eq!(
        retried,
        serde_json::json!({"reported": [], "unreported": []})
    );
    assert_eq!(desk.run(&["history"]).succeeded().stdout, "");
}

#[test]
fn encode_says_what_is_asked_for() {
    let desk = Desk::new().with("SEAM_API_KEY", "seam_key");
    for arguments in [
        &["encode"][..],
        &["encode", "--next", "--credential", "c"],
        &["encode", "--next", "--acs-user", "u"],
        &["encode", "--credential"],
    ] {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
    }
    desk.run(&["encode", "--next"])
        .failed(3, "no record key", "keys new");
}

#[test]
fn what_cannot_be_issued_is_told_before_a_card_is_asked_for() {
    let hotel = Hotel::open();
    let desk = hotel.desk();
    desk.run(&["keys", "new", "record.key"]).succeeded();
    let desk = desk.with("CARDBRIDGE_RECORD_KEY_FILE", "record.key");
    let unknown = "00000000-0000-4000-8000-00000000dead";
    desk.run(&["encode", "--credential", unknown])
        .failed(4, "not_found", "check the id");
    let listed = desk
        .run(&["credentials", "list", "--json"])
        .succeeded()
        .stdout;
    let of_kind = |wanted: &dyn Fn(&serde_json::Value) -> bool| -> String {
        let found = listed
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .find(wanted);
        found.unwrap()["acs_credential_id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let issued = of_kind(&|credential| {
        credential["access_method"] == "card" && credential["is_issued"] == true
    });
    desk.run(&["encode", "--credential", &issued])
        .failed(4, "issued", "--reissue");
    let code = of_kind(&|credential| credential["access_method"] == "code");
    desk.run(&["encode", "--credential", &code])
        .failed(4, "not a card", "");
    let history = desk.run(&["history", "--json"]).succeeded().json();
    assert_eq!(history, serde_json::json!([]), "a refusal adds nothing");
}
