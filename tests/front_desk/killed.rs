//! An agent killed at any step: the next one finishes the job with the same card, once.
//!
//! Between two things that the outside can see (a command to the card, a piece of network traffic) the agent only writes
//! its journal. So every step is covered by killing it while it waits for each of them: before it has happened, and after it
//! has happened but before the agent knows.

use cardbridge::seam::AcsCredential;

use crate::desk::{Desk, RECORD_KEY, uid};
use crate::held::{HeldCard, Hold, Wire};
use crate::pcscd::{address, beside_pcscd};

const MODEL: &str = "ntag213";

#[test]
fn killed_before_any_command_reaches_the_card() {
    beside_pcscd(&["Desk"], async |_| {
        kill_at_every_command(Hold::BeforeCommand).await;
    });
}

#[test]
fn killed_before_any_answer_of_the_card_is_back() {
    beside_pcscd(&["Desk"], async |_| {
        kill_at_every_command(Hold::BeforeAnswer).await;
    });
}

async fn kill_at_every_command(hold: fn(usize) -> Hold) {
    let desk = Desk::new().await;
    for number in 0.. {
        let credential = desk.credential("visionline_system", 0).await;
        let card =
            HeldCard::place(&address(0), MODEL, uid(number), hold(usize::from(number))).await;
        let mut agent = desk.start(&encode(&credential), None);
        tokio::select! {
            () = card.moment.reached() => {
                agent.kill().await.unwrap();
                card.moment.go_on();
            }
            ended = agent.wait() => {
                assert!(ended.unwrap().success());
                assert!(number > 30, "only {number} commands were tried");
                return;
            }
        }
        finished_once(&desk, &credential, &card, usize::from(number)).await;
        card.remove().await;
    }
}

#[test]
fn killed_at_any_moment_of_its_talk_with_the_api() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        for number in 0.. {
            let credential = desk.credential("visionline_system", 0).await;
            let card = HeldCard::place(
                &address(0),
                MODEL,
                uid(number),
                Hold::BeforeCommand(usize::MAX),
            )
            .await;
            let api = desk
                .access
                .endpoint
                .trim_start_matches("http://")
                .to_owned();
            let wire = Wire::to(api, usize::from(number)).await;
            let mut agent = desk.start(&encode(&credential), Some(&wire.address));
            tokio::select! {
                () = wire.moment.reached() => {
                    agent.kill().await.unwrap();
                    wire.moment.go_on();
                }
                ended = agent.wait() => {
                    assert!(ended.unwrap().success());
                    assert!(number >= 4, "only {number} pieces were tried");
                    return;
                }
            }
            finished_once(&desk, &credential, &card, usize::from(number)).await;
            card.remove().await;
        }
    });
}

fn encode(credential: &AcsCredential) -> Vec<&str> {
    vec![
        "encode",
        "--json",
        "--timeout",
        "20",
        "--credential",
        &credential.acs_credential_id,
    ]
}

/// The next agent finishes: the card verifies, the API knows its number, the event is there once.
async fn finished_once(desk: &Desk, credential: &AcsCredential, card: &HeldCard, step: usize) {
    // A clerk who reads that the card is good hands it out: it may never come back.
    let read = desk.run(&["read", "--json"]).await;
    let good = read.document["verified"] == true;
    // An agent that was killed after the last entry of its journal has left nothing to do but, maybe, a report.
    let history = desk.run(&["history", "--json"]).await.document;
    let mine = |history: &serde_json::Value| -> Vec<serde_json::Value> {
        let all = history.as_array().unwrap();
        all.iter()
            .filter(|one| one["acs_credential_id"] == credential.acs_credential_id.as_str())
            .cloned()
            .collect()
    };
    let state = mine(&history).first().map(|one| one["state"].clone());
    let is_noted = state.is_some_and(|state| state == "reporting" || state == "closed");
    assert!(is_noted || !good, "at {step}: {history}");
    if is_noted {
        let retried = desk.command(&["retry"], None).output().await.unwrap();
        let words = String::from_utf8_lossy(&retried.stderr);
        assert!(retried.status.success(), "at {step}: {words}");
    } else {
        let ran = desk.encode(credential, &[]).await;
        assert_eq!(ran.code, 0, "at {step}: {}", ran.stderr);
        assert_eq!(ran.document["state"], "closed");
    }
    let history = mine(&desk.run(&["history", "--json"]).await.document);
    assert_eq!(history.len(), 1, "at {step}: {history:?}");
    assert_eq!(history[0]["state"], "closed", "at {step}");
    let read = desk.run(&["read", "--json"]).await;
    assert_eq!(read.code, 0, "at {step}: {}", read.stderr);
    assert_eq!(read.document["verified"], true);
    assert_eq!(
        read.document["acs_credential_id"],
        credential.acs_credential_id.as_str()
    );
    let issued = desk.look_up(credential).await;
    assert!(issued.is_known_issued(), "at {step}");
    assert_eq!(
        issued.card_number.as_deref(),
        history[0]["card_number"].as_str(),
        "at {step}"
    );
    assert_eq!(desk.events_of(credential).await.len(), 1, "at {step}");
    let memory = card.memory().await;
    assert!(
        !memory
            .windows(RECORD_KEY.len())
            .any(|window| window == RECORD_KEY)
    );
}
