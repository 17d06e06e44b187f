//! A journal that cannot be written for a while: it is taken away, and comes back.

use std::fs;
use std::time::Duration;

use cardbridge::serve::admission::Scope;
use serde_json::{Value, json};
use tokio::time::{interval, timeout};

use crate::desk::Stage;

/// Only so that a test that fails ends.
const PATIENCE: Duration = Duration::from_secs(20);

async fn health(stage: &Stage) -> Value {
    let call = stage.call(Scope::ReadOnly, "GET", "/healthz");
    stage.unchecked(&call).await.unwrap().json()
}

fn says_so(health: &Value) -> bool {
    let reasons = health["reasons"].as_array().unwrap();
    let mut codes = reasons.iter().map(|reason| &reason["code"]);
    codes.any(|code| code == "journal_unwritten")
}

#[tokio::test]
async fn an_attempt_ends_when_the_journal_can_be_written_again() {
    let mut stage = Stage::new().await;
    let attempt = stage.scan(0).await;
    assert!(!says_so(&health(&stage).await));
    let file = stage.journal_file();
    let away = file.with_extension("away");
    fs::rename(&file, &away).unwrap();
    stage.place(0, "ntag215");
    // The card is read, and the end of the attempt cannot be noted.
    let failing = async {
        let mut pause = interval(Duration::from_millis(20));
        loop {
            pause.tick().await;
            let health = health(&stage).await;
            if says_so(&health) {
                return health;
            }
        }
    };
    let failing = timeout(PATIENCE, failing).await.unwrap();
    assert_eq!(failing["status"], "failing", "{failing}");
    let reason = json!({"code": "journal_unwritten", "problem": "journal_lost"});
    assert_eq!(failing["reasons"][0], reason);
    fs::rename(&away, &file).unwrap();
    stage.result_of(&attempt).await;
    assert!(!says_so(&health(&stage).await));
}
