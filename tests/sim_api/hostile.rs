//! What no client would send: no answer is a 5xx, nothing panics, and the hotel still answers.

use serde_json::{Value, json};

use crate::desk::{ADA, Desk, ENCODER, ROOM_101, WAITING, WORKSPACE};
use crate::garbage::{Garbage, bodies, query_of};
use crate::schemas;

#[tokio::test]
async fn a_body_that_is_not_what_it_says() {
    let desk = Desk::open().await;
    let path = "/acs/credentials/get";
    let json = |body: &[u8]| {
        desk.call("POST", path)
            .header("content-type", "application/json")
            .body(body)
    };
    for body in [
        "{",
        "nope",
        "{\"a\":}",
        "\u{feff}{}",
        "{} {}",
        "\"\\ud800\"",
    ] {
        let reply = desk.send(json(body.as_bytes())).await;
        assert_eq!(
            (reply.status, reply.text().as_str()),
            (400, "Invalid JSON"),
            "{body}"
        );
        assert!(!reply.headers.contains_key("seam-request-id"));
    }
    assert_eq!(desk.send(json(b"\xff\xfe")).await.status, 400);
    assert_eq!(
        desk.send(json("[".repeat(100_000).as_bytes())).await.status,
        400
    );
    for body in ["[]", "null", "3", "\"x\"", "true"] {
        let reply = desk.send(json(body.as_bytes())).await;
        assert_eq!(reply.json()["error"]["type"], "invalid_input", "{body}");
    }
    let plain = desk
        .send(
            desk.call("POST", path)
                .header("content-type", "text/plain")
                .body("{}"),
        )
        .await;
    assert_eq!(plain.json()["error"]["type"], "invalid_content_type");
    let charset = desk
        .call("POST", path)
        .header("content-type", "application/json; charset=utf-8");
    let body = format!("{{\"acs_credential_id\": \"{WAITING}\"}}");
    assert_eq!(desk.send(charset.body(body)).await.status, 200);
    let empty = desk.send(desk.call("POST", path)).await;
    assert_eq!(
        empty.json()["error"]["message"],
        "parameter \"acs_credential_id\" is required"
    );
}

#[tokio::test]
async fn a_body_of_any_length() {
    let desk = Desk::open().await;
    let long = json!({"acs_credential_id": "x".repeat(2 << 20)});
    desk.refused("/acs/credentials/get", long, 413, "payload_too_large")
        .await;
    let long = json!({"acs_credential_id": "x".repeat(1 << 19)});
    desk.invalid("/acs/credentials/get", long, "acs_credential_id")
        .await;
}

#[tokio::test]
async fn a_query_of_any_form() {
    let desk = Desk::open().await;
    for query in [
        "a=1&a.b=2",
        "a.b=1&a=2&a.b=3",
        "a.b.c.d.e.f=1",
        "a.b=1&a.b.c=2",
    ] {
        let reply = desk.get(&format!("/workspaces/get?{query}")).await;
        assert_eq!(
            reply.json()["error"]["type"],
            "invalid_query_params",
            "{query}"
        );
    }
    for query in [
        "%",
        "%ff=%00",
        "=",
        "&&&",
        "a=%F0%9F%92%A9",
        ".=.",
        "..=",
        "_strict=1&_strict=2",
    ] {
        assert!(
            desk.get(&format!("/workspaces/get?{query}")).await.status < 500,
            "{query}"
        );
    }
    let empty = desk.get("/acs/credentials/list?search=").await;
    assert_eq!(
        empty.status, 400,
        "a text that is not nullable takes no null"
    );
    assert_eq!(
        desk.get("/acs/credentials/list?page_cursor=").await.status,
        200
    );
    assert_eq!(
        desk.get("/acs/users/list?acs_system_id=5E000000-0000-4000-8000-000000000001")
            .await
            .status,
        200
    );
    assert_eq!(
        desk.get("/acs/users/list?acs_system_id=5e00000000004000800000000000000001")
            .await
            .status,
        400
    );
    assert_eq!(
        desk.get("/acs/credentials/list?is_multi_phone_sync_credential=yes")
            .await
            .status,
        400
    );
}

const FIELDS: &[&str] = &[
    "acs_credential_id",
    "acs_user_id",
    "acs_system_id",
    "acs_encoder_id",
    "acs_entrance_id",
    "user_identity_id",
    "access_method",
    "access_method_id",
    "access_method_ids",
    "access_schedule",
    "starts_at",
    "ends_at",
    "since",
    "between",
    "limit",
    "page_cursor",
    "unstable_offset",
    "search",
    "visionline_metadata",
    "assa_abloy_vostio_metadata",
    "auto_join",
    "allowed_acs_entrance_ids",
    "full_name",
    "card_number",
    "event_types",
    "include",
    "scenario",
    "error_code",
];

#[tokio::test]
async fn garbage_is_never_a_fault_of_the_server() {
    let desk = Desk::open().await;
    let good = [
        WAITING,
        ADA,
        ENCODER,
        ROOM_101,
        WORKSPACE,
        "card",
        "2099-01-01T00:00:00Z",
        "-009999-01-01T00:00:00Z",
        "9999-12-31T23:59:60.9999999999Z",
        "2099-01-01T00:00:00é0:00",
    ];
    let (mut garbage, bodies) = (
        Garbage::new(20_260_131),
        bodies(FIELDS, &good.map(Value::from)),
    );
    for (path, verbs) in schemas::paths() {
        for _ in 0..20 {
            let body = garbage.next(&bodies);
            for verb in &verbs {
                let call = if verb == "GET" {
                    desk.call(verb, &format!("{path}?{}", query_of(&body)))
                } else {
                    desk.call(verb, &path).json(&body)
                };
                let reply = desk.send(call).await;
                assert!(reply.status < 500, "{verb} {path} {body}: {}", reply.text());
            }
        }
    }
    desk.ok("/workspaces/get", json!({})).await;
}
