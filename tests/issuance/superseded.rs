//! A card that was given up for another one: not while it is being written, and never for good, though it may be whole.

use cardbridge::issuance::journal::JournalReader;
use std::sync::Arc;

use cardbridge::desk::notice::{Notice, Observer, nobody};
use cardbridge::desk::{Agent, IssueError};
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::encoder::{CardSession, EncoderName};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::refusal::Refusal;
use cardbridge::issuance::state::State;
use cardbridge::report::Urgency;
use cardbridge::seam::AcsCredential;
use cardbridge_drivers::contract::Uid;
use tokio::sync::mpsc::unbounded_channel;

use crate::desk::{Desk, history_of, issue, receiver};

const ENCODERS: [&str; 2] = ["Left 00 00", "Right 01 00"];
const REISSUE: Allowed = Allowed {
    reissue: true,
    overwrite: Overwrite::Never,
};

fn encoder(place: usize) -> EncoderName {
    EncoderName(ENCODERS[place].to_owned())
}

async fn reissue(
    agent: &Agent,
    card: &CardSession,
    credential: &AcsCredential,
) -> Result<Issuance, Refusal> {
    match issue(agent, card, credential, REISSUE).await {
        Ok(issuance) => Ok(issuance),
        Err(IssueError::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_card_is_not_given_up_while_its_writer_lives() {
    let mut desk = Desk::with_encoders(ENCODERS).await;
    let credential = desk.credential().await;
    let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
    let left = desk.place_on(&encoder(0), first).await;
    let right = desk.place_on(&encoder(1), second).await;
    desk.tray.break_after(&encoder(0), 15, Fault::Hang).unwrap();
    let (notices, mut seen) = unbounded_channel();
    let observer: Observer = Arc::new(move |notice| notices.send(notice).unwrap());
    let (writer, id) = (desk.agent(), credential.acs_credential_id.clone());
    let writing = tokio::spawn(async move {
        let issued = writer
            .issue(&left, &id, Allowed::default(), &observer)
            .await;
        drop(left);
        issued
    });
    while !matches!(seen.recv().await.unwrap(), Notice::Claimed(_)) {}

    // As another process does.
    let other = desk.agent();
    let history = history_of(&other).await;
    assert_eq!(history[0].state(), State::Writing);
    for allowed in [Allowed::default(), REISSUE] {
        let refused = issue(&other, &right, &credential, allowed).await;
        assert!(
            matches!(&refused, Err(IssueError::Refused(Refusal::BeingWritten { card_uid }))
                if *card_uid == first),
            "{refused:?}"
        );
    }
    // The caller no longer waits for the writer, but the card's thread is still at it.
    writing.abort();
    assert!(writing.await.unwrap_err().is_cancelled());
    let refusal = reissue(&other, &right, &credential).await.unwrap_err();
    assert!(matches!(refusal, Refusal::BeingWritten { .. }), "{refusal}");
    assert_eq!(history_of(&other).await, history);

    desk.tray.wake(&encoder(0)).unwrap();
    let issued = loop {
        match reissue(&other, &right, &credential).await {
            Err(Refusal::BeingWritten { .. }) => tokio::task::yield_now().await,
            done => break done,
        }
    };
    assert_eq!(issued.unwrap().state(), State::Closed);
}

/// Issues the credential on a card that is pulled at the very last answer: whole, and not known to be.
async fn whole_unnoticed(desk: &mut Desk, credential: &AcsCredential) -> Uid {
    for commands in (0..120).rev() {
        let uid = desk.card("ntag213");
        let card = desk.place_on(&encoder(0), uid).await;
        let probe = desk.credential().await;
        desk.tray
            .break_after(&encoder(0), commands, Fault::Removed(Loss::Answer))
            .unwrap();
        let probed = issue(&desk.agent(), &card, &probe, Allowed::default()).await;
        drop(card);
        desk.tray.wake(&encoder(0)).unwrap();
        desk.tray.remove_from(&encoder(0)).unwrap();
        desk.removed().await;
        if probed.is_err() {
            let uid = desk.card("ntag213");
            let card = desk.place_on(&encoder(0), uid).await;
            desk.tray
                .break_after(&encoder(0), commands, Fault::Removed(Loss::Answer))
                .unwrap();
            issue(&desk.agent(), &card, credential, Allowed::default())
                .await
                .unwrap_err();
            drop(card);
            desk.removed().await;
            return uid;
        }
    }
    panic!("no command is the last");
}

#[tokio::test]
async fn a_card_that_was_given_up_and_is_whole_is_superseded_when_it_comes_back() {
    let mut desk = Desk::with_encoders(ENCODERS).await;
    let [credential, other] = [desk.credential().await, desk.credential().await];
    let first = whole_unnoticed(&mut desk, &credential).await;
    let second = desk.card("ntag213");
    let right = desk.place_on(&encoder(1), second).await;
    reissue(&desk.agent(), &right, &credential).await.unwrap();

    let (sink, mut reports) = receiver().await;
    let agent = desk.agent_with(vec![sink]);
    assert!(
        agent
            .journal()
            .read(JournalReader::expects_a_card)
            .await
            .unwrap()
    );
    let left = desk.place_on(&encoder(0), first).await;
    let nobody = nobody();
    let id = &other.acs_credential_id;
    let plain = Allowed::default();
    let outcomes = [
        agent.finish(&left, &nobody).await.map(drop),
        agent.issue_next(&left, plain, &nobody).await.map(drop),
        agent.check_card(&left, plain, &nobody).await,
        agent.issue(&left, id, plain, &nobody).await.map(drop),
    ];
    for outcome in outcomes {
        assert!(
            matches!(&outcome, Err(IssueError::Refused(Refusal::Superseded { acs_credential_id }))
                if *acs_credential_id == credential.acs_credential_id),
            "{outcome:?}"
        );
    }
    let of_card = async |uid: Uid| {
        let of_card = agent.journal().read(move |journal| journal.of_card(&uid));
        of_card.await.unwrap().remove(0)
    };
    let old = of_card(first).await;
    assert_eq!((old.state(), old.written_at()), (State::Superseded, None));
    agent.report(Urgency::Now, &nobody).await.unwrap();
    let mut told = Vec::new();
    while let Ok(report) = reports.try_recv() {
        told.push(report);
    }
    let of_first: Vec<_> = told
        .iter()
        .filter(|report| report["card_uid"] == first.to_string())
        .collect();
    assert_eq!(of_first.len(), 1, "{told:?}");
    assert_eq!(of_first[0]["event_type"], "acs_credential.invalidated");
    assert_eq!(of_first[0]["card_number"], first.to_string());
    // The second stays the credential's.
    let current = of_card(second).await;
    assert_eq!(current.state(), State::Closed);
    assert!(agent.finish(&right, &nobody).await.unwrap().is_none());

    let overwrite = Allowed {
        overwrite: Overwrite::Any,
        ..plain
    };
    agent.issue(&left, id, overwrite, &nobody).await.unwrap();
    let newest = of_card(first).await;
    assert_eq!(newest.acs_credential_id, *id);
}

#[tokio::test]
async fn a_lost_card_that_is_found_again_is_superseded() {
    let mut desk = Desk::with_encoders(ENCODERS).await;
    let credential = desk.credential().await;
    let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
    let left = desk.place_on(&encoder(0), first).await;
    let right = desk.place_on(&encoder(1), second).await;
    let agent = desk.agent();
    issue(&agent, &left, &credential, Allowed::default())
        .await
        .unwrap();
    reissue(&agent, &right, &credential).await.unwrap();
    let found = agent.finish(&left, &nobody()).await;
    assert!(
        matches!(&found, Err(IssueError::Refused(Refusal::Superseded { .. }))),
        "{found:?}"
    );
    agent.report(Urgency::Now, &nobody()).await.unwrap();
    let old = agent
        .journal()
        .read(move |journal| journal.of_card(&first))
        .await
        .unwrap()
        .remove(0);
    assert_eq!(old.state(), State::Superseded);
    assert_eq!(
        old.due_reports().next(),
        None,
        "also the simulated API takes it"
    );
    assert!(desk.look_up(&credential).await.is_known_issued());
    // Found and wanted again: then the other one is superseded.
    reissue(&agent, &left, &credential).await.unwrap();
    assert!(agent.finish(&left, &nobody()).await.unwrap().is_none());
    let other = agent.finish(&right, &nobody()).await;
    assert!(
        matches!(&other, Err(IssueError::Refused(Refusal::Superseded { .. }))),
        "{other:?}"
    );
}
