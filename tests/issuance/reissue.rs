//! Seam asks for a card to be written again: once for each warning, whatever the clocks say.

use cardbridge::desk::notice::nobody;
use cardbridge::issuance::entry::{Issuance, Kind, Plan};
use cardbridge::issuance::past::Past;
use cardbridge::issuance::policy::{Allowed, credential_may_be_issued};
use cardbridge::issuance::refusal::Refusal;
use cardbridge::issuance::state::{Event, State};
use cardbridge::report::Urgency;
use cardbridge::seam::{AcsCredential, CredentialWarning, CredentialWarningCode};
use cardbridge::sim;
use jiff::{SignedDuration, Timestamp};

use crate::desk::{Desk, issue};
use crate::refusals::{all, issued, refused};

#[tokio::test]
async fn a_credential_that_seam_wants_written_again_is_written_once_more_and_then_refused() {
    let mut desk = Desk::new().await;
    let credential = all(&desk)
        .await
        .into_iter()
        .find(|one| one.has_warning(&CredentialWarningCode::NeedsToBeReissued))
        .expect("the seed has one");
    let [first, second] = [desk.card("ntag215"), desk.card("ntag215")];
    issued(&mut desk, first, &credential, Allowed::default()).await;
    let refusal = refused(&mut desk, second, &credential, Allowed::default()).await;
    assert!(
        matches!(refusal, Refusal::AlreadyWritten { .. }),
        "{refusal}"
    );
}

/// What is finished late still holds what it began with, so a warning that came in between is not answered yet.
#[tokio::test]
async fn a_warning_is_answered_only_by_a_card_that_was_begun_after_it() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let [first, second, third] = [(); 3].map(|()| desk.card("ntag215"));
    issued(&mut desk, first, &credential, Allowed::default()).await;
    desk.extend(&credential).await;
    desk.tear(second, &credential).await;
    let warned = desk.look_up(&credential).await;
    desk.faults
        .every(sim::Target::Reports, sim::Fault::CallLost);
    let card = desk.place(second).await;
    let finished = issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap();
    drop(card);
    desk.remove().await;

    let may = |credential: &AcsCredential, written: &[Issuance]| {
        let past = Past::of_journal(written, None);
        credential_may_be_issued(credential, &past, Allowed::default(), Timestamp::now())
    };
    let finished = [finished];
    assert!(may(&warned, &finished).is_err());
    let mut warned_again = warned.clone();
    warned_again.warnings.push(CredentialWarning {
        created_at: "2020-01-01T00:00:00.000Z".to_owned(),
        ..warned.warnings[0].clone()
    });
    assert_eq!(may(&warned_again, &finished).unwrap(), Kind::Again);
    // An entry from before warnings were noted: rather a card too few, which --reissue asks for.
    let plan = Plan {
        answers: None,
        ..(*finished[0]).clone()
    };
    let old = [Event::WriteBegins, Event::Verified]
        .into_iter()
        .try_fold(Issuance::claiming(plan), |old, event| {
            old.after(event, Timestamp::now())
        })
        .unwrap();
    assert!(may(&warned_again, &[old]).is_err());
    let refusal = refused(&mut desk, third, &credential, Allowed::default()).await;
    assert!(
        matches!(refusal, Refusal::AlreadyWritten { card_uid, .. } if card_uid == second),
        "{refusal}"
    );
}

/// The clock of this machine is behind Seam's: each warning is younger than any card that was written here.
#[tokio::test]
async fn a_clock_that_is_behind_makes_no_second_card_of_one_warning() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let [first, second, third] = [(); 3].map(|()| desk.card("ntag215"));
    issued(&mut desk, first, &credential, Allowed::default()).await;
    desk.faults.set_clock(SignedDuration::from_mins(10));
    desk.extend(&credential).await;
    let card = desk.place(second).await;
    let issuance = issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap();
    assert_eq!(
        issuance.state(),
        State::Reporting,
        "its time is too far from the receiver's"
    );
    drop(card);
    desk.remove().await;
    let refusal = refused(&mut desk, third, &credential, Allowed::default()).await;
    assert!(
        matches!(refusal, Refusal::AlreadyWritten { card_uid, .. } if card_uid == second),
        "{refusal}"
    );
    // The next warning is another one.
    desk.faults.set_clock(SignedDuration::ZERO);
    let report = desk.agent().report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(report.closed.len(), 1);
    desk.extend(&credential).await;
    issued(&mut desk, third, &credential, Allowed::default()).await;
}
