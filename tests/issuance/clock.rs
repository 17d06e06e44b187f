//! A desk whose clock is wrong: what has ended is decided by Seam's, and the person hears of it once.

use std::sync::{Arc, Mutex};

use cardbridge::desk::notice::{Notice, Observer};
use cardbridge::desk::{Agent, IssueError, Wanted};
use cardbridge::encoder::CardSession;
use cardbridge::encoder::simulated::{Fault as CardFault, Loss};
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::refusal::Refusal;
use cardbridge::issuance::state::State;
use cardbridge::seam::{AcsCredential, UpdateAcsCredential};
use cardbridge::sim::{Fault, Target};
use cardbridge_drivers::contract::Uid;
use jiff::{SignedDuration, Timestamp};

use crate::desk::{Desk, encoder, history_of, issue};

const TWO_DAYS: SignedDuration = SignedDuration::from_hours(48);

/// An observer, and how far ahead it heard that this machine's clock is.
fn told() -> (Observer, Arc<Mutex<Vec<SignedDuration>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    let observer: Observer = Arc::new(move |notice| {
        if let Notice::ClockOff(ahead) = notice {
            kept.lock().unwrap().push(ahead);
        }
    });
    (observer, told)
}

/// A credential that ends so long after now, by this machine's clock.
async fn ending(desk: &Desk, after: SignedDuration) -> AcsCredential {
    let credential = desk.credential().await;
    let request = UpdateAcsCredential {
        acs_credential_id: credential.acs_credential_id.clone(),
        code: None,
        ends_at: Some((Timestamp::now() + after).to_string()),
    };
    desk.client.credentials().update(&request).await.unwrap();
    credential
}

async fn issued(desk: &mut Desk, credential: &AcsCredential) -> Uid {
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let issuance = issue(&desk.agent_anew(), &card, credential, Allowed::default())
        .await
        .unwrap();
    assert!(issuance.written_at().is_some());
    drop(card);
    desk.remove().await;
    uid
}

async fn issue_next(agent: &Agent, card: &CardSession, observer: &Observer) -> Result<(), Refusal> {
    let issued = agent
        .issue_and_report(card, Wanted::Next, Allowed::default(), observer)
        .await;
    match issued {
        Ok(issuance) => {
            assert!(matches!(issuance.state(), State::Reporting));
            Ok(())
        }
        Err(IssueError::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_clock_that_is_ahead_makes_no_valid_card_an_expired_one() {
    let mut desk = Desk::new().await;
    desk.faults.set_clock(-TWO_DAYS);
    let guest = ending(&desk, SignedDuration::from_hours(-24)).await;
    let uid = issued(&mut desk, &guest).await;
    let next = desk.credential().await;
    let (observer, told) = told();

    // Each in a process of its own, which has no answer of the API yet.
    let card = desk.place(uid).await;
    let outcomes = [
        desk.agent_anew()
            .check_card(&card, Allowed::default(), &observer)
            .await
            .map(drop),
        desk.agent_anew()
            .issue(
                &card,
                &next.acs_credential_id,
                Allowed::default(),
                &observer,
            )
            .await
            .map(drop),
        desk.agent_anew()
            .issue_next(&card, Allowed::default(), &observer)
            .await
            .map(drop),
    ];
    for outcome in outcomes {
        assert!(
            matches!(&outcome, Err(IssueError::Refused(Refusal::HoldsAnother { acs_credential_id }))
                if *acs_credential_id == guest.acs_credential_id),
            "{outcome:?}"
        );
    }
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 3, "each process once");
    assert!(
        told.iter()
            .all(|ahead| *ahead > SignedDuration::from_hours(47))
    );
}

#[tokio::test]
async fn a_clock_that_is_behind_makes_no_expired_card_a_valid_one() {
    let mut desk = Desk::new().await;
    let guest = ending(&desk, SignedDuration::from_hours(24)).await;
    let uid = issued(&mut desk, &guest).await;
    let late = ending(&desk, SignedDuration::from_hours(24)).await;
    desk.faults.set_clock(TWO_DAYS);
    let (observer, told) = told();

    let agent = desk.agent_anew();
    let card = desk.place(uid).await;
    agent
        .check_card(&card, Allowed::default(), &observer)
        .await
        .unwrap();
    let wanted = Wanted::Credential(&late.acs_credential_id);
    let refusal = agent
        .check(wanted, Allowed::default(), &observer)
        .await
        .unwrap_err();
    assert!(
        matches!(refusal, IssueError::Refused(Refusal::Ended { .. })),
        "{refusal}"
    );
    issue_next(&agent, &card, &observer).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1, "once");
    assert!(told[0] < SignedDuration::from_hours(-47));
}

/// Without an answer of the API this machine's clock is all there is, and it is not waited for long.
#[tokio::test]
async fn without_an_answer_this_machines_clock_decides() {
    let mut desk = Desk::new().await;
    let guest = ending(&desk, SignedDuration::from_hours(24)).await;
    let uid = issued(&mut desk, &guest).await;
    desk.faults.set_clock(TWO_DAYS);
    desk.faults.every(Target::Api, Fault::CallLost);
    let (observer, told) = told();
    let card = desk.place(uid).await;
    let refusal = issue_next(&desk.agent_anew(), &card, &observer).await;
    assert!(
        matches!(refusal, Err(Refusal::HoldsAnother { .. })),
        "{refusal:?}"
    );
    assert!(told.lock().unwrap().is_empty());
}

/// What is overwritten was valid by Seam's clock, or it would not have needed permission.
#[tokio::test]
async fn a_clock_that_is_ahead_hides_no_credential_that_was_overwritten() {
    let mut desk = Desk::new().await;
    desk.faults.set_clock(-TWO_DAYS);
    let guest = ending(&desk, SignedDuration::from_hours(-24)).await;
    let uid = issued(&mut desk, &guest).await;
    let [torn, next, last] = [
        desk.credential().await,
        desk.credential().await,
        desk.credential().await,
    ];
    let overwrite = Allowed {
        overwrite: Overwrite::Any,
        reissue: false,
    };
    let agent = desk.agent();
    let state_of = async |credential: &AcsCredential| {
        let history = history_of(&agent).await;
        let of_credential = history
            .into_iter()
            .rfind(|one| one.acs_credential_id == credential.acs_credential_id);
        of_credential.map(|one| one.state())
    };
    // The first that was allowed to overwrite it is given up.
    let card = desk.place(uid).await;
    desk.tray
        .break_after(&encoder(), 20, CardFault::Removed(Loss::Command))
        .unwrap();
    issue(&agent, &card, &torn, overwrite).await.unwrap_err();
    drop(card);
    desk.removed().await;
    assert_eq!(state_of(&torn).await, Some(State::Torn));
    assert_eq!(state_of(&guest).await, Some(State::Reporting));
    let other = desk.card("ntag213");
    let card = desk.place(other).await;
    let reissue = Allowed {
        reissue: true,
        overwrite: Overwrite::Never,
    };
    issue(&agent, &card, &torn, reissue).await.unwrap();
    drop(card);
    desk.remove().await;

    let card = desk.place(uid).await;
    issue(&agent, &card, &next, Allowed::default())
        .await
        .unwrap();
    assert_eq!(state_of(&guest).await, Some(State::Wiped));
    issue(&agent, &card, &last, overwrite).await.unwrap();
    assert_eq!(state_of(&next).await, Some(State::Wiped));
}
