//! Waiting for an action attempt to end.

use std::time::Duration;

use cardbridge::seam::{
    ActionAttempt, ActionAttemptErrorType, ActionAttemptStatus, ActionResult, AttemptError,
    SeamError, ToEncode, Wait,
};
use cardbridge::text::Hint;
use serde_json::{Value, json};

use crate::api::{Api, Reply};
use crate::schema;

fn attempt(status: &str, result: &Value, error: &Value) -> Reply {
    Reply::json(
        200,
        &json!({
            "action_attempt": {
                "action_attempt_id": "a1", "action_type": "ENCODE_CREDENTIAL",
                "status": status, "result": result, "error": error,
            },
            "ok": true,
        }),
    )
}

fn pending() -> Reply {
    attempt("pending", &Value::Null, &Value::Null)
}

/// Encodes, and waits as set; gives what came of it and each status that was reported on the way.
async fn encode(api: &Api, wait: Wait) -> (Result<ActionAttempt, SeamError>, Vec<String>) {
    let client = api.client();
    let what = ToEncode::Credential("c".to_owned());
    let begun = client
        .encoders()
        .encode_credential("e", &what)
        .await
        .unwrap();
    let mut seen = Vec::new();
    let progress = |attempt: &ActionAttempt| seen.push(attempt.status.to_string());
    let ended = client.action_attempts().wait(begun, &wait, progress).await;
    (ended, seen)
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn an_attempt_is_looked_at_until_it_has_ended() {
    let credential = schema::full(schema::component("acs_credential"));
    let api = Api::start(move |number, _| match number {
        0 | 1 => pending(),
        // A status of tomorrow is not an end.
        2 => attempt("verifying", &Value::Null, &Value::Null),
        _ => attempt("success", &credential, &Value::Null),
    })
    .await;
    let (ended, seen) = encode(
        &api,
        Wait {
            poll_interval: SECOND,
            timeout: 60 * SECOND,
        },
    )
    .await;
    let ended = ended.unwrap();
    assert_eq!(ended.status, ActionAttemptStatus::Success);
    assert!(matches!(ended.result, Some(ActionResult::Credential(_))));
    assert_eq!(seen, ["pending", "pending", "verifying", "success"]);
    assert_eq!(api.waits(), [SECOND; 3]);
    let encodes = api
        .seen()
        .iter()
        .filter(|seen| seen.path.ends_with("encode_credential"))
        .count();
    assert_eq!(encodes, 1);
    assert_eq!(api.seen()[1].json(), json!({"action_attempt_id": "a1"}));
}

#[tokio::test]
async fn a_failed_attempt_says_why_and_what_to_do() {
    let why = json!({"type": "no_credential_on_encoder", "message": "No card on the encoder"});
    let api = Api::start(move |number, _| {
        if number == 0 {
            pending()
        } else {
            attempt("error", &Value::Null, &why)
        }
    })
    .await;
    let error = encode(&api, Wait::default()).await.0.unwrap_err();
    assert_eq!(error.hint(), "place a card on the encoder and start again");
    let SeamError::Attempt(AttemptError::Failed { failure, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        failure.error_type,
        ActionAttemptErrorType::NoCredentialOnEncoder
    );
    assert_eq!(
        error.to_string(),
        "action attempt a1: no_credential_on_encoder: No card on the encoder"
    );
}

#[tokio::test]
async fn a_failure_without_a_reason_is_a_failure() {
    let api = Api::always(|| attempt("error", &Value::Null, &Value::Null)).await;
    let error = encode(&api, Wait::default()).await.0.unwrap_err();
    assert!(
        matches!(
            error,
            SeamError::Attempt(AttemptError::FailedSilently { .. })
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn waiting_ends_though_the_attempt_does_not() {
    let api = Api::always(pending).await;
    let error = encode(
        &api,
        Wait {
            poll_interval: SECOND,
            timeout: 3 * SECOND,
        },
    )
    .await
    .0
    .unwrap_err();
    assert!(
        matches!(error, SeamError::Attempt(AttemptError::NotEnded { .. })),
        "{error:?}"
    );
    assert!(
        error.hint().contains("may still end well"),
        "{}",
        error.hint()
    );
    assert!(api.waits().len() <= 3, "{:?}", api.waits());
    let (ended, seen) = encode(
        &api,
        Wait {
            poll_interval: Duration::ZERO,
            timeout: Duration::ZERO,
        },
    )
    .await;
    assert!(ended.is_err());
    assert_eq!(seen, ["pending"]);
}

#[tokio::test]
async fn a_look_that_fails_is_repeated_and_does_not_end_the_wait() {
    let credential = schema::full(schema::component("acs_credential"));
    let api = Api::start(move |number, _| match number {
        0 => pending(),
        1 => Reply::new(503, &[], b""),
        _ => attempt("success", &credential, &Value::Null),
    })
    .await;
    assert!(encode(&api, Wait::default()).await.0.is_ok());
}
