//! The words that people read: what README, help and messages say is plain English, in the words of the field. Each entry here
//! has been written before and is better said otherwise; names in code and in JSON are not looked at.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// What is not said, and what to say instead. Whole words, in any case.
const INSTEAD: &[(&str, &str)] = &[
    ("covers", "overrides"),
    ("put down", "placed"),
    ("lifted", "removed"),
    ("lies on", "is on"),
    ("lies there", "is there"),
    ("lay on", "was on"),
    ("stand on", "are on"),
    ("stands on", "is on"),
    ("stands in", "is in"),
    ("stands there", "is there"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("do:", "fix:"),
    ("make of reader", "reader model"),
    ("makes of reader", "reader models"),
    ("is told", "is reported, or recognised"),
    ("are told", "are reported, or recognised"),
    ("told by", "identified by"),
    ("told apart by", "identified by"),
    ("told otherwise", "by default"),
    ("says otherwise", "overrides"),
    ("taken for", "treated as"),
    ("turned down", "rejected"),
    ("left alone for", "a pause of"),
    ("to be had", "found"),
    ("in the way", "what is wrong"),
    ("half-way", "unfinished"),
    ("anew", "again"),
    ("nobody", "say what does not happen, without a person"),
    ("somebody", "name who it is, or leave the person out"),
    ("whoever", "the user who"),
    ("a fault in cardbridge", "a bug in cardbridge"),
    ("a fault of cardbridge", "a bug in cardbridge"),
];

/// Further words that comments do without.
const NOT_IN_COMMENTS: &[(&str, &str)] = &[
    ("takes down", "notes, or adds"),
    ("take down", "note, or add"),
    ("good no more", "no longer valid"),
    ("counts no more", "no longer counts"),
    ("lies", "is"),
    ("stand", "are"),
    ("stands", "is, or means"),
    ("told", "reported, shown or distinguished"),
    ("unless told", "by default"),
    ("for people", "as shown to people"),
    ("left alone", "a pause"),
    ("no one", "say what does not happen, without a person"),
    ("lifts", "removes"),
    ("lifting", "removing"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("stood", "was"),
    ("lying", "on the reader"),
    ("each make", "each model"),
    ("every make", "every model"),
];

/// Where the comments are.
const COMMENTED: &[&str] = &["src", "drivers", "tests", "benches"];

const DOCUMENTS: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "docs/json.md",
    "udev/README.md",
    "drivers/record/README.md",
    "src/config/example.toml",
];

/// Parts of paths whose texts only a failed test shows.
const FOR_DEVELOPERS: &[&str] = &["tests.rs", "/tests/", "/testing/", "/specimens.rs"];

#[test]
fn documents_are_in_plain_words() {
    let mut found = Vec::new();
    for document in DOCUMENTS {
        check(document, &read(&root().join(document)), &mut found);
    }
    let changelog = read(&root().join("CHANGELOG.md"));
    let unreleased = changelog.split("\n## [").nth(1).unwrap();
    assert!(unreleased.starts_with("Unreleased]"));
    check("CHANGELOG.md", unreleased, &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn help_is_in_plain_words() {
    let mut found = Vec::new();
    let commands = check_help(&mut Vec::new(), &mut found);
    assert!(commands > 25, "{commands}");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn messages_are_in_plain_words() {
    let (mut found, mut sentences) = (Vec::new(), 0);
    for folder in ["src", "drivers/src", "drivers/record/src"] {
        for file in sources(&root().join(folder)) {
            let shown = file.strip_prefix(root()).unwrap().display().to_string();
            if FOR_DEVELOPERS.iter().any(|part| shown.contains(part)) {
                continue;
            }
            for line in read(&file).lines() {
                for sentence in sentences_in(line) {
                    check(&shown, sentence, &mut found);
                    sentences += 1;
                }
            }
        }
    }
    assert!(sentences > 500, "{sentences}");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn comments_are_in_plain_words() {
    let (mut found, mut comments) = (Vec::new(), 0);
    for folder in COMMENTED {
        for file in sources(&root().join(folder)) {
            let shown = file.strip_prefix(root()).unwrap().display().to_string();
            let comment = comments_in(&read(&file));
            check(&shown, &comment, &mut found);
            check_for(NOT_IN_COMMENTS, &shown, &comment, &mut found);
            comments += comment.lines().count();
        }
    }
    assert!(comments > 7_000, "{comments}");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Checks the help of a command and of those below it; gives how many that were.
fn check_help(command: &mut Vec<String>, found: &mut Vec<String>) -> usize {
    let output = Command::new(env!("CARGO_BIN_EXE_cardbridge"))
        .args(&*command)
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    check(&format!("help of `{}`", command.join(" ")), &help, found);
    let listed = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A wrapped description goes on further to the right.
        .filter(|line| !line.starts_with("   "));
    let mut count = 1;
    for name in listed.filter_map(|line| line.split_whitespace().next()) {
        if name != "help" {
            command.push(name.to_owned());
            count += check_help(command, found);
            command.pop();
        }
    }
    count
}

/// The string literals of a line of code that have more than one word.
fn sentences_in(line: &str) -> impl Iterator<Item = &str> {
    let code = if line.trim_start().starts_with("//") {
        ""
    } else {
        line
    };
    let literals = code.split('"').skip(1).step_by(2);
    literals.filter(|literal| literal.contains(' '))
}

/// The comments of a file, a line for each of its lines that has one.
fn comments_in(file: &str) -> String {
    let comment = |line: &str| {
        let (code, comment) = line.split_once("//")?;
        // An address in a string is none.
        (!code.ends_with(':')).then(|| comment.trim_start_matches(['/', '!']).trim().to_owned())
    };
    file.lines()
        .filter_map(comment)
        .collect::<Vec<_>>()
        .join("\n")
}

fn check(place: &str, text: &str, found: &mut Vec<String>) {
    check_for(INSTEAD, place, text, found);
}

fn check_for(words: &[(&str, &str)], place: &str, text: &str, found: &mut Vec<String>) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = text.to_lowercase();
    for (word, better) in words {
        for (at, _) in lower.match_indices(word) {
            let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_' || c == '`';
            let (before, after) = (&lower[..at], &lower[at + word.len()..]);
            if before.ends_with(part_of_a_word) || after.starts_with(part_of_a_word) {
                continue;
            }
            let around: String = before.chars().rev().take(30).collect();
            let around: String = around.chars().rev().collect();
            let rest: String = after.chars().take(30).collect();
            found.push(format!(
                "{place}: \"…{around}{word}{rest}…\": not `{word}`, but: {better}"
            ));
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
