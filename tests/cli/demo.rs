//! `demo --once`: the whole job, as somebody sees it who has just cloned the project.

use std::collections::HashSet;
use std::fs;

use cardbridge_drivers::cards;

use crate::desk::Desk;

#[test]
fn every_waiting_credential_is_issued_and_shown_in_80_columns() {
    let ran = Desk::new().run(&["demo", "--once"]).succeeded();
    let rows: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.ends_with("  closed"))
        .collect();
    assert!(rows.len() >= 12, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains(&format!("{0} of {0} the API itself", rows.len())),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("does not open a stock Visionline or Vostio lock")
    );
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn each_credential_is_on_a_card_of_its_own_and_every_card_type_has_one() {
    let issuances = Desk::new()
        .run(&["demo", "--once", "--json"])
        .succeeded()
        .json();
    let issuances = issuances.as_array().unwrap();
    let distinct = |field: &str| {
        issuances
            .iter()
            .map(|issuance| issuance[field].to_string())
            .collect::<HashSet<_>>()
    };
    assert_eq!(distinct("card_uid").len(), issuances.len());
    assert_eq!(distinct("acs_credential_id").len(), issuances.len());
    assert_eq!(distinct("state"), HashSet::from(["\"closed\"".to_owned()]));
    // The smallest record that there is has 58 bytes.
    let fitting: HashSet<_> = cards::ALL
        .iter()
        .flat_map(|driver| driver.models)
        .filter(|model| model.capacity >= 58)
        .map(|model| format!("\"{}\"", model.name))
        .collect();
    assert_eq!(distinct("card_type"), fitting);
}

#[test]
fn nothing_is_left_behind() {
    let desk = Desk::new();
    let temporary = desk.path("tmp");
    fs::create_dir(&temporary).unwrap();
    let desk = desk.with("TMPDIR", temporary.to_str().unwrap());
    desk.run(&["demo", "--once"]).succeeded();
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    Desk::new()
        .run(&["demo", "--once", "--listen", &address])
        .failed(3, "cannot listen on", "--listen");
}
