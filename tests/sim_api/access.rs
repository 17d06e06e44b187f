//! Access grants and access methods.

use serde_json::{Value, json};

use crate::desk::{ADA_IDENTITY, Desk, ENCODER, NOWHERE, ROOM_101, column};

const METHOD: &str = "ae000000-0000-4000-8000-000000000001";
const BY_NUMBER: &str = "ae000000-0000-4000-8000-000000000003";
const PIN: &str = "ae000000-0000-4000-8000-000000000004";
const GRANT: &str = "6a000000-0000-4000-8000-000000000001";

async fn method(desk: &Desk, id: &str) -> Value {
    desk.ok("/access_methods/get", json!({"access_method_id": id}))
        .await["access_method"]
        .clone()
}

async fn credential_behind(desk: &Desk, id: &str) -> Value {
    let body = json!({"access_method_ids": [id], "include": ["acs_credentials"]});
    desk.ok("/access_methods/get_related", body).await["batch"]["acs_credentials"][0].clone()
}

#[tokio::test]
async fn the_way_from_a_guest_to_the_card() {
    let desk = Desk::open().await;
    let grants = desk
        .ok(
            "/access_grants/list",
            json!({"user_identity_id": ADA_IDENTITY}),
        )
        .await;
    assert_eq!(column(&grants["access_grants"], "access_grant_id"), [GRANT]);
    let by_key = desk
        .ok(
            "/access_grants/get",
            json!({"access_grant_key": "reservation-1001"}),
        )
        .await;
    assert_eq!(by_key["access_grant"], grants["access_grants"][0]);
    desk.refused(
        "/access_grants/get",
        json!({"access_grant_id": NOWHERE}),
        404,
        "access_grant_not_found",
    )
    .await;
    let methods = desk
        .ok("/access_methods/list", json!({"access_grant_id": GRANT}))
        .await;
    assert_eq!(
        column(&methods["access_methods"], "access_method_id"),
        [METHOD, PIN]
    );
    let by_door = desk
        .ok("/access_methods/list", json!({"acs_entrance_id": ROOM_101}))
        .await;
    assert_eq!(by_door, methods);
    desk.refused("/access_methods/list", json!({}), 400, "invalid_input")
        .await;
    let everything = desk
        .ok(
            "/access_methods/get_related",
            json!({"access_method_ids": [METHOD], "exclude": ["devices"]}),
        )
        .await;
    let batch = everything["batch"].as_object().unwrap();
    assert!(!batch.contains_key("devices") && batch.contains_key("spaces"));
    assert_eq!(
        column(&batch["acs_entrances"], "display_name"),
        ["Room 101", "Main Entrance"]
    );
    desk.invalid(
        "/access_methods/get_related",
        json!({"access_method_ids": [METHOD], "include": ["x"]}),
        "include",
    )
    .await;
    desk.invalid(
        "/access_methods/get_related",
        json!({}),
        "access_method_ids",
    )
    .await;
    desk.refused(
        "/access_methods/get_related",
        json!({"access_method_ids": [NOWHERE]}),
        404,
        "access_method_not_found",
    )
    .await;
}

#[tokio::test]
async fn an_encode_issues_the_method_and_its_credential() {
    let desk = Desk::open().await;
    let waiting = method(&desk, METHOD).await;
    assert_eq!(
        (
            &waiting["is_encoding_required"],
            &waiting["is_ready_for_encoding"]
        ),
        (&json!(true), &json!(true))
    );
    assert_eq!(waiting["is_assignment_required"], json!(false));
    let attempt = desk
        .ok(
            "/access_methods/encode",
            json!({"access_method_id": METHOD, "acs_encoder_id": ENCODER}),
        )
        .await;
    assert_eq!(
        desk.finished(&attempt["action_attempt"]).await["status"],
        "success"
    );

    let issued = method(&desk, METHOD).await;
    assert_eq!(
        (&issued["is_issued"], &issued["is_encoding_required"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        credential_behind(&desk, METHOD).await["is_issued"],
        json!(true)
    );
    let events = desk
        .ok(
            "/events/list",
            json!({"since": "2000-01-01", "access_method_id": METHOD}),
        )
        .await;
    let expected = [
        "access_method.created",
        "access_method.card_encoding_required",
        "access_method.issued",
    ];
    assert_eq!(column(&events["events"], "event_type"), expected);
    // The other path does the same work.
    let again = desk
        .ok(
            "/acs/encoders/encode_credential",
            json!({"access_method_id": METHOD, "acs_encoder_id": ENCODER}),
        )
        .await;
    assert_eq!(
        desk.finished(&again["action_attempt"]).await["error"]["type"],
        "credential_cannot_be_reissued"
    );
    desk.invalid(
        "/access_methods/encode",
        json!({"access_method_id": PIN, "acs_encoder_id": ENCODER}),
        "access_method_id",
    )
    .await;
}

#[tokio::test]
async fn a_card_is_assigned_by_a_number_that_the_system_knows() {
    let desk = Desk::open().await;
    let assign = async |number: &str| {
        let body = json!({"access_method_id": BY_NUMBER, "card_number": number});
        let attempt = desk.ok("/access_methods/assign_card", body).await["action_attempt"].clone();
        assert_eq!(
            (&attempt["action_type"], &attempt["status"]),
            (&json!("ASSIGN_CREDENTIAL"), &json!("pending"))
        );
        desk.finished(&attempt).await
    };
    assert_eq!(
        method(&desk, BY_NUMBER).await["is_assignment_required"],
        json!(true)
    );
    assert_eq!(
        assign("unknown").await["error"]["type"],
        "credential_not_found"
    );
    assert_eq!(method(&desk, BY_NUMBER).await["is_issued"], json!(false));
    let done = assign("04a1b2c3d4e5f6").await;
    assert_eq!(done["result"], method(&desk, BY_NUMBER).await);
    assert_eq!(
        (
            &done["result"]["is_issued"],
            &done["result"]["is_assignment_required"]
        ),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        credential_behind(&desk, BY_NUMBER).await["card_number"],
        "04a1b2c3d4e5f6"
    );
    assert_eq!(
        assign("1234abc").await["status"],
        "error",
        "never on two cards"
    );
    assert_eq!(
        credential_behind(&desk, BY_NUMBER).await["card_number"],
        "04a1b2c3d4e5f6"
    );
    let other = json!({"access_method_id": METHOD, "card_number": "1234abc"});
    desk.invalid("/access_methods/assign_card", other, "access_method_id")
        .await;
}

#[tokio::test]
async fn deleting_a_grants_methods_takes_their_credentials_along() {
    let desk = Desk::open().await;
    let credential = credential_behind(&desk, METHOD).await["acs_credential_id"].clone();
    desk.refused("/access_methods/delete", json!({}), 400, "invalid_input")
        .await;
    desk.refused(
        "/access_methods/delete",
        json!({"access_method_id": NOWHERE}),
        404,
        "access_method_not_found",
    )
    .await;
    desk.ok("/access_methods/delete", json!({"access_grant_id": GRANT}))
        .await;
    desk.refused(
        "/access_methods/get",
        json!({"access_method_id": METHOD}),
        404,
        "access_method_not_found",
    )
    .await;
    desk.refused(
        "/acs/credentials/get",
        json!({"acs_credential_id": credential}),
        404,
        "acs_credential_not_found",
    )
    .await;
    desk.ok(
        "/access_methods/delete",
        json!({"reservation_key": "R1002"}),
    )
    .await;
    let left = desk
        .ok(
            "/access_methods/list",
            json!({"access_grant_key": "reservation-1002"}),
        )
        .await;
    assert_eq!(left["access_methods"], json!([]));
}
