//! The vendor's encoders, steered by the simulate paths, and action attempts.

use serde_json::{Value, json};

use crate::desk::{
    ADA, ADA_IDENTITY, BEING_DELETED, CODE, Desk, ENCODER, ISSUED, JONAS, NEEDS_REISSUE, NOWHERE,
    OMAR, VISIONLINE, VOSTIO, VOSTIO_ENCODER, WAITING, column, warnings,
};

const ENCODE: &str = "/acs/encoders/encode_credential";

async fn begin_encode(desk: &Desk, credential: &str) -> Value {
    let body = json!({"acs_encoder_id": ENCODER, "acs_credential_id": credential});
    desk.ok(ENCODE, body).await["action_attempt"].clone()
}

async fn encode(desk: &Desk, credential: &str) -> Value {
    let attempt = begin_encode(desk, credential).await;
    desk.finished(&attempt).await
}

async fn simulate(desk: &Desk, what: &str, mut body: Value) {
    body["acs_encoder_id"] = json!(ENCODER);
    desk.ok(
        &format!("/acs/encoders/simulate/next_credential_{what}"),
        body,
    )
    .await;
}

async fn scan(desk: &Desk) -> Value {
    let attempt = desk
        .ok(
            "/acs/encoders/scan_credential",
            json!({"acs_encoder_id": ENCODER}),
        )
        .await;
    desk.finished(&attempt["action_attempt"]).await
}

#[tokio::test]
async fn an_encode_is_pending_and_then_issues() {
    let desk = Desk::open().await;
    let pending = begin_encode(&desk, WAITING).await;
    let expected = json!({
        "action_attempt_id": pending["action_attempt_id"], "action_type": "ENCODE_CREDENTIAL",
        "status": "pending", "result": null, "error": null,
    });
    assert_eq!(pending, expected);
    let done = desk.finished(&pending).await;
    assert_eq!(
        (&done["status"], &done["error"]),
        (&json!("success"), &Value::Null)
    );

    let credential = desk.credential(WAITING).await;
    assert_eq!(done["result"], credential);
    assert_eq!(credential["is_issued"], json!(true));
    assert!(credential["issued_at"].is_string() && warnings(&credential).is_empty());
    let number = credential["card_number"].as_str().unwrap();
    let found = desk
        .ok("/acs/credentials/list", json!({"search": number}))
        .await;
    assert_eq!(
        column(&found["acs_credentials"], "acs_credential_id"),
        [WAITING]
    );
    assert_eq!(desk.events_of(WAITING).await, ["acs_credential.issued"]);
}

#[tokio::test]
async fn an_issued_credential_is_not_issued_again() {
    let desk = Desk::open().await;
    let before = desk.credential(ISSUED).await;
    let refused = encode(&desk, ISSUED).await;
    assert_eq!(
        (&refused["status"], &refused["result"]),
        (&json!("error"), &Value::Null)
    );
    assert_eq!(refused["error"]["type"], "credential_cannot_be_reissued");
    assert_eq!(desk.credential(ISSUED).await, before);

    let again = encode(&desk, NEEDS_REISSUE).await;
    assert_eq!(again["status"], "success");
    assert!(warnings(&again["result"]).is_empty());
    assert_eq!(
        desk.events_of(NEEDS_REISSUE).await,
        ["acs_credential.reissued"]
    );
    assert_eq!(
        encode(&desk, NEEDS_REISSUE).await["error"]["type"],
        "credential_cannot_be_reissued"
    );
}

#[tokio::test]
async fn of_two_encodes_at_once_one_issues() {
    let desk = Desk::open().await;
    let (one, other) = (
        begin_encode(&desk, WAITING).await,
        begin_encode(&desk, WAITING).await,
    );
    assert_eq!(desk.finished(&one).await["status"], "success");
    assert_eq!(
        desk.finished(&other).await["error"]["type"],
        "credential_cannot_be_reissued"
    );
    assert_eq!(desk.events_of(WAITING).await, ["acs_credential.issued"]);
}

#[tokio::test]
async fn what_cannot_be_encoded() {
    let desk = Desk::open().await;
    let body = |encoder: &str, credential: &str| json!({"acs_encoder_id": encoder, "acs_credential_id": credential});
    desk.refused(ENCODE, body(NOWHERE, WAITING), 404, "acs_encoder_not_found")
        .await;
    desk.refused(
        ENCODE,
        body(ENCODER, NOWHERE),
        404,
        "acs_credential_not_found",
    )
    .await;
    desk.invalid(ENCODE, body(VOSTIO_ENCODER, WAITING), "acs_encoder_id")
        .await;
    desk.invalid(ENCODE, body(ENCODER, CODE), "acs_credential_id")
        .await;
    desk.refused(
        ENCODE,
        json!({"acs_encoder_id": ENCODER}),
        400,
        "invalid_input",
    )
    .await;
    assert_eq!(
        encode(&desk, BEING_DELETED).await["error"]["type"],
        "credential_deleted"
    );
    for (refused, name) in [
        ("c0000000-0000-4000-8000-000000000092", "Expired"),
        ("c0000000-0000-4000-8000-000000000094", "With an error"),
    ] {
        assert_eq!(desk.credential(refused).await["display_name"], name);
        assert_eq!(
            encode(&desk, refused).await["error"]["type"],
            "uncategorized_error"
        );
    }
    // Deleted while the encoder waits for the card.
    let attempt = begin_encode(&desk, WAITING).await;
    desk.ok(
        "/acs/credentials/delete",
        json!({"acs_credential_id": WAITING}),
    )
    .await;
    assert_eq!(
        desk.finished(&attempt).await["error"]["type"],
        "credential_deleted"
    );
}

#[tokio::test]
async fn the_next_encode_fails_as_asked_and_only_the_next() {
    let desk = Desk::open().await;
    for code in [
        "no_credential_on_encoder",
        "encoding_interrupted",
        "uncategorized_error",
        "action_attempt_expired",
    ] {
        simulate(&desk, "encode_will_fail", json!({"error_code": code})).await;
        assert_eq!(encode(&desk, WAITING).await["error"]["type"], code);
        assert_eq!(desk.credential(WAITING).await["is_issued"], json!(false));
    }
    simulate(&desk, "encode_will_fail", json!({})).await;
    simulate(
        &desk,
        "encode_will_succeed",
        json!({"scenario": "credential_is_issued"}),
    )
    .await;
    assert_eq!(
        encode(&desk, WAITING).await["status"],
        "success",
        "the last word counts"
    );

    // A failure for one credential waits for that credential.
    let other = "c0000000-0000-4000-8000-000000000002";
    let third = "c0000000-0000-4000-8000-000000000003";
    simulate(
        &desk,
        "encode_will_fail",
        json!({"error_code": "action_attempt_expired", "acs_credential_id": third}),
    )
    .await;
    assert_eq!(encode(&desk, other).await["status"], "success");
    assert_eq!(
        encode(&desk, third).await["error"]["type"],
        "action_attempt_expired"
    );
}

#[tokio::test]
async fn the_simulate_paths_check_their_parameters() {
    let desk = Desk::open().await;
    let path = |what: &str| format!("/acs/encoders/simulate/next_credential_{what}");
    for what in [
        "encode_will_succeed",
        "encode_will_fail",
        "scan_will_succeed",
        "scan_will_fail",
    ] {
        desk.invalid(&path(what), json!({}), "acs_encoder_id").await;
        desk.refused(
            &path(what),
            json!({"acs_encoder_id": NOWHERE}),
            404,
            "acs_encoder_not_found",
        )
        .await;
    }
    let body = |field: &str, value: &str| json!({"acs_encoder_id": ENCODER, field: value});
    desk.invalid(
        &path("encode_will_fail"),
        body("error_code", "bad_luck"),
        "error_code",
    )
    .await;
    desk.invalid(
        &path("encode_will_fail"),
        body("acs_credential_id", WAITING),
        "acs_credential_id",
    )
    .await;
    desk.invalid(
        &path("encode_will_succeed"),
        body("scenario", "x"),
        "scenario",
    )
    .await;
    desk.invalid(
        &path("scan_will_fail"),
        body("error_code", "encoding_interrupted"),
        "error_code",
    )
    .await;
    desk.refused(
        &path("scan_will_succeed"),
        body("acs_credential_id_on_seam", NOWHERE),
        404,
        "acs_credential_not_found",
    )
    .await;
}

#[tokio::test]
async fn a_scan_reads_the_card_on_the_encoder() {
    let desk = Desk::open().await;
    assert_eq!(
        scan(&desk).await["error"]["type"],
        "no_credential_on_encoder"
    );
    encode(&desk, WAITING).await;
    let found = scan(&desk).await["result"].clone();
    assert_eq!(
        found["acs_credential_on_seam"],
        desk.credential(WAITING).await
    );
    assert_eq!(
        found["acs_credential_on_encoder"]["card_number"],
        found["acs_credential_on_seam"]["card_number"]
    );
    assert_eq!(found["warnings"], json!([]));
}

#[tokio::test]
async fn a_scan_finds_what_was_asked_for() {
    let desk = Desk::open().await;
    simulate(
        &desk,
        "scan_will_succeed",
        json!({"acs_credential_id_on_seam": ISSUED}),
    )
    .await;
    assert_eq!(
        scan(&desk).await["result"]["acs_credential_on_seam"]["acs_credential_id"],
        ISSUED
    );

    let stale = json!({"scenario": "credential_on_encoder_needs_update", "acs_credential_id_on_seam": ISSUED});
    simulate(&desk, "scan_will_succeed", stale).await;
    let found = scan(&desk).await["result"].clone();
    assert_eq!(
        column(&found["warnings"], "warning_code"),
        ["acs_credential_on_encoder_out_of_sync"]
    );
    assert_ne!(
        found["acs_credential_on_encoder"]["ends_at"],
        found["acs_credential_on_seam"]["ends_at"]
    );

    simulate(
        &desk,
        "scan_will_succeed",
        json!({"scenario": "credential_does_not_exist_on_seam"}),
    )
    .await;
    let found = scan(&desk).await["result"].clone();
    assert!(
        found["acs_credential_on_seam"].is_null()
            && found["acs_credential_on_encoder"]["card_number"].is_string()
    );
    assert_eq!(
        column(&found["warnings"], "warning_code"),
        ["acs_credential_on_seam_not_found"]
    );

    simulate(
        &desk,
        "scan_will_succeed",
        json!({"scenario": "credential_on_encoder_is_empty"}),
    )
    .await;
    let found = scan(&desk).await["result"].clone();
    assert_eq!(
        found,
        json!({"acs_credential_on_encoder": null, "acs_credential_on_seam": null, "warnings": []})
    );

    for code in [
        "no_credential_on_encoder",
        "uncategorized_error",
        "action_attempt_expired",
    ] {
        simulate(&desk, "scan_will_fail", json!({"error_code": code})).await;
        assert_eq!(scan(&desk).await["error"]["type"], code);
    }
}

#[tokio::test]
async fn a_scanned_card_is_given_to_a_user() {
    let desk = Desk::open().await;
    let path = "/acs/encoders/scan_to_assign_credential";
    simulate(
        &desk,
        "scan_will_succeed",
        json!({"acs_credential_id_on_seam": ISSUED}),
    )
    .await;
    let attempt = desk
        .ok(
            path,
            json!({"acs_encoder_id": ENCODER, "acs_user_id": JONAS}),
        )
        .await;
    let done = desk.finished(&attempt["action_attempt"]).await;
    assert_eq!(done["action_type"], "SCAN_TO_ASSIGN_CREDENTIAL");
    assert_eq!(done["result"]["acs_credential_id"], ISSUED);
    assert_eq!(desk.credential(ISSUED).await["acs_user_id"], JONAS);

    simulate(
        &desk,
        "scan_will_succeed",
        json!({"scenario": "credential_does_not_exist_on_seam"}),
    )
    .await;
    let person = json!({"acs_encoder_id": ENCODER, "user_identity_id": ADA_IDENTITY, "salto_ks_metadata": {"detect_new_tags": true}});
    let attempt = desk.ok(path, person).await;
    let done = desk.finished(&attempt["action_attempt"]).await;
    assert_eq!(
        (&done["result"]["acs_user_id"], &done["result"]["is_issued"]),
        (&json!(ADA), &json!(true))
    );

    simulate(
        &desk,
        "scan_will_succeed",
        json!({"scenario": "credential_on_encoder_is_empty"}),
    )
    .await;
    let attempt = desk
        .ok(
            path,
            json!({"acs_encoder_id": ENCODER, "acs_user_id": JONAS}),
        )
        .await;
    assert_eq!(
        desk.finished(&attempt["action_attempt"]).await["error"]["type"],
        "no_credential_on_encoder"
    );
    desk.invalid(
        path,
        json!({"acs_encoder_id": ENCODER, "acs_user_id": OMAR}),
        "acs_user_id",
    )
    .await;
}

#[tokio::test]
async fn a_list_of_encoders_needs_exactly_one_filter() {
    let desk = Desk::open().await;
    let path = "/acs/encoders/list";
    desk.refused(path, json!({}), 400, "invalid_input").await;
    desk.refused(
        path,
        json!({"acs_system_id": VISIONLINE, "acs_system_ids": [VOSTIO]}),
        400,
        "invalid_input",
    )
    .await;
    let reply = desk
        .get(&format!(
            "{path}?acs_system_ids={VISIONLINE}&acs_system_ids={VOSTIO}"
        ))
        .await;
    assert_eq!(reply.json()["acs_encoders"].as_array().unwrap().len(), 3);
    let named = desk
        .ok(path, json!({"acs_encoder_ids": [VOSTIO_ENCODER]}))
        .await;
    assert_eq!(column(&named["acs_encoders"], "acs_system_id"), [VOSTIO]);
    assert_eq!(
        desk.ok("/acs/encoders/get", json!({"acs_encoder_id": ENCODER}))
            .await["acs_encoder"]["acs_system_id"],
        VISIONLINE
    );
}

#[tokio::test]
async fn attempts_are_listed() {
    let desk = Desk::open().await;
    let one = encode(&desk, WAITING).await;
    let other = scan(&desk).await;
    let all = desk.ok("/action_attempts/list", json!({})).await;
    assert_eq!(all["action_attempts"], json!([one, other]));
    let named = desk
        .ok(
            "/action_attempts/list",
            json!({"action_attempt_ids": [other["action_attempt_id"]]}),
        )
        .await;
    assert_eq!(named["action_attempts"], json!([other]));
    desk.refused(
        "/action_attempts/get",
        json!({"action_attempt_id": NOWHERE}),
        404,
        "action_attempt_not_found",
    )
    .await;
}

#[tokio::test]
async fn an_overriding_card_ends_the_earlier_stay() {
    let desk = Desk::open().await;
    let room =
        desk.credential(ISSUED).await["visionline_metadata"]["guest_acs_entrance_ids"].clone();
    let body = json!({"access_method": "card", "acs_user_id": JONAS, "allowed_acs_entrance_ids": room, "visionline_metadata": {"override": true}});
    let next_guest =
        desk.ok("/acs/credentials/create", body).await["acs_credential"]["acs_credential_id"]
            .clone();
    assert_eq!(
        desk.credential(ISSUED).await["visionline_metadata"]["is_valid"],
        json!(true)
    );
    encode(&desk, next_guest.as_str().unwrap()).await;
    assert_eq!(
        desk.credential(ISSUED).await["visionline_metadata"]["is_valid"],
        json!(false)
    );
    assert_eq!(desk.events_of(ISSUED).await, ["acs_credential.invalidated"]);
    assert_eq!(
        desk.credential(WAITING).await["visionline_metadata"]["is_valid"],
        json!(true),
        "not issued, so nothing to end"
    );
}
