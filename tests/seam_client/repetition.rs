//! Reads are repeated, nothing else is; and the client says when it cannot know whether something happened.

use std::time::Duration;

use cardbridge::seam::{Auth, RetryPolicy, SeamError, Settings};
use cardbridge::text::Hint;
use serde_json::json;

use crate::api::{Api, KEY, Reply};
use crate::{calls, schema};

fn good() -> Reply {
    let mut answer = schema::full(schema::response("/acs/credentials/get"));
    answer["acs_credential"]["acs_credential_id"] = json!("c");
    Reply::json(200, &answer)
}

fn too_many(headers: &[(&str, &str)]) -> Reply {
    Reply::new(429, headers, b"slow down")
}

type Failure = (&'static str, fn() -> Reply, bool);

/// Each way in which an API can fail to answer, with whether a call may have taken effect all the same.
fn failures() -> Vec<Failure> {
    vec![
        ("nothing at all", Reply::nothing, true),
        ("half a body", Reply::half, true),
        (
            "garbage",
            || Reply::Bytes(b"\x15\x03\x01\x00\x02\x02\x50".to_vec()),
            true,
        ),
        (
            "500",
            || {
                Reply::json(
                    500,
                    &json!({"error": {"type": "internal_server_error", "message": "oops"}}),
                )
            },
            true,
        ),
        ("503 without a body", || Reply::new(503, &[], b""), true),
        (
            "200 of another kind",
            || Reply::json(200, &json!({"ok": true})),
            true,
        ),
        (
            "200 that is no json",
            || Reply::new(200, &[("content-type", "text/html")], b"<html>"),
            true,
        ),
        ("429", || too_many(&[("retry-after", "1")]), false),
        ("401", || Reply::new(401, &[], b""), false),
        (
            "redirect",
            || Reply::new(307, &[("location", "/elsewhere")], b""),
            false,
        ),
    ]
}

#[tokio::test]
async fn a_call_that_changes_something_is_sent_once_whatever_happens() {
    for (failure, reply, may_have_happened) in failures() {
        for write in calls::writes() {
            // These answer `ok` alone, so that `200 of another kind` is a good answer to them.
            if failure == "200 of another kind" && !schema_has_value(write.path) {
                continue;
            }
            let api = Api::always(reply).await;
            let error = (write.run)(api.client()).await.unwrap_err();
            assert_eq!(api.seen().len(), 1, "{} after {failure}", write.path);
            assert_eq!(
                error.may_have_happened(),
                may_have_happened,
                "{} after {failure}: {error}",
                write.path
            );
            assert!(api.waits().is_empty());
        }
    }
}

fn schema_has_value(path: &str) -> bool {
    !matches!(
        path.rsplit('/').next(),
        Some("update" | "assign" | "unassign" | "delete")
    )
}

#[tokio::test]
async fn a_read_never_leaves_doubt() {
    for (failure, reply, _) in failures() {
        for read in calls::reads() {
            let api = Api::always(reply).await;
            let error = (read.run)(api.client()).await.unwrap_err();
            assert!(!error.may_have_happened(), "{} after {failure}", read.path);
            assert!(!error.hint().is_empty());
        }
    }
}

#[tokio::test]
async fn after_a_create_without_an_answer_the_hint_is_to_look_first() {
    let api = Api::always(|| Reply::Stall(Vec::new())).await;
    let settings = Settings {
        request_timeout: Duration::from_millis(50),
        ..Settings::new(Auth::ApiKey(KEY.into()))
    };
    let create = calls::writes().into_iter().next().unwrap();
    let error = (create.run)(api.client_with(settings)).await.unwrap_err();
    assert!(matches!(error, SeamError::TimedOut { .. }), "{error:?}");
    assert!(error.may_have_happened());
    assert!(
        error.hint().contains("list by acs_user_id"),
        "{}",
        error.hint()
    );
    assert_eq!(api.seen().len(), 1);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_a_time_out() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"acs_cred";
    let api = Api::always(move || Reply::Stall(head.to_vec())).await;
    let settings = Settings {
        request_timeout: Duration::from_millis(50),
        retry: RetryPolicy {
            attempts: 2,
            ..RetryPolicy::default()
        },
        ..Settings::new(Auth::ApiKey(KEY.into()))
    };
    let error = api
        .client_with(settings)
        .credentials()
        .get("c")
        .await
        .unwrap_err();
    assert!(matches!(error, SeamError::TimedOut { .. }), "{error:?}");
    assert_eq!(api.seen().len(), 2);
}

#[tokio::test]
async fn a_read_is_repeated_until_it_is_answered() {
    let bad: [fn() -> Reply; 4] = [
        Reply::nothing,
        Reply::half,
        || Reply::new(500, &[], b""),
        || Reply::new(503, &[], b""),
    ];
    for reply in bad {
        let api = Api::start(move |number, _| if number < 2 { reply() } else { good() }).await;
        api.client().credentials().get("c").await.unwrap();
        assert_eq!(api.seen().len(), 3);
        let waits = api.waits();
        assert_eq!(waits.len(), 2);
        assert!(
            waits[0] >= Duration::from_millis(125) && waits[0] <= Duration::from_millis(250),
            "{waits:?}"
        );
        assert!(
            waits[1] >= Duration::from_millis(250) && waits[1] <= Duration::from_millis(500),
            "{waits:?}"
        );
    }
}

#[tokio::test]
async fn a_read_is_given_up_after_its_last_attempt() {
    let api = Api::always(|| Reply::new(503, &[("seam-request-id", "req-9")], b"")).await;
    let error = api.client().credentials().get("c").await.unwrap_err();
    assert_eq!(api.seen().len(), 3);
    assert_eq!(error.status(), Some(503));
    assert_eq!(error.request_id(), Some("req-9"));
    assert_eq!(
        error.to_string(),
        "/acs/credentials/get: no reason given (status 503, request req-9)"
    );
}

#[tokio::test]
async fn what_will_not_change_is_not_asked_again() {
    let bad: [fn() -> Reply; 4] = [
        || Reply::new(401, &[], b""),
        || Reply::new(404, &[], b""),
        || Reply::new(302, &[("location", "/")], b""),
        || Reply::json(200, &json!({"acs_credential": 7, "ok": true})),
    ];
    for reply in bad {
        let api = Api::always(reply).await;
        api.client().credentials().get("c").await.unwrap_err();
        assert_eq!(api.seen().len(), 1);
    }
}

#[tokio::test]
async fn the_wait_is_the_one_that_the_api_asks_for() {
    let in_seconds: fn() -> Reply = || too_many(&[("retry-after", "7")]);
    // The server's clock is years off from ours; only the difference counts.
    let as_a_date: fn() -> Reply = || {
        too_many(&[
            ("date", "Tue, 01 Feb 2011 10:00:00 GMT"),
            ("retry-after", "Tue, 01 Feb 2011 10:00:07 GMT"),
        ])
    };
    for reply in [in_seconds, as_a_date] {
        let api = Api::start(move |number, _| if number == 0 { reply() } else { good() }).await;
        api.client().credentials().get("c").await.unwrap();
        assert_eq!(api.waits(), [Duration::from_secs(7)]);
    }
}

#[tokio::test]
async fn a_wait_of_an_hour_is_an_error_at_once() {
    let api = Api::always(|| too_many(&[("retry-after", "3600")])).await;
    let error = api.client().credentials().get("c").await.unwrap_err();
    assert_eq!(api.seen().len(), 1);
    assert!(api.waits().is_empty());
    let SeamError::Refused(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn an_api_that_is_not_there_is_asked_again_and_nothing_has_happened() {
    let api = Api::always(good).await;
    let nobody = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let settings = Settings::new(Auth::ApiKey(KEY.into()));
    let sleeper: cardbridge::seam::Sleeper =
        std::sync::Arc::new(|_| Box::pin(std::future::ready(())));
    let client = cardbridge::seam::Client::with_sleeper(settings.at(&nobody), sleeper).unwrap();
    let error = (calls::writes().remove(0).run)(client).await.unwrap_err();
    assert!(matches!(error, SeamError::Unreachable { .. }), "{error:?}");
    assert!(!error.may_have_happened());
    let text = error.to_string();
    assert!(
        text.contains(&nobody) && text.to_lowercase().contains("refused"),
        "the cause is dropped: {text}"
    );
    assert!(api.seen().is_empty());
}
