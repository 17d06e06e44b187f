//! `cardbridge run` through a real pcscd: it finishes what was begun, takes from the queue when asked to, lives through the
//! death of the service, and stops when asked.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout};

use crate::desk::{Desk, uid};
use crate::held::{HeldCard, Hold};
use crate::pcscd::{Card, address, beside_pcscd};
use crate::presence::nothing_lies_there;

const NEVER: Hold = Hold::BeforeCommand(usize::MAX);

struct Running {
    agent: Child,
    steps: Lines<BufReader<ChildStdout>>,
    words: Lines<BufReader<ChildStderr>>,
}

impl Running {
    fn start(desk: &Desk, more: &[&str]) -> Self {
        let mut agent = desk.start(&[&["run", "--json"], more].concat(), None);
        Self {
            steps: BufReader::new(agent.stdout.take().unwrap()).lines(),
            words: BufReader::new(agent.stderr.take().unwrap()).lines(),
            agent,
        }
    }

    /// Waits for a line of text.
    async fn says(&mut self, part: &str) {
        while let Some(line) = self.words.next_line().await.unwrap() {
            if line.contains(part) {
                return;
            }
        }
        panic!("it ended without saying \"{part}\"");
    }

    /// The steps up to one that has this value in this field.
    async fn until(&mut self, field: &str, value: &str) -> Vec<Value> {
        let mut steps: Vec<Value> = Vec::new();
        while let Some(line) = self.steps.next_line().await.unwrap() {
            steps.push(serde_json::from_str(&line).unwrap());
            if steps.last().unwrap()[field] == value {
                return steps;
            }
        }
        panic!("it ended after {steps:?}");
    }

    /// The states of issuances up to the one that is closed.
    async fn until_closed(&mut self) -> Vec<Value> {
        let mut steps = self.until("state", "closed").await;
        steps.retain(|step| step["event"] == "issuance");
        steps
    }

    /// SIGTERM, as a service manager sends it.
    async fn stop(mut self) {
        let pid = self.agent.id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .arg(pid)
            .status()
            .unwrap();
        assert!(sent.success());
        assert_eq!(self.agent.wait().await.unwrap().code(), Some(0));
    }
}

fn states(steps: &[Value]) -> Vec<&str> {
    steps
        .iter()
        .map(|step| step["state"].as_str().unwrap())
        .collect()
}

#[test]
fn a_card_pulled_from_encode_is_finished_by_run() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        for (number, flags) in (0..).zip([&[][..], &["--auto"]]) {
            let credential = desk.credential("visionline_system", 0).await;
            let id = credential.acs_credential_id.as_str();
            // Somewhere among the writes.
            let card =
                HeldCard::place(&address(0), "ntag213", uid(number), Hold::BeforeAnswer(25)).await;
            let encoding = desk.start(
                &["encode", "--json", "--timeout", "20", "--credential", id],
                None,
            );
            card.moment.reached().await;
            let card = card.remove().await;
            let pulled = encoding.wait_with_output().await.unwrap();
            let said = String::from_utf8_lossy(&pulled.stderr);
            assert_eq!(pulled.status.code(), Some(6), "{said}");
            let told: Value = serde_json::from_slice(&pulled.stdout).unwrap();
            assert_eq!(told["error"]["code"], "card_unfinished", "{told}");
            assert_eq!(told["state"], "torn", "{told}");
            assert_eq!(told["card_uid"], uid(number).to_string().as_str());
            assert!(
                said.contains(&format!("and place card {} on the encoder", uid(number))),
                "{said}"
            );

            // Neither another card nor another credential takes its place.
            let other = Card::place(0, "ntag213", uid(100 + number)).await;
            other.remove().await;
            nothing_lies_there().await;

            let mut running = Running::start(&desk, flags);
            running.says("Desk 00 00 is there").await;
            let card = HeldCard::put(&address(0), card, NEVER).await;
            let steps = running.until_closed().await;
            assert_eq!(states(&steps), ["writing", "reporting", "closed"]);
            assert!(
                steps.iter().all(|step| step["acs_credential_id"] == id),
                "{steps:?}"
            );
            running.stop().await;
            let read = desk.run(&["read", "--json", "--timeout", "20"]).await;
            assert_eq!(
                (read.code, &read.document["acs_credential_id"]),
                (0, &id.into())
            );
            assert_eq!(desk.events_of(&credential).await.len(), 1);
            card.remove().await;
        }
    });
}

#[test]
fn every_step_is_a_line_and_a_torn_card_is_torn() {
    beside_pcscd(&["Desk"], async |pcscd| {
        let desk = Desk::new().await;
        let mut running = Running::start(&desk, &["--auto"]);
        let begin = running.until("encoder", "Desk 00 01").await;
        let names = |steps: &[Value]| -> Vec<String> {
            let name = |step: &Value| step["event"].as_str().unwrap().to_owned();
            let steps = steps.iter().map(name);
            // What is served and whether Seam answers comes when it comes.
            steps
                .filter(|name| !["serving", "seam"].contains(&name.as_str()))
                .collect()
        };
        assert_eq!(
            names(&begin),
            ["ready", "encoder_added", "encoder_added"],
            "{begin:?}"
        );
        let card = HeldCard::place(&address(0), "ntag213", uid(1), Hold::BeforeAnswer(25)).await;
        card.moment.reached().await;
        let written = running.until("event", "issuance").await;
        let mut told = names(&written);
        told.dedup();
        // The encoders that Seam lists.
        told.retain(|name| name != "encoder_added");
        assert_eq!(
            told,
            [
                "card_placed",
                "job_began",
                "card_read",
                "credential_tried",
                "issuance"
            ]
        );
        let read = written.iter().find(|step| step["event"] == "card_read");
        assert_eq!(read.unwrap()["card_uid"], uid(1).to_string().as_str());
        let written = written.last().unwrap();
        let card = card.remove().await;
        let torn = running.until("event", "not_issued").await;
        let torn = torn.last().unwrap();
        assert_eq!(torn["error"]["code"], "card_unfinished", "{torn}");
        assert_eq!(torn["state"], "torn");
        for field in ["issuance_id", "acs_credential_id", "card_uid"] {
            assert_eq!(torn[field], written[field], "{field}");
        }
        let card = HeldCard::put(&address(0), card, NEVER).await;
        assert_eq!(
            running.until_closed().await.last().unwrap()["card_uid"],
            torn["card_uid"]
        );
        card.remove().await;
        running.until("event", "card_removed").await;

        // A refusal says of which card.
        let small = Card::place(0, "ultralight-ev1-48", uid(2)).await;
        let refused = running.until("event", "not_issued").await;
        assert_eq!(
            refused.last().unwrap()["card_uid"],
            uid(2).to_string().as_str()
        );
        small.remove().await;
        pcscd.kill();
        running.until("event", "service_lost").await;
        pcscd.revive();
        running.until("event", "service_back").await;
        running.stop().await;
    });
}

#[test]
fn auto_takes_one_credential_for_each_card_placed() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let mut running = Running::start(&desk, &["--auto"]);
        running.says("Desk 00 00 is there").await;
        let mut issued = Vec::new();
        for number in 0..3 {
            let card = Card::place(0, "ntag216", uid(number)).await;
            let steps = running.until_closed().await;
            let last = steps.last().unwrap();
            assert_eq!(last["card_uid"], uid(number).to_string().as_str());
            issued.push(last["acs_credential_id"].clone());
            card.remove().await;
            nothing_lies_there().await;
        }
        running.stop().await;
        issued.dedup();
        assert_eq!(issued.len(), 3, "{issued:?}");
        assert_eq!(
            desk.run(&["history", "--json"])
                .await
                .document
                .as_array()
                .unwrap()
                .len(),
            3
        );
    });
}

#[test]
fn encode_works_beside_run() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 0).await;
        let mut running = Running::start(&desk, &[]);
        running.says("Desk 00 00 is there").await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let ran = desk.encode(&credential, &[]).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        running.stop().await;
        card.remove().await;
    });
}

#[test]
fn run_lives_through_the_death_of_the_service() {
    beside_pcscd(&["Desk"], async |pcscd| {
        let desk = Desk::new().await;
        let mut running = Running::start(&desk, &["--auto"]);
        running.says("Desk 00 00 is there").await;
        pcscd.kill();
        running.says("the PC/SC service does not answer").await;
        // Seam has encoders all the same.
        for (command, code) in [
            (&["read"][..], 5),
            (&["encode", "--next"], 5),
            (&["readers"], 0),
        ] {
            let ran = desk.run(&[command, &["--json"]].concat()).await;
            assert_eq!(ran.code, code, "{}", ran.stderr);
            assert!(ran.stderr.contains("PC/SC"), "{command:?}: {}", ran.stderr);
        }
        pcscd.revive();
        running.says("the PC/SC service is back").await;
        let card = Card::place(0, "ntag216", uid(1)).await;
        assert_eq!(
            running.until_closed().await.last().unwrap()["card_uid"],
            uid(1).to_string().as_str()
        );
        running.stop().await;
        card.remove().await;
    });
}
