//! Users, user identities, systems and entrances.

use serde_json::json;

use crate::desk::{
    ADA, ADA_IDENTITY, Desk, MAIN_ENTRANCE, NOWHERE, ROOM_101, SUITE_301, VISIONLINE, VOSTIO,
    WORKSPACE, column,
};

#[tokio::test]
async fn a_user_lives() {
    let desk = Desk::open().await;
    let body = json!({
        "acs_system_id": VISIONLINE, "full_name": "Rosa Klein", "email_address": "rosa@guest.example",
        "phone_number": "+15550100099", "access_schedule": {"starts_at": "2099-01-01T00:00:00Z", "ends_at": null},
    });
    let user = desk.ok("/acs/users/create", body).await["acs_user"].clone();
    let id = json!({"acs_user_id": user["acs_user_id"]});
    assert_eq!(
        user["access_schedule"],
        json!({"starts_at": "2099-01-01T00:00:00.000Z", "ends_at": null})
    );

    let update = json!({"acs_user_id": user["acs_user_id"], "full_name": "Rosa Groß", "access_schedule": null});
    assert_eq!(
        desk.ok("/acs/users/update", update).await,
        json!({"ok": true})
    );
    desk.ok("/acs/users/suspend", id.clone()).await;
    let now = desk.ok("/acs/users/get", id.clone()).await["acs_user"].clone();
    assert_eq!(
        (&now["full_name"], &now["is_suspended"]),
        (&json!("Rosa Groß"), &json!(true))
    );
    assert!(now.get("access_schedule").is_none() && now["email_address"] == "rosa@guest.example");
    desk.ok("/acs/users/unsuspend", id.clone()).await;

    let grant = json!({"acs_entrance_id": ROOM_101, "acs_user_id": user["acs_user_id"]});
    desk.ok("/acs/entrances/grant_access", grant.clone()).await;
    desk.ok("/acs/entrances/grant_access", grant).await;
    let doors = desk
        .ok("/acs/users/list_accessible_entrances", id.clone())
        .await;
    assert_eq!(
        column(&doors["acs_entrances"], "display_name"),
        ["Room 101"]
    );
    let elsewhere = json!({"acs_entrance_id": SUITE_301, "acs_user_id": user["acs_user_id"]});
    desk.invalid("/acs/entrances/grant_access", elsewhere, "acs_user_id")
        .await;
    desk.ok("/acs/users/revoke_access_to_all_entrances", id.clone())
        .await;
    let doors = desk
        .ok("/acs/users/list_accessible_entrances", id.clone())
        .await;
    assert_eq!(doors["acs_entrances"], json!([]));

    desk.ok("/acs/users/delete", id.clone()).await;
    desk.refused("/acs/users/get", id, 404, "acs_user_not_found")
        .await;
    let events = desk
        .ok(
            "/events/list",
            json!({"since": "2000-01-01", "acs_user_id": user["acs_user_id"]}),
        )
        .await;
    assert_eq!(
        column(&events["events"], "event_type"),
        ["acs_user.created", "acs_user.deleted"]
    );
}

#[tokio::test]
async fn a_user_is_named_by_one_id() {
    let desk = Desk::open().await;
    desk.invalid("/acs/users/get", json!({"acs_user_id": "x"}), "acs_user_id")
        .await;
    desk.refused("/acs/users/get", json!({}), 400, "invalid_input")
        .await;
    let both = json!({"acs_user_id": ADA, "user_identity_id": ADA_IDENTITY});
    desk.refused("/acs/users/get", both, 400, "invalid_input")
        .await;
    // The person has a user in each system.
    let person = json!({"user_identity_id": ADA_IDENTITY});
    desk.invalid("/acs/users/get", person, "acs_system_id")
        .await;
    let here = json!({"user_identity_id": ADA_IDENTITY, "acs_system_id": VISIONLINE});
    assert_eq!(
        desk.ok("/acs/users/get", here).await["acs_user"]["acs_user_id"],
        ADA
    );
    desk.refused(
        "/acs/users/get",
        json!({"user_identity_id": NOWHERE}),
        400,
        "user_identity_not_found",
    )
    .await;
}

#[tokio::test]
async fn a_user_without_a_user_any_more_leaves_the_credentials() {
    let desk = Desk::open().await;
    let before = desk
        .ok("/acs/credentials/list", json!({"acs_user_id": ADA}))
        .await;
    let ids = column(&before["acs_credentials"], "acs_credential_id");
    desk.ok("/acs/users/delete", json!({"acs_user_id": ADA}))
        .await;
    let after = desk
        .ok("/acs/credentials/list", json!({"acs_user_id": ADA}))
        .await;
    assert_eq!(after["acs_credentials"], json!([]));
    assert!(desk.credential(&ids[0]).await.get("acs_user_id").is_none());
}

#[tokio::test]
async fn users_are_found() {
    let desk = Desk::open().await;
    let names = async |filter| {
        column(
            &desk.ok("/acs/users/list", filter).await["acs_users"],
            "full_name",
        )
    };
    assert_eq!(
        names(json!({"search": "LINDQ", "acs_system_id": VISIONLINE})).await,
        ["Ada Lindqvist"]
    );
    assert_eq!(
        names(json!({"user_identity_email_address": "omar@guest.example"})).await,
        ["Omar Haddad"]
    );
    assert_eq!(
        names(json!({"user_identity_phone_number": "+15550100002"})).await,
        ["Jonas Berg"]
    );
    assert!(
        names(json!({"created_before": "2001-01-01T00:00:00Z"}))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn contact_details_are_checked() {
    let desk = Desk::open().await;
    for email in ["x", "x@", "@y.z", "a b@c.d", "a@b@c.d"] {
        desk.invalid(
            "/user_identities/create",
            json!({"email_address": email}),
            "email_address",
        )
        .await;
    }
    for phone in ["5550100", "+1 555", "+12345678901234567", "+x"] {
        desk.invalid(
            "/user_identities/create",
            json!({"phone_number": phone}),
            "phone_number",
        )
        .await;
    }
}

#[tokio::test]
async fn a_person_is_there_once() {
    let desk = Desk::open().await;
    let body = json!({"full_name": "Max", "user_identity_key": "max", "acs_system_ids": [VISIONLINE, VOSTIO]});
    let made = desk.ok("/user_identities/create", body.clone()).await["user_identity"].clone();
    assert_eq!(made["acs_user_ids"].as_array().unwrap().len(), 2);
    desk.refused(
        "/user_identities/create",
        body,
        409,
        "user_identity_already_exists",
    )
    .await;
    let by_key = desk
        .ok("/user_identities/get", json!({"user_identity_key": "max"}))
        .await;
    assert_eq!(by_key["user_identity"], made);
    desk.refused("/user_identities/get", json!({}), 400, "invalid_input")
        .await;
    desk.refused(
        "/user_identities/get",
        json!({"user_identity_key": "nobody"}),
        400,
        "user_identity_not_found",
    )
    .await;
    let found = desk
        .ok(
            "/user_identities/list",
            json!({"user_identity_ids": [ADA_IDENTITY]}),
        )
        .await;
    assert_eq!(
        column(&found["user_identities"], "full_name"),
        ["Ada Lindqvist"]
    );
    let nameless = desk
        .ok("/user_identities/create", json!({"full_name": null}))
        .await;
    assert!(
        !nameless["user_identity"]["display_name"]
            .as_str()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn the_house_is_furnished() {
    let desk = Desk::open().await;
    assert_eq!(
        desk.ok("/workspaces/get", json!({})).await["workspace"]["workspace_id"],
        WORKSPACE
    );
    let systems = desk.ok("/acs/systems/list", json!({})).await;
    assert_eq!(
        column(&systems["acs_systems"], "external_type"),
        ["visionline_system", "assa_abloy_vostio"]
    );
    for system in [VISIONLINE, VOSTIO] {
        desk.ok("/acs/systems/get", json!({"acs_system_id": system}))
            .await;
        let doors = desk
            .ok("/acs/entrances/list", json!({"acs_system_id": system}))
            .await;
        let doors = doors["acs_entrances"].as_array().unwrap().clone();
        let guest = doors
            .iter()
            .filter(|door| door["can_belong_to_reservation"] == json!(true))
            .count();
        assert!(
            guest >= 3 && doors.len() - guest >= 3,
            "{guest} of {}",
            doors.len()
        );
        let encoders = desk
            .ok("/acs/encoders/list", json!({"acs_system_id": system}))
            .await;
        assert!(!encoders["acs_encoders"].as_array().unwrap().is_empty());
    }
    desk.refused(
        "/acs/systems/get",
        json!({"acs_system_id": NOWHERE}),
        404,
        "acs_system_not_found",
    )
    .await;
    let none = desk
        .ok("/acs/systems/list", json!({"search": "nothing"}))
        .await;
    assert_eq!(none["acs_systems"], json!([]));
}

#[tokio::test]
async fn a_dozen_cards_of_different_shapes_wait() {
    let desk = Desk::open().await;
    let all = desk.ok("/acs/credentials/list", json!({})).await;
    let all = all["acs_credentials"].as_array().unwrap();
    let plain = |credential: &&serde_json::Value| {
        column(&credential["warnings"], "warning_code") == ["waiting_to_be_issued"]
            && credential["errors"] == json!([])
            && credential["display_name"] != "Expired"
    };
    let waiting: Vec<_> = all.iter().filter(plain).collect();
    assert!(waiting.len() >= 12, "{}", waiting.len());
    let some = |test: &dyn Fn(&serde_json::Value) -> bool| {
        assert!(waiting.iter().any(|credential| test(credential)));
    };
    some(&|it| it["card_number"].is_string());
    some(&|it| it.get("ends_at").is_none());
    some(&|it| it.get("starts_at").is_none());
    some(&|it| it["visionline_metadata"]["auto_join"] == json!(true));
    some(&|it| {
        it["visionline_metadata"]["joiner_acs_credential_ids"]
            .as_array()
            .is_some_and(|ids| ids.len() == 3)
    });
    some(&|it| {
        it["assa_abloy_vostio_metadata"]["door_names"]
            .as_array()
            .is_some_and(|names| names.len() > 20)
    });
}

#[tokio::test]
async fn doors_and_who_may_pass() {
    let desk = Desk::open().await;
    let doors = async |filter| {
        column(
            &desk.ok("/acs/entrances/list", filter).await["acs_entrances"],
            "display_name",
        )
    };
    assert_eq!(
        doors(json!({"search": "room 10"})).await,
        ["Room 101", "Room 102", "Room 103"]
    );
    assert_eq!(
        doors(json!({"acs_entrance_ids": [MAIN_ENTRANCE]})).await,
        ["Main Entrance"]
    );
    assert!(doors(json!({"acs_entrance_ids": []})).await.is_empty());
    assert!(doors(json!({"space_id": NOWHERE})).await.is_empty());
    let of_card = json!({"acs_credential_id": "c0000000-0000-4000-8000-000000000021"});
    assert_eq!(doors(of_card).await, ["Room 101", "Main Entrance"]);

    let body = json!({"acs_entrance_id": ROOM_101});
    let with_access = desk
        .ok("/acs/entrances/list_credentials_with_access", body)
        .await;
    assert!(with_access["acs_credentials"].as_array().unwrap().len() >= 3);
    let query = format!(
        "/acs/entrances/list_credentials_with_access?acs_entrance_id={SUITE_301}&include_if=visionline_metadata.is_valid"
    );
    assert_eq!(desk.get(&query).await.json()["acs_credentials"], json!([]));
    desk.invalid(
        "/acs/entrances/list_credentials_with_access",
        json!({"acs_entrance_id": ROOM_101, "include_if": ["x"]}),
        "include_if",
    )
    .await;
    desk.refused(
        "/acs/entrances/get",
        json!({"acs_entrance_id": NOWHERE}),
        404,
        "acs_entrance_not_found",
    )
    .await;
    desk.ok("/acs/entrances/get", json!({"acs_entrance_id": ROOM_101}))
        .await;
}
