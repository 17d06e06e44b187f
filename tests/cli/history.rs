//! The journal as people read it.

use std::process::Command;

use cardbridge::issuance::entry::{Issuance, Kind, Origin, Plan, Report};
use cardbridge::issuance::journal::{Delivery, Journal, SinkName};
use cardbridge::issuance::state::Event;
use cardbridge_drivers::keys::KeyVersion;
use jiff::Timestamp;
use uuid::Uuid;

use crate::desk::Desk;

/// What the journal answers.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work)
}

/// An issuance whose card was read back and is good; `key` is its site key version, 0 for none.
pub(crate) fn written(journal: &Journal, credential: &str, uid: u8, key: u8) -> Issuance {
    read_back(
        journal,
        plan(credential, [uid; 7], key, Timestamp::UNIX_EPOCH),
    )
}

fn begun(journal: &Journal, credential: &str, uid: u8, claimed_at: Timestamp) {
    read_back(journal, plan(credential, [uid; 7], 0, claimed_at));
}

fn uid_of(number: usize) -> [u8; 7] {
    let [high, low] = u16::try_from(number).unwrap().to_be_bytes();
    [4, high, low, 1, 1, 1, 1]
}

fn plan(credential: &str, uid: [u8; 7], key: u8, claimed_at: Timestamp) -> Plan {
    Plan {
        issuance_id: Uuid::now_v7(),
        acs_credential_id: credential.to_owned(),
        card_uid: uid.into(),
        card_number: "1234abc".to_owned(),
        card_type: "ntag215".to_owned(),
        driver: "type2".to_owned(),
        display_name: (credential != "untried").then(|| format!("Room of {credential}")),
        encoder: "Virtual PCD 00 00".to_owned(),
        claimed_at,
        record: vec![0xD2],
        key_version: KeyVersion::new(key),
        earlier_keys: Vec::new(),
        kind: Kind::First,
        answers: Some(Vec::new()),
        overwrite: false,
        origin: Origin {
            workspace_id: "w".to_owned(),
            acs_system_id: "s".to_owned(),
            connected_account_id: "c".to_owned(),
        },
    }
}

fn read_back(journal: &Journal, new: Plan) -> Issuance {
    let claimed = wait(journal.claim(new, None, &[]));
    let (mut issuance, _lease) = claimed.unwrap().unwrap();
    let at = Timestamp::UNIX_EPOCH;
    wait(journal.advance(&mut issuance, Event::Verified, at)).unwrap();
    issuance
}

#[test]
fn what_is_unreported_shows_why() {
    let desk = Desk::new().with("CARDBRIDGE_STATE_DIR", "state");
    let journal = Journal::open(&desk.path("state")).unwrap();
    let refused = written(&journal, "refused", 1, 0);
    let delivery = Delivery {
        attempts: 1,
        last_error: Some("the receiver answered 503 Service Unavailable".to_owned()),
        ..Delivery::default()
    };
    wait(journal.note_delivery(
        refused.issuance_id,
        Report::Issued,
        SinkName::Event,
        &delivery,
    ))
    .unwrap();
    written(&journal, "untried", 2, 0);
    let mut closed = written(&journal, "done", 3, 0);
    let at: Timestamp = "2026-07-20T10:00:00Z".parse().unwrap();
    wait(journal.advance(&mut closed, Event::Reported, at)).unwrap();

    let desk = desk.with("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
    let table = desk.run(&["history"]).succeeded().stdout;
    let row = |credential: &str| {
        let (_, reported) = table
            .lines()
            .find_map(|line| line.split_once(&format!("  {credential}  ")))
            .unwrap_or_else(|| panic!("{credential} is not in:\n{table}"));
        reported.trim().to_owned()
    };
    assert_eq!(
        row("refused"),
        "not yet: the receiver answered 503 Service Unavailable"
    );
    assert_eq!(row("untried"), "not yet");
    assert_eq!(row("done"), "2026-07-20 12:00:00", "by the desk's clock");
    assert!(table.contains("  Room of done  "), "{table}");
    let json = desk.run(&["history", "--json"]).succeeded().stdout;
    assert!(json.contains("2026-07-20T10:00:00Z"), "{json}");
}

#[test]
fn a_journal_that_was_overwritten_is_told_as_that() {
    let desk = Desk::new().with("CARDBRIDGE_STATE_DIR", "state");
    drop(Journal::open(&desk.path("state")).unwrap());
    desk.file("state/journal.sqlite3", "x".repeat(9000));
    desk.run(&["history"])
        .failed(1, "not a database", "put a backup in its place");
}

/// As after a loss of power: what is known can be read, and an attempt to issue says what is wrong with the disk.
#[test]
fn a_read_only_disk_is_told_as_that() {
    let desk = Desk::new().with("CARDBRIDGE_STATE_DIR", "state");
    written(&Journal::open(&desk.path("state")).unwrap(), "issued", 1, 0);
    let script =
        "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && shift && exec \"$@\"";
    let on_read_only_disk = |arguments: &[&str]| {
        let mut inside = vec!["--mount", "--", "sh", "-c", script, "sh"];
        // Root needs no user namespace, and some machines allow none to others.
        let id = Command::new("id").arg("-u").output().unwrap();
        if id.stdout.trim_ascii() != b"0" {
            inside.splice(..0, ["--user", "--map-current-user", "--keep-caps"]);
        }
        let command = desk.command(arguments);
        let mut wrapped = Command::new("unshare");
        wrapped
            .args(inside)
            .arg(desk.path("state"))
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .envs(
                command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        if let Some(directory) = command.get_current_dir() {
            wrapped.current_dir(directory);
        }
        let output = wrapped.output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), words)
    };
    let (code, words) = on_read_only_disk(&["history"]);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("is read-only"), "{words}");
    let (code, words) = on_read_only_disk(&["retry"]);
    assert_eq!(code, 3, "{words}");
    assert!(words.contains("dmesg"), "{words}");
    assert!(!words.contains("as the user whom"), "{words}");
}

#[test]
fn a_part_of_it_is_shown_where_that_is_asked_for() {
    let desk = Desk::new()
        .with("CARDBRIDGE_STATE_DIR", "state")
        .with("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
    assert_eq!(desk.run(&["history", "--json"]).succeeded().stdout, "[]\n");
    let journal = Journal::open(&desk.path("state")).unwrap();
    // The last moment of a day here, and the first of the next.
    for (id, uid, claimed_at) in [
        ("first", 1, "2026-07-19T21:59:59Z"),
        ("second", 2, "2026-07-19T22:00:00Z"),
        ("third", 1, "2026-07-20T22:00:00Z"),
    ] {
        begun(&journal, id, uid, claimed_at.parse().unwrap());
    }
    let shown = |options: &[&str]| {
        let json = desk.run(&[&["history", "--json"], options].concat());
        let json = json.succeeded().json();
        let ids = json.as_array().unwrap().iter();
        let ids: Vec<_> = ids
            .map(|one| one["acs_credential_id"].as_str().unwrap().to_owned())
            .collect();
        let table = desk.run(&[&["history"], options].concat()).succeeded();
        let lines = table.stdout.lines().count();
        assert_eq!(lines.saturating_sub(1), ids.len(), "{}", table.stdout);
        ids.join(" ")
    };
    for (options, wanted) in [
        (&[][..], "first second third"),
        (&["--limit", "2"], "second third"),
        (&["--since", "2026-07-20"], "second third"),
        (&["--since", "2026-07-20T00:00:01"], "third"),
        (&["--until", "2026-07-20"], "first second"),
        (&["--until", "2026-07-20T00:00"], "first"),
        (&["--until", "2026-07-20T22:00:00Z"], "first second"),
        (
            &["--since", "2026-07-20", "--until", "2026-07-20"],
            "second",
        ),
        (&["--card", "01:01:01:01:01:01:01"], "first third"),
        (&["--credential", "second"], "second"),
        (&["--state", "reporting"], "second third"),
        (&["--state", "wiped,reporting"], "first second third"),
        (&["--state", "torn,closed"], ""),
        (&["--card", "01010101010101", "--limit", "1"], "third"),
    ] {
        assert_eq!(shown(options), wanted, "{options:?}");
    }
    let nothing = desk.run(&["history", "--state", "torn"]).succeeded();
    assert!(
        nothing.stderr.contains("no such issuance"),
        "{}",
        nothing.stderr
    );
    for (option, value, says) in [
        ("--since", "yesterday", "write a day"),
        ("--until", "2026-02-30", "write a day"),
        ("--card", "room 101", "hex digits"),
        ("--state", "lost", "superseded"),
        ("--limit", "0", "1.."),
    ] {
        let refused = desk.run(&["history", option, value]);
        assert_eq!(refused.code, 2, "{option}");
        assert!(refused.stderr.contains(says), "{}", refused.stderr);
    }
}

/// What is read is let out before all was read.
#[test]
fn a_long_history_is_one_array_of_whole_objects() {
    let desk = Desk::new().with("CARDBRIDGE_STATE_DIR", "state");
    let journal = Journal::open(&desk.path("state")).unwrap();
    let count = 510;
    let at = Timestamp::UNIX_EPOCH;
    wait(async {
        for number in 0..count {
            let claimed = journal.claim(
                plan(&format!("c{number}"), uid_of(number), 0, at),
                None,
                &[],
            );
            claimed.await.unwrap().unwrap();
        }
    });
    let json = desk.run(&["history", "--json"]).succeeded().json();
    let shown = json.as_array().unwrap();
    assert_eq!(shown.len(), count);
    assert_eq!(shown[count - 1]["acs_credential_id"], "c509");
    let table = desk.run(&["history"]).succeeded().stdout;
    assert_eq!(table.lines().count(), count + 1);
}
