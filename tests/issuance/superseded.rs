//! A card that was given up for another one: not while it is being written, and never for good, though it may be whole.

use std::sync::Arc;

use cardbridge::agent::decide::Allowed;
use cardbridge::agent::issuance::{Issuance, State};
use cardbridge::agent::notice::{Notice, Watcher};
use cardbridge::agent::refusal::Refusal;
use cardbridge::agent::{Agent, IssueError};
use cardbridge::encoder::simulated::Fault;
use cardbridge::encoder::{CardSession, EncoderName};
use cardbridge::seam::AcsCredential;
use tokio::sync::mpsc::unbounded_channel;

use crate::desk::{Desk, issue};

const ENCODERS: [&str; 2] = ["Left 00 00", "Right 01 00"];
const REISSUE: Allowed = Allowed {
    reissue: true,
    overwrite: false,
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
    let watcher: Watcher = Arc::new(move |notice| notices.send(notice).unwrap());
    let (writer, id) = (desk.agent(), credential.acs_credential_id.clone());
    let writing = tokio::spawn(async move {
        let issued = writer.issue(&left, &id, Allowed::default(), &watcher).await;
        drop(left);
        issued
    });
    while !matches!(seen.recv().await.unwrap(), Notice::Claimed(_)) {}

    // As another process does.
    let other = desk.agent();
    let history = other.journal().history().unwrap();
    assert_eq!(history[0].state, State::Writing);
    for allowed in [Allowed::default(), REISSUE] {
        let refused = issue(&other, &right, &credential, allowed).await;
        assert!(
            matches!(&refused, Err(IssueError::Refused(Refusal::BeingWritten { card_uid }))
                if *card_uid == first),
            "{refused:?}"
        );
    }
    // Nobody waits for the writer any more, but the card's thread is still at it.
    writing.abort();
    assert!(writing.await.unwrap_err().is_cancelled());
    let refusal = reissue(&other, &right, &credential).await.unwrap_err();
    assert!(matches!(refusal, Refusal::BeingWritten { .. }), "{refusal}");
    assert_eq!(other.journal().history().unwrap(), history);

    desk.tray.wake(&encoder(0)).unwrap();
    let issued = loop {
        match reissue(&other, &right, &credential).await {
            Err(Refusal::BeingWritten { .. }) => tokio::task::yield_now().await,
            done => break done,
        }
    };
    assert_eq!(issued.unwrap().state, State::Closed);
}
