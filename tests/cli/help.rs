//! Help that teaches: every command has an example, and the long help lists exit codes and environment.

use crate::desk::Desk;

/// The commands that the short help lists.
fn commands(desk: &Desk, path: &[&str]) -> Vec<String> {
    let help = desk.run(&[path, &["-h"]].concat()).succeeded().stdout;
    let Some((_, list)) = help.split_once("Commands:\n") else {
        return Vec::new();
    };
    list.lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect()
}

#[test]
fn every_command_shows_an_example_and_fits_80_columns() {
    let desk = Desk::new();
    let mut open: Vec<Vec<String>> = commands(&desk, &[])
        .into_iter()
        .map(|name| vec![name])
        .collect();
    assert!(open.len() >= 3, "{open:?}");
    while let Some(path) = open.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let inner = commands(&desk, &words);
        let help = desk.run(&[&words[..], &["-h"]].concat()).succeeded().stdout;
        assert!(
            !inner.is_empty() || help.contains("Example"),
            "{path:?} shows no example:\n{help}"
        );
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{path:?}: {line}");
        }
        open.extend(
            inner
                .into_iter()
                .map(|name| [path.clone(), vec![name]].concat()),
        );
    }
}

#[test]
fn the_long_help_tells_exit_codes_and_environment() {
    let help = Desk::new().run(&["--help"]).succeeded().stdout;
    for code in 0..=7 {
        assert!(
            help.lines()
                .any(|line| line.starts_with(&format!("  {code}  "))),
            "exit code {code}"
        );
    }
    for variable in [
        "SEAM_API_KEY",
        "SEAM_PERSONAL_ACCESS_TOKEN",
        "SEAM_WORKSPACE_ID",
        "SEAM_ENDPOINT",
        "CARDBRIDGE_CONFIG",
        "CARDBRIDGE_STATE_DIR",
        "CARDBRIDGE_RECORD_KEY_FILE",
        "CARDBRIDGE_REPORT_URL",
        "CARDBRIDGE_REPORT_SECRET_FILE",
    ] {
        assert!(help.contains(variable), "{variable}");
    }
}

#[test]
fn nonsense_is_exit_2_and_json_says_so() {
    let ran = Desk::new().run(&["frobnicate"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let ran = Desk::new().run(&["frobnicate", "--json"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.json()["error"]["exit"], 2);
}

#[test]
fn a_usage_error_is_whole_in_json() {
    let error = |arguments: &[&str]| Desk::new().run(arguments).json()["error"].clone();
    let missing = error(&["encode", "--json"]);
    let (message, hint) = (&missing["message"], missing["hint"].as_str().unwrap());
    assert!(
        message.as_str().unwrap().contains("--credential"),
        "{message}"
    );
    assert!(hint.contains("Usage: cardbridge encode"), "{hint}");
    let unknown = error(&["encode", "--jsn", "--json"]);
    assert!(
        unknown["hint"].as_str().unwrap().contains("'--json'"),
        "{unknown}"
    );
    assert_eq!(unknown["code"], "usage");
    let none = error(&["--json"])["message"].to_string();
    assert!(none.contains("requires a subcommand"), "{none}");
}

#[test]
fn help_and_version_are_no_failures() {
    Desk::new().run(&["--version"]).succeeded();
    Desk::new().run(&["help", "keys"]).succeeded();
}

#[test]
fn nothing_is_coloured_off_a_terminal() {
    let ran = Desk::new().run(&["keys", "new", "/proc/none"]);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
}

#[test]
fn a_command_s_own_flags_come_before_those_of_every_command() {
    let help = Desk::new().run(&["encode", "-h"]).succeeded().stdout;
    let place = |flag: &str| help.find(flag).unwrap_or_else(|| panic!("{flag}:\n{help}"));
    assert!(place("--overwrite") < place("--json"), "{help}");
    assert!(place("--json") < place("--verbose"), "{help}");
}
