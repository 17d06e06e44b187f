//! What is built in, told to people and to scripts.

use std::process::Stdio;

use cardbridge_drivers::cards;

use crate::desk::Desk;

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
