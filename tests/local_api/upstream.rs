//! What is passed on to Seam, and what is not.

use std::collections::BTreeSet;
use std::time::Duration;

use cardbridge::serve::admission::Scope;
use serde_json::{Value, json};

use crate::api::{Api, KEY, Reply, Seen};
use crate::desk::{NOWHERE, SEAMS_ENCODER, Setup, Stage, VISIONLINE, WAITING, WORKSPACE, encoder};
use crate::schemas;

/// A desk in front of an API that does what a test tells it to.
async fn before(reply: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> (Stage, Api) {
    let api = Api::start(reply).await;
    let stage = Stage::with(Setup {
        upstream: Some((api.endpoint.clone(), KEY)),
        ..Setup::default()
    })
    .await;
    (stage, api)
}

/// An answer of Seam's, and what a caller gets: status and word.
type Answered = (fn() -> Reply, u16, &'static str);

fn good() -> Reply {
    let pagination =
        json!({"next_page_cursor": null, "has_next_page": false, "next_page_url": null});
    Reply::json(
        200,
        &json!({"acs_users": [], "pagination": pagination, "ok": true}),
    )
}

#[tokio::test]
async fn a_call_goes_on_as_it_came_under_the_desk_s_own_key() {
    let (stage, api) = before(|_, _| good()).await;
    let body = "{\"acs_system_id\":  \"x\", \"a\": [1, 2.50]}";
    let call = stage
        .call(Scope::Desk, "POST", "/acs/users/list?b=%20c&_strict=true")
        .header("content-type", "application/json")
        .header("cookie", "a=b")
        .header("client", "x")
        .header("x-forwarded-for", "10.0.0.1")
        .header("seam-sdk-name", "seamapi/python")
        .body(body);
    let token = call.headers["authorization"].clone();
    assert_eq!(stage.send(call).await.status, 200);
    let got = stage.call(Scope::Desk, "GET", "/acs/users/list?_strict=true&limit=3");
    assert_eq!(stage.send(got).await.status, 200);
    let seen = api.seen();
    assert_eq!(seen[0].path, "/acs/users/list?b=%20c&_strict=true");
    assert_eq!(seen[0].body, body.as_bytes());
    assert_eq!(seen[0].header("seam-sdk-name"), Some("seamapi/python"));
    assert_eq!(seen[1].path, "/acs/users/list?_strict=true&limit=3");
    assert!(seen[1].head.starts_with("GET "));
    for seen in seen {
        assert_eq!(
            seen.header("authorization"),
            Some(&*format!("Bearer {KEY}"))
        );
        for name in ["cookie", "client", "x-forwarded-for"] {
            assert_eq!(seen.header(name), None, "{name}");
        }
        assert!(!seen.head.contains(&token));
    }
}

#[tokio::test]
async fn the_desk_s_key_never_comes_back() {
    let (stage, _api) = before(|_, _| {
        let text = format!("{KEY} and {KEY}{KEY}");
        let body = json!({"error": {"type": "x", "message": text}, "ok": false, "a": [KEY]});
        let headers = [
            ("content-type", "application/json"),
            ("seam-request-id", KEY),
            ("set-cookie", "session=1"),
            ("x-key", KEY),
        ];
        Reply::new(400, &headers, body.to_string().as_bytes())
    })
    .await;
    let reply = stage.post("/acs/users/list", json!({})).await;
    assert_eq!(reply.status, 400);
    assert!(!reply.text().contains("NeverShowThis"), "{}", reply.text());
    let headers = format!("{:?}", reply.headers);
    assert!(
        !headers.contains("NeverShowThis") && !headers.contains("cookie"),
        "{headers}"
    );
    // The same of a call that the desk makes itself.
    let body = json!({"acs_encoder_id": encoder(0), "acs_credential_id": WAITING});
    let reply = stage.post("/acs/encoders/encode_credential", body).await;
    assert!(!reply.text().contains("NeverShowThis"), "{}", reply.text());
}

#[tokio::test]
async fn what_seam_does_not_answer_or_should_not_is_in_the_envelope() {
    let answers: [Answered; 6] = [
        (Reply::nothing, 502, "api_answer_broken_off"),
        (
            || Reply::new(200, &[("content-type", "text/html")], b"<html>"),
            502,
            "api_answer_unusable",
        ),
        (
            || Reply::new(302, &[("location", "https://elsewhere.example/")], b""),
            502,
            "api_answer_unusable",
        ),
        (
            || {
                let headers = [
                    ("content-type", "application/json"),
                    ("content-encoding", "gzip"),
                ];
                Reply::new(200, &headers, b"x")
            },
            502,
            "api_answer_unusable",
        ),
        (
            || {
                Reply::json(
                    401,
                    &json!({"error": {"type": "unauthorized", "message": "Unauthorized"}}),
                )
            },
            502,
            "api_unauthorized",
        ),
        (
            || {
                Reply::json(
                    429,
                    &json!({"error": {"type": "too_many_requests", "message": "x"}, "ok": false}),
                )
            },
            429,
            "too_many_requests",
        ),
    ];
    for (reply, status, kind) in answers {
        let (stage, _api) = before(move |_, _| reply()).await;
        let call = json!({});
        stage.refused("/acs/users/list", call, status, kind).await;
    }
    let gone = Api::start(|_, _| good()).await;
    let endpoint = gone.endpoint.clone();
    drop(gone);
    let stage = Stage::with(Setup {
        upstream: Some((endpoint, KEY)),
        ..Setup::default()
    })
    .await;
    stage
        .refused("/acs/users/list", json!({}), 502, "api_unreachable")
        .await;
}

#[tokio::test]
async fn an_api_that_connects_and_says_nothing_is_said_to_be_silent() {
    let head = b"HTTP/1.1 200 OK\r\n";
    for begin in [&b""[..], head] {
        let api = Api::start(move |_, _| Reply::Stall(begin.to_vec())).await;
        let stage = Stage::with(Setup {
            upstream: Some((api.endpoint.clone(), KEY)),
            request_timeout: Duration::from_millis(50),
            ..Setup::default()
        })
        .await;
        // Passed on, and asked by the desk itself.
        let encode = json!({"acs_encoder_id": encoder(0), "acs_credential_id": WAITING});
        for (path, call) in [
            ("/acs/users/list", json!({})),
            ("/acs/encoders/encode_credential", encode),
            ("/acs/encoders/list", json!({"acs_system_id": VISIONLINE})),
        ] {
            stage.refused(path, call, 504, "api_silent").await;
        }
    }
}

#[tokio::test]
async fn a_long_answer_is_passed_on_whole_and_one_without_end_is_cut() {
    let (stage, _api) = before(|number, _| {
        let size = if number == 0 { 3 << 20 } else { 9 << 20 };
        let body = json!({"acs_users": [], "ok": true, "x": "x".repeat(size)});
        Reply::json(200, &body)
    })
    .await;
    let call = stage.call(Scope::Desk, "GET", "/events/get");
    let reply = stage.unchecked(&call).await.unwrap();
    assert!(reply.body.len() > 3 << 20);
    let reply = stage.unchecked(&call).await.unwrap();
    assert_eq!(reply.status, 502, "{:?}", reply.headers);
}

#[tokio::test]
async fn keys_of_other_kinds_and_other_workspaces_get_seam_s_own_error() {
    let stage = Stage::new().await;
    let refused = async |name: &str, value: &str| {
        let call = stage
            .call(Scope::Desk, "GET", "/workspaces/get")
            .header(name, value);
        let reply = stage.send(call).await;
        (
            reply.status,
            reply.json()["error"]["type"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let client_session = (401, "client_session_token_used_for_api_key".to_owned());
    assert_eq!(
        refused("authorization", "Bearer seam_cst1_x").await,
        client_session
    );
    assert_eq!(
        refused("client-session-token", "seam_cst1_x").await,
        client_session
    );
    let token = (401, "access_token_used_for_api_key".to_owned());
    assert_eq!(refused("authorization", "Bearer seam_at1_x").await, token);
    let unauthorized = (401, "unauthorized".to_owned());
    assert_eq!(
        refused("authorization", "Bearer seam_local_x").await,
        unauthorized
    );
    assert_eq!(
        refused("seam-publishable-key", "seam_pk1_x").await,
        unauthorized
    );
    assert_eq!(refused("seam-workspace", NOWHERE).await, unauthorized);
    assert_eq!(refused("seam-workspace", WORKSPACE).await.0, 200);
}

#[tokio::test]
async fn a_reader_of_the_desk_is_not_spoken_of_to_seam() {
    let (stage, api) = before(|_, _| Reply::json(200, &json!({"events": [], "ok": true}))).await;
    for filter in ["acs_encoder_id", "acs_encoder_ids"] {
        let target = format!("/events/list?since=2020-01-01&{filter}={}", encoder(1));
        let reply = stage.get(&target).await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json()["error"]["type"], "invalid_input");
    }
    assert!(api.seen().is_empty());
    let target = format!("/events/list?since=2020-01-01&acs_encoder_id={SEAMS_ENCODER}");
    assert_eq!(stage.get(&target).await.status, 200);
}

#[tokio::test]
async fn what_is_not_on_the_list_reaches_seam_by_no_verb() {
    let (stage, api) = before(|_, _| Reply::json(200, &json!({"ok": true}))).await;
    for path in [
        "/acs/entrances/unlock",
        "/acs/systems/report_devices",
        "/access_methods/unlock_door",
        "/user_identities/generate_instant_key",
        "/webhooks/create",
        "/acs/credentials/get/",
        "/acs//credentials/get",
        "/acs/credentials/../credentials/get",
        "/acs/credentials/%67et",
        "/acs/nothing",
        "/devices/list",
    ] {
        for verb in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let call = stage.call(Scope::Desk, verb, path).json(&json!({}));
            let reply = stage.send(call).await;
            assert_eq!(reply.status, 404, "{verb} {path}");
            assert_eq!(reply.json()["error"]["type"], "not_found");
        }
    }
    assert!(api.seen().is_empty());
}

/// The list is no wider than the specification.
#[tokio::test]
async fn every_path_takes_the_verbs_of_the_specification_and_no_other() {
    let stage = Stage::new().await;
    let mut answered = 0;
    for (path, verbs) in every_path() {
        let get = stage
            .unchecked(&stage.call(Scope::ReadOnly, "HEAD", &path))
            .await;
        if get.unwrap().status == 404 {
            continue;
        }
        answered += 1;
        for verb in ["GET", "POST", "PATCH", "PUT", "DELETE"] {
            let call = stage.call(Scope::Desk, verb, &path).json(&json!({}));
            let reply = stage.send(call).await;
            let is_known = verbs.iter().any(|known| known == verb);
            assert_eq!(
                reply.status != 405,
                is_known,
                "{verb} {path}: {}",
                reply.text()
            );
        }
    }
    assert!(answered > 50, "{answered}");
}

/// `docs/local-api.md` names what is answered and nothing else.
#[tokio::test]
async fn the_document_lists_every_path() {
    let stage = Stage::new().await;
    let documented = documented();
    for (path, _) in every_path() {
        let call = stage.call(Scope::ReadOnly, "HEAD", &path);
        let reply = stage.unchecked(&call).await.unwrap();
        let is_answered = reply.status != 404;
        assert_eq!(documented.contains(&path), is_answered, "{path}");
    }
}

/// The paths in the document, with what is in braces after the last slash spelt out.
fn documented() -> BTreeSet<String> {
    let words = include_str!("../../docs/local-api.md").split('`');
    let paths = words.filter(|word| word.starts_with('/') && !word.contains(' '));
    paths
        .flat_map(|path| {
            let (area, names) = path.rsplit_once('/').unwrap();
            let names = names.trim_start_matches('{').trim_end_matches('}');
            let names = names.split(',').map(move |name| format!("{area}/{name}"));
            names.collect::<Vec<_>>()
        })
        .collect()
}

/// The paths of Seam's whole card side.
fn every_path() -> Vec<(String, Vec<String>)> {
    let api: Value =
        serde_json::from_str(include_str!("../schemas/seam-openapi-acs.json")).unwrap();
    let paths = api["paths"].as_object().unwrap().clone();
    assert!(paths.len() > schemas::paths().len());
    paths
        .into_iter()
        .map(|(path, verbs)| {
            let verbs = verbs.as_object().unwrap().keys();
            (path, verbs.map(|verb| verb.to_uppercase()).collect())
        })
        .collect()
}
