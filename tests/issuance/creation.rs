//! A credential that is created for the card: asked for once, found again by a second try, taken back when it leads to no card.

use std::sync::{Arc, Mutex};

use cardbridge::desk::notice::{Creation, Notice, Observer, nobody};
use cardbridge::desk::{Agent, IssueError};
use cardbridge::encoder::CardSession;
use cardbridge::encoder::simulated::{Fault as CardFault, Loss};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::refusal::Refusal;
use cardbridge::issuance::state::State;
use cardbridge::seam::{
    AccessMode, CreateAcsCredential, CredentialHolder, ListAcsCredentials, VisionlineOptions,
};
use cardbridge::sim::{Fault, Target};
use cardbridge::text::Hint;
use futures_util::TryStreamExt;

use crate::desk::{Desk, encoder};

const CREATE: &str = "/acs/credentials/create";

/// The holder whom [`Desk::credential`] gives credentials to, too, and a record that needs a large card.
async fn request(desk: &Desk, joiners: usize) -> CreateAcsCredential {
    let seeded = desk.credential().await;
    let holder = CredentialHolder::AcsUser {
        acs_user_id: seeded.acs_user_id.clone().unwrap(),
    };
    let mut request = CreateAcsCredential::new(AccessMode::Card, holder);
    request.ends_at = Some("2099-08-03T11:00:00Z".to_owned());
    request.visionline_metadata = (joiners > 0).then(|| VisionlineOptions {
        joiner_acs_credential_ids: vec![seeded.acs_credential_id; joiners],
        ..VisionlineOptions::default()
    });
    request
}

/// The credentials of the API that end as the request says.
async fn made(desk: &Desk, request: &CreateAcsCredential) -> Vec<String> {
    let all = desk
        .client
        .credentials()
        .list(&ListAcsCredentials::default());
    let all: Vec<_> = all.into_items().try_collect().await.unwrap();
    let ends_at = request.ends_at.as_deref().unwrap().parse().unwrap();
    all.into_iter()
        .filter(|one| one.ends_at_time().unwrap() == Some(ends_at))
        .map(|one| one.acs_credential_id)
        .collect()
}

/// A desk with a blank card on its encoder, and a request for a credential.
async fn with_card(model: &str, joiners: usize) -> (Desk, CardSession, CreateAcsCredential) {
    let mut desk = Desk::new().await;
    let request = request(&desk, joiners).await;
    let uid = desk.card(model);
    let card = desk.place(uid).await;
    (desk, card, request)
}

/// What `encode --create` does.
async fn create_and_issue(
    agent: &Agent,
    card: &CardSession,
    request: &CreateAcsCredential,
) -> Result<Issuance, IssueError> {
    create_and_tell(agent, card, request, &nobody()).await
}

async fn create_and_tell(
    agent: &Agent,
    card: &CardSession,
    request: &CreateAcsCredential,
    observer: &Observer,
) -> Result<Issuance, IssueError> {
    let allowed = Allowed::default();
    let new = agent.obtain(card, request, allowed, observer).await?;
    let issued = agent
        .issue_and_report(card, new.wanted(), allowed, observer)
        .await;
    agent.settle(request, &new, observer).await?;
    issued
}

fn told() -> (Observer, Arc<Mutex<Vec<Notice>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&told);
    (
        Arc::new(move |notice| into.lock().unwrap().push(notice)),
        told,
    )
}

#[tokio::test]
async fn what_was_created_is_not_asked_for_again_and_a_second_card_is_a_second_credential() {
    let mut desk = Desk::new().await;
    let request = request(&desk, 0).await;
    desk.faults
        .every(Target::Path("/acs/credentials/get"), Fault::CallLost);
    let agent = desk.agent();
    for number in 1..=2 {
        let uid = desk.card("ntag213");
        let card = desk.place(uid).await;
        let issued = create_and_issue(&agent, &card, &request).await.unwrap();
        assert_eq!(issued.state(), State::Closed);
        assert_eq!(made(&desk, &request).await.len(), number);
        drop(card);
        desk.remove().await;
    }
}

#[tokio::test]
async fn a_refused_one_that_cannot_be_deleted_is_told_and_used_by_the_second_try() {
    let (mut desk, card, request) = with_card("ntag213", 8).await;
    desk.faults
        .every(Target::Path("/acs/credentials/delete"), Fault::CallLost);
    let agent = desk.agent();
    let (observer, notices) = told();
    let error = create_and_tell(&agent, &card, &request, &observer)
        .await
        .unwrap_err();
    assert!(
        matches!(error, IssueError::Refused(Refusal::Card(_))),
        "{error}"
    );
    let left = made(&desk, &request).await;
    assert_eq!(left.len(), 1);
    assert!(notices.lock().unwrap().iter().any(|notice| matches!(
        notice,
        Notice::Creation(Creation::NotTakenBack { acs_credential_id, .. }) if *acs_credential_id == left[0]
    )));
    drop(card);
    desk.remove().await;

    // Also in another process, and although one answer says that it is gone.
    let uid = desk.card("ntag216");
    let card = desk.place(uid).await;
    let not_found = Fault::Answered {
        status: 404,
        body: br#"{"error": {"type": "acs_credential_not_found", "message": "x"}, "ok": false}"#
            .to_vec(),
    };
    desk.faults
        .next(Target::Path("/acs/credentials/get"), 1, not_found);
    let agent = desk.agent();
    let error = create_and_issue(&agent, &card, &request).await.unwrap_err();
    assert!(matches!(error, IssueError::Api(_)), "{error}");
    let issued = create_and_issue(&agent, &card, &request).await.unwrap();
    assert_eq!(left, [issued.acs_credential_id.as_str()]);
    assert_eq!(made(&desk, &request).await, left);
}

#[tokio::test]
async fn a_refused_one_is_deleted_again() {
    let (desk, card, request) = with_card("ntag213", 8).await;
    let agent = desk.agent();
    let (observer, notices) = told();
    create_and_tell(&agent, &card, &request, &observer)
        .await
        .unwrap_err();
    assert!(made(&desk, &request).await.is_empty());
    let taken_back = matches!(
        notices.lock().unwrap().last(),
        Some(Notice::Creation(Creation::TakenBack(_)))
    );
    assert!(taken_back);
}

#[tokio::test]
async fn one_whose_answer_was_lost_is_found_and_not_made_twice() {
    let (desk, card, request) = with_card("ntag213", 0).await;
    let agent = desk.agent();
    for (lost, there) in [(Fault::CallLost, 0), (Fault::AnswerLost, 1)] {
        desk.faults.next(Target::Path(CREATE), 1, lost);
        let error = create_and_issue(&agent, &card, &request).await.unwrap_err();
        assert!(matches!(error, IssueError::CreationInDoubt(_)), "{error}");
        assert!(error.hint().contains("same command"), "{}", error.hint());
        assert_eq!(made(&desk, &request).await.len(), there);
    }
    let left = made(&desk, &request).await;
    let issued = create_and_issue(&agent, &card, &request).await.unwrap();
    assert_eq!(left, [issued.acs_credential_id.as_str()]);
    assert_eq!(made(&desk, &request).await, left);
}

#[tokio::test]
async fn one_that_was_begun_is_finished_by_the_same_command() {
    let mut desk = Desk::new().await;
    let request = request(&desk, 0).await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    desk.tray
        .break_after(&encoder(), 25, CardFault::Removed(Loss::Answer))
        .unwrap();
    let error = create_and_issue(&desk.agent(), &card, &request)
        .await
        .unwrap_err();
    assert!(matches!(error, IssueError::Interrupted { .. }), "{error}");
    drop(card);
    desk.removed().await;
    let card = desk.place(uid).await;
    let issued = create_and_issue(&desk.agent(), &card, &request)
        .await
        .unwrap();
    assert_eq!(
        made(&desk, &request).await,
        [issued.acs_credential_id.as_str()]
    );
}

#[tokio::test]
async fn two_orders_with_the_same_words_never_share_a_credential() {
    let (desk, card, request) = with_card("ntag216", 0).await;
    let agent = desk.agent();
    let (allowed, observer) = (Allowed::default(), nobody());
    let first = agent.obtain(&card, &request, allowed, &observer).await;
    let first = first.unwrap();
    // It would find the credential of the first one, which is taken back under its hands.
    let second = agent.obtain(&card, &request, allowed, &observer).await;
    assert!(
        matches!(second, Err(IssueError::Refused(Refusal::BeingIssued))),
        "{second:?}"
    );
    agent.settle(&request, &first, &observer).await.unwrap();
    drop(first);
    assert!(made(&desk, &request).await.is_empty());
    create_and_issue(&agent, &card, &request).await.unwrap();
    assert_eq!(made(&desk, &request).await.len(), 1);
}

#[tokio::test]
async fn one_that_another_order_has_created_is_not_taken_back() {
    let (desk, card, request) = with_card("ntag216", 0).await;
    let agent = desk.agent();
    let (allowed, observer) = (Allowed::default(), nobody());
    // As a process does that ends before it has settled anything.
    drop(agent.obtain(&card, &request, allowed, &observer).await);
    let left = made(&desk, &request).await;
    assert_eq!(left.len(), 1);
    let found = agent.obtain(&card, &request, allowed, &observer).await;
    let found = found.unwrap();
    agent.settle(&request, &found, &observer).await.unwrap();
    drop(found);
    assert_eq!(made(&desk, &request).await, left);
    let issued = create_and_issue(&agent, &card, &request).await.unwrap();
    assert_eq!(left, [issued.acs_credential_id.as_str()]);
}
