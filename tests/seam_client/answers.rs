//! Answers that the API does not give: each a clear error with something to do about it.

use cardbridge::seam::{Auth, Client, InvalidResponse, Odd, SeamError, Settings, ValidationError};
use cardbridge::text::Hint;
use serde_json::json;

use crate::api::{Api, KEY, Reply};
use crate::schema;

async fn get(reply: impl Fn() -> Reply + Send + Sync + 'static) -> SeamError {
    let api = Api::always(reply).await;
    api.client().credentials().get("c").await.unwrap_err()
}

fn fault(error: SeamError) -> InvalidResponse {
    assert!(error.hint().contains("SEAM_ENDPOINT"), "{}", error.hint());
    match error {
        SeamError::Unusable { fault, .. } => fault,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_carries_all_that_the_api_says() {
    let body = json!({
        "error": {
            "type": "invalid_input",
            "message": "The request is not valid",
            "data": {"doc": "x"},
            "validation_errors": {
                "_errors": ["one of two"],
                "ends_at": {"_errors": ["is in the past", "is no time"]},
                "visionline_metadata": {"_errors": [], "card_format": {"_errors": ["is unknown"]}},
            },
        },
        "ok": false,
    });
    let headers = [
        ("content-type", "application/json"),
        ("seam-request-id", "req-1"),
    ];
    let error = get(move || Reply::new(400, &headers, body.to_string().as_bytes())).await;
    let SeamError::Refused(refusal) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.error_type.as_deref(), Some("invalid_input"));
    assert_eq!(refusal.data, Some(json!({"doc": "x"})));
    let told = |field: &str, messages: &[&str]| ValidationError {
        field: field.to_owned(),
        messages: messages.iter().map(|&message| message.to_owned()).collect(),
    };
    assert_eq!(
        refusal.validation_errors,
        [
            told("", &["one of two"]),
            told("ends_at", &["is in the past", "is no time"]),
            told("visionline_metadata.card_format", &["is unknown"]),
        ]
    );
    assert_eq!(
        error.to_string(),
        "/acs/credentials/get: invalid_input: The request is not valid; request: one of two; ends_at: is in the past, \
         is no time; visionline_metadata.card_format: is unknown (status 400, request req-1)"
    );
    assert_eq!(
        error.hint(),
        "correct what the message names, then try again"
    );
}

#[tokio::test]
async fn an_unauthorized_call_says_to_look_at_the_key() {
    let body = json!({"error": {"type": "unauthorized", "message": "Unauthorized"}, "ok": false});
    let error = get(move || Reply::json(401, &body)).await;
    assert!(
        error.hint().starts_with("check the API key"),
        "{}",
        error.hint()
    );
}

#[tokio::test]
async fn a_missing_object_is_no_wrong_address() {
    let body = json!({"error": {"type": "acs_credential_not_found", "message": "Credential not found"}, "ok": false});
    let error = get(move || Reply::json(404, &body)).await;
    assert!(error.is_not_found());
    assert!(error.hint().starts_with("check the id"), "{}", error.hint());
    let error = get(|| Reply::new(404, &[("content-type", "text/plain")], b"404")).await;
    assert!(error.hint().contains("SEAM_ENDPOINT"), "{}", error.hint());
}

#[tokio::test]
async fn an_error_page_is_named_not_shown() {
    let page = b"<!doctype html><html><body>Bad gateway, really</body></html>";
    let error = get(|| Reply::new(502, &[("content-type", "text/html")], page)).await;
    assert_eq!(
        error.to_string(),
        "/acs/credentials/get: an html page instead of json (status 502)"
    );
}

#[tokio::test]
async fn a_page_in_place_of_an_answer_is_no_answer() {
    let error = get(|| {
        Reply::new(
            200,
            &[("content-type", "text/html; charset=utf-8")],
            b"<html>Sign in",
        )
    })
    .await;
    assert_eq!(
        fault(error),
        InvalidResponse::NotJson {
            content_type: "text/html; charset=utf-8".to_owned()
        }
    );
    let error = get(|| Reply::new(200, &[], b"{}")).await;
    assert_eq!(
        fault(error),
        InvalidResponse::NotJson {
            content_type: "of no type".to_owned()
        }
    );
}

#[tokio::test]
async fn an_empty_answer_is_no_answer() {
    let error = get(|| Reply::new(200, &[("content-type", "application/json")], b"")).await;
    assert_eq!(fault(error), InvalidResponse::Empty);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Api::always(Reply::nothing).await;
    let target = format!("{}/acs/credentials/get", elsewhere.endpoint);
    for status in [301, 302, 303, 307, 308] {
        let to = target.clone();
        let error = get(move || Reply::new(status, &[("location", &to)], b"")).await;
        assert_eq!(
            fault(error),
            InvalidResponse::Redirect {
                to: Some(target.clone())
            }
        );
    }
    assert!(elsewhere.seen().is_empty(), "the key went elsewhere");
}

#[tokio::test]
async fn ten_megabytes_are_not_swallowed() {
    let large = |length: bool| {
        move || {
            let mut head =
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n"
                    .to_owned();
            if length {
                head.push_str("content-length: 10485760\r\n");
            }
            Reply::Bytes([head.as_bytes(), b"\r\n", &vec![b' '; 10 << 20]].concat())
        }
    };
    for length in [true, false] {
        assert_eq!(
            fault(get(large(length)).await),
            InvalidResponse::TooLarge { limit: 8 << 20 }
        );
    }
    let error = get(|| Reply::new(500, &[], &vec![b'x'; 10 << 20])).await;
    assert_eq!(error.status(), Some(500));
    assert!(error.to_string().len() < 300, "{}", error.to_string().len());
}

#[tokio::test]
async fn wrong_types_are_named_by_their_place_and_never_by_their_value() {
    let change = |at: &'static str, to: serde_json::Value| {
        move || {
            let mut answer = schema::full(schema::response("/acs/credentials/get"));
            *answer.pointer_mut(at).unwrap() = to.clone();
            answer["acs_credential"]["acs_credential_id"] = json!("c");
            Reply::json(200, &answer)
        }
    };
    let unexpected = |at: &str, problem: &str| Odd {
        id: Some("c".to_owned()),
        at: at.to_owned(),
        problem: problem.to_owned(),
    };
    let fault = |error: SeamError| error.odd().unwrap().clone();
    // A PIN in the wrong type must not come out in the message.
    let error = get(change("/acs_credential/code", json!(90210))).await;
    assert_eq!(
        fault(error),
        unexpected(
            "acs_credential.code",
            "invalid type: integer, expected a string"
        )
    );
    let error = get(change(
        "/acs_credential/warnings/0/message",
        json!(["secret"]),
    ))
    .await;
    assert_eq!(
        fault(error),
        unexpected(
            "acs_credential.warnings[0].message",
            "invalid type: sequence, expected a string"
        )
    );
    let error = get(change(
        "/acs_credential/is_managed",
        json!("90210, expected nonsense"),
    ))
    .await;
    assert_eq!(
        fault(error),
        unexpected(
            "acs_credential.is_managed",
            "invalid type: string, expected a boolean"
        )
    );
    let error = get(change("/acs_credential/errors", json!(null))).await;
    assert_eq!(
        fault(error),
        unexpected(
            "acs_credential.errors",
            "invalid type: null, expected a sequence"
        )
    );
}

#[tokio::test]
async fn a_wrong_type_in_a_result_is_named_the_same_way() {
    let mut credential = schema::full(schema::component("acs_credential"));
    credential["code"] = json!(90210);
    let answer = json!({"ok": true, "action_attempt": {
        "action_attempt_id": "a", "action_type": "ENCODE_CREDENTIAL", "status": "success",
        "result": credential, "error": null,
    }});
    let api = Api::always(move || Reply::json(200, &answer)).await;
    let error = api.client().action_attempts().get("a").await.unwrap_err();
    let Odd { at, problem, .. } = error.odd().unwrap();
    assert_eq!(at, "action_attempt");
    assert_eq!(
        problem,
        "in result.code: invalid type: integer, expected a string"
    );
}

#[tokio::test]
async fn json_that_is_none_or_of_another_shape_is_said_to_be() {
    for body in [
        "{\"acs_credential\": {",
        "[]",
        "7",
        "{\"ok\": true}",
        "{\"acs_credentials\": []}",
        "{} {}",
        "\u{0}",
    ] {
        let error = get(move || {
            Reply::new(
                200,
                &[("content-type", "application/json")],
                body.as_bytes(),
            )
        })
        .await;
        assert!(
            matches!(fault(error), InvalidResponse::Unexpected { .. }),
            "{body}"
        );
    }
    let twice = schema::full(schema::response("/acs/credentials/get"))
        .to_string()
        .repeat(2);
    let error = get(move || {
        let headers = [("content-type", "application/json")];
        Reply::new(200, &headers, twice.as_bytes())
    })
    .await;
    assert!(matches!(fault(error), InvalidResponse::Unexpected { .. }));
    let deep = "[".repeat(200_000);
    let body = format!("{{\"a_field_of_tomorrow\": {deep}");
    let error = get(move || {
        Reply::new(
            200,
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    })
    .await;
    assert!(matches!(fault(error), InvalidResponse::Unexpected { .. }));
}

#[tokio::test]
async fn what_does_not_speak_tls_is_not_reached_over_https() {
    let api = Api::always(Reply::nothing).await;
    let endpoint = api.endpoint.replace("http://", "https://");
    let sleeper: cardbridge::seam::Sleeper =
        std::sync::Arc::new(|_| Box::pin(std::future::ready(())));
    let settings = Settings::new(Auth::ApiKey(KEY.into())).at(endpoint);
    let client = Client::with_sleeper(settings, sleeper).unwrap();
    let error = client.credentials().get("c").await.unwrap_err();
    assert!(
        matches!(error, SeamError::Unreachable { .. } | SeamError::Tls(_)),
        "{error:?}"
    );
    assert!(api.seen().is_empty(), "the request went out in the clear");
}

#[tokio::test]
async fn a_slow_call_is_named_to_the_listener() {
    let api = Api::always(|| Reply::Stall(Vec::new())).await;
    let client = api.client_with(Settings {
        request_timeout: std::time::Duration::from_millis(50),
        silent_after: std::time::Duration::from_millis(1),
        ..Settings::new(Auth::ApiKey(KEY.into()))
    });
    let (tell, told) = std::sync::mpsc::channel();
    client.on_silence(move |silence| tell.send(silence.to_string()).unwrap());
    client.credentials().get("c").await.unwrap_err();
    let told: Vec<_> = told.try_iter().collect();
    let expected = format!(
        "waiting for the Seam API at {} to answer /acs/credentials/get",
        api.endpoint
    );
    assert_eq!(told, [expected]);
}

#[tokio::test]
async fn an_encoding_that_was_not_asked_for_is_named() {
    let headers = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    let gzip = move |status| move || Reply::new(status, &headers, b"\x1f\x8b\x08\x00\x00");
    let encoded = InvalidResponse::Encoded {
        encoding: "gzip".to_owned(),
    };
    assert_eq!(fault(get(gzip(200)).await), encoded);
    let refused = get(gzip(403)).await;
    assert_eq!(refused.status(), Some(403));
    assert!(refused.to_string().contains("encoded as gzip"), "{refused}");
    let api = Api::always(gzip(200)).await;
    api.client().credentials().get("c").await.unwrap_err();
    assert_eq!(api.seen()[0].header("accept-encoding"), Some("identity"));
}
