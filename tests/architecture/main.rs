//! The import rule of CONTRIBUTING.md, held against the source text: which file may name which crate, and what each part may know of the others.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

mod circles;

use std::fs;
use std::path::{Path, PathBuf};

/// No file is longer: past that it is more than one thing.
const LONGEST_FILE: usize = 500;

/// A crate that does I/O, and the only places that may name it. A path ending in `/` means everything below it.
const HOMES: &[(&str, &[&str])] = &[
    ("pcsc", &["src/encoder/pcsc/"]),
    ("reqwest", &["src/seam/", "src/report/"]),
    ("axum", &["src/rpc/", "src/sim/", "src/serve/"]),
    ("rusqlite", &["src/issuance/journal/"]),
    ("tokio_postgres", &["src/queue/claims/postgres/"]),
    ("tokio", &["src/"]),
    ("clap", &["src/main.rs", "src/cli/", "src/config/"]),
];

/// What a part of the library may use of the rest of it. Parts that are not listed may use everything.
const MAY_USE: &[(&str, &[&str])] = &[
    // A client for the Seam API, good enough to be a crate of its own.
    ("src/seam/", &["seam"]),
    // How calls of the API look on the wire, to the servers that answer them.
    ("src/rpc/", &["rpc"]),
    // A simulated API knows the API, not who calls it.
    ("src/sim/", &["sim", "rpc"]),
    // Readers know cards, not credentials.
    ("src/encoder/", &["encoder"]),
    // The state machine does no I/O, so it can know nothing that does.
    ("src/issuance/state.rs", &["issuance::state"]),
    (
        "src/issuance/entry.rs",
        &["issuance::entry", "issuance::state"],
    ),
    // An issuance knows its card and its credential, not where the one comes from and who gets the report.
    ("src/issuance/", &["issuance", "encoder", "seam"]),
    ("src/queue/", &["queue", "issuance", "seam"]),
    ("src/report/", &["report", "issuance", "seam"]),
    // The desk is given its settings; it knows neither the command line nor that an API may be simulated.
    (
        "src/desk/",
        &["desk", "issuance", "queue", "report", "encoder", "seam"],
    ),
    // Parts are put together for every front end alike: neither the command line nor a web page is known there.
    (
        "src/compose.rs",
        &[
            "config", "desk", "issuance", "queue", "report", "encoder", "seam",
        ],
    ),
];

#[test]
fn crates_that_do_io_are_named_at_home_only() {
    let mut strays = Vec::new();
    for source in sources() {
        for (name, homes) in HOMES {
            if homes.iter().any(|home| source.is_in(home)) {
                continue;
            }
            strays.extend(
                source
                    .lines_naming_crate(name)
                    .map(|line| format!("{line} names {name}")),
            );
        }
    }
    assert!(
        strays.is_empty(),
        "these belong elsewhere (see HOMES in this file):\n{}",
        strays.join("\n")
    );
}

#[test]
fn parts_know_only_what_they_may() {
    let mut strays = Vec::new();
    for source in sources() {
        for (part, allowed) in MAY_USE.iter().filter(|(part, _)| source.is_in(part)) {
            for (place, path) in source.paths_into_the_crate() {
                if !allowed
                    .iter()
                    .any(|prefix| path == *prefix || path.starts_with(&format!("{prefix}::")))
                {
                    strays.push(format!("{place}: {part} uses crate::{path}"));
                }
            }
        }
    }
    assert!(
        strays.is_empty(),
        "these know too much (see MAY_USE in this file):\n{}",
        strays.join("\n")
    );
}

/// What works in whatever program: it says what happened, and `src/text/` what to type there.
const KNOW_NO_COMMANDS: &[&str] = &[
    "drivers/src/",
    "drivers/record/src/",
    "src/seam/",
    "src/sim/",
    "src/encoder/",
    "src/issuance/",
    "src/queue/",
    "src/report/",
    "src/desk/",
];

#[test]
fn libraries_name_no_commands_options_or_variables() {
    let mut strays = Vec::new();
    for source in sources() {
        if !KNOW_NO_COMMANDS.iter().any(|part| source.is_in(part)) {
            continue;
        }
        for (place, code) in source.code() {
            if let Some(kind) = of_the_command_line(code) {
                strays.push(format!("{place} names {kind}: {}", code.trim()));
            }
        }
    }
    assert!(
        strays.is_empty(),
        "these say what to type, which is for src/text/ to say:\n{}",
        strays.join("\n")
    );
}

/// What a page says instead is beside it, or that it is not for the desk: see `Front` in `src/text/mod.rs`.
#[test]
fn advice_for_a_page_names_nothing_to_type() {
    let (mut strays, mut literals) = (Vec::new(), 0);
    for source in sources().iter().filter(|one| one.is_in("src/text/")) {
        let whole_types = source.text.split("impl Hint for ").skip(1);
        for advice in whole_types.filter(|advice| !advice.contains("if at == Front::Page")) {
            let mut before = String::new();
            for (index, part) in advice.split('"').enumerate() {
                if index % 2 == 0 {
                    before = part.split_whitespace().collect();
                    continue;
                }
                literals += 1;
                let is_only_typed = ["at.say(", "at.upkeep("]
                    .iter()
                    .any(|call| before.trim_end_matches("format!(").ends_with(call));
                let quoted = format!("\"{part}\"");
                if let (Some(kind), false) = (of_the_command_line(&quoted), is_only_typed) {
                    strays.push(format!("{}: a page would name {kind}: {part}", source.path));
                }
            }
        }
    }
    assert!(literals > 100, "{literals}");
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

/// The kind of what a person would type or set, where a line of code names it.
fn of_the_command_line(code: &str) -> Option<&'static str> {
    let option = |begin: &str| {
        code.split(begin)
            .skip(1)
            .any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
    };
    if code.contains("`cardbridge ") {
        Some("a command")
    } else if ["SEAM_", "CARDBRIDGE_"]
        .iter()
        .any(|name| code.contains(name))
    {
        Some("a variable")
    } else if [" --", "\"--", "`--"].into_iter().any(option) {
        Some("an option")
    } else {
        None
    }
}

#[test]
fn every_file_says_what_it_is_for_and_is_one_thing() {
    let mut faults = Vec::new();
    for source in all_rust_files() {
        if !source.text.starts_with("//! ") {
            faults.push(format!("{} does not open with //!", source.path));
        }
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!(
                "{} has {lines} lines, at most {LONGEST_FILE} are wanted",
                source.path
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_rules_speak_of_files_that_exist() {
    let files = all_rust_files();
    for part in [
        "src/seam/",
        "src/sim/",
        "src/encoder/",
        "src/issuance/",
        "src/queue/",
        "src/report/",
        "src/desk/",
        "src/compose.rs",
        "src/cli/",
        "drivers/src/",
        "drivers/record/src/",
    ] {
        assert!(
            files.iter().any(|file| file.is_in(part)),
            "{part} is gone; the rules above may hold nothing any more"
        );
    }
}

/// A file of the project: its path from the root, with forward slashes, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_in(&self, place: &str) -> bool {
        if place.ends_with('/') {
            self.path.starts_with(place)
        } else {
            self.path == place
        }
    }

    /// Lines of code with the comments taken off, each with its place.
    fn code(&self) -> impl Iterator<Item = (String, &str)> {
        self.text.lines().enumerate().filter_map(|(index, line)| {
            let code = line.split("//").next().unwrap_or_default();
            (!code.trim().is_empty()).then(|| (format!("{}:{}", self.path, index + 1), code))
        })
    }

    /// Where a path begins with this crate's name: `pcsc::Card`, `use pcsc;`, but not `encoder::pcsc::…` nor `mod pcsc;`.
    /// In a file with a module of that name, the name alone means the module.
    fn lines_naming_crate<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        let has_module = self
            .code()
            .any(|(_, code)| code.trim_start_matches("pub ") == format!("mod {name};"));
        self.code()
            .filter(move |(_, code)| {
                names_crate(code, name) && (!has_module || code.contains(&format!(" ::{name}::")))
            })
            .map(|(place, _)| place)
    }

    /// Every `crate::…` path in this file, up to its second segment.
    fn paths_into_the_crate(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (place, code) in self.code() {
            for rest in code.split("crate::").skip(1) {
                let path: String = rest
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':')
                    .collect();
                let path = path
                    .trim_end_matches(':')
                    .split("::")
                    .take(2)
                    .collect::<Vec<_>>()
                    .join("::");
                found.push((
                    place.clone(),
                    if path.is_empty() {
                        "{…}".to_owned()
                    } else {
                        path
                    },
                ));
            }
        }
        found
    }
}

fn names_crate(code: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        let whole_word = !before.ends_with(word) && !after.starts_with(word);
        let is_root = !before.ends_with("::") || before.ends_with(" ::");
        let imported = before.trim_end().ends_with("use") && after.starts_with(';');
        whole_word && is_root && (after.starts_with("::") || imported)
    })
}

#[test]
fn a_crate_is_recognised_where_it_is_named() {
    for code in [
        "use pcsc::Card;",
        "fn f(c: &pcsc::Card)",
        "use pcsc;",
        "x::<pcsc::Card>()",
    ] {
        assert!(names_crate(code, "pcsc"), "{code}");
    }
    for code in [
        "mod pcsc;",
        "use crate::encoder::pcsc::Readers;",
        "Encoders::pcsc(settings)",
        "pcscd::start()",
        "\"pcsc\"",
    ] {
        assert!(!names_crate(code, "pcsc"), "{code}");
    }
}

/// The library, the binary, the drivers and the record; tests may use what they like.
fn sources() -> Vec<Source> {
    all_rust_files()
        .into_iter()
        .filter(|file| {
            ["src/", "drivers/src/", "drivers/record/src/"]
                .iter()
                .any(|folder| file.is_in(folder))
        })
        .collect()
}

fn all_rust_files() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "drivers", "tests", "benches"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(
        !files.is_empty(),
        "no Rust file found below {}",
        root.display()
    );
    files
        .into_iter()
        .map(|path| Source {
            text: fs::read_to_string(&path).unwrap(),
            path: path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/"),
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path
                .file_name()
                .is_some_and(|name| name != "node_modules" && name != "target")
            {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
