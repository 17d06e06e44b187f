//! `demo --once`: the whole job, as seen right after cloning the project.

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use cardbridge_drivers::cards;

use crate::desk::Desk;

#[test]
fn every_waiting_credential_is_issued_and_shown_in_80_columns() {
    let ran = Desk::new().run(&["demo", "--once", "--fast"]).succeeded();
    let rows = rows(ran.stdout.lines());
    assert!(rows >= 12, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("does not open a stock Visionline or Vostio lock")
    );
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn the_promise_is_played_and_one_line_closes() {
    let ran = Desk::new().run(&["demo", "--once", "--fast"]).succeeded();
    let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = said.as_str();
    for next in [
        "is gone after 12 of",
        "another card instead",
        ": refused:",
        "again: finished, read back, verified, reported",
        "killed (SIGKILL) after 12 of",
        "`cardbridge read` of that card: torn",
        "a new agent with the same journal: finished, read back, verified, reported",
        "original",
        ": verified:",
        "copy",
        "NOT verified: do not trust this card",
        "✓ not genuine:",
    ] {
        rest = rest
            .split_once(next)
            .unwrap_or_else(|| panic!("`{next}` is not in its place:\n{}", ran.stdout))
            .1;
    }
    // The cards of the accidents count too.
    let all = rows(ran.stdout.lines()) + 2;
    assert!(said.contains(&format!("{all} of {all} the API itself")));
    let last = ran.stdout.lines().last().unwrap();
    assert!(
        last.starts_with(&format!("✓ {all} credentials, each on one card")),
        "{last}"
    );
}

#[test]
fn progress_on_a_terminal_leaves_every_row_standing() {
    let desk = Desk::new();
    let demo = concat!(
        "stty cols 80 rows 24; exec ",
        env!("CARGO_BIN_EXE_cardbridge"),
        " demo --once --fast"
    );
    // The terminal comes from util-linux.
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", demo, "/dev/null"])
        .env("HOME", desk.path(""))
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    let raw = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{raw}");
    assert!(raw.contains("━"), "no progress is shown: {raw}");
    let shown = screen(&raw);
    let text = shown.join("\n");
    let all = rows(shown.iter().map(String::as_str)) + 2;
    assert!(text.contains(&format!("{all} of {all} written")), "{text}");
    assert!(!text.contains('━'), "{text}");
    assert!(raw.contains("\u{1b}[32m"), "nothing is green");
}

/// How many cards the table shows as good.
fn rows<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    let is_row = |line: &&str| {
        line.starts_with("✓ ")
            && line
                .split_whitespace()
                .last()
                .is_some_and(|commands| commands.parse::<usize>().is_ok())
    };
    lines.filter(is_row).count()
}

/// What a terminal of any height shows in the end: the few movements of ECMA-48 that the program makes.
fn screen(raw: &str) -> Vec<String> {
    let mut lines: Vec<Vec<char>> = vec![vec![]];
    let (mut row, mut column) = (0, 0);
    let mut rest = raw.chars();
    while let Some(c) = rest.next() {
        match c {
            '\r' => column = 0,
            '\n' => {
                row += 1;
                if row == lines.len() {
                    lines.push(vec![]);
                }
            }
            '\u{1b}' => {
                assert_eq!(rest.next(), Some('['));
                let mut distance = String::new();
                let movement = loop {
                    match rest.next().unwrap() {
                        c if c.is_ascii_alphabetic() => break c,
                        c => distance.push(c),
                    }
                };
                match movement {
                    // Colours.
                    'm' => {}
                    'K' => lines[row].clear(),
                    'A' => row -= distance.parse::<usize>().unwrap(),
                    other => panic!("this terminal does not know {other}"),
                }
            }
            c => {
                let line = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = c;
                column += 1;
            }
        }
    }
    lines.into_iter().map(String::from_iter).collect()
}

#[test]
fn each_credential_is_on_a_card_of_its_own_and_every_card_type_has_one() {
    let issuances = Desk::new()
        .run(&["demo", "--once", "--fast", "--json"])
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
    desk.run(&["demo", "--once", "--fast"]).succeeded();
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    Desk::new()
        .run(&["demo", "--once", "--fast", "--listen", &address])
        .failed(3, "cannot listen on", "--listen");
}
