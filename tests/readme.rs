//! The README held against the program: its configuration, its commands, its exit codes, its table of cards.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::collections::BTreeSet;
use std::process::Command;

use cardbridge_drivers::contract::{ReaderProfile, Uid};
use cardbridge_drivers::keys::{KeyVersion, SecretKey, SiteKey};
use cardbridge_drivers::testing::cost;

const JSON: &str = include_str!("../docs/json.md");

const README: &str = include_str!("../README.md");

#[test]
fn the_configuration_is_the_program_s_own_example() {
    let block = README.split("```toml\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    assert_eq!(block, include_str!("../src/config/example.toml"));
}

/// The examples were made by a program that is not ours.
#[test]
fn the_keys_of_the_example_are_those_that_cards_get() {
    let key = SiteKey {
        version: KeyVersion::FIRST,
        key: SecretKey::new(std::array::from_fn(|at| u8::try_from(at).unwrap())),
    };
    let mut rows = 0;
    for row in table(section("| key | AID | slot |")) {
        let [name, aid, slot, _, example] = row[..] else {
            panic!("{row:?}")
        };
        let uid: &[u8] = if name.starts_with("MIFARE Classic") {
            &[0xC3, 0xD4, 0xE5, 0x80]
        } else {
            &[0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80]
        };
        let aid = match aid {
            "none" => Vec::new(),
            aid => hex::decode(aid.trim_matches('`')).unwrap(),
        };
        let (uid, slot) = (Uid::try_from(uid).unwrap(), slot.parse().unwrap());
        let made = match aid[..] {
            [] => key.diversify(&uid, &[], slot),
            [a0, a1] => key.diversify(&uid, &[a0, a1], slot),
            [a0, a1, a2] => key.diversify(&uid, &[a0, a1, a2], slot),
            _ => panic!("{row:?}"),
        };
        assert_eq!(
            hex::encode(made.expose()),
            example.trim_matches('`'),
            "{name}"
        );
        rows += 1;
    }
    assert_eq!(rows, 7);
}

fn table(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

#[test]
fn every_command_is_in_the_table() {
    let table = section("## Commands");
    let commands = commands_in_help();
    assert!(commands.len() > 5, "{commands:?}");
    let missing: Vec<_> = commands
        .iter()
        .filter(|name| {
            // In backticks, alone or followed by options or a subcommand.
            !table.contains(&format!("`{name}`")) && !table.contains(&format!("`{name} "))
        })
        .collect();
    assert!(missing.is_empty(), "README lacks {missing:?}");
}

#[test]
fn the_table_has_no_command_that_is_not_there() {
    let table = section("| command | does |");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let mut commands = 0;
    for row in rows {
        let names = row.split('|').nth(1).unwrap();
        for code in names.split('`').skip(1).step_by(2) {
            let words = code
                .split([' ', '\\'])
                .take_while(|word| word.starts_with(char::is_lowercase));
            let help = cardbridge().args(words).arg("--help").output().unwrap();
            assert!(help.status.success(), "there is no `{code}`");
            commands += 1;
        }
    }
    assert!(commands > 10, "{table}");
}

#[test]
fn no_document_names_a_subcommand_that_is_not_there() {
    let help = |words: &[&str]| cardbridge().args(words).arg("--help").output().unwrap();
    let has_subcommands = |name: &String| {
        let help = help(&[name.as_str()]);
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("\nCommands:")
    };
    let groups: Vec<_> = commands_in_help()
        .into_iter()
        .filter(has_subcommands)
        .collect();
    let mut named = BTreeSet::new();
    for document in [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/json.md",
        "docs/local-api.md",
        "udev/README.md",
    ] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        for line in text.split('`').skip(1).step_by(2).flat_map(str::lines) {
            let line = line.trim().trim_start_matches("sudo ");
            let mut words = line.trim_start_matches("cardbridge ").split(' ');
            let (Some(group), Some(word)) = (words.next(), words.next()) else {
                continue;
            };
            let is_word = word.chars().all(|c| c.is_ascii_lowercase());
            if is_word && groups.iter().any(|name| name == group) {
                named.insert((group.to_owned(), word.to_owned(), document));
            }
        }
    }
    assert!(named.len() > 10, "{named:?}");
    for (group, word, document) in &named {
        let is_there = help(&[group.as_str(), word.as_str()]).status.success();
        assert!(is_there, "{document}: there is no `{group} {word}`");
    }
}

#[test]
fn exit_codes_are_those_of_the_help() {
    let help = help();
    let in_help = help
        .split("Exit codes:")
        .nth(1)
        .unwrap()
        .lines()
        .filter_map(|line| line.trim_start().split_once("  ")?.0.parse::<u8>().ok());
    let in_readme = section("| exit | means |").lines().filter_map(|line| {
        line.strip_prefix("| ")?
            .split(' ')
            .next()?
            .parse::<u8>()
            .ok()
    });
    assert_eq!(in_readme.collect::<Vec<_>>(), in_help.collect::<Vec<_>>());
}

#[test]
fn the_table_of_cards_is_what_is_counted_now() {
    let counted = cost::table().unwrap();
    let written: String = section("## Cards and drivers")
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(
        written, counted,
        "`cargo test --bench desk -- cards` prints the table anew"
    );
}

#[test]
fn the_table_of_readers_is_that_of_the_program() {
    let table = section("## Readers");
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 2 + ReaderProfile::ALL.len());
    for (row, profile) in rows.iter().skip(2).zip(ReaderProfile::ALL) {
        assert!(row.contains(&format!("| `{}` |", profile.name)), "{row}");
        let beeps = if profile.signals.is_some() {
            "yes"
        } else {
            "no"
        };
        let end = format!("| {} | {beeps} |", profile.longest_apdu);
        assert!(row.ends_with(&end), "{row}");
        assert_eq!(row.contains("| – |"), profile.raw.is_empty(), "{row}");
    }
}

/// The README from a line on, up to the next heading.
fn section(start: &str) -> &'static str {
    let text = README.split(start).nth(1).unwrap();
    text.split("\n## ").next().unwrap()
}

fn commands_in_help() -> Vec<String> {
    help()
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A wrapped description goes on further to the right.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn help() -> String {
    let output = cardbridge().arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn cardbridge() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardbridge"));
    // No configuration and no wish for colours of the person who runs the tests.
    command.env_clear();
    command
}

/// What two parts meet alike, such as writing and wiping, so that two errors have the word for it.
const MET_BY_TWO: [&str; 8] = [
    "card_foreign",
    "card_holds_another",
    "card_holds_more",
    "card_unfinished",
    "card_unknown",
    "encoder_unsuitable",
    "no_record_key",
    "stopped",
];

/// The words in the functions called `code` of these files, and those given to `coded` or to a contradiction.
fn codes_in(places: &[&str]) -> (Vec<String>, BTreeSet<String>) {
    let (mut codes, mut given) = (Vec::new(), BTreeSet::new());
    for path in files_in(places) {
        let source = std::fs::read_to_string(&path).unwrap();
        let quoted = |text: &str| -> BTreeSet<String> {
            let words = text.split('"').skip(1).step_by(2);
            words.map(str::to_owned).collect()
        };
        let functions = source.split("fn code(").skip(1);
        let bodies = functions.map(|rest| rest.split("\n    }\n").next().unwrap());
        codes.extend(bodies.flat_map(quoted));
        let words = source.split(".coded(\"").skip(1);
        given.extend(words.map(|rest| rest.split('"').next().unwrap().to_owned()));
        // Profiles of access systems give theirs to the contradiction that they found.
        let found = source.split("Contradiction::new(").skip(1);
        let found = found.filter_map(|rest| rest.trim_start().strip_prefix('"'));
        given.extend(found.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    (codes, given)
}

/// The files at these places, those in folders included.
fn files_in(places: &[&str]) -> Vec<std::path::PathBuf> {
    let mut left: Vec<_> = places.iter().map(|place| root().join(place)).collect();
    let mut files = Vec::new();
    while let Some(place) = left.pop() {
        if place.is_dir() {
            let entries = std::fs::read_dir(place).unwrap();
            left.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            files.push(place);
        }
    }
    files
}

fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_code_is_listed_and_means_one_thing() {
    let (mut in_source, given) = codes_in(&["src", "drivers/src", "drivers/record/src"]);
    in_source.extend(
        given
            .into_iter()
            .filter(|word| !in_source.contains(word))
            .collect::<Vec<_>>(),
    );
    for word in MET_BY_TWO {
        let at = in_source.iter().position(|other| other == word);
        in_source.swap_remove(at.unwrap());
    }
    in_source.sort();
    let mut listed: Vec<String> = JSON
        .split("## Codes")
        .nth(1)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    listed.sort();
    assert!(in_source.len() > 50, "{in_source:?}");
    assert_eq!(in_source, listed);
}

#[test]
fn every_line_of_run_is_told() {
    let (lines, _) = JSON.split_once("## Codes").unwrap();
    let mut names = 0;
    for file in [
        "src/desk/event.rs",
        "src/cli/run.rs",
        "src/cli/serving.rs",
        "src/cli/output.rs",
    ] {
        let source = std::fs::read_to_string(root().join(file)).unwrap();
        for call in ["nothing(", "named(", "at(", "of(", "\"event\": "] {
            for rest in source.split(call).skip(1) {
                let Some(rest) = rest.trim_start().strip_prefix('"') else {
                    continue;
                };
                let name = rest.split('"').next().unwrap();
                if name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                    assert!(lines.contains(&format!("`{name}`")), "{name} of {file}");
                    names += 1;
                }
            }
        }
    }
    assert!(names > 20, "{names}");
}

/// Where the errors are that a page can meet.
const MET_BY_A_PAGE: [&str; 15] = [
    "src/desk/error.rs",
    "src/desk/seam_encoder/error.rs",
    "src/desk/wipe/error.rs",
    "src/issuance/refusal.rs",
    "src/issuance/journal/error.rs",
    "src/encoder/error.rs",
    "src/encoder/simulated/fault.rs",
    "src/queue/claims/error.rs",
    "src/seam/error/mod.rs",
    "src/seam/error/api.rs",
    "src/seam/error/attempt.rs",
    "src/seam/time.rs",
    "drivers/src/contract/driver.rs",
    "drivers/src/contract/channel_error.rs",
    "drivers/record/src/profiles/refusal.rs",
];

#[test]
fn every_code_that_a_page_can_meet_is_in_one_list() {
    let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let (_, contradictions) = codes_in(&["drivers/record/src"]);
    let (mut met, _) = codes_in(&MET_BY_A_PAGE);
    met.extend(contradictions);
    let marks = std::fs::read_to_string(root().join("src/desk/guests/guest.rs")).unwrap();
    let quoted = marks.split('"').skip(1).step_by(2);
    met.extend(quoted.filter(is_word).map(str::to_owned));
    for file in files_in(&["src/serve", "src/rpc"]) {
        let source = std::fs::read_to_string(file).unwrap();
        // The constructors of the type itself say `Self`.
        let source = source.replace("Self::new(", "Refusal::new(");
        for refusal in source.split("Refusal::new(").skip(1) {
            let arguments = refusal.split(')').next().unwrap();
            let word = arguments.split('"').nth(1).filter(is_word);
            met.extend(word.map(str::to_owned));
        }
    }
    met.sort();
    met.dedup();
    assert!(met.len() > 60, "{met:?}");
    assert_eq!(met, cardbridge::text::CODES);
}
