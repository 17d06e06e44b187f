//! An encode that has succeeded is given again only while its card is what it said.

use cardbridge::desk::target::{Target, Which, WipeOrder};
use serde_json::{Value, json};

use crate::desk::{Stage, WAITING, reader};

/// A desk, and an attempt that has just succeeded on its first reader.
async fn encoded() -> (Stage, Value) {
    let mut stage = Stage::new().await;
    stage.place(0, "ntag215");
    let attempt = stage.encode(0, WAITING).await;
    stage.result_of(&attempt).await;
    let ended = stage.attempt(&attempt).await;
    assert_eq!(stage.encode(0, WAITING).await, ended);
    (stage, ended)
}

#[tokio::test]
async fn not_for_another_card() {
    let (mut stage, first) = encoded().await;
    let mut events = stage.desk().events();
    stage.tray.remove_from(&reader(0)).unwrap();
    Stage::until(&mut events, "card_removed").await;
    stage.place(0, "ntag215");
    let again = stage.encode(0, WAITING).await;
    assert_ne!(again["action_attempt_id"], first["action_attempt_id"]);
    assert_eq!(
        stage.error_of(&again).await,
        "credential_cannot_be_reissued"
    );
}

#[tokio::test]
async fn not_for_a_card_that_was_wiped() {
    let (stage, first) = encoded().await;
    let target = Target {
        encoder: Some(Which::Name(reader(0).0)),
        patience: std::time::Duration::from_secs(20),
    };
    let order = WipeOrder {
        valid: true,
        ..WipeOrder::default()
    };
    let mut wiped = stage.desk().wipe(&target, order).unwrap();
    wiped.outcome().await.unwrap();
    let again = stage.encode(0, WAITING).await;
    assert_ne!(again["action_attempt_id"], first["action_attempt_id"]);
}

#[tokio::test]
async fn not_for_a_credential_that_has_changed() {
    let (stage, first) = encoded().await;
    let body = json!({"acs_credential_id": WAITING, "ends_at": "2099-01-01T00:00:00.000Z"});
    stage.ok("/acs/credentials/update", body).await;
    let again = stage.encode(0, WAITING).await;
    assert_ne!(again["action_attempt_id"], first["action_attempt_id"]);
}
