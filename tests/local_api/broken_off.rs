//! Callers whose connection breaks while the journal notes what they asked for.

use cardbridge::serve::admission::Scope;
use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};

use crate::desk::{Stage, WAITING, encoder};

/// As many as it takes for the agent to come to where it waits.
const MEANWHILE: usize = 20;

/// Other calls, each of which goes to the API and back.
async fn meanwhile(stage: &Stage) {
    for _ in 0..MEANWHILE {
        stage.ok("/acs/systems/list", json!({})).await;
    }
}

/// The attempt that such a call has begun.
async fn begun_without_a_caller(stage: &Stage, path: &str, body: Value) -> Value {
    // What would be noted beside it is noted first.
    let filter = json!({"acs_encoder_ids": [encoder(0), encoder(1)]});
    stage.ok("/acs/encoders/list", filter).await;
    let mut journal = Connection::open(stage.journal_file()).unwrap();
    let held = journal
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let call = stage.call(Scope::Desk, "POST", path).json(&body);
    let connection = stage.sent(&call).await;
    meanwhile(stage).await;
    drop(connection);
    meanwhile(stage).await;
    held.rollback().unwrap();
    loop {
        let list = stage.ok("/action_attempts/list", json!({})).await;
        if let Some(attempt) = list["action_attempts"].as_array().unwrap().first() {
            return attempt.clone();
        }
    }
}

#[tokio::test]
async fn an_encode_goes_on() {
    let mut stage = Stage::new().await;
    let body = json!({"acs_encoder_id": encoder(0), "acs_credential_id": WAITING});
    let path = "/acs/encoders/encode_credential";
    let attempt = begun_without_a_caller(&stage, path, body).await;
    // The client asks again, and gets the one that is at work.
    let again = stage.encode(0, WAITING).await;
    assert_eq!(again["action_attempt_id"], attempt["action_attempt_id"]);
    let card = stage.place(0, "ntag215");
    let result = stage.result_of(&attempt).await;
    assert_eq!(result["card_number"], json!(card.to_string()));
}

#[tokio::test]
async fn a_scan_goes_on_and_the_next_one_is_another() {
    let mut stage = Stage::new().await;
    let body = json!({"acs_encoder_id": encoder(0)});
    let path = "/acs/encoders/scan_credential";
    let attempt = begun_without_a_caller(&stage, path, body).await;
    // Two callers read the same card.
    let shared = stage.scan(0).await;
    assert_eq!(shared["action_attempt_id"], attempt["action_attempt_id"]);
    stage.place(0, "ntag215");
    stage.result_of(&attempt).await;
    let next = stage.scan(0).await;
    assert_ne!(next["action_attempt_id"], attempt["action_attempt_id"]);
    stage.result_of(&next).await;
}
