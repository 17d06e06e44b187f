//! Snapshot and events: what a reader gets, when it comes late, beside others, and when it falls behind.

use cardbridge::desk::notice::Notice;
use cardbridge::desk::target::{Selection, Target};
use cardbridge::desk::{Manner, Update};
use cardbridge::issuance::policy::Allowed;
use serde_json::json;

use crate::stage::{PATIENCE, Stage, encoder, names, next, until};

#[tokio::test]
async fn a_late_reader_gets_everything_as_it_is_and_then_each_event_in_order() {
    let mut stage = Stage::new(Manner::default()).await;
    let mut early = stage.desk.events();
    let uid = stage.placed("ntag215");
    let id = stage.credential().await;
    let mut seen = until(&mut early, "card_placed").await;
    stage.encode(&id).await.unwrap();
    seen.extend(until(&mut early, "job_ended").await);
    assert_eq!(seen[0]["event"], "snapshot");
    let expected = [
        "snapshot",
        "encoder_added",
        "card_placed",
        "job_began",
        "job_has_card",
        "card_read",
        "credential_tried",
        "issuance",
    ];
    let mut told = names(&seen);
    told.dedup();
    // Comes when Seam has answered for the first time.
    told.retain(|name| *name != "seam");
    assert!(told.starts_with(&expected), "{told:?}");
    let ticket = &seen.last().unwrap()["ticket"];
    for event in seen.iter().filter(|event| event["event"] == "progress") {
        assert_eq!(&event["ticket"], ticket, "{event}");
    }

    let mut late = stage.desk.events();
    let first = next(&mut late).await;
    assert_eq!(first["event"], "snapshot");
    let reader = &first["snapshot"]["encoders"][0];
    assert_eq!(reader["name"], encoder().to_string().as_str());
    assert_eq!(reader["card"]["card_uid"], uid.to_string().as_str());
    assert_eq!(reader["card"]["verified"], true);
    assert_eq!(reader["card"]["acs_credential_id"], id.as_str());
    assert_eq!(reader["job"], json!(null));
    stage.tray.remove_from(&encoder()).unwrap();
    assert_eq!(next(&mut late).await["event"], "card_removed");
    let snapshot = json!(stage.desk.snapshot());
    assert_eq!(snapshot["encoders"][0]["card"], json!(null));
}

#[tokio::test]
async fn a_snapshot_tells_the_job_and_how_far_it_is() {
    let stage = Stage::new(Manner::default()).await;
    let id = stage.credential().await;
    let mut events = stage.desk.events();
    let target = Target::first_card(PATIENCE);
    let selection = Selection::Credential(id);
    let ticket = stage
        .desk
        .encode(selection, &target, Allowed::default())
        .unwrap();
    until(&mut events, "card_awaited").await;
    let snapshot = json!(stage.desk.snapshot());
    let job = &snapshot["waiting"][0];
    assert_eq!(job["ticket"], json!(ticket.id()));
    assert_eq!(
        (&job["kind"], &job["step"]),
        (&json!("encode"), &json!("waiting_for_card"))
    );
}

#[tokio::test]
async fn every_reader_sees_the_same_order() {
    let mut stage = Stage::new(Manner::default()).await;
    let (mut first, mut second) = (stage.desk.events(), stage.desk.events());
    stage.placed("ntag215");
    let id = stage.credential().await;
    stage.encode(&id).await.unwrap();
    let seen = until(&mut first, "job_ended").await;
    assert_eq!(seen, until(&mut second, "job_ended").await);
    assert!(names(&seen).contains(&"progress"));
}

#[tokio::test]
async fn a_reader_that_falls_behind_gets_a_snapshot_and_holds_up_nobody() {
    let mut stage = Stage::new(Manner::default()).await;
    let mut slow = stage.desk.events();
    let mut numbers = stage.desk.events();
    let uid = stage.card("ntag215");
    let mut last = 0;
    // Until more has happened than is kept.
    while last < 1500 {
        stage.tray.place(&encoder(), uid).unwrap();
        until(&mut numbers, "card_placed").await;
        stage.tray.remove_from(&encoder()).unwrap();
        loop {
            if let Some(Update::Event(event)) = numbers.next().await
                && matches!(event.notice, Notice::Encoder(_))
            {
                last = event.number;
                break;
            }
        }
    }
    // What it was given at first is still its own.
    assert_eq!(next(&mut slow).await["missed"], 0);
    let anew = next(&mut slow).await;
    assert_eq!(anew["event"], "snapshot");
    assert!(anew["missed"].as_u64().unwrap() >= 1000, "{anew}");
    assert!(anew["snapshot"]["number"].as_u64().unwrap() >= last);
    stage.tray.place(&encoder(), uid).unwrap();
    assert_eq!(next(&mut slow).await["event"], "card_placed");
}
