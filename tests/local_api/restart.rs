//! Attempts that an agent which was killed has left behind.

use std::time::Duration;

use cardbridge::desk::{Cards, Manner};
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::issuance::attempt::{Action, Attempt};
use cardbridge::seam::Holder;
use cardbridge_drivers::contract::Uid;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::{Setup, Stage, WAITING, encoder, reader};

/// As `cardbridge run` does it.
fn finishes() -> Manner {
    Manner {
        cards: Some(Cards::FinishOnly),
        ..Manner::default()
    }
}

async fn stage() -> Stage {
    Stage::with(Setup {
        patience: Duration::from_millis(500),
        manner: finishes,
        ..Setup::default()
    })
    .await
}

/// An agent that was killed while it was at such an attempt, and is started again.
fn encoding() -> Action {
    Action::Encode {
        acs_credential_id: WAITING.to_owned(),
    }
}

async fn left_pending(stage: &mut Stage, action: Action, since: SignedDuration) -> Value {
    stage.crash().await;
    let now = Timestamp::now();
    let id = Uuid::now_v7();
    let attempt = Attempt {
        action_attempt_id: id,
        action,
        acs_encoder_id: encoder(0).parse().unwrap(),
        credential: None,
        begun_at: now - since,
        ended: None,
    };
    let journal = stage.journal();
    journal
        .begin_attempt(attempt, now, Timestamp::UNIX_EPOCH)
        .await
        .unwrap();
    drop(journal);
    stage.begin_again().await;
    json!({ "action_attempt_id": id })
}

/// A card that was removed while the credential was written on it.
async fn torn(stage: &mut Stage) -> Uid {
    let at = reader(0);
    let fault = Fault::Removed(Loss::Command);
    stage.tray.break_after(&at, 20, fault).unwrap();
    let card = stage.place(0, "ntag215");
    let attempt = stage.encode(0, WAITING).await;
    assert_eq!(stage.error_of(&attempt).await, "encoding_interrupted");
    card
}

#[tokio::test]
async fn nothing_was_written() {
    let mut stage = stage().await;
    let holder = Holder::AcsUser(WAITING.to_owned());
    for action in [encoding(), Action::Scan, Action::ScanToAssign { holder }] {
        let attempt = left_pending(&mut stage, action, SignedDuration::ZERO).await;
        assert_eq!(stage.error_of(&attempt).await, "uncategorized_error");
    }
    // It can be begun again, as another attempt.
    let card = stage.place(0, "ntag215");
    let attempt = stage.encode(0, WAITING).await;
    let result = stage.result_of(&attempt).await;
    assert_eq!(result["card_number"], json!(card.to_string()));
}

#[tokio::test]
async fn the_card_was_written() {
    let mut stage = stage().await;
    let card = stage.place(0, "ntag215");
    let attempt = stage.encode(0, WAITING).await;
    stage.result_of(&attempt).await;
    let left = left_pending(&mut stage, encoding(), SignedDuration::from_mins(1)).await;
    let result = stage.result_of(&left).await;
    assert_eq!(result["card_number"], json!(card.to_string()));
    assert_eq!(result["acs_credential_id"], WAITING);
    // What ended before stays as it was.
    assert_eq!(stage.result_of(&attempt).await, result);
}

#[tokio::test]
async fn another_order_has_written_a_card() {
    let mut stage = stage().await;
    let card = stage.place(1, "ntag215");
    let attempt = stage.encode(1, WAITING).await;
    stage.result_of(&attempt).await;
    // It waited for a card on the first encoder at that time.
    let left = left_pending(&mut stage, encoding(), SignedDuration::from_mins(1)).await;
    let ended = stage.ended(&left).await;
    assert_eq!(ended["error"]["type"], "credential_cannot_be_reissued");
    let message = ended["error"]["message"].as_str().unwrap();
    assert!(message.contains(&card.to_string()), "{message}");
}

#[tokio::test]
async fn its_card_is_finished_on_another_encoder() {
    let mut stage = stage().await;
    let card = torn(&mut stage).await;
    let left = left_pending(&mut stage, encoding(), SignedDuration::from_mins(1)).await;
    assert_eq!(stage.attempt(&left).await["status"], "pending");
    stage.tray.move_to(&reader(1), card).unwrap();
    let result = stage.result_of(&left).await;
    assert_eq!(result["card_number"], json!(card.to_string()));
}

#[tokio::test]
async fn a_half_written_card_is_waited_for() {
    let mut stage = stage().await;
    let card = torn(&mut stage).await;
    let attempt = left_pending(&mut stage, encoding(), SignedDuration::ZERO).await;
    assert_eq!(stage.attempt(&attempt).await["status"], "pending");
    // Another restart changes nothing.
    stage.crash().await;
    stage.begin_again().await;
    assert_eq!(stage.attempt(&attempt).await["status"], "pending");
    stage.tray.place(&reader(0), card).unwrap();
    let result = stage.result_of(&attempt).await;
    assert_eq!(result["card_number"], json!(card.to_string()));
}

#[tokio::test]
async fn a_half_written_card_is_asked_for_again_under_the_same_attempt() {
    let mut stage = stage().await;
    let card = torn(&mut stage).await;
    stage.tray.remove_from(&reader(0)).unwrap();
    let attempt = left_pending(&mut stage, encoding(), SignedDuration::ZERO).await;
    let again = stage.encode(0, WAITING).await;
    assert_eq!(again["action_attempt_id"], attempt["action_attempt_id"]);
    stage.tray.place(&reader(0), card).unwrap();
    stage.result_of(&attempt).await;
}

#[tokio::test]
async fn a_half_written_card_that_does_not_come_back() {
    let mut stage = stage().await;
    let card = torn(&mut stage).await;
    let long = SignedDuration::from_mins(11);
    let attempt = left_pending(&mut stage, encoding(), long).await;
    let ended = stage.ended(&attempt).await;
    assert_eq!(ended["error"]["type"], "action_attempt_expired");
    let message = ended["error"]["message"].as_str().unwrap();
    assert!(message.contains(&card.to_string()), "{message}");
}

#[tokio::test]
async fn an_agent_that_is_stopped_ends_what_waits() {
    let mut stage = Stage::new().await;
    let attempt = stage.encode(0, WAITING).await;
    stage.crash().await;
    stage.begin_again().await;
    assert_eq!(stage.error_of(&attempt).await, "encoder_not_online");
}
