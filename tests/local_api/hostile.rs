//! What no client would send: every answer is in the envelope, nothing panics, and the agent still answers.

use cardbridge::serve::doors::Scope;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Map, Value, json};

use crate::desk::{SEAMS_ENCODER, Setup, Stage, VISIONLINE, WAITING, encoder};

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

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!(WAITING)),
        Just(json!(VISIONLINE)),
        Just(json!(SEAMS_ENCODER)),
        Just(json!(encoder(0))),
        Just(json!(encoder(1))),
        Just(json!("eyJvd24iOjk5OTk5OTk5OTk5OTk5OTk5OTl9")),
        Just(json!("eyJ1cHN0cmVhbSI6ICJ4In0")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((fields(), inner), 0..4).prop_map(object),
        ]
    })
}

fn fields() -> impl Strategy<Value = String> {
    let known = [
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
    prop_oneof![8 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

fn object(fields: Vec<(String, Value)>) -> Value {
    Value::Object(fields.into_iter().collect::<Map<_, _>>())
}

#[tokio::test]
async fn garbage_is_never_a_fault_of_the_agent() {
    let stage = Stage::with(Setup {
        patience: std::time::Duration::from_millis(1),
        ..Setup::default()
    })
    .await;
    let config = Config {
        rng_seed: RngSeed::Fixed(20_261_128),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let bodies = proptest::collection::vec((fields(), values()), 0..6).prop_map(object);
    // Fewer than a token may send at once.
    for path in OWN {
        for _ in 0..20 {
            let body = bodies.new_tree(&mut runner).unwrap().current();
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (field, value) in body.as_object().unwrap() {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                query.append_pair(field, &text);
            }
            let calls = [
                stage.call(Scope::Desk, "POST", path).json(&body),
                stage.call(
                    Scope::ReadOnly,
                    "GET",
                    &format!("{path}?{}", query.finish()),
                ),
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
    let config = Config {
        rng_seed: RngSeed::Fixed(20_261_129),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
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
        let call = calls.new_tree(&mut runner).unwrap().current();
        let (target, verb, header, value, body) = call;
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
