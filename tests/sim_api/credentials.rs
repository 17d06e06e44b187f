//! The life of a credential, and what create refuses.

use serde_json::{Value, json};

use crate::desk::{
    ADA, ADA_IDENTITY, CODE, Desk, ISSUED, JONAS, MAIN_ENTRANCE, NOWHERE, OMAR, ROOM_101, SPA,
    SUITE_301, VISIONLINE, VOSTIO, WAITING, column, warnings,
};

const CREATE: &str = "/acs/credentials/create";

/// A body for create, with changes; null takes a field out.
fn card(changes: &Value) -> Value {
    let mut body = json!({
        "access_method": "card",
        "acs_user_id": ADA,
        "allowed_acs_entrance_ids": [MAIN_ENTRANCE, ROOM_101],
        "starts_at": "2099-01-01T12:00:00+01:00",
        "ends_at": "2099-01-05T11:00:00.000Z",
        "visionline_metadata": {"card_format": "rfid48", "auto_join": true},
    });
    for (field, value) in changes.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(field);
        } else {
            body[field] = value.clone();
        }
    }
    body
}

#[tokio::test]
async fn a_new_card_waits_and_shows_what_seam_shows() {
    let desk = Desk::open().await;
    let made = desk.ok(CREATE, card(&json!({}))).await["acs_credential"].clone();
    assert_eq!(made["is_issued"], json!(false));
    assert_eq!(
        (&made["card_number"], &made["issued_at"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(warnings(&made), ["waiting_to_be_issued"]);
    assert_eq!(made["external_type"], "visionline_card");
    assert_eq!(
        (&made["acs_user_id"], &made["user_identity_id"]),
        (&json!(ADA), &json!(ADA_IDENTITY))
    );
    assert_eq!(made["starts_at"], "2099-01-01T11:00:00.000Z");
    let expected = json!({
        "auto_join": true,
        "card_function_type": "guest",
        "common_acs_entrance_ids": [MAIN_ENTRANCE],
        "guest_acs_entrance_ids": [ROOM_101],
        "is_valid": true,
    });
    assert_eq!(
        made["visionline_metadata"], expected,
        "what create alone takes is not shown"
    );
    assert_eq!(
        desk.credential(made["acs_credential_id"].as_str().unwrap())
            .await,
        made
    );

    let doors = desk
        .ok(
            "/acs/credentials/list_accessible_entrances",
            json!({"acs_credential_id": made["acs_credential_id"]}),
        )
        .await;
    assert_eq!(
        column(&doors["acs_entrances"], "display_name"),
        ["Main Entrance", "Room 101"]
    );
}

#[tokio::test]
async fn a_vostio_card_shows_its_doors_and_what_it_overrides() {
    let desk = Desk::open().await;
    let body = json!({
        "access_method": "card", "acs_user_id": OMAR, "allowed_acs_entrance_ids": [SPA, SUITE_301],
        "assa_abloy_vostio_metadata": {"override_all_guest_acs_entrances": true},
    });
    let made = desk.ok(CREATE, body).await["acs_credential"].clone();
    assert_eq!(made["external_type"], "assa_abloy_vostio_key");
    let expected =
        json!({"door_names": ["Spa", "Suite 301"], "override_guest_acs_entrance_ids": [SUITE_301]});
    assert_eq!(made["assa_abloy_vostio_metadata"], expected);
    assert!(made.get("ends_at").is_none() && made.get("visionline_metadata").is_none());
}

#[tokio::test]
async fn create_names_every_problem_at_once() {
    let desk = Desk::open().await;
    let body = json!({
        "access_method": "teleport", "acs_user_id": "ada", "allowed_acs_entrance_ids": ["x", 3],
        "starts_at": "tomorrow", "visionline_metadata": {"card_format": "round", "auto_join": "yes"},
    });
    let error = desk.refused(CREATE, body, 400, "invalid_input").await;
    let problems = &error["validation_errors"];
    for field in [
        "access_method",
        "acs_user_id",
        "allowed_acs_entrance_ids",
        "starts_at",
    ] {
        assert!(
            !problems[field]["_errors"].as_array().unwrap().is_empty(),
            "{field}: {problems}"
        );
    }
    for field in ["card_format", "auto_join"] {
        assert!(
            !problems["visionline_metadata"][field]["_errors"]
                .as_array()
                .unwrap()
                .is_empty(),
            "{field}: {problems}"
        );
    }
    let missing = desk
        .invalid(CREATE, json!({"acs_user_id": ADA}), "access_method")
        .await;
    assert_eq!(missing, ["Required"]);
}

#[tokio::test]
async fn create_refuses_what_does_not_go_together() {
    let desk = Desk::open().await;
    let before = desk.ok("/acs/credentials/list", json!({})).await;
    let cases = [
        (json!({"acs_user_id": null}), ""),
        (json!({"user_identity_id": ADA_IDENTITY}), ""),
        (
            json!({"acs_user_id": null, "user_identity_id": ADA_IDENTITY}),
            "acs_system_id",
        ),
        (json!({"acs_system_id": VOSTIO}), "acs_system_id"),
        (
            json!({"ends_at": "2001-01-01T00:00:00Z", "starts_at": null}),
            "ends_at",
        ),
        (json!({"ends_at": "2099-01-01T11:00:00Z"}), "ends_at"),
        (json!({"ends_at": "2099-01-05"}), "ends_at"),
        (json!({"ends_at": "2099-01-05 11:00:00Z"}), "ends_at"),
        (json!({"code": "1234"}), "code"),
        (
            json!({"access_method": "code", "code": "12 ab", "visionline_metadata": null}),
            "code",
        ),
        (
            json!({"is_multi_phone_sync_credential": true}),
            "is_multi_phone_sync_credential",
        ),
        (
            json!({"allowed_acs_entrance_ids": [SUITE_301]}),
            "allowed_acs_entrance_ids",
        ),
        (
            json!({"assa_abloy_vostio_metadata": {"auto_join": true}}),
            "assa_abloy_vostio_metadata",
        ),
        (json!({"salto_space_metadata": {}}), "salto_space_metadata"),
        (
            json!({"visionline_metadata": {"override": true, "auto_join": true}}),
            "visionline_metadata",
        ),
        (
            json!({"visionline_metadata": {"card_format": "TLCode"}}),
            "visionline_metadata.joiner_acs_credential_ids",
        ),
        (json!({"visionline_metadata": []}), "visionline_metadata"),
    ];
    for (changes, field) in cases {
        if field.is_empty() {
            let error = desk
                .refused(CREATE, card(&changes), 400, "invalid_input")
                .await;
            assert!(
                !error["validation_errors"]["_errors"]
                    .as_array()
                    .unwrap()
                    .is_empty(),
                "{error}"
            );
        } else {
            desk.invalid(CREATE, card(&changes), field).await;
        }
    }
    let nowhere = json!([NOWHERE]);
    desk.refused(
        CREATE,
        card(&json!({"acs_user_id": NOWHERE})),
        404,
        "acs_user_not_found",
    )
    .await;
    desk.refused(
        CREATE,
        card(&json!({"allowed_acs_entrance_ids": nowhere})),
        404,
        "acs_entrance_not_found",
    )
    .await;
    let joiner = json!({"visionline_metadata": {"joiner_acs_credential_ids": nowhere}});
    desk.refused(CREATE, card(&joiner), 404, "acs_credential_not_found")
        .await;
    assert_eq!(
        desk.ok("/acs/credentials/list", json!({})).await,
        before,
        "a refusal makes nothing"
    );
}

#[tokio::test]
async fn a_person_without_a_user_in_the_system_gets_one_once() {
    let desk = Desk::open().await;
    let person = json!({"full_name": "New Guest", "email_address": "new@guest.example"});
    let identity =
        desk.ok("/user_identities/create", person).await["user_identity"]["user_identity_id"]
            .clone();
    let wanted =
        json!({"access_method": "card", "user_identity_id": identity, "acs_system_id": VISIONLINE});
    let first = desk.ok(CREATE, wanted.clone()).await["acs_credential"]["acs_user_id"].clone();
    let second = desk.ok(CREATE, wanted).await["acs_credential"]["acs_user_id"].clone();
    assert_eq!(first, second);
    let users = desk
        .ok("/acs/users/list", json!({"user_identity_id": identity}))
        .await;
    assert_eq!(column(&users["acs_users"], "full_name"), ["New Guest"]);

    // A user who is there already with the same address is linked, not doubled.
    let known = json!({"acs_system_id": VOSTIO, "full_name": "N. Guest", "email_address": "new@guest.example"});
    let known = desk.ok("/acs/users/create", known).await["acs_user"]["acs_user_id"].clone();
    let wanted =
        json!({"access_method": "card", "user_identity_id": identity, "acs_system_id": VOSTIO});
    assert_eq!(
        desk.ok(CREATE, wanted).await["acs_credential"]["acs_user_id"],
        known
    );
}

#[tokio::test]
async fn codes_and_keys_need_no_card() {
    let desk = Desk::open().await;
    let manager = json!({"access_method": "mobile_key", "acs_user_id": ADA, "is_multi_phone_sync_credential": true, "credential_manager_acs_system_id": VISIONLINE});
    let key = desk.ok(CREATE, manager).await["acs_credential"].clone();
    assert_eq!(
        (&key["is_issued"], &key["is_multi_phone_sync_credential"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(key["warnings"], json!([]));
    let code = desk
        .ok(
            CREATE,
            json!({"access_method": "code", "acs_user_id": ADA, "code": "0815"}),
        )
        .await["acs_credential"]
        .clone();
    assert_eq!(code["code"], "0815");
    let found = desk
        .ok(
            "/acs/credentials/list",
            json!({"acs_user_id": ADA, "is_multi_phone_sync_credential": true}),
        )
        .await;
    assert_eq!(
        column(&found["acs_credentials"], "acs_credential_id"),
        [key["acs_credential_id"].as_str().unwrap()]
    );
}

#[tokio::test]
async fn lists_narrow_down() {
    let desk = Desk::open().await;
    let count = async |filter: Value| {
        desk.ok("/acs/credentials/list", filter).await["acs_credentials"]
            .as_array()
            .unwrap()
            .len()
    };
    let all = count(json!({})).await;
    let (visionline, vostio) = (
        count(json!({"acs_system_id": VISIONLINE})).await,
        count(json!({"acs_system_id": VOSTIO})).await,
    );
    assert!(visionline > 0 && vostio > 0 && visionline + vostio == all);
    assert_eq!(
        count(json!({"acs_user_id": JONAS, "acs_system_id": VOSTIO})).await,
        0
    );
    assert!(
        count(json!({"user_identity_id": ADA_IDENTITY})).await
            > count(json!({"acs_user_id": ADA})).await
    );
    assert_eq!(
        count(json!({"created_before": "2001-01-01T00:00:00Z"})).await,
        0
    );
    assert_eq!(
        count(json!({"search": "abcd12"})).await,
        1,
        "by a part of the card number, in any case"
    );
    assert_eq!(count(json!({"search": WAITING})).await, 1);
    assert_eq!(count(json!({"search": "4711"})).await, 1);
    desk.invalid("/acs/credentials/list", json!({"search": ""}), "search")
        .await;
}

#[tokio::test]
async fn update_assign_unassign_delete() {
    let desk = Desk::open().await;
    let id = json!({"acs_credential_id": WAITING});
    let with = |changes: Value| {
        let mut body = id.clone();
        body.as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        body
    };
    let later = desk
        .ok(
            "/acs/credentials/update",
            with(json!({"ends_at": "2099-03-01T00:00:00Z"})),
        )
        .await;
    assert_eq!(
        later["acs_credential"]["ends_at"],
        "2099-03-01T00:00:00.000Z"
    );
    assert_eq!(warnings(&later["acs_credential"]), ["waiting_to_be_issued"]);
    desk.invalid(
        "/acs/credentials/update",
        with(json!({"ends_at": "2001-01-01T00:00:00Z"})),
        "ends_at",
    )
    .await;
    desk.invalid(
        "/acs/credentials/update",
        with(json!({"code": "1"})),
        "code",
    )
    .await;
    let code = desk
        .ok(
            "/acs/credentials/update",
            json!({"acs_credential_id": CODE, "code": "1"}),
        )
        .await;
    assert_eq!(code["acs_credential"]["code"], "1");

    let moved = desk
        .send(
            desk.call("PATCH", "/acs/credentials/assign")
                .json(&with(json!({"acs_user_id": JONAS}))),
        )
        .await;
    assert_eq!(moved.json()["acs_credential"]["acs_user_id"], JONAS);
    desk.invalid(
        "/acs/credentials/assign",
        with(json!({"acs_user_id": OMAR})),
        "acs_user_id",
    )
    .await;
    desk.refused(
        "/acs/credentials/unassign",
        with(json!({"acs_user_id": ADA})),
        400,
        "invalid_input",
    )
    .await;
    let loose = desk
        .ok(
            "/acs/credentials/unassign",
            with(json!({"acs_user_id": JONAS})),
        )
        .await;
    assert!(loose["acs_credential"].get("acs_user_id").is_none());
    let back = desk
        .ok(
            "/acs/credentials/assign",
            with(json!({"user_identity_id": ADA_IDENTITY})),
        )
        .await;
    assert_eq!(
        back["acs_credential"]["acs_user_id"], ADA,
        "the person's user in the credential's own system"
    );

    desk.ok("/acs/credentials/delete", id.clone()).await;
    for path in ["get", "update", "delete", "list_accessible_entrances"] {
        desk.refused(
            &format!("/acs/credentials/{path}"),
            id.clone(),
            404,
            "acs_credential_not_found",
        )
        .await;
    }
    assert_eq!(desk.events_of(WAITING).await, ["acs_credential.deleted"]);
}

#[tokio::test]
async fn a_new_end_makes_an_issued_card_out_of_date() {
    let desk = Desk::open().await;
    let body = json!({"acs_credential_id": ISSUED, "ends_at": "2099-03-01T00:00:00Z"});
    let answer = desk.ok("/acs/credentials/update", body.clone()).await;
    assert_eq!(
        warnings(&answer["acs_credential"]),
        ["needs_to_be_reissued"]
    );
    assert_eq!(answer["acs_credential"]["is_issued"], json!(true));
    let again = desk.ok("/acs/credentials/update", body).await;
    assert_eq!(
        warnings(&again["acs_credential"]),
        ["needs_to_be_reissued"],
        "said once"
    );
}
