//! Pages, walked through with one row each.

use serde_json::{Value, json};

use crate::desk::{Desk, ENCODER, VISIONLINE, VOSTIO, WAITING};

/// Every paginated path, with a filter where it needs one.
fn lists() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("/acs/credentials/list", "acs_credentials", json!({})),
        (
            "/acs/credentials/list",
            "acs_credentials",
            json!({"acs_system_id": VOSTIO}),
        ),
        (
            "/acs/encoders/list",
            "acs_encoders",
            json!({"acs_system_ids": [VISIONLINE, VOSTIO]}),
        ),
        (
            "/acs/entrances/list",
            "acs_entrances",
            json!({"search": "room"}),
        ),
        ("/acs/users/list", "acs_users", json!({})),
        ("/action_attempts/list", "action_attempts", json!({})),
        ("/access_grants/list", "access_grants", json!({})),
        ("/user_identities/list", "user_identities", json!({})),
    ]
}

fn with(filter: &Value, changes: &Value) -> Value {
    let mut body = filter.clone();
    body.as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn one_by_one_gives_the_whole() {
    let desk = Desk::open().await;
    for _ in 0..3 {
        desk.ok(
            "/acs/encoders/scan_credential",
            json!({"acs_encoder_id": ENCODER}),
        )
        .await;
    }
    for (path, key, filter) in lists() {
        let whole = desk.ok(path, filter.clone()).await;
        let last = json!({"has_next_page": false, "next_page_cursor": null, "next_page_url": null});
        assert_eq!(whole["pagination"], last);
        let mut walked = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let page = desk
                .ok(
                    path,
                    with(&filter, &json!({"limit": 1, "page_cursor": cursor})),
                )
                .await;
            walked.extend(page[key].as_array().unwrap().clone());
            cursor = page["pagination"]["next_page_cursor"].clone();
            assert_eq!(
                page["pagination"]["has_next_page"],
                json!(!cursor.is_null())
            );
            if cursor.is_null() {
                break;
            }
        }
        let ids = |rows: &[Value]| {
            rows.iter()
                .map(|row| row.to_string().len())
                .collect::<Vec<_>>()
        };
        let whole = whole[key].as_array().unwrap();
        assert!(
            whole.len() > 1 && ids(&walked) == ids(whole),
            "{path} {filter}"
        );
    }
}

#[tokio::test]
async fn the_next_page_has_a_url() {
    let desk = Desk::open().await;
    let mut target = format!(
        "/acs/encoders/list?acs_system_ids={VISIONLINE}&acs_system_ids={VOSTIO}&limit=1&_strict=true"
    );
    let mut names = Vec::new();
    loop {
        let page = desk.get(&target).await.json();
        names.push(
            page["acs_encoders"][0]["display_name"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
        let Some(next) = page["pagination"]["next_page_url"].as_str() else {
            break;
        };
        target = next.strip_prefix(&desk.access.endpoint).unwrap().to_owned();
    }
    assert_eq!(names, ["Front Desk 1", "Front Desk 2", "Garden Desk"]);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_parameters() {
    let desk = Desk::open().await;
    let first = desk
        .ok(
            "/acs/credentials/list",
            json!({"acs_system_id": VISIONLINE, "limit": 1}),
        )
        .await;
    let cursor = first["pagination"]["next_page_cursor"].clone();
    for other in [json!({}), json!({"acs_system_id": VOSTIO})] {
        desk.invalid(
            "/acs/credentials/list",
            with(&other, &json!({"page_cursor": cursor})),
            "page_cursor",
        )
        .await;
    }
    desk.invalid(
        "/acs/users/list",
        json!({"acs_system_id": VISIONLINE, "page_cursor": cursor}),
        "page_cursor",
    )
    .await;
    desk.invalid(
        "/acs/credentials/list",
        json!({"page_cursor": "bm9uc2Vuc2U"}),
        "page_cursor",
    )
    .await;
}

#[tokio::test]
async fn rows_that_go_between_two_pages_shift_nothing() {
    let desk = Desk::open().await;
    let whole = desk.ok("/acs/credentials/list", json!({})).await;
    let first = desk.ok("/acs/credentials/list", json!({"limit": 2})).await;
    assert_eq!(first["acs_credentials"][0]["acs_credential_id"], WAITING);
    desk.ok(
        "/acs/credentials/delete",
        json!({"acs_credential_id": WAITING}),
    )
    .await;
    let cursor = &first["pagination"]["next_page_cursor"];
    let next = desk
        .ok(
            "/acs/credentials/list",
            json!({"limit": 2, "page_cursor": cursor}),
        )
        .await;
    assert_eq!(next["acs_credentials"][0], whole["acs_credentials"][2]);
}

#[tokio::test]
async fn a_limit_is_a_number_above_nothing() {
    let desk = Desk::open().await;
    for limit in [
        json!(0),
        json!(-1),
        json!("5"),
        json!(1.5),
        json!([1]),
        json!(1e300),
    ] {
        desk.invalid("/acs/users/list", json!({"limit": limit}), "limit")
            .await;
    }
    assert_eq!(
        desk.get("/acs/users/list?limit=2").await.json()["acs_users"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(desk.get("/acs/users/list?limit=x").await.status, 400);
    assert_eq!(
        desk.get("/acs/users/list?limit=1&limit=2").await.status,
        400
    );
}
