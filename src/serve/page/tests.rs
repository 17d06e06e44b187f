//! The page's files against each other: every file is served, every text exists in every language, and the whole stays light.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use axum::http::{HeaderMap, StatusCode, header};
use flate2::read::GzDecoder;
use serde_json::{Map, Value};

use super::Embedded;
use super::files::FILES;
use crate::desk::{Action, offered, offered_by_wipe};
use crate::text::CODES;

/// What a browser may have to load in all, in bytes, for the desk's page in one language.
const HEAVIEST: usize = 52_000;

#[test]
fn every_file_is_served() {
    let mut there = Vec::new();
    collect(&assets(), &mut there);
    assert_eq!(there.len(), FILES.len() + 2, "two are in both pages");
    for file in FILES {
        let parts = match file.path {
            "/" => vec!["head.html", "desk.html", "drawings.html"],
            "/kiosk" => vec!["head.html", "kiosk.html", "drawings.html"],
            path => vec![path.strip_prefix("/page/").unwrap()],
        };
        let bytes = parts
            .iter()
            .map(|part| fs::read(assets().join(part)).unwrap());
        assert_eq!(bytes.flatten().collect::<Vec<_>>(), file.bytes, "{parts:?}");
    }
}

#[test]
fn what_the_files_name_is_served() {
    let served: BTreeSet<_> = FILES.iter().map(|file| file.path).collect();
    for (path, text) in texts() {
        for named in named_in(path, text) {
            assert!(served.contains(&*named), "{path} names {named}");
        }
        let elsewhere = text.matches("//").count() - text.matches("// ").count();
        let drawn = text.matches("http://www.w3.org/2000/svg").count();
        assert_eq!(elsewhere, drawn, "{path} names another host");
    }
}

#[test]
fn nothing_is_inline_and_no_text_becomes_markup() {
    const NEVER: &[&str] = &[
        "<style",
        " style=",
        "javascript:",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
    ];
    for (path, text) in texts() {
        for one in NEVER {
            assert!(!text.contains(one), "{path} has {one}");
        }
        let inline =
            text.matches("<script").count() - text.matches("<script type=\"module\" src=").count();
        assert_eq!(inline, 0, "{path}");
    }
}

#[test]
fn the_page_is_light() {
    let size = |of: fn(&str) -> bool| -> usize {
        let files = FILES.iter().filter(|file| of(file.path));
        let sizes = files.map(|file| Embedded::new(file).compressed.unwrap().len());
        sizes.sum()
    };
    let shared = size(|path| !path.contains("kiosk") && !path.contains("/words/"));
    let german = size(|path| path.ends_with("de.json"));
    let english = size(|path| path.ends_with("en.json"));
    let all = shared + german.max(english);
    assert!(all < HEAVIEST, "{all} bytes");
}

#[test]
fn a_browser_that_takes_it_is_sent_the_compressed_file() {
    let file = Embedded::new(&FILES[0]);
    let mut asked = HeaderMap::new();
    let plain = file.answer(&asked);
    assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
    asked.insert(
        header::ACCEPT_ENCODING,
        "br, gzip, deflate".parse().unwrap(),
    );
    let compressed = file.answer(&asked);
    assert_eq!(compressed.headers()[header::CONTENT_ENCODING], "gzip");
    assert_eq!(compressed.headers()[header::VARY], "accept-encoding");
    let mut unpacked = Vec::new();
    let bytes = file.compressed.as_ref().unwrap();
    GzDecoder::new(&bytes[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, file.bytes);
}

#[test]
fn a_browser_that_has_a_file_is_sent_no_second_one() {
    let file = Embedded::new(&FILES[0]);
    let first = file.answer(&HeaderMap::new());
    assert_eq!(first.status(), StatusCode::OK);
    let mut asked = HeaderMap::new();
    asked.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
    assert_eq!(file.answer(&asked).status(), StatusCode::NOT_MODIFIED);
    asked.insert(header::IF_NONE_MATCH, "\"another\"".parse().unwrap());
    assert_eq!(file.answer(&asked).status(), StatusCode::OK);
}

#[test]
fn every_language_has_every_text() {
    let (english, german) = (words("en"), words("de"));
    let keys = |table: &Map<String, Value>| table.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&english), keys(&german));
    assert_eq!(keys(&errors(&english)), keys(&errors(&german)));
    for (key, sentence) in &english {
        let Some(sentence) = sentence.as_str() else {
            continue;
        };
        let other = german[key].as_str().unwrap();
        assert!(!sentence.is_empty() && !other.is_empty(), "{key}");
        assert_eq!(gaps(sentence), gaps(other), "{key}");
    }
    for table in [errors(&english), errors(&german)] {
        for (code, sentences) in table {
            let sentences = sentences.as_array().unwrap();
            assert_eq!(sentences.len(), 2, "{code}: what, and what to do now");
            for sentence in sentences {
                let sentence = sentence.as_str().unwrap();
                assert!(
                    !sentence.is_empty()
                        && !sentence.contains("cardbridge ")
                        && !sentence.contains("--"),
                    "{code}: {sentence}"
                );
            }
        }
    }
}

#[test]
fn every_text_that_is_asked_for_exists_and_is_asked_for() {
    let english = words("en");
    let all: String = texts()
        .into_iter()
        .filter(|(path, _)| !path.contains("/words/"))
        .map(|(_, text)| text)
        // The file for spreadsheets has its headings from here.
        .chain([include_str!("../commands/csv.rs")])
        .collect();
    // Nothing else ends in `t(`, other than the names of functions.
    let asked = all.replace(['[', '(', ','], " ").replace(" t \"", " t(\"");
    for begin in [" t(\"", "data-word=\"", "data-label=\""] {
        for key in between(&asked, begin, "\"") {
            let there = english.contains_key(key) || english.contains_key(&format!("{key}.other"));
            assert!(there, "{key}");
        }
    }
    for key in english.keys().filter(|key| *key != "errors") {
        let parts: Vec<_> = key.split('.').collect();
        // Whole, or as a beginning to which the code adds what it has.
        let found = (1..=parts.len()).any(|count| {
            let begin = parts[..count].join(".");
            all.contains(&format!("\"{begin}\""))
                || all.contains(&format!("{begin}.$"))
                || all.contains(&format!("`{begin}`"))
        });
        assert!(found, "nothing shows {key}");
    }
}

#[test]
fn every_error_that_a_clerk_can_meet_has_its_sentence() {
    let documented = fs::read_to_string(root().join("docs/json.md")).unwrap();
    let codes = documented.split("## Codes").nth(1).unwrap();
    // What follows is about setting the desk up, and has the agent's own words.
    let codes = codes.split("| Configuration and keys").next().unwrap();
    let explained = errors(&words("en"));
    let codes = between(codes, "\n| `", "`").chain(CODES.iter().copied());
    let codes = codes.collect::<Vec<_>>();
    assert!(codes.len() > 150, "{codes:?}");
    let missing = codes.iter().filter(|code| !explained.contains_key(**code));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// What a hint says where there is a button for it, in both languages.
const SAID: &[(&str, &str, &[Action])] = &[
    ("try again", "ersuchen Sie es noch einmal", &[Action::Retry]),
    ("another card", "andere Karte", &[Action::AnotherCard]),
    ("same card", "dieselbe Karte", &[Action::PlaceSameCard]),
    ("second key", "zweite Karte", &[Action::SecondKey]),
    ("replace ", "ersetzen Sie", &[Action::Reissue]),
    ("extend the stay", "erlängern Sie", &[Action::Extend]),
    (
        "new credential",
        "neue Berechtigung",
        &[Action::NewCredential],
    ),
    ("wipe the card", "öschen Sie die Karte", WIPES),
];

const WIPES: &[Action] = &[Action::Wipe, Action::WipeValid, Action::WipeBeside];

#[test]
fn what_a_hint_says_has_its_button() {
    let (english, german) = (errors(&words("en")), errors(&words("de")));
    let mut said = 0;
    for code in CODES {
        let hint = |table: &Map<String, Value>| table[*code][1].as_str().unwrap().to_owned();
        let (english, german) = (hint(&english).to_lowercase(), hint(&german));
        for (in_english, in_german, actions) in SAID {
            let says = [english.contains(in_english), german.contains(in_german)];
            assert_eq!(says[0], says[1], "{code}: {in_german}: {german}");
            let has = actions.iter().any(|one| offered(code).contains(one));
            assert!(!says[0] || has, "{code}: {english}");
            said += usize::from(says[0]);
        }
    }
    assert!(said > 60, "{said}");
}

#[test]
fn whatever_is_offered_has_a_button() {
    let files = texts();
    let script = files["/page/js/guest-actions.js"];
    for code in CODES {
        for action in offered(code).iter().chain(offered_by_wipe(code)) {
            let name = serde_json::to_value(action).unwrap();
            let name = name.as_str().unwrap();
            for language in ["en", "de"] {
                let word = format!("action.{name}");
                assert!(words(language).contains_key(&word), "{language}: {word}");
            }
            // By its name, or as what is allowed in the same order once more.
            let handled = script.contains(&format!("\"{name}\""));
            assert!(handled, "{code}: nothing does {name}");
        }
    }
}

#[test]
fn german_speaks_to_a_clerk_politely() {
    const STATEMENTS: &[&str] = &["cancelled", "agent_gone"];
    let german = words("de");
    let hints = errors(&german);
    let hints = hints
        .iter()
        .filter(|(code, _)| !STATEMENTS.contains(&&***code));
    for (code, sentences) in hints {
        let hint = sentences[1].as_str().unwrap();
        let addresses = hint.contains("Sie ") || hint.contains("Bitte");
        assert!(addresses, "{code}: {hint}");
    }
    for (key, text) in &german {
        let text = text.to_string().to_lowercase();
        let mut words = text.split(|letter: char| !letter.is_alphabetic());
        let familiar =
            words.find(|word| matches!(*word, "du" | "dich" | "dir") || word.starts_with("dein"));
        assert_eq!(familiar, None, "{key}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn assets() -> PathBuf {
    root().join("src/serve/page/assets")
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn texts() -> BTreeMap<&'static str, &'static str> {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    FILES
        .iter()
        .map(|file| (file.path, text(file.bytes)))
        .collect()
}

fn words(language: &str) -> Map<String, Value> {
    let path = format!("/page/words/{language}.json");
    serde_json::from_str(texts()[&*path]).unwrap()
}

fn errors(table: &Map<String, Value>) -> Map<String, Value> {
    table["errors"].as_object().unwrap().clone()
}

/// The names in braces.
fn gaps(sentence: &str) -> BTreeSet<&str> {
    between(sentence, "{", "}").collect()
}

fn between<'a>(text: &'a str, begin: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(begin)
        .skip(1)
        .filter_map(move |rest| rest.split_once(end))
        .map(|(found, _)| found)
}

/// The files that a file of the page names.
fn named_in(path: &str, text: &str) -> Vec<String> {
    let imported = between(text, "from \"./", "\"").map(|name| format!("/page/js/{name}"));
    let whole = between(text, "\"/page/", "\"").map(|name| format!("/page/{name}"));
    let imported = imported.filter(|_| path.starts_with("/page/js/"));
    imported.chain(whole).collect()
}
