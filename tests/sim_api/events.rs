//! What happened, and how it is looked up.

use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, VISIONLINE, WAITING, column};

async fn deleted_credential(desk: &Desk) -> Value {
    desk.ok(
        "/acs/credentials/delete",
        json!({"acs_credential_id": WAITING}),
    )
    .await;
    let events = desk
        .ok(
            "/events/list",
            json!({"since": "2000-01-01", "event_type": "acs_credential.deleted"}),
        )
        .await;
    assert_eq!(events["events"].as_array().unwrap().len(), 1);
    events["events"][0].clone()
}

#[tokio::test]
async fn a_list_needs_its_time() {
    let desk = Desk::open().await;
    desk.refused("/events/list", json!({}), 400, "invalid_input")
        .await;
    let both = json!({"since": "2000-01-01", "between": ["2000-01-01", "2001-01-01"]});
    desk.refused("/events/list", both, 400, "invalid_input")
        .await;
    desk.invalid("/events/list", json!({"since": "yesterday"}), "since")
        .await;
    desk.invalid(
        "/events/list",
        json!({"between": ["2000-01-01"]}),
        "between",
    )
    .await;
    desk.invalid(
        "/events/list",
        json!({"since": "2000-01-01", "event_type": "acs_credential.created"}),
        "event_type",
    )
    .await;
    desk.invalid(
        "/events/list",
        json!({"since": "2000-01-01", "event_types": ["x"]}),
        "event_types",
    )
    .await;
    let many = json!({"since": "2000-01-01", "access_method_ids": vec![NOWHERE; 101]});
    desk.invalid("/events/list", many, "access_method_ids")
        .await;
}

#[tokio::test]
async fn since_includes_its_moment_and_between_neither() {
    let desk = Desk::open().await;
    let event = deleted_credential(&desk).await;
    let created = event["created_at"].clone();
    let ids =
        async |filter: Value| column(&desk.ok("/events/list", filter).await["events"], "event_id");
    let id = event["event_id"].as_str().unwrap();
    let only = json!([id]);
    assert_eq!(
        ids(json!({"since": created, "event_ids": only})).await,
        [id]
    );
    assert!(
        ids(json!({"since": "2099-01-01T00:00:00Z"}))
            .await
            .is_empty()
    );
    assert!(
        ids(json!({"between": [created, "2099-01-01"], "event_ids": only}))
            .await
            .is_empty()
    );
    assert_eq!(
        ids(json!({"between": ["2000-01-01", "2099-01-01"], "event_ids": only})).await,
        [id]
    );
}

#[tokio::test]
async fn filters_narrow_down() {
    let desk = Desk::open().await;
    let event = deleted_credential(&desk).await;
    let id = event["event_id"].as_str().unwrap();
    let ids = async |mut filter: Value| {
        filter["since"] = json!("2000-01-01");
        column(&desk.ok("/events/list", filter).await["events"], "event_id")
    };
    assert_eq!(ids(json!({"acs_system_id": VISIONLINE})).await, [id]);
    assert_eq!(
        ids(json!({"connected_account_id": event["connected_account_id"]})).await,
        [id]
    );
    assert_eq!(
        ids(json!({"event_types": ["acs_credential.deleted", "lock.locked"]})).await,
        [id]
    );
    for filter in [
        "acs_credential_id",
        "acs_encoder_id",
        "device_id",
        "space_id",
        "connect_webview_id",
    ] {
        assert!(ids(json!({filter: NOWHERE})).await.is_empty(), "{filter}");
    }
    assert!(ids(json!({"customer_key": "x"})).await.is_empty());
    let grants = ids(json!({"access_grant_id": "6a000000-0000-4000-8000-000000000001"})).await;
    assert!(
        !grants.is_empty(),
        "an access method's event names its grants in an array"
    );
    let query = format!(
        "/events/list?since=2000-01-01&acs_system_ids={VISIONLINE}&event_types=acs_credential.deleted&_strict=true"
    );
    assert_eq!(desk.get(&query).await.json()["events"][0]["event_id"], id);
}

#[tokio::test]
async fn offset_and_limit_walk_through_all() {
    let desk = Desk::open().await;
    let all = desk
        .ok("/events/list", json!({"since": "2000-01-01"}))
        .await["events"]
        .as_array()
        .unwrap()
        .clone();
    assert!(all.len() > 3);
    let mut walked = Vec::new();
    for offset in 0..all.len() {
        let body = json!({"since": "2000-01-01", "limit": 1, "unstable_offset": offset});
        walked.extend(
            desk.ok("/events/list", body).await["events"]
                .as_array()
                .unwrap()
                .clone(),
        );
    }
    assert_eq!(walked, all);
}

#[tokio::test]
async fn one_event() {
    let desk = Desk::open().await;
    let event = deleted_credential(&desk).await;
    let by_id = desk
        .ok("/events/get", json!({"event_id": event["event_id"]}))
        .await;
    assert_eq!(by_id["event"], event);
    let latest = desk
        .ok(
            "/events/get",
            json!({"event_type": "acs_credential.deleted"}),
        )
        .await;
    assert_eq!(latest["event"], event);
    desk.refused(
        "/events/get",
        json!({"event_id": NOWHERE}),
        404,
        "event_not_found",
    )
    .await;
    desk.refused("/events/get", json!({}), 400, "invalid_input")
        .await;
}
