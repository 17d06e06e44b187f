//! What a person sees at a terminal of a given width, and what goes into a file instead.

use std::process::Command;

use cardbridge::issuance::entry::Report;
use cardbridge::issuance::journal::{Delivery, Journal, SinkName};

use crate::desk::Desk;
use crate::history::{wait, written};

/// What a command shows on a terminal with so many columns, in lines, without the colours.
fn on_terminal(desk: &Desk, columns: usize, command: &str) -> Vec<String> {
    let binary = env!("CARGO_BIN_EXE_cardbridge");
    let typed = format!("stty cols {columns} rows 24; {binary} {command}");
    let mut script = Command::new("script");
    let cardbridge = desk.command(&[]);
    script
        .args(["-qec", &typed, "/dev/null"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TERM", "xterm")
        .current_dir(desk.path(""));
    script.envs(
        cardbridge
            .get_envs()
            .filter_map(|(name, value)| value.map(|value| (name, value))),
    );
    let output = script.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let plain = anstream::adapter::strip_str(&shown).to_string();
    plain
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn fits(lines: &[String], columns: usize) {
    for line in lines {
        assert!(line.chars().count() <= columns, "{line}\nin\n{lines:#?}");
    }
}

#[test]
fn a_history_fits_and_every_id_in_it_is_whole() {
    let desk = Desk::new().with("CARDBRIDGE_STATE_DIR", "state");
    let journal = Journal::open(&desk.path("state")).unwrap();
    let id = "73a0a199-024f-454d-a916-9bbda8502c12";
    let issuance = written(&journal, id, 1, 0);
    let delivery = Delivery {
        attempts: 1,
        last_error: Some("the receiver answered 503 Service Unavailable".to_owned()),
        ..Delivery::default()
    };
    wait(journal.note_delivery(
        issuance.issuance_id,
        Report::Issued,
        SinkName::Event,
        &delivery,
    ))
    .unwrap();
    for columns in [60, 80, 100, 120] {
        let lines = on_terminal(&desk, columns, "history");
        fits(&lines, columns);
        let text = lines.join("\n");
        for whole in [id, "01010101010101"] {
            assert!(text.contains(whole), "{whole} at {columns}:\n{text}");
        }
    }
    let piped = desk.run(&["history"]).succeeded().stdout;
    assert_eq!(
        piped.lines().count(),
        2,
        "one line each in a pipe:\n{piped}"
    );
}

#[test]
fn advice_is_wrapped_between_words_and_under_itself() {
    let lines = on_terminal(&Desk::new(), 60, "encode --next");
    fits(&lines, 60);
    let at = |start: &str| {
        lines
            .iter()
            .position(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("{start} in {lines:#?}"))
    };
    let after = &lines[at("  fix: ") + 1];
    assert!(after.starts_with("       "), "{lines:#?}");
}
