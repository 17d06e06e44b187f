//! Encoding, and every way in which it can fail.

use std::time::Duration;

use cardbridge::desk::Manner;
use cardbridge::encoder::simulated::{Fault, Loss};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::desk::{CODE, ISSUED, NOWHERE, SEAMS_ENCODER, Setup, Stage, WAITING, encoder, reader};

const ENCODE: &str = "/acs/encoders/encode_credential";
const SECOND: &str = "c0000000-0000-4000-8000-000000000002";

#[tokio::test]
async fn a_card_that_is_placed_is_encoded_and_the_credential_is_as_seam_has_it() {
    let mut stage = Stage::new().await;
    let attempt = stage.encode(0, WAITING).await;
    assert_eq!(
        (&attempt["status"], &attempt["action_type"]),
        (&json!("pending"), &json!("ENCODE_CREDENTIAL"))
    );
    assert_eq!(stage.attempt(&attempt).await, attempt);
    let uid = stage.place(0, "ntag215");
    let result = stage.result_of(&attempt).await;
    assert_eq!(result["card_number"], json!(uid.to_string()));
    assert_eq!(result["is_issued"], true);
    // The report has reached Seam before: its own credential says the same.
    let body = json!({ "acs_credential_id": WAITING });
    let at_seam = stage.ok("/acs/credentials/get", body).await;
    assert_eq!(at_seam["acs_credential"], result);
    let body = json!({"since": "2000-01-01", "acs_credential_id": WAITING});
    let events = stage.ok("/events/list", body).await;
    assert_eq!(events["events"][0]["event_type"], "acs_credential.issued");
}

#[tokio::test]
async fn the_card_s_number_is_known_here_before_seam_knows_it() {
    let mut stage = Stage::with(Setup {
        reports: false,
        ..Setup::default()
    })
    .await;
    let uid = stage.place(0, "ntag215");
    let attempt = stage.encode(0, WAITING).await;
    let result = stage.result_of(&attempt).await;
    assert_eq!(result["card_number"], json!(uid.to_string()));
    assert_eq!(result["is_issued"], true);
    let body = json!({ "acs_credential_id": WAITING });
    let at_seam = stage.ok("/acs/credentials/get", body).await;
    assert_eq!(at_seam["acs_credential"]["is_issued"], false);
}

#[tokio::test]
async fn what_is_asked_twice_is_one_attempt_and_two_readers_never_share_a_credential() {
    let mut stage = Stage::new().await;
    let attempt = stage.encode(0, WAITING).await;
    assert_eq!(stage.encode(0, WAITING).await, attempt);
    let elsewhere = stage.encode(1, WAITING).await;
    assert_eq!(elsewhere["error"]["type"], "uncategorized_error");
    assert_eq!(stage.attempt(&elsewhere).await, elsewhere);
    // Another credential has no place on this reader while it waits, and has one on the other.
    let busy = stage.encode(0, SECOND).await;
    assert_eq!(stage.error_of(&busy).await, "uncategorized_error");
    let second = stage.encode(1, SECOND).await;
    let cards = [stage.place(0, "ntag215"), stage.place(1, "ntag216")];
    for (attempt, card) in [(&attempt, cards[0]), (&second, cards[1])] {
        let result = stage.result_of(attempt).await;
        assert_eq!(result["card_number"], json!(card.to_string()));
    }
    // The answer to the first may have been lost; a wish for another card comes later.
    assert_eq!(
        stage.encode(0, WAITING).await,
        stage.attempt(&attempt).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_programs_ask_for_the_same_at_once() {
    for _ in 0..5 {
        let mut stage = Stage::new().await;
        let asked = (0..20).map(|_| stage.encode(0, WAITING));
        let attempts = join_all(asked).await;
        let id = &attempts[0]["action_attempt_id"];
        assert!(
            attempts.iter().all(|one| one["action_attempt_id"] == *id),
            "{attempts:?}"
        );
        stage.place(0, "ntag215");
        stage.result_of(&attempts[0]).await;
    }
}

#[tokio::test]
async fn without_a_card_in_time() {
    let stage = Stage::with(Setup {
        patience: Duration::from_millis(1),
        ..Setup::default()
    })
    .await;
    for attempt in [stage.encode(0, WAITING).await, stage.scan(1).await] {
        let error = stage.error_of(&attempt).await;
        assert_eq!(error, "no_credential_on_encoder");
    }
    // It can be tried again at once.
    let again = stage.encode(0, WAITING).await;
    assert_eq!(stage.error_of(&again).await, "no_credential_on_encoder");
}

#[tokio::test]
async fn a_card_that_is_too_small_and_one_of_a_type_that_is_not_known() {
    let mut stage = Stage::new().await;
    let attempt = stage.encode(0, WAITING).await;
    stage.place(0, "ultralight-ev1-48");
    let ended = stage.ended(&attempt).await;
    assert_eq!(ended["error"]["type"], "incompatible_card_format");
    let message = ended["error"]["message"].as_str().unwrap();
    assert!(message.contains("bytes"), "{message}");
    assert_eq!(ended["result"], Value::Null);
}

#[tokio::test]
async fn a_card_that_is_removed_too_early_and_placed_again() {
    let mut stage = Stage::new().await;
    let at = reader(0);
    stage
        .tray
        .break_after(&at, 20, Fault::Removed(Loss::Answer))
        .unwrap();
    let mut events = stage.desk().events();
    let attempt = stage.encode(0, WAITING).await;
    Stage::until(&mut events, "card_awaited").await;
    let card = stage.place(0, "ntag215");
    Stage::until(&mut events, "card_awaited").await;
    assert_eq!(stage.attempt(&attempt).await["status"], "pending");
    stage.tray.place(&at, card).unwrap();
    let result = stage.result_of(&attempt).await;
    assert_eq!(result["card_number"], json!(card.to_string()));
}

#[tokio::test]
async fn a_card_that_is_removed_too_early_for_good() {
    let mut stage = Stage::with(Setup {
        patience: Duration::from_millis(500),
        ..Setup::default()
    })
    .await;
    let at = reader(0);
    stage
        .tray
        .break_after(&at, 20, Fault::Removed(Loss::Command))
        .unwrap();
    let card = stage.place(0, "ntag215");
    let attempt = stage.encode(0, WAITING).await;
    assert_eq!(stage.error_of(&attempt).await, "encoding_interrupted");
    // On another card it would be a second one.
    stage.place(1, "ntag215");
    let other = stage.encode(1, WAITING).await;
    assert_eq!(
        stage.error_of(&other).await,
        "credential_cannot_be_reissued"
    );
    // The same card is finished.
    stage.tray.place(&at, card).unwrap();
    let again = stage.encode(0, WAITING).await;
    stage.result_of(&again).await;
}

#[tokio::test]
async fn a_credential_that_is_deleted_while_a_card_is_waited_for() {
    let mut stage = Stage::new().await;
    let attempt = stage.encode(0, WAITING).await;
    let body = json!({ "acs_credential_id": WAITING });
    stage.ok("/acs/credentials/delete", body).await;
    stage.place(0, "ntag215");
    assert_eq!(stage.error_of(&attempt).await, "credential_deleted");
}

#[tokio::test]
async fn a_credential_that_is_on_a_card_already() {
    let mut stage = Stage::new().await;
    stage.place(0, "ntag215");
    let attempt = stage.encode(0, ISSUED).await;
    assert_eq!(
        stage.error_of(&attempt).await,
        "credential_cannot_be_reissued"
    );
}

#[tokio::test]
async fn a_reader_that_hangs() {
    let mut stage = Stage::with(Setup {
        patience: Duration::from_secs(2),
        ..Setup::default()
    })
    .await;
    let at = reader(0);
    stage.tray.break_after(&at, 3, Fault::Hang).unwrap();
    let mut events = stage.desk().events();
    let attempt = stage.encode(0, WAITING).await;
    stage.place(0, "ntag215");
    Stage::until(&mut events, "job_has_card").await;
    stage.tray.remove_from(&at).unwrap();
    let error = stage.error_of(&attempt).await;
    assert_eq!(error, "no_credential_on_encoder");
}

#[tokio::test]
async fn an_access_method_leads_to_its_credential() {
    let mut stage = Stage::new().await;
    let grants = stage.ok("/access_grants/list", json!({})).await;
    let mut methods = Vec::new();
    for grant in grants["access_grants"].as_array().unwrap() {
        let of_grant = json!({ "access_grant_id": grant["access_grant_id"] });
        let listed = stage.ok("/access_methods/list", of_grant).await;
        methods.extend(listed["access_methods"].as_array().unwrap().clone());
    }
    let ready = methods
        .iter()
        .find(|method| method["is_ready_for_encoding"] == true)
        .unwrap();
    let id = &ready["access_method_id"];
    let bodies = [
        (
            ENCODE,
            json!({"acs_encoder_id": encoder(0), "access_method_id": id}),
        ),
        (
            "/access_methods/encode",
            json!({"acs_encoder_id": encoder(0), "access_method_id": id}),
        ),
    ];
    let mut attempts = Vec::new();
    for (path, body) in bodies {
        attempts.push(stage.ok(path, body).await["action_attempt"].clone());
    }
    assert_eq!(attempts[0], attempts[1]);
    let card = stage.place(0, "ntag215");
    let result = stage.result_of(&attempts[0]).await;
    assert_eq!(result["card_number"], json!(card.to_string()));
    let now = stage
        .ok("/access_methods/get", json!({ "access_method_id": id }))
        .await;
    assert_eq!(now["access_method"]["is_issued"], true);
    let other = methods
        .iter()
        .find(|method| method["mode"] != "card")
        .unwrap();
    let body = json!({"acs_encoder_id": encoder(0), "access_method_id": other["access_method_id"]});
    stage
        .refused("/access_methods/encode", body, 400, "invalid_input")
        .await;
    let body = json!({"acs_encoder_id": encoder(0), "access_method_id": NOWHERE});
    stage
        .refused(ENCODE, body, 404, "access_method_not_found")
        .await;
}

#[tokio::test]
async fn what_is_no_card_or_not_there_begins_nothing() {
    let stage = Stage::new().await;
    let at = encoder(0);
    for (body, status, kind) in [
        (json!({"acs_encoder_id": at}), 400, "invalid_input"),
        (
            json!({"acs_encoder_id": at, "acs_credential_id": CODE}),
            400,
            "invalid_input",
        ),
        (
            json!({"acs_encoder_id": at, "acs_credential_id": NOWHERE}),
            404,
            "acs_credential_not_found",
        ),
        (
            json!({"acs_encoder_id": NOWHERE, "acs_credential_id": WAITING}),
            404,
            "acs_encoder_not_found",
        ),
    ] {
        stage.refused(ENCODE, body, status, kind).await;
    }
    let listed = stage.ok("/action_attempts/list", json!({})).await;
    assert_eq!(listed["action_attempts"], json!([]));
}

#[tokio::test]
async fn attempts_of_the_desk_and_of_seam_are_in_one_list() {
    let stage = Stage::with(Setup {
        patience: Duration::from_millis(1),
        ..Setup::default()
    })
    .await;
    let own = stage.encode(0, WAITING).await;
    stage.ended(&own).await;
    // Seam's own encoder, which Seam drives.
    let body = json!({"acs_encoder_id": SEAMS_ENCODER});
    let seams = stage.ok("/acs/encoders/scan_credential", body).await["action_attempt"].clone();
    let [own, seams] = [own, seams].map(|attempt| attempt["action_attempt_id"].clone());
    let listed = async |body: Value| {
        let listed = stage.ok("/action_attempts/list", body).await;
        let attempts = listed["action_attempts"].as_array().unwrap().clone();
        attempts
            .iter()
            .map(|attempt| attempt["action_attempt_id"].clone())
            .collect::<Vec<_>>()
    };
    let both = vec![own.clone(), seams.clone()];
    assert_eq!(
        listed(json!({"action_attempt_ids": [seams, own]})).await,
        both
    );
    assert_eq!(listed(json!({})).await, both);
    let body = json!({ "action_attempt_id": NOWHERE });
    stage
        .refused(
            "/action_attempts/get",
            body,
            404,
            "action_attempt_not_found",
        )
        .await;
}

/// The desk drives Seam's own encoders as well, with one history for all.
#[tokio::test]
async fn an_encoder_of_seam_s_that_the_desk_drives() {
    let mut stage = Stage::with(Setup {
        manner: || Manner {
            seam_encoders: true,
            ..Manner::default()
        },
        ..Setup::default()
    })
    .await;
    let mut events = stage.desk().events();
    let is_driven = |stage: &Stage| {
        let encoders = stage.desk().snapshot().encoders;
        let mut ids = encoders.iter().map(|view| view.acs_encoder_id.to_string());
        ids.any(|id| id == SEAMS_ENCODER)
    };
    while !is_driven(&stage) {
        events.next().await.unwrap();
    }
    let list = json!({"acs_encoder_ids": [SEAMS_ENCODER, encoder(0)]});
    let listed = stage.ok("/acs/encoders/list", list).await;
    assert_eq!(listed["acs_encoders"].as_array().unwrap().len(), 2);
    let body = json!({"acs_encoder_id": SEAMS_ENCODER, "acs_credential_id": WAITING});
    let attempt = stage.ok(ENCODE, body).await["action_attempt"].clone();
    let result = stage.result_of(&attempt).await;
    assert!(result["card_number"].is_string(), "{result}");
    assert_eq!(result["is_issued"], true);
    let again = stage.encode(0, WAITING).await;
    stage.place(0, "ntag215");
    assert_eq!(
        stage.error_of(&again).await,
        "credential_cannot_be_reissued"
    );
}
