//! What the API answers is read before it is believed: nothing is written for an answer about something else, one odd object
//! does not hold up the others, and one wrong "not found" costs no guest a card.

use std::sync::{Arc, Mutex};

use cardbridge::desk::IssueError;
use cardbridge::desk::notice::{GivenUp, Notice, Observer, nobody};
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::refusal::Refusal;
use cardbridge::issuance::state::State;
use cardbridge::seam::AcsCredential;
use cardbridge::sim::{Fault, Target};
use cardbridge::text::Hint;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::desk::{Desk, history_of, issue};

const GET: Target = Target::Path("/acs/credentials/get");
const LIST: Target = Target::Path("/acs/credentials/list");

fn answered(status: u16, body: &Value) -> Fault {
    Fault::Answered {
        status,
        body: body.to_string().into_bytes(),
    }
}

fn one(credential: &Value) -> Fault {
    answered(200, &json!({"acs_credential": credential, "ok": true}))
}

fn page(credentials: &[Value]) -> Fault {
    let pagination =
        json!({"has_next_page": false, "next_page_cursor": null, "next_page_url": null});
    answered(
        200,
        &json!({"acs_credentials": credentials, "ok": true, "pagination": pagination}),
    )
}

fn json_of(credential: &AcsCredential) -> Value {
    serde_json::to_value(credential).unwrap()
}

/// As an upstream that failed once has answered.
fn not_found() -> Fault {
    let error = json!({"type": "acs_credential_not_found", "message": "Credential not found"});
    answered(404, &json!({"error": error, "ok": false}))
}

/// What was reported, in order.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Notice>>>);

impl Told {
    fn observer(&self) -> Observer {
        let told = self.clone();
        Arc::new(move |notice| told.0.lock().unwrap().push(notice))
    }

    /// The ids of what was left out.
    fn left_out(&self) -> Vec<String> {
        let told = self.0.lock().unwrap();
        told.iter()
            .filter_map(|notice| match notice {
                Notice::LeftOut(odd) => odd.id.clone(),
                _ => None,
            })
            .collect()
    }

    fn given_up(&self) -> Vec<(String, GivenUp)> {
        let told = self.0.lock().unwrap();
        told.iter()
            .filter_map(|notice| match notice {
                Notice::GivenUp { issuance, why } => {
                    Some((issuance.acs_credential_id.clone(), why.clone()))
                }
                _ => None,
            })
            .collect()
    }
}

#[tokio::test]
async fn an_answer_about_another_credential_or_without_its_ok_writes_nothing() {
    let mut desk = Desk::new().await;
    let [wanted, other] = [desk.credential().await, desk.credential().await];
    let uid = desk.card("ntag213");
    let blank = desk.tray.memory(uid).unwrap();
    let card = desk.place(uid).await;
    for wrong in [
        one(&json_of(&other)),
        answered(200, &json!({"acs_credential": wanted})),
        answered(200, &json!({"acs_credential": wanted, "ok": false})),
    ] {
        desk.faults.next(GET, 1, wrong);
        let error = issue(&desk.agent(), &card, &wanted, Allowed::default())
            .await
            .unwrap_err();
        assert!(matches!(error, IssueError::Api(_)), "{error}");
    }
    assert_eq!(desk.tray.memory(uid).unwrap(), blank);
    assert!(history_of(&desk.agent()).await.is_empty());
    let issued = issue(&desk.agent(), &card, &wanted, Allowed::default()).await;
    assert_eq!(issued.unwrap().state(), State::Closed);
}

#[tokio::test]
async fn a_credential_of_a_system_that_was_not_asked_for_is_not_written() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let agent = desk.agent_for(vec!["00000000-0000-4000-8000-00000000abcd".to_owned()]);
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    desk.faults.next(LIST, 1, page(&[json_of(&credential)]));
    let error = agent
        .issue_next(&card, Allowed::default(), &nobody())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("was asked for"), "{error}");
    assert!(history_of(&agent).await.is_empty());
    // Nor when only the list says that it is of the system.
    let mut of_the_system = json_of(&credential);
    of_the_system["acs_system_id"] = json!("00000000-0000-4000-8000-00000000abcd");
    desk.faults.next(LIST, 1, page(&[of_the_system]));
    let error = agent
        .issue_next(&card, Allowed::default(), &nobody())
        .await
        .unwrap_err();
    assert!(matches!(error, IssueError::NothingWaiting), "{error}");
    assert!(history_of(&agent).await.is_empty());
}

#[tokio::test]
async fn an_odd_object_is_named_once_and_the_queue_goes_on() {
    let mut desk = Desk::new().await;
    let credentials = [desk.credential().await, desk.credential().await];
    let mut odd = json_of(&credentials[0]);
    odd["acs_credential_id"] = json!("00000000-0000-4000-8000-000000000001");
    odd["access_method"] = Value::Null;
    let told = Told::default();
    let agent = desk.agent();
    for credential in &credentials {
        desk.faults
            .next(LIST, 1, page(&[odd.clone(), json_of(credential)]));
        let uid = desk.card("ntag213");
        let card = desk.place(uid).await;
        let issued = agent
            .issue_next(&card, Allowed::default(), &told.observer())
            .await
            .unwrap();
        assert_eq!(issued.acs_credential_id, credential.acs_credential_id);
        drop(card);
        desk.remove().await;
    }
    assert_eq!(told.left_out(), ["00000000-0000-4000-8000-000000000001"]);
}

#[tokio::test]
async fn a_credential_that_turns_odd_when_its_turn_comes_is_passed_over_and_refused_by_itself() {
    let mut desk = Desk::new().await;
    let [odd, good] = [desk.credential().await, desk.credential().await];
    let mut spoilt = json_of(&odd);
    spoilt["warnings"] = Value::Null;
    let told = Told::default();
    let agent = desk.agent();
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let mut first = json_of(&odd);
    first["created_at"] = json!("2001-01-01T00:00:00Z");
    desk.faults.next(LIST, 1, page(&[first, json_of(&good)]));
    desk.faults.next(GET, 2, one(&spoilt));
    let error = issue(&agent, &card, &odd, Allowed::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains(&odd.acs_credential_id),
        "{error}"
    );
    assert!(error.hint().contains("support"), "{}", error.hint());
    let issued = agent
        .issue_next(&card, Allowed::default(), &told.observer())
        .await
        .unwrap();
    assert_eq!(issued.acs_credential_id, good.acs_credential_id);
    assert_eq!(told.left_out(), [odd.acs_credential_id]);
}

#[tokio::test]
async fn one_wrong_not_found_does_not_give_a_torn_card_up() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    desk.tear(uid, &credential).await;
    let told = Told::default();
    let card = desk.place(uid).await;
    for wrong in [
        not_found(),
        // A wrong address, or a proxy.
        answered(404, &json!("404")),
    ] {
        desk.faults.next(GET, 1, wrong);
        let error = desk
            .agent()
            .issue(
                &card,
                &credential.acs_credential_id,
                Allowed::default(),
                &told.observer(),
            )
            .await
            .unwrap_err();
        assert!(matches!(error, IssueError::NotFound { .. }), "{error}");
        assert!(error.hint().contains(&uid.to_string()), "{}", error.hint());
    }
    let agent = desk.agent();
    assert_eq!(history_of(&agent).await[0].state(), State::Torn);
    assert!(told.given_up().is_empty());
    let finished = agent
        .finish(&card, &told.observer())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(finished.acs_credential_id, credential.acs_credential_id);
    assert_eq!(history_of(&agent).await.len(), 1);
}

#[tokio::test]
async fn a_torn_card_is_given_up_when_the_api_goes_on_saying_that_its_credential_is_gone() {
    let mut desk = Desk::new().await;
    let [credential, other] = [desk.credential().await, desk.credential().await];
    let uid = desk.card("ntag213");
    desk.tear(uid, &credential).await;
    let credentials = desk.client.credentials();
    let deleted = credentials.delete(&credential.acs_credential_id).await;
    deleted.unwrap();
    let told = Told::default();
    let agent = desk.agent();
    let card = desk.place(uid).await;
    for _ in 0..3 {
        let error = agent.finish(&card, &told.observer()).await.unwrap_err();
        let believed = matches!(
            &error,
            IssueError::NotFound {
                confirmed_at: Some(_),
                ..
            }
        );
        assert!(believed, "{error}");
    }
    assert!(told.given_up().is_empty());
    let error = issue(&agent, &card, &other, Allowed::default())
        .await
        .unwrap_err();
    let stays = matches!(
        error,
        IssueError::Refused(Refusal::OpenForAnotherCredential { .. })
    );
    assert!(stays, "{error}");

    // Five minutes later, by the journal.
    let torn = history_of(&agent).await.remove(0);
    agent.journal().note_found(torn.issuance_id).await.unwrap();
    let before = Timestamp::now() - SignedDuration::from_mins(5);
    agent
        .journal()
        .note_missing(torn.issuance_id, before)
        .await
        .unwrap();
    // Its list has it still: that is no agreement, and the wait begins again.
    desk.faults.next(LIST, 1, page(&[json_of(&credential)]));
    let error = agent.finish(&card, &told.observer()).await.unwrap_err();
    let doubted = matches!(
        &error,
        IssueError::NotFound {
            confirmed_at: None,
            ..
        }
    );
    assert!(doubted, "{error}");
    agent
        .journal()
        .note_missing(torn.issuance_id, before)
        .await
        .unwrap();
    let error = agent.finish(&card, &told.observer()).await.unwrap_err();
    assert!(matches!(error, IssueError::Api(_)), "{error}");
    assert_eq!(
        told.given_up(),
        [(credential.acs_credential_id.clone(), GivenUp::NotFound)]
    );
    assert_eq!(history_of(&agent).await[0].state(), State::Abandoned);
    let issuance = issue(&agent, &card, &other, Allowed::default()).await;
    assert_eq!(issuance.unwrap().state(), State::Closed);
}

#[tokio::test]
async fn what_is_given_up_for_another_reason_is_told() {
    let mut desk = Desk::new().await;
    let [credential, other] = [desk.credential().await, desk.credential().await];
    let uid = desk.card("ntag213");
    desk.tear(uid, &credential).await;
    let told = Told::default();
    let card = desk.place(uid).await;
    let mut deleting = json_of(&credential);
    deleting["warnings"] = json!([{
        "warning_code": "being_deleted", "message": "being deleted", "created_at": "2026-11-01T12:00:00Z"
    }]);
    desk.faults.next(GET, 1, one(&deleting));
    let agent = desk.agent();
    agent.finish(&card, &told.observer()).await.unwrap_err();
    drop(card);
    desk.remove().await;
    desk.tear(uid, &other).await;
    let card = desk.place(uid).await;
    let third = desk.credential().await;
    let allowed = Allowed {
        reissue: false,
        overwrite: Overwrite::Any,
    };
    let observer = told.observer();
    let issued = agent.issue(&card, &third.acs_credential_id, allowed, &observer);
    issued.await.unwrap();
    let given_up = told.given_up();
    assert_eq!(given_up.len(), 2, "{given_up:?}");
    assert!(matches!(&given_up[0].1, GivenUp::Refused(why) if why.contains("being deleted")));
    assert_eq!(given_up[1], (other.acs_credential_id, GivenUp::Superseded));
}
