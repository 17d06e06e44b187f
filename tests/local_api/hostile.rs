//! What no client would send: every answer is in the envelope, nothing panics, and the agent still answers.

use cardbridge::serve::admission::Scope;
use proptest::prelude::{Strategy, prop_oneof};
use serde_json::json;

use crate::desk::{SEAMS_ENCODER, Setup, Stage, VISIONLINE, WAITING, encoder};
use crate::garbage::{Garbage, bodies, query_of};

const OWN: &[&str] = &[
    "/acs/encoders/list",
    "/acs/encoders/get",
    "/acs/encoders/encode_credential",
    "/acs/encoders/scan_credential",
    "/acs/encoders/scan_to_assign_credential",
    "/access_methods/encode",
    "/action_attempts/get",
    "/action_attempts/list",
    "/acs/credentials/get",
    "/events/list",
];

#[tokio::test]
async fn a_body_that_is_not_what_it_says() {
    let stage = Stage::new().await;
    let path = "/acs/encoders/get";
    let post = |body: &[u8]| {
        let call = stage.call(Scope::Desk, "POST", path);
        call.header("content-type", "application/json").body(body)
    };
    for body in ["{", "nope", "\u{feff}{}", "{} {}", "\"\\ud800\""] {
        let reply = stage.send(post(body.as_bytes())).await;
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(reply.json()["error"]["type"], "invalid_json", "{body}");
    }
    for body in ["[]", "null", "3", "\"x\""] {
        let reply = stage.send(post(body.as_bytes())).await;
        assert_eq!(reply.json()["error"]["type"], "invalid_input", "{body}");
    }
    assert_eq!(stage.send(post(b"\xff\xfe")).await.status, 400);
    let deep = "[".repeat(100_000);
    assert_eq!(stage.send(post(deep.as_bytes())).await.status, 400);
    let long = json!({"acs_encoder_id": "x".repeat(2 << 20)}).to_string();
    assert_eq!(stage.send(post(long.as_bytes())).await.status, 413);
    let text = stage.call(Scope::Desk, "POST", path).body("{}");
    let reply = stage.send(text).await;
    assert_eq!(reply.json()["error"]["type"], "invalid_content_type");
}

#[tokio::test]
async fn without_a_token_nothing_is_answered() {
    let stage = Stage::new().await;
    for path in OWN {
        let call = stage.call(Scope::Desk, "POST", path).json(&json!({}));
        let call = call.header("authorization", "Basic eDp4");
        assert_eq!(stage.send(call).await.status, 401, "{path}");
    }
}

const FIELDS: &[&str] = &[
    "acs_credential_id",
    "acs_user_id",
    "user_identity_id",
    "acs_system_id",
    "acs_system_ids",
    "acs_encoder_id",
    "acs_encoder_ids",
    "access_method_id",
    "action_attempt_id",
    "action_attempt_ids",
    "device_id",
    "limit",
    "page_cursor",
    "salto_ks_metadata",
    "since",
    "_strict",
];

#[tokio::test]
async fn garbage_is_never_a_fault_of_the_agent() {
    let stage = Stage::with(Setup {
        patience: std::time::Duration::from_millis(1),
        ..Setup::default()
    })
    .await;
    let good = [
        json!(WAITING),
        json!(VISIONLINE),
        json!(SEAMS_ENCODER),
        json!(encoder(0)),
        json!(encoder(1)),
        // Cursors of the local API with a place that is none.
        json!("eyJvd24iOjk5OTk5OTk5OTk5OTk5OTk5OTl9"),
        json!("eyJ1cHN0cmVhbSI6ICJ4In0"),
    ];
    let (mut garbage, bodies) = (Garbage::new(20_261_128), bodies(FIELDS, &good));
    // Fewer than a token may send at once.
    for path in OWN {
        for _ in 0..20 {
            let body = garbage.next(&bodies);
            let target = format!("{path}?{}", query_of(&body));
            let calls = [
                stage.call(Scope::Desk, "POST", path).json(&body),
                stage.call(Scope::ReadOnly, "GET", &target),
            ];
            for call in calls {
                // Held against the envelope and the schemas on the way.
                let reply = stage.send(call).await;
                assert!(reply.status < 500, "{path} {body}: {}", reply.text());
            }
        }
    }
    let body = json!({ "acs_system_id": VISIONLINE });
    stage.ok("/acs/encoders/list", body).await;
}

#[tokio::test]
async fn any_verb_path_and_header_is_answered_in_the_envelope() {
    let stage = Stage::new().await;
    let mut garbage = Garbage::new(20_261_129);
    let targets = prop_oneof![
        "/(acs|access_methods|action_attempts|events|workspaces)/[a-z_/.%0-9?&=-]{0,24}",
        proptest::sample::select(OWN.to_vec()).prop_map(str::to_owned),
        "/(acs/encoders/list|events/list)[?][!-~]{0,24}",
    ];
    let calls = (
        targets,
        "(GET|POST|PUT|PATCH|DELETE|OPTIONS|BREW)",
        "(authorization|content-type|seam-workspace|cookie|accept|x-a)",
        "[ -~]{0,24}",
        "[ -~]{0,48}",
    );
    for _ in 0..300 {
        let (target, verb, header, value, body) = garbage.next(&calls);
        let call = stage
            .call(Scope::Desk, &verb, &target)
            .header(&header, &value);
        let call = call.body(body.clone());
        let Ok(reply) = stage.unchecked(&call).await else {
            panic!("{call:?}");
        };
        // What is not HTTP is refused before it is a request.
        if reply.status == 400 && reply.body.is_empty() {
            continue;
        }
        if verb == "OPTIONS" {
            continue;
        }
        assert!(reply.status < 500, "{call:?} {reply:?}");
        assert!(
            reply.headers.contains_key("seam-request-id"),
            "{call:?} {reply:?}"
        );
        let answer = reply.json();
        assert_eq!(
            answer["ok"] == true,
            reply.status == 200,
            "{call:?} {reply:?}"
        );
    }
    let list = json!({ "acs_system_id": VISIONLINE });
    stage.ok("/acs/encoders/list", list).await;
}
