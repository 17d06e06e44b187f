//! The encoders that Seam drives, from the command line: named by `--reader`, asked once, whatever becomes of the process.

use std::process::{Child, Stdio};

use cardbridge::sim::{self, Access, Fault, Faults};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::desk::{Desk, Ran};

const RECORD_KEY: &str = "5bd3a1e2c4f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff0";
const CREDENTIAL: &str = "c0000000-0000-4000-8000-000000000001";
const OF_ANOTHER_SYSTEM: &str = "c0000000-0000-4000-8000-000000000011";
const ENCODE: &str = "/acs/encoders/encode_credential";
const GET: &str = "/action_attempts/get";

/// A hotel whose calls can be lost.
struct Hotel {
    runtime: Runtime,
    access: Access,
    faults: Faults,
}

impl Hotel {
    fn open() -> Self {
        let hotel = sim::Hotel::seeded();
        let faults = hotel.faults();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let access = hotel.access(listener.local_addr().unwrap());
        runtime.spawn(sim::serve(listener, hotel, std::future::pending()));
        Self {
            runtime,
            access,
            faults,
        }
    }

    fn desk(&self) -> Desk {
        let desk = Desk::new()
            .with("SEAM_ENDPOINT", &self.access.endpoint)
            .with("SEAM_API_KEY", &self.access.api_key)
            .with("CARDBRIDGE_RECORD_KEY_FILE", "record.key")
            .with("CARDBRIDGE_REPORT_URL", &self.access.report_url)
            .with("CARDBRIDGE_REPORT_SECRET_FILE", "report-secret");
        desk.file("record.key", RECORD_KEY);
        desk.file("report-secret", &self.access.report_secret);
        desk
    }

    fn count(&self, path: &str) -> usize {
        let calls = self.faults.calls();
        calls.iter().filter(|call| call.ends_with(path)).count()
    }

    /// Waits until this was called.
    fn was_called(&self, path: &str) {
        self.runtime.block_on(async {
            while self.count(path) == 0 {
                tokio::task::yield_now().await;
            }
        });
    }
}

/// The arguments that encode a credential.
fn encode<'a>(credential: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["encode", "--json", "--credential", credential], more].concat()
}

const ON_FRONT_DESK: [&str; 2] = ["--reader", "front desk 1"];
const ON_A_CARD_OF_OURS: [&str; 2] = ["--simulated", "ntag215"];

fn history(desk: &Desk) -> Value {
    desk.run(&["history", "--json"]).succeeded().json()
}

/// The exit code of what was refused, and the word for why.
fn refusal(ran: &Ran) -> (i32, String) {
    let document = ran.json();
    let word = document["error"]["code"].as_str().unwrap_or_default();
    (ran.code, word.to_owned())
}

fn refused(exit: i32, word: &str) -> (i32, String) {
    (exit, word.to_owned())
}

#[test]
fn one_is_chosen_by_its_name() {
    let hotel = Hotel::open();
    let desk = hotel.desk();
    // There is no PC/SC service here, which would be an error.
    let readers = desk.run(&["readers", "--json", "--simulated"]);
    let readers = readers.succeeded().json();
    let named: Vec<_> = readers
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["kind"] == "seam")
        .map(|one| {
            (
                one["name"].as_str().unwrap(),
                one["opens"].as_str().unwrap(),
            )
        })
        .collect();
    let all = ["Front Desk 1", "Front Desk 2", "Garden Desk"];
    assert_eq!(named, all.map(|name| (name, "vendor_card")));
    // Without one they are listed all the same, and that there is none is said.
    let without = desk.run(&["readers", "--json"]).succeeded();
    assert!(without.stderr.contains("PC/SC"), "{}", without.stderr);
    let without = without.json();
    assert_eq!(without.as_array().unwrap().len(), all.len(), "{without}");
    let alone = desk.run(&["readers"]);
    assert!(alone.stdout.contains("Garden Desk"), "{}", alone.stdout);
    let issued = desk.run(&encode(CREDENTIAL, &ON_FRONT_DESK)).succeeded();
    let document = issued.json();
    assert_eq!(document["state"], "closed");
    assert_eq!(document["encoded_by"], "seam");
    assert_eq!(history(&desk), json!([document]));
    let ran = desk.run(&encode(CREDENTIAL, &ON_A_CARD_OF_OURS));
    assert_eq!(refusal(&ran), refused(4, "already_issued"));
    let ran = desk.run(&["encode", "--json", "--next", "--reader", "front"]);
    assert_eq!(refusal(&ran), refused(5, "encoder_ambiguous"));
    let ran = desk.run(&encode(OF_ANOTHER_SYSTEM, &["--reader", "Front Desk 2"]));
    assert_eq!(refusal(&ran), refused(4, "encoder_of_another_system"));
    let said = desk
        .run(&["encode", "--next", "--reader", "garden"])
        .succeeded();
    assert!(
        said.stderr.contains("Garden Desk: place a card on it"),
        "{}",
        said.stderr
    );
    assert!(
        said.stdout.contains("you can remove the card"),
        "{}",
        said.stdout
    );
    let table = desk.run(&["history"]).succeeded().stdout;
    assert!(
        table.contains("on Garden Desk") && table.contains("issued by Seam"),
        "{table}"
    );
    assert_eq!(hotel.count(ENCODE), 2);
    assert_eq!(hotel.count("/reports"), 0, "{:?}", hotel.faults.calls());
}

/// Starts to encode on the front desk, and is killed once that call was made.
fn killed_at(hotel: &Hotel, desk: &Desk, path: &'static str) {
    hotel
        .faults
        .every(sim::Target::Path(path), Fault::Unanswered);
    let mut command = desk.command(&encode(CREDENTIAL, &ON_FRONT_DESK));
    let running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut running: Child = running.unwrap();
    hotel.was_called(path);
    running.kill().unwrap();
    running.wait().unwrap();
    hotel.faults.clear();
}

#[test]
fn killed_while_it_asks_it_neither_asks_again_nor_forgets() {
    let hotel = Hotel::open();
    let desk = hotel.desk();
    killed_at(&hotel, &desk, ENCODE);
    assert_eq!(history(&desk)[0]["state"], "writing");
    for ran in [
        desk.run(&encode(CREDENTIAL, &ON_FRONT_DESK)),
        desk.run(&encode(CREDENTIAL, &ON_A_CARD_OF_OURS)),
    ] {
        assert_eq!(refusal(&ran), refused(4, "asked_of_seam"));
    }
    assert_eq!(hotel.count(ENCODE), 1);
    // The person has looked at the encoder.
    let issued = desk
        .run(&encode(
            CREDENTIAL,
            &[&ON_A_CARD_OF_OURS[..], &["--reissue"]].concat(),
        ))
        .succeeded()
        .json();
    assert_eq!(issued["state"], "closed");
    let states = history(&desk);
    let states: Vec<_> = states
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["state"])
        .collect();
    assert_eq!(states, ["abandoned", "closed"]);
    assert_eq!(hotel.count(ENCODE), 1);
}

#[test]
fn killed_while_it_waits_it_finds_out_what_came_of_it() {
    let hotel = Hotel::open();
    let desk = hotel.desk();
    killed_at(&hotel, &desk, GET);
    let left = history(&desk);
    assert_eq!(left[0]["state"], "writing");
    assert!(left[0]["action_attempt_id"].is_string());
    let ran = desk.run(&encode(CREDENTIAL, &ON_FRONT_DESK));
    assert_eq!(refusal(&ran), refused(4, "already_issued"));
    assert_eq!(history(&desk)[0]["state"], "closed");
    assert_eq!(hotel.count(ENCODE), 1);
}

#[test]
fn two_agents_bring_it_onto_one_card() {
    let hotel = Hotel::open();
    for is_one_journal in [true, false] {
        let credential = if is_one_journal { 2 } else { 3 };
        let credential = format!("c0000000-0000-4000-8000-00000000000{credential}");
        let [one, other] = [(); 2].map(|()| hotel.desk());
        let at = |desk: &Desk, encoder| {
            desk.command(&encode(&credential, &["--reader", encoder]))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        };
        let second = if is_one_journal { &one } else { &other };
        let running = [at(&one, "Front Desk 1"), at(second, "Front Desk 2")];
        let ended = running.map(|one| one.wait_with_output().unwrap());
        let codes = ended.each_ref().map(|one| one.status.code().unwrap());
        assert!(codes == [0, 4] || codes == [4, 0], "{codes:?}");
        for loser in ended.iter().filter(|one| one.status.code() == Some(4)) {
            let document: Value = serde_json::from_slice(&loser.stdout).unwrap();
            let word = document["error"]["code"].as_str().unwrap();
            let words = [
                "being_issued",
                "asked_of_seam",
                "already_issued",
                "credential_cannot_be_reissued",
            ];
            assert!(words.contains(&word), "{word}");
        }
    }
}

/// The credential behind the method goes onto the card, on whichever encoder.
#[test]
fn a_card_for_an_access_method_is_encoded_here_or_by_seam() {
    let hotel = Hotel::open();
    let method = |number: u8| format!("ae000000-0000-4000-8000-00000000000{number}");
    let desk = hotel.desk();
    let encode_method = |number, on: &[&str]| {
        let method = method(number);
        let arguments = ["encode", "--json", "--access-method", &method];
        desk.run(&[&arguments[..], on].concat())
    };
    let here = encode_method(1, &ON_A_CARD_OF_OURS).succeeded().json();
    assert_eq!(
        here["acs_credential_id"],
        "c0000000-0000-4000-8000-000000000021"
    );
    assert_eq!(here["state"], "closed");
    let ran = encode_method(1, &["--reader", "Front Desk 1"]);
    assert_eq!(refusal(&ran), refused(4, "already_written"));
    // Of the other access system.
    let by_seam = encode_method(2, &["--reader", "Garden Desk"])
        .succeeded()
        .json();
    assert_eq!(
        by_seam["acs_credential_id"],
        "c0000000-0000-4000-8000-000000000022"
    );
    assert_eq!(by_seam["encoded_by"], "seam");
    let ran = encode_method(4, &ON_A_CARD_OF_OURS);
    assert_eq!(refusal(&ran), refused(4, "not_a_card"));
}
