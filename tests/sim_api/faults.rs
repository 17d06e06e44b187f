//! What goes wrong when a test says so.

use std::time::Duration;

use cardbridge::sim::{Fault, Target};
use serde_json::json;

use crate::desk::{Desk, WAITING};
use crate::wire::Call;

fn delete(desk: &Desk) -> Call {
    desk.call("POST", "/acs/credentials/delete")
        .json(&json!({"acs_credential_id": WAITING}))
}

#[tokio::test]
async fn a_lost_call_is_not_acted_on_and_a_lost_answer_is() {
    let desk = Desk::open().await;
    desk.faults
        .next(Target::Path("/acs/credentials/delete"), 1, Fault::CallLost);
    assert!(desk.try_send(&delete(&desk)).await.is_err());
    desk.credential(WAITING).await;
    desk.faults.next(
        Target::Path("/acs/credentials/delete"),
        1,
        Fault::AnswerLost,
    );
    assert!(desk.try_send(&delete(&desk)).await.is_err());
    assert_eq!(desk.send(delete(&desk)).await.status, 404);
}

#[tokio::test]
async fn the_next_calls_are_refused_and_then_no_more() {
    let desk = Desk::open().await;
    let limited = Fault::Refused {
        status: 429,
        retry_after: Some(Duration::from_secs(7)),
    };
    desk.faults.next(Target::Api, 2, limited);
    for _ in 0..2 {
        let reply = desk.get("/workspaces/get").await;
        assert_eq!(
            (reply.status, reply.headers["retry-after"].as_str()),
            (429, "7")
        );
    }
    assert_eq!(desk.get("/workspaces/get").await.status, 200);
}

#[tokio::test]
async fn an_outage_lasts_until_it_is_over_and_spares_reports() {
    let desk = Desk::open().await;
    desk.faults.every(
        Target::Api,
        Fault::Refused {
            status: 503,
            retry_after: None,
        },
    );
    for _ in 0..3 {
        let reply = desk.get("/workspaces/get").await;
        assert_eq!((reply.status, reply.text()), (503, String::new()));
    }
    let path = desk
        .access
        .report_url
        .strip_prefix(&desk.access.endpoint)
        .unwrap();
    assert_eq!(desk.send(Call::new("POST", path)).await.status, 401);
    desk.faults.clear();
    assert_eq!(desk.get("/workspaces/get").await.status, 200);
    desk.faults.next(Target::Reports, 1, Fault::CallLost);
    assert!(desk.try_send(&Call::new("POST", path)).await.is_err());
}

#[tokio::test]
async fn an_answer_can_be_garbage() {
    let desk = Desk::open().await;
    desk.faults.next(
        Target::Api,
        1,
        Fault::Answered {
            status: 200,
            body: b"{\"acs_cred".to_vec(),
        },
    );
    let reply = desk.get("/workspaces/get").await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "{\"acs_cred"));
}

#[tokio::test]
async fn a_call_that_is_not_answered_hangs_and_holds_nothing_up() {
    let desk = Desk::open().await;
    desk.faults.next(Target::Api, 1, Fault::Unanswered);
    let deleting = delete(&desk);
    let mut hanging = Box::pin(desk.try_send(&deleting));
    while desk.faults.calls().is_empty() {
        tokio::select! {
            answer = &mut hanging => panic!("{answer:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    desk.credential(WAITING).await;
}

#[tokio::test]
async fn the_calls_that_came_are_known() {
    let desk = Desk::open().await;
    desk.credential(WAITING).await;
    desk.get("/workspaces/get?x=1").await;
    assert_eq!(
        desk.faults.calls(),
        ["POST /acs/credentials/get", "GET /workspaces/get"]
    );
}
