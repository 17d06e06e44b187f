//! `--simulated`: cards that are none, at whatever API, on a machine without readers and without a PC/SC service.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::hotel::Hotel;

const RECORD_KEY: &str = "5bd3a1e2c4f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff0";

/// A desk of the hotel that can issue and report.
fn desk(hotel: &Hotel) -> Desk {
    let desk = hotel
        .desk()
        .with("CARDBRIDGE_RECORD_KEY_FILE", "record.key")
        .with("CARDBRIDGE_REPORT_URL", &hotel.report_url)
        .with("CARDBRIDGE_REPORT_SECRET_FILE", "report-secret");
    desk.file("record.key", RECORD_KEY);
    desk.file("report-secret", &hotel.report_secret);
    desk
}

#[test]
fn a_card_lives_through_encode_read_and_wipe_in_three_processes() {
    let hotel = Hotel::open();
    let desk = desk(&hotel);
    let on_card = ["--simulated", "ntag215", "--json"];
    let run = |arguments: &[&str]| desk.run(&[arguments, &on_card].concat()).succeeded();

    let encoded = run(&["encode", "--next"]);
    assert!(
        encoded.stderr.contains("the encoders are simulated"),
        "{}",
        encoded.stderr
    );
    let issued = encoded.json();
    assert_eq!(issued["state"], "closed", "it was reported");
    assert_eq!(issued["card_type"], "ntag215");
    assert_eq!(issued["simulated"], true);

    let read = run(&["read"]).json();
    assert_eq!(read["verified"], true);
    for field in ["card_uid", "acs_credential_id"] {
        assert_eq!(read[field], issued[field], "{field}");
    }
    assert_eq!(read["encoder"], "Simulated encoder 1");

    let wiped = run(&["wipe", "--yes"]).json();
    assert_eq!(wiped["card_uid"], issued["card_uid"]);
    assert_eq!(run(&["read"]).json()["contents"], "blank");

    let history = desk.run(&["history"]).succeeded().stdout;
    assert!(history.contains("ntag215, simulated"), "{history}");
    let history = desk.run(&["history", "--json"]).succeeded().json();
    assert_eq!(history[0]["simulated"], true);
}

#[test]
fn each_encode_finds_a_blank_card_and_one_that_was_used_is_called_by_its_uid() {
    let hotel = Hotel::open();
    let desk = desk(&hotel);
    let encode = |card: &str| {
        let arguments = ["encode", "--next", "--json", "--simulated", card];
        desk.run(&arguments).succeeded().json()
    };
    let (first, second) = (encode("ntag215"), encode("ntag215"));
    assert_ne!(first["card_uid"], second["card_uid"]);
    let uid = first["card_uid"].as_str().unwrap();
    let read = desk.run(&["read", "--json", "--simulated", uid]);
    assert_eq!(read.succeeded().json()["card_uid"], uid);
    // It stays where it is.
    let read = desk.run(&["read", "--json", "--simulated"]);
    assert_eq!(read.succeeded().json()["card_uid"], uid);
    let arguments = ["encode", "--next", "--json", "--simulated"];
    let refused = desk.run(&arguments);
    assert_eq!(refused.code, 6, "{}", refused.stderr);
    assert_eq!(refused.json()["error"]["code"], "card_holds_another");
    let unknown = ["read", "--json", "--simulated", "04000000000000"];
    let unknown = desk.run(&unknown);
    assert_eq!(unknown.json()["error"]["code"], "simulated_card_not_there");
    assert_eq!(unknown.code, 2);
}

#[test]
fn without_the_name_of_a_card_there_is_one_to_begin_with() {
    let hotel = Hotel::open();
    let desk = desk(&hotel);
    let ran = desk.run(&["encode", "--next", "--json", "--simulated"]);
    assert_eq!(ran.succeeded().json()["state"], "closed");
}

#[test]
fn a_type_that_there_is_not_is_told_with_those_that_there_are() {
    let desk = Desk::new();
    for command in [
        &["encode", "--next"][..],
        &["run"],
        &["read"],
        &["wipe"],
        &["readers"],
    ] {
        let ran = desk.run(&[command, &["--simulated", "ntag999"]].concat());
        assert_eq!(ran.code, 2, "{command:?}: {}", ran.stderr);
        for model in ["ntag213", "desfire-ev3-2k", "ultralight-c", "ntag424"] {
            assert!(ran.stderr.contains(model), "{}", ran.stderr);
        }
    }
    assert!(!desk.path(".local").exists(), "nothing was made");
}

#[test]
fn the_encoders_are_two_and_one_can_be_chosen() {
    let hotel = Hotel::open();
    // The configured one is a real one, which is not asked for here.
    let desk = desk(&hotel);
    desk.file("cardbridge.toml", "[encoder]\nreader = \"ACR1252\"\n");
    let config = ["--config", "cardbridge.toml", "--json"];
    let run = |arguments: &[&str]| desk.run(&[arguments, &config].concat());
    let mut readers = run(&["readers", "--simulated"]).succeeded().json();
    // Those that Seam drives stay.
    readers
        .as_array_mut()
        .unwrap()
        .retain(|one| one["kind"] == "local");
    assert_eq!(
        readers,
        json!([1, 2].map(|number| json!({
            "kind": "local",
            "opens": "own_record",
            "name": format!("Simulated encoder {number}"),
            "is_encoder": true,
            "reason": null,
            "has_card": false,
            "is_in_use": false,
            "profile": "acr122u",
            "profile_from": "simulated",
        })))
    );
    let second = ["--reader", "encoder 2", "--simulated", "ntag213"];
    let issued = run(&[&["encode", "--next"][..], &second].concat());
    let uid = issued.succeeded().json()["card_uid"].clone();
    let read = run(&[&["read"][..], &second].concat()).succeeded().json();
    assert_eq!(
        (&read["card_uid"], &read["encoder"]),
        (&uid, &json!("Simulated encoder 2"))
    );
    let third = run(&["read", "--simulated", "--reader", "encoder 3"]);
    assert_eq!(third.json()["error"]["code"], "no_encoder");
    let any = run(&["read", "--simulated", "--reader", "encoder"]);
    assert_eq!(any.json()["error"]["code"], "encoder_ambiguous");
}

#[test]
fn no_pcsc_service_is_asked_for_anything() {
    let hotel = Hotel::open();
    let desk = desk(&hotel);
    let address = desk.path("pcscd");
    let service = UnixListener::bind(&address).unwrap();
    let asked = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&asked);
    // Ends with the test's process; who asks is sent away.
    thread::spawn(move || {
        for _ in service.incoming() {
            heard.store(true, Ordering::SeqCst);
        }
    });
    let is_asked = || asked.load(Ordering::SeqCst);
    let desk = desk.with("PCSCLITE_CSOCK_NAME", address.to_str().unwrap());
    for arguments in [
        &["readers", "--simulated"][..],
        &["encode", "--next", "--simulated", "ntag215"],
        &["read", "--simulated"],
        &["wipe", "--yes", "--simulated"],
    ] {
        desk.run(arguments).succeeded();
        assert!(!is_asked(), "{arguments:?}");
    }
    drop(Agent::start(&desk, &["--auto"]));
    assert!(!is_asked(), "run");
    // It would be seen.
    desk.run(&["readers"]);
    assert!(is_asked());
}

/// `run`, whose first line was read.
struct Agent {
    process: Child,
}

impl Agent {
    fn start(desk: &Desk, arguments: &[&str]) -> (Self, Value) {
        let run = ["run", "--json", "--listen", "127.0.0.1:0", "--simulated"];
        let arguments = [&run[..], arguments].concat();
        let mut process = desk
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        (Self { process }, serde_json::from_str(&line).unwrap())
    }

    /// Ends it, and gives what it has said to people. By SIGTERM: a shell has what it starts in the background ignore SIGINT.
    fn said(mut self) -> String {
        let id = self.process.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        assert!(asked.unwrap().success());
        let mut said = String::new();
        let stderr = self.process.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_agent_says_that_it_is_simulated_and_has_the_cards_to_itself() {
    let hotel = Hotel::open();
    let desk = desk(&hotel);
    let (agent, ready) = Agent::start(&desk, &["ntag215", "ntag215", "ntag213"]);
    assert_eq!(
        (&ready["event"], &ready["simulated"]),
        (&json!("ready"), &json!(true))
    );
    desk.run(&["read", "--simulated"]).failed(
        5,
        "another process has the simulated cards",
        "cardbridge run",
    );
    drop(agent);
    let kept = kept(&desk);
    assert_eq!(kept.len(), 3, "{kept:?}");
    // A blank card is one that will do the next time.
    drop(Agent::start(&desk, &["ntag215", "ntag215"]));
    assert_eq!(kept, self::kept(&desk));
    // One of every type.
    let said = Agent::start(&desk, &[]).0.said();
    assert!(said.contains("no site keys: "), "{said}");
    assert!(said.contains("classic-1k, "), "{said}");
    assert!(!said.contains("ntag213"), "{said}");
    let types: HashSet<_> = self::kept(&desk)
        .iter()
        .map(|name| name.rsplit_once('-').unwrap().0.to_owned())
        .collect();
    let drivers = desk.run(&["drivers", "--json"]).succeeded().json();
    let models = drivers.as_array().unwrap().iter();
    let models: HashSet<_> = models
        .map(|model| model["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types, models);
}

#[test]
fn cards_are_kept_for_their_owner_and_what_is_none_is_left_aside() {
    let hotel = Hotel::open();
    let desk = desk(&hotel);
    let encode = ["encode", "--next", "--json", "--simulated", "ntag215"];
    let uid = desk.run(&encode).succeeded().json()["card_uid"].clone();
    let uid = uid.as_str().unwrap();
    let folder = desk.path(".local/state/cardbridge/simulated");
    let card = folder.join(format!("ntag215-{uid}.card"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&card)), (0o700, 0o600));

    // Of another version, of another program, and cut off.
    fs::write(folder.join("ntag999-04a1b2c3d4e5f6.card"), "x").unwrap();
    fs::write(folder.join("notes.txt"), "x").unwrap();
    fs::write(folder.join("placed.json"), "{").unwrap();
    let read = desk.run(&["read", "--json", "--simulated", uid]);
    assert_eq!(read.succeeded().json()["verified"], true);

    fs::write(&card, "x").unwrap();
    desk.run(&["read", "--simulated", uid])
        .failed(3, "has 1 bytes", "remove that file");
    fs::remove_file(&card).unwrap();
    desk.run(&["read", "--simulated", uid])
        .failed(2, "no card", "a card type for a new card");
}

/// The names of the kept cards.
fn kept(desk: &Desk) -> HashSet<String> {
    fs::read_dir(desk.path(".local/state/cardbridge/simulated"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".card"))
        .collect()
}
